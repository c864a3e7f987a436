"""The settings of each service in a local run; the one place that knows what a service is told.

Read here from the surrounding environment, and said to one service only:

- `STRIPE_SECRET_KEY`, `STRIPE_PUBLISHABLE_KEY`, `STRIPE_WEBHOOK_SECRETS`: test keys of a real account. With them
  the same code talks to Stripe itself; without them, to the stand-in.
- `MAIL_PROVIDER` (`smtp`, `sendgrid`, `mailchimp`) with `SENDGRID_API_KEY` or `MAILCHIMP_API_KEY`: who sends the mails.
  Without a key the provider's stand-in takes them, and they are caught like all others.
- `TRACES=0`: no traces are recorded; `OTEL_EXPORTER_OTLP_ENDPOINT`: they go there, and not to the page `/dev/watch`.
- `PAYMENTS_PROVIDER_URL`, `PAYMENTS_DATABASE_PROXY` (`host:port`): where payments, and nobody else, finds the provider
  and its database. For tests that cut its lines: they put a proxy there and let it pass everything on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from fairseat_common.testing.service_database import ServiceDatabase
from fairseat_local.plan import Plan
from fairseat_local.routes import SERVICES

WITHOUT_DATABASE = frozenset({"web"})
WITH_DATABASE = tuple(name for name in SERVICES if name not in WITHOUT_DATABASE)
OPERATOR = "operator@fairseat.example"
ORGANISER = "organiser@fairseat.example"
DEMO_EMAILS = f"fan@fairseat.example,seller@fairseat.example,{ORGANISER},{OPERATOR}"
RATES = Path(__file__).parent / "demo" / "rates.json"
RATES_DAYS_MAX = 36_500
TAX = {
    "TAX_RATES": "AT:20,DE:19,ES:21,FR:20,NL:21",
    "OPERATOR_NAME": "Fairseat, local run",
    "OPERATOR_ADDRESS": "1 Example Street,10115 Berlin",
    "OPERATOR_TAX_ID": "DE000000000",
}
"""What receipts say of tax in a local run; set but empty: nothing."""
TRACES_PER_SECOND_MAX = "10"
"""Of those that begin in one service; more than a person causes."""
STAND_IN_JS = "/dev/provider/stripe.js"
STRIPE_JS = "https://js.stripe.com/v3/"


def environments(
    plan: Plan, databases: Mapping[str, ServiceDatabase], nats_url: str, environ: Mapping[str, str] | None = None
) -> dict[str, dict[str, str]]:
    """Each service's settings by name, to be laid over the environment of the process (`environ`)."""
    around = os.environ if environ is None else environ
    return {
        name: {
            **_common(plan, nats_url),
            **_traces(plan, around),
            **_database(databases.get(name), around.get(f"{name.upper()}_DATABASE_PROXY", "")),
            **_own(name, plan, around),
        }
        for name in SERVICES
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


def _traces(plan: Plan, around: Mapping[str, str]) -> dict[str, str]:
    """Where traces go, and how many: few enough that nobody who measures or buys notices."""
    to = around.get("OTEL_EXPORTER_OTLP_ENDPOINT") or ("" if around.get("TRACES") == "0" else plan.url("watch"))
    most = around.get("TRACES_PER_SECOND_MAX") or TRACES_PER_SECOND_MAX
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": to, "TRACES_PER_SECOND_MAX": most}


def _database(database: ServiceDatabase | None, proxy: str) -> dict[str, str]:
    """Empty where there is none, since the surrounding DATABASE_URL is not meant for a service.

    Tables are brought up to date past the proxy, which stands in the way of the service's own work only.
    """
    return {
        "DATABASE_URL": _through(proxy, database.url) if database else "",
        "MIGRATION_DATABASE_URL": database.owner_url if database else "",
    }


def _through(proxy: str, url: str) -> str:
    if not proxy:
        return url
    parts = urlsplit(url)
    account, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{account}{at}{proxy}").geturl()


def _own(name: str, plan: Plan, around: Mapping[str, str]) -> dict[str, str]:
    own: dict[str, dict[str, str]] = {
        "auth": {
            "SIGNING_KEYS_DIR": str(plan.keys_dir(name)),
            "OPERATOR_EMAILS": OPERATOR,
            "ORGANISER_EMAILS": ORGANISER,
            "LETTER_SECRETS": plan.secret("letter_secret"),
            # The demo's people have no mailbox to look into.
            "VERIFIED_EMAILS": DEMO_EMAILS,
            **_given(around, "VERIFY_EMAILS", "ERASE_AFTER_SHOW_SECONDS"),
        },
        "tickets": {
            "TICKET_KEYS_DIR": str(plan.keys_dir(name)),
            "QUOTE_SECRETS": plan.secret("quote_secret"),
            **_given(around, "SELLER_FEE_PERCENT"),
        },
        # HOLDS_MAX is said even by default, so that the checker knows which limit was in force.
        "orders": {"HOLDS_MAX": around.get("HOLDS_MAX") or "6", "QUOTE_SECRETS": plan.secret("quote_secret")},
        "web": {"WEB_SECRET": plan.secret("web_secret"), **_browser(plan, around), **_rates(around)},
        "payments": {
            **_provider(plan, around),
            **{name: around.get(name, value) for name, value in TAX.items()},
            **_given(around, "PAYOUT_DELAY_SECONDS", "RECONCILE_SECONDS"),
        },
        "notifications": {
            "SMTP_URL": f"smtp://127.0.0.1:{plan.ports['smtp']}",
            "MAIL_FROM": "Fairseat <tickets@fairseat.example>",
            "UNSUBSCRIBE_SECRETS": plan.secret("unsubscribe_secret"),
            "LETTER_SECRETS": plan.secret("letter_secret"),
            "WEBHOOK_SECRETS": plan.secret("hooks_secret"),
            **_mail_provider("SENDGRID", "SG.local", plan, around),
            **_mail_provider("MAILCHIMP", "md-local", plan, around),
        },
    }
    return own.get(name, {})


def _provider(plan: Plan, around: Mapping[str, str]) -> dict[str, str]:
    """How payments reaches the provider: Stripe if the surroundings have a key for it, else the stand-in."""
    if around.get("STRIPE_SECRET_KEY"):
        return {"STRIPE_API_URL": "", **_given(around, "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS")}
    return {
        "STRIPE_SECRET_KEY": plan.provider_key,
        "STRIPE_API_URL": around.get("PAYMENTS_PROVIDER_URL") or plan.url("provider"),
        "STRIPE_WEBHOOK_SECRETS": plan.webhook_secret,
    }


def _rates(around: Mapping[str, str]) -> dict[str, str]:
    """Exchange rates: those of the surroundings, else an example whose age pages say and nobody minds."""
    if around.get("RATES_FILE"):
        return _given(around, "RATES_FILE", "RATES_DAYS_MAX")
    return {"RATES_FILE": str(RATES), "RATES_DAYS_MAX": str(RATES_DAYS_MAX)}


def _mail_provider(name: str, stand_in_key: str, plan: Plan, around: Mapping[str, str]) -> dict[str, str]:
    """How a mail provider is reached, if it is chosen: by the key of the surroundings, else as a stand-in."""
    if around.get(f"{name}_API_KEY"):
        return {}
    return {f"{name}_URL": plan.url("mail"), f"{name}_API_KEY": stand_in_key}


def _browser(plan: Plan, around: Mapping[str, str]) -> dict[str, str]:
    """How pages reach the provider that payments talks to."""
    if around.get("STRIPE_SECRET_KEY"):
        return {"STRIPE_JS_URL": STRIPE_JS, **_given(around, "STRIPE_PUBLISHABLE_KEY")}
    return {"STRIPE_JS_URL": STAND_IN_JS, "STRIPE_PUBLISHABLE_KEY": plan.publishable_key}


def _given(around: Mapping[str, str], *names: str) -> dict[str, str]:
    """Those of the settings that the surroundings have."""
    return {name: around[name] for name in names if around.get(name)}
