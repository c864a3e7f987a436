"""Settings that a service cannot work with stop it before it starts; the page about them says what the code reads."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fairseat_common.environment import ENVIRONMENTS, SettingsError
from fairseat_local.operations import settings as table
from fairseat_local.operations.settings_meanings import MEANINGS
from fairseat_local.routes import SERVICES

ROOT = Path(__file__).parents[2]
LONG = "a-secret-that-is-long-enough-to-be-one"
URL = {"PUBLIC_URL": "https://fairseat.example"}
SEEN = {
    **URL,
    "NATS_URL": "nats://nats:4222",
    "JWKS_URL": "http://auth:8000/.well-known/jwks.json",
    "DATABASE_URL": "postgresql://nobody:none@localhost/none",
    "MAIL_FROM": "Fairseat <tickets@fairseat.example>",
    "SMTP_URL": "smtp://mail:587",
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "STRIPE_JS_URL": "https://js.stripe.com/v3/",
    "SIGNING_KEYS_DIR": "/",
    "TICKET_KEYS_DIR": "/",
    **{f"{name.upper()}_URL": f"http://{name}:8000" for name in SERVICES},
    **dict.fromkeys(("LETTER_SECRETS", "QUOTE_SECRETS", "WEB_SECRET", "UNSUBSCRIBE_SECRETS", "WEBHOOK_SECRETS"), LONG),
    "STRIPE_WEBHOOK_SECRETS": LONG,
}
"""What a production has."""
PRODUCTION = {**SEEN, "ENVIRONMENT": "production"}
TEST_KEYS = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_PUBLISHABLE_KEY": "pk_test_1"}
STAGING = {**SEEN, **TEST_KEYS, "ENVIRONMENT": "staging"}
LOCAL: Mapping[str, str] = {}


def problems(service: str, environ: Mapping[str, str]) -> list[str]:
    """What the service's settings are refused for."""
    try:
        importlib.import_module(f"{service}.main").settings_of(environ)
    except SettingsError as error:
        return str(error).split("; ")
    return []


@pytest.mark.parametrize("service", SERVICES)
def test_each_place_can_be_set_up(service: str) -> None:
    assert [problems(service, environ) for environ in (LOCAL, STAGING, PRODUCTION)] == [[], [], []]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("environment", ENVIRONMENTS[1:])
def test_whatever_is_needed_and_missing_is_named_at_once(service: str, environment: str) -> None:
    said = problems(service, {"ENVIRONMENT": environment})
    needed = {row.name for row in table.rows() if row.is_needed and service in row.services}
    assert {problem.split()[0] for problem in said} == needed
    assert len(said) == len(needed), said


