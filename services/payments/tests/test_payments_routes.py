"""Paying over HTTP: what is accepted, what is refused, and what a repeated request is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import stripe

from fairseat_common.contracts import Money, OrderCancelled, OrderConfirmed, OrderHeld, PaymentAuthorized, PaymentFailed
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.process import ProviderProcess

ANY_ID = "0190b6a4-0000-7000-8000-000000000001"
VISA = "pm_card_visa"
EXPIRED_TOKEN_S = -5.0


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    process = ProviderProcess(tmp_path_factory.mktemp("provider") / "provider.sqlite")
    await process.start()
    yield process
    await process.stop()


@pytest.fixture
async def payments(start: StartService, provider: ProviderProcess) -> RunningService:
    return await start("payments", STRIPE_API_URL=provider.url)


def held(buyer_id: UUID, expires_in_s: float = 600, total: int = 12_950) -> OrderHeld:
    now = datetime.now(UTC)
    return OrderHeld(
        order_id=new_id(),
        buyer_id=buyer_id,
        seller_id=new_id(),
        listing_id=new_id(),
        show_id=new_id(),
        section="A",
        row="1",
        seats=("1",),
        quantity=1,
        unit_price=Money(total, "EUR"),
        fees=Money(0, "EUR"),
        total=Money(total, "EUR"),
        expires_at=now + timedelta(seconds=expires_in_s),
        version=1,
        occurred_at=now,
    )


async def hold(payments: RunningService, buyer_id: UUID, **changes: Any) -> OrderHeld:
    order = held(buyer_id, **changes)
    heard = await payments.publish(order)
    await eventually(lambda: payments.heard(heard))
    return order


async def pay(client: httpx.AsyncClient, order_id: UUID, method: str = VISA, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key or new_id().hex}
    return await client.post(
        "/api/payments", json={"order_id": str(order_id), "payment_method": method}, headers=headers
    )


async def attempts(payments: RunningService) -> int:
    async with payments.database.connection() as connection:
        return int(await connection.fetchval("select count(*) from attempts"))


async def intents_of(provider: ProviderProcess, order_id: UUID) -> list[stripe.PaymentIntent]:
    http = stripe.AIOHTTPClient(timeout=10)
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": provider.url}, http_client=http)
    found = await client.v1.payment_intents.search_async({"query": f"metadata['order_id']:'{order_id}'", "limit": 100})
    await http.close_async()  # type: ignore[no-untyped-call]
    return found.data


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"]


async def test_a_held_order_is_authorised_once_and_not_charged(
    payments: RunningService, provider: ProviderProcess
) -> None:
    buyer_id = new_id()
    client = payments.client(buyer_id)
    order = await hold(payments, buyer_id)
    first = await pay(client, order.order_id, key="k-1")
    assert first.status_code == 201
    payment = first.json()
    assert payment | {"id": "", "created_at": ""} == {
        "id": "",
        "order_id": str(order.order_id),
        "status": "authorized",
        "amount": {"amount": 12_950, "currency": "EUR"},
        "reason": None,
        "action_url": None,
        "refunded": {"amount": 0, "currency": "EUR"},
        "created_at": "",
    }
    again = await pay(client, order.order_id, key="k-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert problem(await pay(client, order.order_id, key="k-2")) == (409, "order-not-payable")
    assert problem(await pay(client, order.order_id, "pm_card_mastercard", "k-1")) == (422, "idempotency-key-reused")
    intents = await intents_of(provider, order.order_id)
    assert [(intent.status, intent.amount) for intent in intents] == [("requires_capture", 12_950)]
    assert intents[0].metadata["attempt_id"] == payment["id"]
    told = await payments.published(PaymentAuthorized)
    assert [(event.order_id, event.amount, event.version) for event in told] == [
        (order.order_id, Money(12_950, "EUR"), 1)
    ]


async def test_a_declined_card_leaves_the_order_payable(payments: RunningService, provider: ProviderProcess) -> None:
    buyer_id = new_id()
    client = payments.client(buyer_id)
    order = await hold(payments, buyer_id)
    for _ in range(2):
        answer = await pay(client, order.order_id, "pm_card_chargeDeclined", "bad")
        assert problem(answer) == (402, "card-declined")
        assert answer.json()["reason"] == "generic_decline"
    answer = await pay(client, order.order_id, "pm_card_chargeDeclinedInsufficientFunds")
    assert answer.json()["reason"] == "insufficient_funds"
    assert (await pay(client, order.order_id)).status_code == 201
    assert [event.reason for event in await payments.published(PaymentFailed)] == [
        "generic_decline",
        "insufficient_funds",
    ]
    shown = (await client.get("/api/payments", params={"order_id": str(order.order_id)})).json()
    assert [payment["status"] for payment in shown["items"]] == ["authorized", "failed", "failed"]
    assert len(await intents_of(provider, order.order_id)) == 3


async def test_a_payment_method_that_the_provider_does_not_know(payments: RunningService) -> None:
    buyer_id = new_id()
    client = payments.client(buyer_id)
    order = await hold(payments, buyer_id)
    answer = await pay(client, order.order_id, "pm_nobody")
    assert problem(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == "payment_method"
    assert (await pay(client, order.order_id)).status_code == 201


async def test_an_amount_that_the_provider_does_not_take(payments: RunningService) -> None:
    buyer_id = new_id()
    order = await hold(payments, buyer_id, total=49)
    assert problem(await pay(payments.client(buyer_id), order.order_id)) == (409, "order-not-payable")


async def test_orders_that_cannot_be_paid(payments: RunningService) -> None:
    buyer_id = new_id()
    client = payments.client(buyer_id)
    expired = await hold(payments, buyer_id, expires_in_s=-1)
    assert problem(await pay(client, expired.order_id)) == (409, "order-not-payable")
    for kind in (OrderCancelled, OrderConfirmed):
        order = await hold(payments, buyer_id)
        more: dict[str, Any] = {"reason": "buyer"} if kind is OrderCancelled else {}
        heard = await payments.publish(after(order, kind, **more))
        await eventually(lambda heard=heard: payments.heard(heard))  # type: ignore[misc]
        assert problem(await pay(client, order.order_id)) == (409, "order-not-payable")
    assert await attempts(payments) == 0


def after(order: OrderHeld, kind: Any, version: int = 2, **more: Any) -> Any:
    fields = {name: getattr(order, name) for name in order.__struct_fields__}
    return kind(**fields | {"version": version} | more)


async def test_only_the_buyer_can_pay_and_look(payments: RunningService) -> None:
    buyer_id, other_id = new_id(), new_id()
    order = await hold(payments, buyer_id)
    other = payments.client(other_id)
    assert problem(await pay(other, order.order_id)) == (404, "not-found")
    assert problem(await pay(other, new_id())) == (404, "not-found")
    payment = (await pay(payments.client(buyer_id), order.order_id)).json()
    assert problem(await other.get(f"/api/payments/{payment['id']}")) == (404, "not-found")
    assert (await other.get("/api/payments", params={"order_id": payment["order_id"]})).json()["items"] == []
    mine = await payments.client(buyer_id).get(f"/api/payments/{payment['id']}")
    assert (mine.status_code, mine.json()) == (200, payment)


async def test_nobody_is_let_in_without_a_valid_token(payments: RunningService) -> None:
    user_id = new_id()
    expired = payments.issuer.token(user_id, lifetime_s=EXPIRED_TOKEN_S)
    for token, slug in ((None, "sign-in-required"), (expired, "token-expired"), ("nonsense", "token-invalid")):
        client = payments.client(token=token)
        assert problem(await pay(client, new_id())) == (401, slug)
        assert problem(await client.get("/api/payments")) == (401, slug)
        assert problem(await client.get(f"/api/payments/{new_id()}")) == (401, slug)


async def test_an_order_may_be_paid_a_moment_before_its_news_arrives(payments: RunningService) -> None:
    buyer_id = new_id()
    order = held(buyer_id)
    paying = asyncio.create_task(pay(payments.client(buyer_id), order.order_id))
    await payments.publish(order)
    assert (await paying).status_code == 201


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (422, "invalid")),
        (b"{nope}", (400, "malformed-json")),
        (b"[]", (422, "invalid")),
        (b"{}", (422, "invalid")),
        (b'{"order_id": "x", "payment_method": "pm_card_visa"}', (422, "invalid")),
        (b'{"order_id": 1, "payment_method": "pm_card_visa"}', (422, "invalid")),
        (b'{"order_id": "%s"}' % ANY_ID.encode(), (422, "invalid")),
        (b'{"order_id": "%s", "payment_method": 5}' % ANY_ID.encode(), (422, "invalid")),
        (b'{"order_id": "%s", "payment_method": ""}' % ANY_ID.encode(), (422, "invalid")),
        (b'{"order_id": "%s", "payment_method": "4242424242424242"}' % ANY_ID.encode(), (422, "invalid")),
        (b'{"order_id": "%s", "payment_method": "pm_a\\nb"}' % ANY_ID.encode(), (422, "invalid")),
        (b'{"order_id": "%s", "payment_method": "pm_%s"}' % (ANY_ID.encode(), b"x" * 200), (422, "invalid")),
        (b'{"order_id": "%s", "payment_method": "pm_x", "amount": 1}' % ANY_ID.encode(), (422, "invalid")),
        (b'{"order_id": "' + b"x" * 300_000 + b'"}', (413, "body-too-large")),
    ],
)
async def test_bad_bodies_are_named_and_nothing_is_written(
    payments: RunningService, body: bytes, expected: tuple[int, str]
) -> None:
    client = payments.client(new_id())
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    assert problem(await client.post("/api/payments", content=body, headers=headers)) == expected
    assert await attempts(payments) == 0


async def test_a_key_is_required_and_must_be_readable(payments: RunningService) -> None:
    buyer_id = new_id()
    client = payments.client(buyer_id)
    order = await hold(payments, buyer_id)
    body = {"order_id": str(order.order_id), "payment_method": VISA}
    assert problem(await client.post("/api/payments", json=body)) == (400, "idempotency-key-missing")
    assert problem(await pay(client, order.order_id, key="x" * 256)) == (400, "idempotency-key-malformed")
    assert await attempts(payments) == 0


async def test_keys_belong_to_the_account(payments: RunningService) -> None:
    for _ in range(2):
        buyer_id = new_id()
        order = await hold(payments, buyer_id)
        assert (await pay(payments.client(buyer_id), order.order_id, key="same")).status_code == 201


async def test_payments_are_listed_in_pages_newest_first(payments: RunningService) -> None:
    buyer_id = new_id()
    client = payments.client(buyer_id)
    made = [(await pay(client, (await hold(payments, buyer_id)).order_id)).json()["id"] for _ in range(3)]
    first = (await client.get("/api/payments", params={"limit": 2})).json()
    assert [payment["id"] for payment in first["items"]] == made[:0:-1]
    rest = (await client.get("/api/payments", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert ([payment["id"] for payment in rest["items"]], rest["next_cursor"]) == (made[:1], None)
    for params in ({"limit": 0}, {"limit": 101}, {"cursor": "!"}, {"order_id": "x"}):
        assert problem(await client.get("/api/payments", params=params)) == (422, "invalid")
    assert problem(await client.get("/api/payments/not-an-id")) == (404, "not-found")
    assert problem(await client.delete("/api/payments")) == (405, "method-not-allowed")
