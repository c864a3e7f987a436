"""The settings of each service in a local run; the one place that knows what a service is told."""

from __future__ import annotations

import os
from collections.abc import Mapping

from fairseat_common.testing.service_database import ServiceDatabase
from fairseat_local.plan import Plan
from fairseat_local.routes import SERVICES

WITHOUT_DATABASE = frozenset({"web"})
WITH_DATABASE = tuple(name for name in SERVICES if name not in WITHOUT_DATABASE)
OPERATOR = "operator@fairseat.example"
ORGANISER = "organiser@fairseat.example"


def environments(plan: Plan, databases: Mapping[str, ServiceDatabase], nats_url: str) -> dict[str, dict[str, str]]:
    """Each service's settings by name, to be laid over the environment of the process."""
    return {
        name: {**_common(plan, nats_url), **_database(databases.get(name)), **_own(name, plan)} for name in SERVICES
    }


def _common(plan: Plan, nats_url: str) -> dict[str, str]:
    addresses = {f"{name.upper()}_URL": plan.url(name) for name in SERVICES}
    return {
        "ENVIRONMENT": "local",
        "PUBLIC_URL": plan.public_url,
        "NATS_URL": nats_url,
        "JWKS_URL": f"{plan.url('auth')}/.well-known/jwks.json",
        **addresses,
    }


def _database(database: ServiceDatabase | None) -> dict[str, str]:
    """Empty where there is none, since the surrounding DATABASE_URL is not meant for a service."""
    return {
        "DATABASE_URL": database.url if database else "",
        "MIGRATION_DATABASE_URL": database.owner_url if database else "",
    }


def _own(name: str, plan: Plan) -> dict[str, str]:
    own: dict[str, dict[str, str]] = {
        "auth": {
            "SIGNING_KEYS_DIR": str(plan.keys_dir(name)),
            "OPERATOR_EMAILS": OPERATOR,
            "ORGANISER_EMAILS": ORGANISER,
        },
        "tickets": {"TICKET_KEYS_DIR": str(plan.keys_dir(name))},
        # Said here even by default, so that the checker knows which limit was in force.
        "orders": {"HOLDS_MAX": os.environ.get("HOLDS_MAX") or "6"},
        "web": {"WEB_SECRET": plan.secret("web_secret")},
        "payments": {
            "STRIPE_SECRET_KEY": plan.provider_key,
            "STRIPE_API_URL": plan.url("provider"),
            "STRIPE_WEBHOOK_SECRETS": plan.webhook_secret,
        },
        "notifications": {
            "SMTP_URL": f"smtp://127.0.0.1:{plan.ports['smtp']}",
            "MAIL_FROM": "Fairseat <tickets@fairseat.example>",
        },
    }
    return own.get(name, {})
