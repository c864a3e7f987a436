"""The HTTP edge: what every service refuses in the same way, and what a repeated request finds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import LimitReached, NotFound
from fairseat_common.database import Connection, Database, migrate
from fairseat_common.ids import new_id
from fairseat_common.settings import Settings
from fairseat_common.testing.issuer import Issuer
from fairseat_common.testing.running import Servers, empty
from fairseat_common.testing.serving import Serving
from fairseat_common.web import MoneyInput, Name, Service, create_once, etag, expect_version
from fairseat_common.web.dependencies import CurrentUser, ExpectedVersion, OwnDatabase, Visitor

SERVICE = Path(__file__).parents[2] / "services/expiration/migrations"


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    price: MoneyInput
    count: Annotated[int, Meta(ge=1, le=10)] = 1


class Made(msgspec.Struct):
    id: UUID
    price: Money


gate = asyncio.Event()
entered = asyncio.Event()


async def _make(tx: Connection, data: Thing) -> Made:
    if data.name == "refused":
        raise NotFound
    if data.name == "slow":
        entered.set()
        await gate.wait()
    identity = new_id()
    await tx.execute("insert into deadlines (order_id, due_at) values ($1, now())", identity)
    return Made(identity, data.price.money("price"))


@post("/api/things")
async def thing_create(
    request: Request[Any, Any, Any], data: JSONBody[Thing], user: CurrentUser, database: OwnDatabase
) -> Response[Made]:
    return await create_once(request, database, user.id, lambda tx: _make(tx, data), lambda _: {"ETag": etag(1)})


@patch("/api/things/{thing_id:uuid}")
async def thing_edit(thing_id: FromPath[UUID], if_match: ExpectedVersion) -> Response[dict[str, str]]:
    expect_version(3, if_match)
    return Response({"id": str(thing_id)}, headers={"ETag": etag(4)})


@get("/api/crash")
async def crash() -> None:
    raise RuntimeError("select secret from vault")


@get("/api/waiting")
async def waiting(database: OwnDatabase) -> None:
    """Wait for a lock that somebody else has, but not long."""
    async with database.transaction() as tx:
        await tx.execute("set local lock_timeout = '50ms'")
        await tx.execute("lock table deadlines in share mode")


@get("/api/limited")
async def limited() -> None:
    raise LimitReached(retry_after_s=7)


@get("/api/whoami")
async def whoami(visitor: Visitor) -> dict[str, str | None]:
    return {"id": str(visitor.id) if visitor else None}


@dataclass
class Site:
    url: str
    database: Database
    issuer: Issuer

    def client(self, user_id: UUID | None = None) -> httpx.AsyncClient:
        cookies = {"fairseat": self.issuer.token(user_id)} if user_id else None
        return httpx.AsyncClient(base_url=self.url, cookies=cookies, timeout=20)

    async def made(self) -> int:
        async with self.database.connection() as connection:
            return int(await connection.fetchval("select count(*) from deadlines") or 0)


@pytest_asyncio.fixture(loop_scope="session")
async def site(servers: Servers, issuer: Issuer) -> AsyncIterator[Site]:
    created = servers.postgres.create_service_database("expiration")
    await migrate(created.owner_url, SERVICE, "fairseat_expiration")
    environ = {
        "DATABASE_URL": created.owner_url,
        "NATS_URL": servers.nats.url,
        "JWKS_URL": issuer.jwks_url,
        "BODY_MAX_BYTES": "2048",
        "LOG_LEVEL": "critical",
    }
    service = Service("expiration", Settings.read(environ), SERVICE)
    serving = Serving(service.app([thing_create, thing_edit, crash, waiting, limited, whoami]))
    await serving.start()
    await empty(service.database)
    yield Site(serving.url, service.database, issuer)
    await serving.stop()


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["status"] == answer.status_code
    return document["status"], document["type"]


THING = {"name": "Lantern", "price": {"amount": 100, "currency": "EUR"}}


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "http://localhost:8000"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8000"}, False),
        ({}, False),
    ],
)
async def test_other_sites_change_nothing(site: Site, headers: dict[str, str], refused: bool) -> None:
    answer = await site.client(new_id()).post("/api/things", json=THING, headers=headers)
    if refused:
        assert problem(answer) == (403, "cross-site-request")
    else:
        assert answer.status_code == 201
    assert await site.made() == int(not refused)


async def test_reading_is_open_to_other_sites_links(site: Site) -> None:
    assert (await site.client().get("/api/whoami", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


async def test_a_request_id_is_kept_or_made(site: Site) -> None:
    client = site.client()
    given = await client.get("/api/nothing", headers={"X-Request-Id": "abc-12345_z"})
    assert given.headers["x-request-id"] == given.json()["request_id"] == "abc-12345_z"
    bad = await client.get("/api/nothing", headers={"X-Request-Id": "<script>"})
    assert problem(bad) == (404, "not-found")
    assert len(bad.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", (400, "malformed-json")),
        (b"\xff", (400, "malformed-json")),
        (b"", (400, "malformed-json")),
        (b'"text"', (422, "invalid")),
        (b"null", (422, "invalid")),
        (json.dumps(THING | {"more": 1}).encode(), (422, "invalid")),
        (json.dumps(THING | {"count": 0}).encode(), (422, "invalid")),
        (json.dumps(THING | {"count": "1"}).encode(), (422, "invalid")),
        (json.dumps(THING | {"name": "a\nb"}).encode(), (422, "invalid")),
        (json.dumps(THING | {"price": {"amount": -1, "currency": "EUR"}}).encode(), (422, "invalid")),
        (json.dumps(THING | {"price": {"amount": 1.5, "currency": "EUR"}}).encode(), (422, "invalid")),
        (json.dumps(THING | {"price": {"amount": 1, "currency": "XXX"}}).encode(), (422, "invalid")),
        (b"x" * 3000, (413, "body-too-large")),
    ],
)
async def test_what_is_sent_wrongly_is_refused(site: Site, content: bytes, expected: tuple[int, str]) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await site.client(new_id()).post("/api/things", content=content, headers=headers)
    if content == b"":
        assert answer.status_code in (400, 422)
    else:
        assert problem(answer) == expected
    assert await site.made() == 0


async def test_the_field_that_is_wrong_is_named(site: Site) -> None:
    wrong = THING | {"price": {"amount": "100", "currency": "EUR"}}
    errors = (await site.client(new_id()).post("/api/things", json=wrong)).json()["errors"]
    assert errors == [{"field": "price.amount", "message": "Expected `int`, got `str`"}]
    assert problem(await site.client().post("/api/things", json=wrong)) == (401, "sign-in-required")


async def test_an_endless_body_is_cut_off(site: Site) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    assert problem(await site.client(new_id()).post("/api/things", content=endless())) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/unknown", (404, "not-found")),
        ("GET", "/%2e%2e/etc", (404, "not-found")),
        ("DELETE", "/api/things", (405, "method-not-allowed")),
        ("POST", "/api/things", (401, "sign-in-required")),
        ("PATCH", "/api/things/nonsense", (404, "not-found")),
        ("GET", "/api/limited", (429, "too-many-requests")),
    ],
)
async def test_each_no_has_its_type(site: Site, method: str, path: str, expected: tuple[int, str]) -> None:
    answer = await site.client().request(method, path, json=THING if method == "POST" else None)
    assert problem(answer) == expected
    if expected[0] == 429:
        assert answer.headers["retry-after"] == "7"


async def test_the_frameworks_own_pages_are_not_there(site: Site) -> None:
    for name in ("swagger", "redoc", "elements", "rapidoc", "openapi.yaml"):
        answer = await site.client().get(f"/_openapi/{name}")
        assert answer.status_code == 404
        assert "<script" not in answer.text


async def test_who_waits_too_long_for_a_lock_may_try_again(site: Site) -> None:
    async with site.database.transaction() as tx:
        await tx.execute("insert into deadlines (order_id, due_at) values ($1, now())", new_id())
        answer = await site.client().get("/api/waiting")
    assert problem(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"


async def test_a_crash_tells_nothing(site: Site) -> None:
    answer = await site.client().get("/api/crash")
    assert problem(answer) == (500, "internal-error")
    for word in ("select", "vault", "Runtime", "Traceback", "127.0.0.1"):
        assert word not in answer.text


async def test_health_and_heads(site: Site) -> None:
    client = site.client()
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json()["status"] == "ready"
    assert "fairseat" in (await client.get("/metrics")).text
    for path in ("/healthz", "/readyz"):
        head = await client.head(path)
        assert (head.status_code, head.content) == (200, b"")


async def test_every_answer_has_its_standing_headers(site: Site) -> None:
    for path in ("/api/whoami", "/api/unknown", "/healthz", "/api/crash"):
        headers = (await site.client().get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_visitors_are_known_if_they_are_signed_in(site: Site) -> None:
    user = new_id()
    assert (await site.client(user).get("/api/whoami")).json() == {"id": str(user)}
    assert (await site.client().get("/api/whoami")).json() == {"id": None}


@pytest.mark.parametrize(
    ("if_match", "status", "slug"),
    [
        (None, 428, "if-match-missing"),
        ('"2"', 412, "version-stale"),
        ("*", 412, "version-stale"),
        ("x", 412, "version-stale"),
        ('"3"', 200, ""),
        ('W/"3"', 200, ""),
        ("3", 200, ""),
    ],
)
async def test_edits_name_the_version_that_they_are_based_on(
    site: Site, if_match: str | None, status: int, slug: str
) -> None:
    headers = {} if if_match is None else {"If-Match": if_match}
    answer = await site.client().patch(f"/api/things/{new_id()}", headers=headers)
    if status == 200:
        assert answer.headers["etag"] == '"4"'
    else:
        assert problem(answer) == (status, slug)


async def test_a_repeated_key_finds_the_first_answer(site: Site) -> None:
    client, headers = site.client(new_id()), {"Idempotency-Key": "k"}
    first = await client.post("/api/things", json=THING, headers=headers)
    again = await client.post("/api/things", json=THING, headers=headers)
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), '"1"')
    assert again.headers["idempotent-replayed"] == "true"
    other = await client.post("/api/things", json=THING | {"count": 2}, headers=headers)
    assert problem(other) == (422, "idempotency-key-reused")
    assert await site.made() == 1


async def test_a_key_belongs_to_an_account(site: Site) -> None:
    headers = {"Idempotency-Key": "k"}
    answers = [await site.client(new_id()).post("/api/things", json=THING, headers=headers) for _ in range(2)]
    assert answers[0].json()["id"] != answers[1].json()["id"]


async def test_without_a_key_each_request_counts(site: Site) -> None:
    client = site.client(new_id())
    for _ in range(2):
        assert (await client.post("/api/things", json=THING)).status_code == 201
    assert await site.made() == 2


async def test_a_refusal_is_not_remembered(site: Site) -> None:
    client, headers = site.client(new_id()), {"Idempotency-Key": "k"}
    assert problem(await client.post("/api/things", json=THING | {"name": "refused"}, headers=headers))[0] == 404
    assert (await client.post("/api/things", json=THING, headers=headers)).status_code == 201


async def test_a_first_request_that_still_runs_is_told_so(site: Site) -> None:
    gate.clear()
    entered.clear()
    client, headers = site.client(new_id()), {"Idempotency-Key": "k"}
    slow = THING | {"name": "slow"}
    first = asyncio.create_task(client.post("/api/things", json=slow, headers=headers))
    await entered.wait()
    assert problem(await client.post("/api/things", json=slow, headers=headers)) == (409, "idempotency-key-in-use")
    gate.set()
    made = (await first).json()
    assert (await client.post("/api/things", json=slow, headers=headers)).json() == made
    assert await site.made() == 1


@pytest.mark.parametrize("key", ["k" * 256, "ü"])
async def test_a_key_that_cannot_be_read_is_refused(site: Site, key: str) -> None:
    headers = {"Idempotency-Key": key.encode()}
    answer = await site.client(new_id()).post("/api/things", json=THING, headers=headers)  # type: ignore[arg-type]
    assert problem(answer) == (400, "idempotency-key-malformed")