@pytest.mark.parametrize(
    ("service", "environ", "words"),
    [
        ("orders", {"ENVIRONMENT": "prod"}, "ENVIRONMENT must be local, dev, staging or production, not 'prod'"),
        ("orders", {"PUBLIC_URL": "https://fairseat.example/tickets"}, "PUBLIC_URL must be an origin without a path"),
        ("orders", {"PUBLIC_URL": "ftp://fairseat.example"}, "PUBLIC_URL must be an http or https address"),
        ("orders", {"PUBLIC_URL": "fairseat.example"}, "PUBLIC_URL must be an http or https address"),
        (
            "orders",
            {**STAGING, "PUBLIC_URL": "http://fairseat.example"},
            "PUBLIC_URL must begin with https://",
        ),
        ("orders", {**STAGING, "MIGRATION_DATABASE_URL": "postgresql://x"}, "MIGRATION_DATABASE_URL belongs to"),
        ("orders", {**STAGING, "QUOTE_SECRETS": f"{LONG},short"}, "QUOTE_SECRETS has a secret of fewer than 32"),
        ("orders", {"NATS_REPLICAS": "2"}, "NATS_REPLICAS must be odd"),
        ("orders", {"NATS_USER": "orders"}, "NATS_PASSWORD is not set although NATS_USER is"),
        ("orders", {"NATS_CA_FILE": "/none/ca.crt"}, "NATS_CA_FILE is no file that can be read: /none/ca.crt"),
        ("orders", {"OTEL_TRACES_SAMPLER_ARG": "2"}, "OTEL_TRACES_SAMPLER_ARG must be a number between 0 and 1"),
        ("auth", {**STAGING, "SIGNING_KEYS_DIR": "/none"}, "SIGNING_KEYS_DIR is no folder that can be read: /none"),
        ("auth", {"VERIFY_EMAILS": "perhaps"}, "VERIFY_EMAILS must be yes or no, not 'perhaps'"),
        # Real money moves in production only, behind https, and nowhere else, not even on one machine.
        ("payments", {**URL, "STRIPE_SECRET_KEY": "sk_live_1"}, "STRIPE_SECRET_KEY is a live key, and ENVIRONMENT is"),
        ("payments", {**STAGING, "STRIPE_SECRET_KEY": "rk_live_1"}, "STRIPE_SECRET_KEY is a live key"),
        (
            "payments",
            {**PRODUCTION, "PUBLIC_URL": "http://x.example"},
            "live key, and PUBLIC_URL is not https",
        ),
        ("payments", {**PRODUCTION, "STRIPE_SECRET_KEY": "sk_test_1"}, "STRIPE_SECRET_KEY is a test key: production"),
        ("payments", {"STRIPE_SECRET_KEY": "pk_test_1"}, "STRIPE_SECRET_KEY is a publishable key"),
        ("payments", {**PRODUCTION, "STRIPE_API_URL": "http://stand-in:8000"}, "STRIPE_API_URL names a stand-in"),
        ("payments", {"TAX_RATES": "AT"}, "TAX_RATES"),
        ("web", {**STAGING, "STRIPE_PUBLISHABLE_KEY": "pk_live_1"}, "STRIPE_PUBLISHABLE_KEY is a live key"),
        ("web", {**PRODUCTION, "STRIPE_PUBLISHABLE_KEY": "pk_test_1"}, "STRIPE_PUBLISHABLE_KEY is a test key"),
        (
            "web",
            {"STRIPE_PUBLISHABLE_KEY": "sk_test_1"},
            "STRIPE_PUBLISHABLE_KEY is a secret key",
        ),
        ("web", {**PRODUCTION, "STRIPE_JS_URL": "/dev/provider/stripe.js"}, "STRIPE_JS_URL must be the provider's own"),
        ("web", {**PRODUCTION, "TEST_CARDS": "yes"}, "TEST_CARDS is yes"),
        ("web", {"ORDERS_URL": "orders:8000"}, "ORDERS_URL must be an http or https address"),
        ("notifications", {**PRODUCTION, "SENDGRID_URL": "http://mail"}, "SENDGRID_URL names a stand-in"),
        ("notifications", {**PRODUCTION, "MAIL_PROVIDER": "sendgrid"}, "SENDGRID_API_KEY is not set"),
        ("notifications", {"MAIL_FROM": "Fairseat"}, "MAIL_FROM must look like"),
    ],
)
def test_what_contradicts_itself_is_refused(service: str, environ: dict[str, str], words: str) -> None:
    [said] = [problem for problem in problems(service, environ) if words in problem]
    # One line, and no value of a secret in it.
    assert "\n" not in said
    assert not any(secret in said for secret in (LONG, "sk_live_1", "rk_live_1", "sk_test_1"))


def test_the_page_is_held_against_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    assert table.settings_write(tmp_path) == ["docs/settings.md"]
    assert table.settings_check(tmp_path) == []
    path = tmp_path / "docs/settings.md"
    path.write_text(path.read_text().replace("`600`", "`900`"))
    assert table.settings_check(tmp_path) == [
        "docs/settings.md is out of date: `fairseat settings write` makes it anew."
    ]
    monkeypatch.delitem(MEANINGS, "HOLD_SECONDS")
    monkeypatch.setitem(MEANINGS, "HOLD_MINUTES", "nothing")
    assert table.settings_check(tmp_path)[:2] == [
        "HOLD_SECONDS has no meaning in settings_meanings.py.",
        "HOLD_MINUTES has a meaning, and nobody reads it.",
    ]


def environment_reads(path: Path) -> Iterator[int]:
    """Lines that read a name from the environment; handing all of it to a reader is fine."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Subscript | ast.Attribute):
            whole, of = ast.unparse(node), ast.unparse(node.value)
            if of == "os.environ" or whole == "os.getenv":
                yield node.lineno


def test_nobody_reads_the_environment_past_the_reader() -> None:
    allowed = {"environment.py", "reloading.py"}
    files = [*(ROOT / "common/fairseat_common").rglob("*.py"), *(ROOT / "services").glob("*/*/*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        if "testing" not in path.parts and not (path.name in allowed and path.parent.name == "fairseat_common")
        for line in environment_reads(path)
    ]
    assert found == []
