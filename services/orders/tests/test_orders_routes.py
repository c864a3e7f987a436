"""Every way to ask wrongly: its own problem type, and nothing written."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

ROUTES = [("POST", "/api/orders"), ("GET", "/api/orders"), ("GET", "/api/orders/{id}"), ("DELETE", "/api/orders/{id}")]


async def nothing_written(orders: RunningService) -> None:
    async with orders.database.connection() as connection:
        assert await connection.fetchval("select count(*) from orders") == 0
        assert await connection.fetchval("select count(*) from outbox") == 0


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["title"]
    assert document["detail"]
    return answer.status_code, document["type"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_signed_out_expired_and_forged(start: StartService, method: str, path: str) -> None:
    orders = await start("orders")
    url = path.format(id=new_id())
    body = {"json": {"listing_id": str(new_id()), "quantity": 1}} if method == "POST" else {}
    cases = [
        (orders.client(), "sign-in-required"),
        (orders.client(token=orders.issuer.token(new_id(), lifetime_s=-10)), "token-expired"),
        (orders.client(token=orders.issuer.token(new_id(), key=Ed25519PrivateKey.generate())), "token-invalid"),
        (orders.client(token="not.a.token"), "token-invalid"),
    ]
    for client, slug in cases:
        answer = await client.request(method, url, headers={"Idempotency-Key": "k"}, **body)  # type: ignore[arg-type]
        assert problem(answer) == (401, slug)
    await nothing_written(orders)


@pytest.mark.parametrize(
    ("body", "expected", "field"),
    [
        ({"quantity": 1}, (422, "invalid"), "listing_id"),
        ({"listing_id": "{id}"}, (422, "invalid"), "quantity"),
        ({"listing_id": "{id}", "quantity": 1, "price": 1}, (422, "invalid"), "price"),
        ({"listing_id": "{id}", "quantity": 1, "seats": ["1"]}, (422, "invalid"), "seats"),
        ({"listing_id": "nonsense", "quantity": 1}, (422, "invalid"), "listing_id"),
        ({"listing_id": "{id}", "quantity": 0}, (422, "invalid"), "quantity"),
        ({"listing_id": "{id}", "quantity": -1}, (422, "invalid"), "quantity"),
        ({"listing_id": "{id}", "quantity": 10**12}, (422, "invalid"), "quantity"),
        ({"listing_id": "{id}", "quantity": 1.5}, (422, "invalid"), "quantity"),
        ({"listing_id": "{id}", "quantity": "2"}, (422, "invalid"), "quantity"),
        ({"listing_id": "{id}", "quantity": None}, (422, "invalid"), "quantity"),
        ([], (422, "invalid"), ""),
        ("text", (422, "invalid"), ""),
        (None, (422, "invalid"), ""),
    ],
)
async def test_a_wrong_body_is_refused_field_by_field(
    start: StartService, body: Any, expected: tuple[int, str], field: str
) -> None:
    orders = await start("orders")
    content = json.dumps(body).replace("{id}", str(new_id()))
    answer = await orders.client(new_id()).post("/api/orders", content=content, headers={"Idempotency-Key": "k"})
    assert problem(answer) == expected
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    await nothing_written(orders)


@pytest.mark.parametrize(
    ("content", "headers", "expected"),
    [
        (b"{", {"Idempotency-Key": "k"}, (400, "malformed-json")),
        (b"", {"Idempotency-Key": "k"}, (400, "malformed-json")),
        (b"\xff\xfe", {"Idempotency-Key": "k"}, (400, "malformed-json")),
        (b"x" * 300_000, {"Idempotency-Key": "k"}, (413, "body-too-large")),
        (b'{"listing_id": "', {}, (400, "idempotency-key-missing")),
        (b"{}", {"Idempotency-Key": "k" * 256}, (400, "idempotency-key-malformed")),
        (b"{}", {"Idempotency-Key": "k", "Origin": "https://evil.example"}, (403, "cross-site-request")),
        (b"{}", {"Idempotency-Key": "k", "Sec-Fetch-Site": "cross-site"}, (403, "cross-site-request")),
    ],
)
async def test_a_request_that_cannot_be_read(
    start: StartService, content: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    orders = await start("orders")
    answer = await orders.client(new_id()).post("/api/orders", content=content, headers=headers)
    assert problem(answer) == expected
    await nothing_written(orders)


async def test_an_endless_body_is_cut_off(start: StartService) -> None:
    orders = await start("orders")

    async def endless() -> Any:
        for _ in range(64):
            yield b"x" * 8192

    answer = await orders.client(new_id()).post("/api/orders", content=endless(), headers={"Idempotency-Key": "k"})
    assert problem(answer) == (413, "body-too-large")


async def test_anothers_order_does_not_exist(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    listing = listing_published(show)
    for event in (show, listing):
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]
    buyer = orders.client(new_id())
    order = (
        await buyer.post(
            "/api/orders",
            json={"listing_id": str(listing.listing_id), "quantity": 1},
            headers={"Idempotency-Key": "mine"},
        )
    ).json()
    stranger = orders.client(new_id())
    for method in ("GET", "DELETE"):
        assert problem(await stranger.request(method, f"/api/orders/{order['id']}")) == (404, "not-found")
        assert problem(await stranger.request(method, f"/api/orders/{new_id()}")) == (404, "not-found")
        assert problem(await stranger.request(method, "/api/orders/nonsense")) == (404, "not-found")
    assert (await stranger.get("/api/orders")).json() == {"items": [], "next_cursor": None}
    assert (await buyer.get(f"/api/orders/{order['id']}")).json()["status"] == "held"
    assert problem(await buyer.put("/api/orders")) == (405, "method-not-allowed")


async def test_orders_come_in_pages_newest_first(start: StartService) -> None:
    orders = await start("orders", HOLDS_MAX="10")
    show = show_published()
    listing = listing_published(show, 5)
    for event in (show, listing):
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]
    buyer = orders.client(new_id())
    made = []
    for number in range(5):
        answer = await buyer.post(
            "/api/orders",
            json={"listing_id": str(listing.listing_id), "quantity": 1},
            headers={"Idempotency-Key": f"order {number}"},
        )
        made.append(answer.json()["id"])
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await buyer.get("/api/orders", params={"limit": 2, "cursor": cursor})).json()
        seen += [order["id"] for order in page["items"]]
        cursor = page["next_cursor"]
    assert seen == made[::-1]
    for limit in ("0", "101", "many"):
        assert problem(await buyer.get("/api/orders", params={"limit": limit})) == (422, "invalid")
    assert problem(await buyer.get("/api/orders", params={"cursor": "nonsense"})) == (422, "invalid")


async def test_the_api_document_names_the_hold_route(start: StartService) -> None:
    orders = await start("orders")
    document = (await orders.client().get("/openapi.json")).json()
    create = document["paths"]["/api/orders"]["post"]
    assert create["parameters"][0]["name"] == "Idempotency-Key"
    assert set(create["responses"]) == {"201", "400", "401", "403", "404", "409", "413", "422", "429", "503"}
    assert "get" in document["paths"]["/api/orders"]
