"""What API keys may do, over every route there is: nothing without a scope, and nothing that was forgotten."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from auth.actions_keys import Signer, load_keys
from auth.domain_api_keys import KeyOwner
from fairseat_common.ids import new_id
from fairseat_common.testing.issuer import Issuer, key_claims
from fairseat_common.web.scopes import CLOSED, NOUNS, OPEN, SCOPES, expect_scope, scope_of
from fairseat_local.routes import PREFIXES

SERVICES = ("auth", "catalog", "tickets", "orders", "expiration", "payments", "notifications", "web")
METHODS = ("get", "post", "put", "patch", "delete")
BESIDE = frozenset({"/.well-known/jwks.json"})
"""Read by everybody; a token that comes along opens nothing there."""


def routes_of(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Method and path of each operation, ids filled in."""
    for path, item in document["paths"].items():
        filled = "/".join(str(new_id()) if part.startswith("{") else part for part in path.split("/"))
        yield from ((method.upper(), filled) for method in METHODS if method in item)


@pytest.fixture
def keys_dir(tmp_path: Path) -> str:
    """Where auth has its keys, which are not the issuer's."""
    return str(tmp_path / "keys")


def client_of(service: str, issuer: Issuer, keys_dir: str) -> httpx.AsyncClient:
    """A client of a service that is put together but not started: what is refused at the edge needs nothing more."""
    environ = {"JWKS_URL": issuer.jwks_url, "SIGNING_KEYS_DIR": keys_dir, "LOG_LEVEL": "error"}
    app = importlib.import_module(f"{service}.main").create_app(environ)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000")


def token_for(service: str, issuer: Issuer, keys_dir: str, *scopes: str) -> str:
    """A token of an organiser's API key, as the service's own verifier takes it."""
    if service != "auth":
        return issuer.token(new_id(), ("user", "organiser"), claims=key_claims(*scopes))
    owner = KeyOwner(new_id(), new_id(), ("user", "organiser"), scopes, 6000, 300.0)
    return Signer(load_keys(keys_dir, "local"), 300).issue_for_key(owner, time.time())[0]


@pytest.mark.parametrize("service", SERVICES)
async def test_no_route_answers_a_key_without_the_scope(service: str, issuer: Issuer, keys_dir: str) -> None:
    async with client_of(service, issuer, keys_dir) as client:
        document = (await client.get("/openapi.json")).json()
        routes = [*routes_of(document), ("GET", "/"), ("POST", "/sell"), ("GET", f"/operations/{service}/audit")]
        for method, path in routes:
            if (method, path) in OPEN:
                continue
            needed = scope_of(method, path)
            scopes = [scope for scope in SCOPES if scope != needed]
            token = token_for(service, issuer, keys_dir, *scopes)
            answer = await client.request(method, path, headers={"Authorization": f"Bearer {token}"})
            expected = "scope-missing" if needed else "not-for-keys"
            assert (answer.status_code, answer.json()["type"]) == (403, expected), f"{method} {path}"
            assert answer.json().get("scope") == needed


@pytest.mark.parametrize("service", SERVICES)
async def test_two_tokens_are_none(service: str, issuer: Issuer, keys_dir: str) -> None:
    async with client_of(service, issuer, keys_dir) as client:
        token = token_for(service, issuer, keys_dir, "orders:read")
        headers = [("Authorization", f"Bearer {token}"), ("Authorization", "Basic eDp5")]
        answer = await client.get("/api/orders", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "token-invalid")


def test_every_part_of_the_api_is_open_to_keys_or_closed_on_purpose() -> None:
    nouns = {prefix.split("/")[2] for prefix in PREFIXES if prefix.startswith("/api/")}
    assert nouns == NOUNS.keys() | CLOSED
    assert not NOUNS.keys() & CLOSED


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/orders", "orders:read"),
        ("HEAD", "/api/orders/1", "orders:read"),
        ("POST", "/api/orders", "orders:write"),
        ("DELETE", "/api/webhooks/1", "webhooks:write"),
        ("POST", "/api/users/signin", None),
        ("GET", "/api/keys", None),
        ("GET", "/api/ledger/accounts", None),
        ("GET", "/operations/orders/audit", None),
        ("GET", "/api", None),
        ("GET", "//api/orders", None),
        ("GET", "/api//orders", None),
        ("GET", "/API/orders", None),
        ("GET", "/orders", None),
    ],
)
def test_the_path_names_the_scope(method: str, path: str, scope: str | None) -> None:
    assert scope_of(method, path) == scope
    if scope:
        expect_scope(method, path, frozenset({scope}))
