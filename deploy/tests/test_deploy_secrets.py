"""Secrets: what is made lets every service start, and what is changed step by step locks nobody out."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from fairseat_common.contracts import Money
from fairseat_common.quotes import Quote, quote_read, quote_sign
from fairseat_common.sealing import opened, seal
from fairseat_deploy import secrets_make
from fairseat_deploy.secrets_list import FILE, STAND_INS, Key, listed
from fairseat_deploy.secrets_make import SecretsError, Values
from fairseat_deploy.secrets_rotate import Step, rotate
from fairseat_deploy.tree import OVERLAYS
from fairseat_local.operations.settings import rows
from fairseat_local.routes import SERVICES

STEPS: tuple[Step, ...] = ("accept", "use", "forget")
COMPOSED = {"DATABASE_URL", "MIGRATION_DATABASE_URL", "NATS_PASSWORD"}
"""Made in pods out of several secrets, or a key that has the same name in all of them."""
FOLDERS = {"SIGNING_KEYS_DIR": "signing-keys", "TICKET_KEYS_DIR": "ticket-keys"}
SITE = {
    "PUBLIC_URL": "https://tickets.example.org",
    "JWKS_URL": "http://auth:8000/.well-known/jwks.json",
    "NATS_URL": "tls://nats:4222",
    "DATABASE_URL": "postgresql://fairseat_x:secret@postgres/fairseat_x",
    "MAIL_FROM": "Fairseat <tickets@example.org>",
    "STRIPE_JS_URL": "https://js.stripe.com/v3/",
    **{f"{name.upper()}_URL": f"http://{name}:8000" for name in SERVICES},
}


def person(overlay: str) -> secrets_make.Ask:
    """Somebody with the keys of a provider."""
    mode = "live" if overlay == "production" else "test"
    known = {
        "STRIPE_SECRET_KEY": f"sk_{mode}_{'x' * 24}",
        "STRIPE_PUBLISHABLE_KEY": f"pk_{mode}_{'x' * 24}",
        "STRIPE_WEBHOOK_SECRETS": f"whsec_{'x' * 32}",
        "SMTP_URL": "smtp://user:password@mail.example.org:587",
        "SENDGRID_API_KEY": "",
        "MAILCHIMP_API_KEY": "",
        "ALERT_WEBHOOK_URL": "",
    }
    return lambda key: known.get(key.name, "given")


def made(overlay: str) -> dict[str, dict[str, str]]:
    return {each["metadata"]["name"]: each["stringData"] for each in secrets_make.make(overlay, {}, person(overlay))}


def write(folder: Path, values: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, text in values.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text)
    return folder


def states(name: str) -> list[Values]:
    """A secret before, and after each step of a change."""
    found: list[Values] = [made("production")]
    for step in STEPS:
        found.append({**found[-1], name: rotate("production", name, step, found[-1])["stringData"]})
    return found


def test_the_list_is_well_formed() -> None:
    entries = yaml.safe_load(FILE.read_text())["secrets"]
    assert len({entry["name"] for entry in entries}) == len(entries)
    for overlay in OVERLAYS:
        for secret in listed(overlay):
            for key in secret.keys:
                ways = [key.fixed, key.random, key.rotating, key.ed25519, key.given]
                assert sum(map(bool, ways)) == (0 if secret.by else 1), f"{overlay} {secret.name} {key.name}"
                assert overlay not in STAND_INS or not key.given or key.optional, "nobody is asked where all is played"


def test_every_setting_that_is_a_secret_is_in_the_list() -> None:
    keys = {key.name for secret in listed("production") for key in secret.keys}
    assert {row.name for row in rows() if row.is_secret} - COMPOSED <= keys
    assert set(FOLDERS.values()) <= {secret.name for secret in listed("production")}


@pytest.mark.parametrize("overlay", ["dev", "production"])
def test_every_service_starts_with_what_is_made(tmp_path: Path, overlay: str) -> None:
    values = made(overlay)
    environ = {**SITE, "ENVIRONMENT": overlay}
    environ |= {key: value for secret in values.values() for key, value in secret.items() if key.isupper()}
    environ |= {setting: str(write(tmp_path / name, values[name])) for setting, name in FOLDERS.items()}
    for service in SERVICES:
        login = {"NATS_USER": service, "NATS_PASSWORD": values[f"nats-{service}"]["password"]}
        importlib.import_module(f"{service}.main").create_app({**environ, **login})


def test_what_exists_stays_and_what_is_missing_is_made_beside_it() -> None:
    there = made("staging")
    assert secrets_make.make("staging", there, person("staging")) == []
    without = {name: dict(keys) for name, keys in there.items() if name != "web-secret"}
    del without["staging-access"]["htpasswd"]
    again = {each["metadata"]["name"]: each["stringData"] for each in secrets_make.make("staging", without, person(""))}
    assert again.keys() == {"web-secret", "staging-access"}
    assert again["web-secret"] != there["web-secret"]
    assert again["staging-access"] == there["staging-access"]


def test_values_of_kubectl_are_read() -> None:
    text = '{"items": [{"metadata": {"name": "web-secret"}, "data": {"WEB_SECRET": "aGVsbG8="}}]}'
    assert secrets_make.read_existing(text) == {"web-secret": {"WEB_SECRET": "hello"}}
    assert secrets_make.read_existing("") == {}
    with pytest.raises(SecretsError, match="kubectl get secrets -o json"):
        secrets_make.read_existing("No resources found")


def test_nothing_is_made_of_what_a_person_did_not_give() -> None:
    def silent(_key: Key) -> str:
        return ""

    with pytest.raises(SecretsError, match="stripe needs STRIPE_SECRET_KEY"):
        secrets_make.make("production", {}, silent)


@pytest.mark.parametrize("name", ["letter-secrets", "quote-secrets", "unsubscribe-secrets", "webhook-secrets"])
def test_whoever_is_a_step_behind_or_ahead_still_reads(name: str) -> None:
    (key,) = made("production")[name]
    lists = [state[name][key].split(",") for state in states(name)]
    quote = Quote(
        listing_id=uuid4(), listing_version=1, unit_price=Money(1, "EUR"), unit_fee=Money(1, "EUR"),
        unit_seller_fee=Money(1, "EUR"), fee_rule=1, expires_at=1,
    )  # fmt: skip
    for before, after in pairwise(lists):
        for writer, reader in ((before, after), (after, before)):
            assert opened(seal("a token", "letters", writer), "letters", reader) == "a token"
            assert quote_read(quote_sign(quote, writer[0]), reader) == quote
    assert lists[0] != lists[-1]
    assert len(lists[-1]) == 1


def test_tokens_of_a_step_behind_or_ahead_are_accepted(tmp_path: Path) -> None:
    keys = importlib.import_module("auth.actions_keys")
    signers = [
        keys.Signer(keys.load_keys(str(write(tmp_path / str(number), state["signing-keys"])), "production"), 300)
        for number, state in enumerate(states("signing-keys"))
    ]
    known = [{key.id for key in signer.keys} for signer in signers]
    for before, after in pairwise(range(len(signers))):
        assert signers[before].keys[-1].id in known[after]
        assert signers[after].keys[-1].id in known[before]
    assert known[0].isdisjoint(known[-1])


def test_codes_of_a_step_behind_or_ahead_are_accepted(tmp_path: Path) -> None:
    main, codes = importlib.import_module("tickets.main"), importlib.import_module("tickets.domain_codes")
    now = datetime(2030, 1, 1, tzinfo=UTC)
    rings = []
    for number, state in enumerate(states("ticket-keys")):
        files = main.key_files(write(tmp_path / str(number), state["ticket-keys"]))
        rings.append(main._keys({file.stem: main._key_read(file) for file in files}))
    payload = codes._PAYLOAD.pack(uuid4().bytes, uuid4().bytes, codes._step(now))
    for before, after in pairwise(rings):
        for writer, reader in ((before, after), (after, before)):
            signature = codes._text(codes._signature(writer, payload))
            code = f"{writer.key_id}.{codes._text(payload)}.{signature}"
            assert not codes.code_read(reader.verifying, code, now + timedelta(seconds=1)).printed


@pytest.mark.parametrize(
    ("name", "step", "said"),
    [
        ("letter-secrets", "use", "begin with `accept`"),
        ("signing-keys", "use", "begin with `accept`"),
        ("letter-secrets", "replace", "no step from here"),
        ("nats-orders", "accept", "the step is `replace`"),
        ("stripe", "replace", "given by a person"),
        ("nats-tls", "replace", "not a secret that is made here"),
        ("unknown", "replace", "not a secret that is made here"),
    ],
)
def test_a_step_that_cannot_be_taken_is_refused(name: str, step: Step, said: str) -> None:
    with pytest.raises(SecretsError, match=said):
        rotate("production", name, step, made("production"))


def test_a_password_is_replaced_and_its_user_stays() -> None:
    before = made("production")
    after = rotate("production", "postgres-orders", "replace", before)["stringData"]
    assert after["username"] == "fairseat_orders"
    assert after["password"] != before["postgres-orders"]["password"]
