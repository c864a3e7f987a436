"""What each service is told, and what it is not."""

import stat
from pathlib import Path

import pytest

from fairseat_common.testing.service_database import ServiceDatabase
from fairseat_local.environment import WITH_DATABASE, environments
from fairseat_local.plan import NotRunningError, Plan, Running
from fairseat_local.routes import SERVICES

DATABASES = {name: ServiceDatabase(name, f"runtime-{name}", f"owner-{name}") for name in WITH_DATABASE}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan.make({"DATABASE_URL": "postgresql://somebody"}, 8123, tmp_path, processes=False)


def test_each_service_gets_its_own_database_and_web_none(plan: Plan) -> None:
    told = environments(plan, DATABASES, "nats://here")
    assert told["orders"]["DATABASE_URL"] == "runtime-orders"
    assert told["orders"]["MIGRATION_DATABASE_URL"] == "owner-orders"
    assert told["web"]["DATABASE_URL"] == ""


def test_secrets_go_only_where_they_are_used(plan: Plan) -> None:
    told = environments(plan, DATABASES, "nats://here")
    for name in SERVICES:
        values = told[name].values()
        assert (plan.webhook_secret in values) == (name == "payments")
        assert (plan.provider_key in values) == (name == "payments")
        assert (plan.secret("web_secret") in values) == (name == "web")
        assert (plan.secret("quote_secret") in values) == (name in ("tickets", "orders"))
    assert plan.provider_key.startswith("sk_test_")


def test_services_find_each_other_and_the_public_origin(plan: Plan) -> None:
    told = environments(plan, DATABASES, "nats://here")["web"]
    assert told["PUBLIC_URL"] == "http://localhost:8123"
    assert told["ORDERS_URL"] == plan.url("orders")
    assert told["JWKS_URL"] == f"{plan.url('auth')}/.well-known/jwks.json"


def test_pages_and_payments_share_a_provider(plan: Plan) -> None:
    stand_in = environments(plan, DATABASES, "nats://here", {})
    assert stand_in["payments"]["STRIPE_API_URL"] == plan.url("provider")
    assert stand_in["web"]["STRIPE_JS_URL"] == "/dev/provider/stripe.js"
    assert stand_in["web"]["STRIPE_PUBLISHABLE_KEY"].startswith("pk_test_")
    keys = {"STRIPE_SECRET_KEY": "sk_test_mine", "STRIPE_PUBLISHABLE_KEY": "pk_test_mine"}
    real = environments(plan, DATABASES, "nats://here", keys)
    assert (real["payments"]["STRIPE_SECRET_KEY"], real["payments"]["STRIPE_API_URL"]) == ("sk_test_mine", "")
    assert real["web"]["STRIPE_PUBLISHABLE_KEY"] == "pk_test_mine"
    assert real["web"]["STRIPE_JS_URL"].startswith("https://js.stripe.com/")


def test_lines_of_payments_alone_can_be_led_through_a_proxy(plan: Plan) -> None:
    urls = {name: ServiceDatabase(name, f"postgresql://a:b@127.0.0.1:5/{name}", f"owner-{name}") for name in DATABASES}
    around = {"PAYMENTS_PROVIDER_URL": "http://127.0.0.1:7", "PAYMENTS_DATABASE_PROXY": "127.0.0.1:8"}
    told = environments(plan, urls, "nats://here", around)
    assert told["payments"]["STRIPE_API_URL"] == "http://127.0.0.1:7"
    assert told["payments"]["DATABASE_URL"] == "postgresql://a:b@127.0.0.1:8/payments"
    assert told["payments"]["MIGRATION_DATABASE_URL"] == "owner-payments"
    assert told["orders"]["DATABASE_URL"] == "postgresql://a:b@127.0.0.1:5/orders"


def test_settings_of_the_surroundings_are_passed_on_where_they_belong(plan: Plan) -> None:
    around = {"PAYOUT_DELAY_SECONDS": "1", "RECONCILE_SECONDS": "2", "SELLER_FEE_PERCENT": "7"}
    told = environments(plan, DATABASES, "nats://here", around)
    assert told["payments"]["PAYOUT_DELAY_SECONDS"] == "1"
    assert told["payments"]["RECONCILE_SECONDS"] == "2"
    assert told["tickets"]["SELLER_FEE_PERCENT"] == "7"
    assert "PAYOUT_DELAY_SECONDS" not in environments(plan, DATABASES, "nats://here", {})["payments"]


def test_every_process_has_a_port_of_its_own(plan: Plan) -> None:
    assert len({*plan.ports.values(), plan.port}) == len(plan.ports) + 1


def test_secrets_survive_and_are_private(plan: Plan, tmp_path: Path) -> None:
    again = Plan.make({}, 8123, tmp_path, processes=True)
    assert again.webhook_secret == plan.webhook_secret
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_running_is_found_by_other_commands(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="make up"):
        Running.read(tmp_path)
    told = environments(plan, DATABASES, "nats://here")
    running = Running(1, "base", "public", "admin", "nats", "mail", "provider", plan.ports, told)
    running.write(tmp_path)
    assert Running.read(tmp_path) == running
    assert stat.S_IMODE((tmp_path / "environment.json").stat().st_mode) == 0o600
