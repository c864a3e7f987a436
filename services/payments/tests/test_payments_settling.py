"""What becomes of a payment: captured, voided, found out about after a crash, and never made twice."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import stripe

from fairseat_common.contracts import (
    Event,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderPaymentRefused,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentFailed,
    PaymentVoided,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.process import ProviderProcess
from payments import actions_settle, domain, main
from payments.store_provider import Provider

RACERS = 100
SLOW_MS = 700
OFTEN_S = 0.1


@asynccontextmanager
async def running(data: Path, network_ms: int = 0) -> AsyncIterator[ProviderProcess]:
    process = ProviderProcess(data, network_ms=network_ms)
    await process.start()
    try:
        yield process
    finally:
        await process.stop()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Payments looks every tenth of a second whether something is due, and soon tries again what failed."""
    monkeypatch.setattr(main, "POLL_S", OFTEN_S)
    monkeypatch.setattr(main, "FEED_POLL_S", OFTEN_S)
    monkeypatch.setattr(domain, "RETRY_FIRST_S", OFTEN_S)


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    async with running(tmp_path_factory.mktemp("provider") / "provider.sqlite") as process:
        yield process


@pytest.fixture
async def slow_provider(tmp_path: Path) -> AsyncIterator[ProviderProcess]:
    async with running(tmp_path / "slow.sqlite", SLOW_MS) as process:
        yield process


@pytest.fixture
async def payments(start: StartService, provider: ProviderProcess) -> RunningService:
    return await start("payments", STRIPE_API_URL=provider.url)


def held(buyer_id: UUID, expires_in_s: float = 600) -> OrderHeld:
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
        unit_price=Money(5_000, "EUR"),
        fees=Money(500, "EUR"),
        total=Money(5_500, "EUR"),
        expires_at=now + timedelta(seconds=expires_in_s),
        version=1,
        occurred_at=now,
    )


def confirmed(order: OrderHeld, version: int = 2) -> OrderConfirmed:
    fields = {name: getattr(order, name) for name in order.__struct_fields__}
    return OrderConfirmed(**fields | {"version": version})


def cancelled(order: OrderHeld, version: int = 2, reason: str = "expired") -> OrderCancelled:
    fields = {name: getattr(order, name) for name in order.__struct_fields__}
    return OrderCancelled(**fields | {"version": version, "reason": reason})


def refused(order: OrderHeld, payment_id: str, version: int = 3, reason: str | None = "expired") -> OrderPaymentRefused:
    fields = {name: getattr(order, name) for name in order.__struct_fields__}
    more = {"version": version, "payment_id": UUID(payment_id), "cancel_reason": reason}
    return OrderPaymentRefused(**fields | more)


async def tell(payments: RunningService, event: Event, event_id: UUID | None = None) -> UUID:
    heard = await payments.publish(event, event_id)
    await eventually(lambda: payments.heard(heard))
    return heard


async def hold(payments: RunningService, **changes: Any) -> tuple[OrderHeld, httpx.AsyncClient]:
    order = held(new_id(), **changes)
    await tell(payments, order)
    return order, payments.client(order.buyer_id)


async def pay(client: httpx.AsyncClient, order_id: UUID, key: str | None = None) -> httpx.Response:
    body = {"order_id": str(order_id), "payment_method": "pm_card_visa"}
    return await client.post("/api/payments", json=body, headers={"Idempotency-Key": key or new_id().hex})


def sdk(provider: ProviderProcess) -> stripe.StripeClient:
    http = stripe.AIOHTTPClient(timeout=10)
    return stripe.StripeClient("sk_test_x", base_addresses={"api": provider.url}, http_client=http)


async def intents(provider: ProviderProcess, order: OrderHeld) -> list[tuple[str, int]]:
    query = f"metadata['order_id']:'{order.order_id}'"
    found = await sdk(provider).v1.payment_intents.search_async({"query": query, "limit": 100})
    return [(intent.status, intent.amount_received) for intent in found.data]


def said(payments: RunningService, kind: type[Event], count: int = 1) -> Callable[[], Awaitable[list[Event]]]:
    async def look() -> list[Event]:
        events = await payments.published(kind)
        return events if len(events) >= count else []

    return look


async def statuses(payments: RunningService) -> list[str]:
    async with payments.database.connection() as connection:
        return [row["status"] for row in await connection.fetch("select status from attempts order by id")]


async def sql(payments: RunningService, statement: str) -> None:
    async with payments.database.connection() as connection:
        await connection.execute(statement)


# Capture and void


async def test_a_confirmed_order_is_captured_once_however_often_it_is_heard(
    payments: RunningService, provider: ProviderProcess
) -> None:
    order, client = await hold(payments)
    payment = (await pay(client, order.order_id)).json()
    event_id = await tell(payments, confirmed(order))
    await eventually(said(payments, PaymentCaptured))
    await payments.publish(confirmed(order), event_id)
    await tell(payments, confirmed(order))
    await tell(payments, order)
    assert await intents(provider, order) == [("succeeded", 5_500)]
    captured = await payments.published(PaymentCaptured)
    assert [(event.payment_id, event.version, event.amount) for event in captured] == [
        (UUID(payment["id"]), 2, Money(5_500, "EUR"))
    ]
    assert (await client.get(f"/api/payments/{payment['id']}")).json()["status"] == "captured"


async def turn(payments: RunningService, provider: ProviderProcess) -> None:
    """Let a worker do what is due now, whatever the service's own worker does."""
    await sql(payments, "update attempts set leased_until = now()")
    own = Provider("sk_test_own", provider.url)
    async with own.running():
        await actions_settle.settle_due(payments.database, own)


async def test_a_refused_payment_is_voided_and_nothing_is_charged(
    payments: RunningService, provider: ProviderProcess
) -> None:
    order, client = await hold(payments)
    payment = (await pay(client, order.order_id)).json()
    await tell(payments, cancelled(order))
    await turn(payments, provider)
    # The end of the hold alone decides nothing: orders may confirm a payment that came late.
    assert await intents(provider, order) == [("requires_capture", 0)]
    for _ in range(2):
        await tell(payments, refused(order, payment["id"]))
    await eventually(said(payments, PaymentVoided))
    assert await intents(provider, order) == [("canceled", 0)]
    assert await payments.published(PaymentCaptured) == []
    answer = await pay(client, order.order_id)
    assert (answer.status_code, answer.json()["type"]) == (409, "order-not-payable")


async def test_a_late_payment_that_orders_wants_is_captured(
    payments: RunningService, provider: ProviderProcess
) -> None:
    order, client = await hold(payments)
    assert (await pay(client, order.order_id)).status_code == 201
    await tell(payments, cancelled(order))
    await tell(payments, confirmed(order, version=3))
    await eventually(said(payments, PaymentCaptured))
    assert await intents(provider, order) == [("succeeded", 5_500)]


async def test_a_verdict_may_be_heard_before_the_news_that_led_to_it(
    payments: RunningService, provider: ProviderProcess
) -> None:
    order, client = await hold(payments)
    payment = (await pay(client, order.order_id)).json()
    await tell(payments, refused(order, payment["id"]))
    await tell(payments, cancelled(order))
    await eventually(said(payments, PaymentVoided))
    assert await intents(provider, order) == [("canceled", 0)]


async def test_a_verdict_on_somebody_elses_payment_moves_nothing(
    payments: RunningService, provider: ProviderProcess
) -> None:
    (order, client), (other, _) = await hold(payments), await hold(payments)
    payment = (await pay(client, order.order_id)).json()
    await tell(payments, refused(other, payment["id"]))
    await tell(payments, refused(other, str(new_id()), version=4))
    await turn(payments, provider)
    assert await intents(provider, order) == [("requires_capture", 0)]


async def test_news_heard_backwards_changes_nothing_back(payments: RunningService) -> None:
    order = held(new_id())
    await tell(payments, cancelled(order))
    await tell(payments, order)
    answer = await pay(payments.client(order.buyer_id), order.order_id)
    assert (answer.status_code, answer.json()["type"]) == (409, "order-not-payable")
    assert await statuses(payments) == []


@pytest.mark.parametrize(("reason", "status"), [("buyer", 409), ("show_cancelled", 409), ("expired", 201)])
async def test_what_a_buyer_is_told_whose_order_ends_while_the_bank_thinks(
    start: StartService, slow_provider: ProviderProcess, reason: str, status: int
) -> None:
    payments = await start("payments", STRIPE_API_URL=slow_provider.url)
    order, client = await hold(payments)
    paying = asyncio.create_task(pay(client, order.order_id, "late"))
    await eventually(lambda: statuses(payments))
    await tell(payments, cancelled(order, reason=reason))
    answer = await paying
    assert answer.status_code == status
    # Orders hears of it in every case, and decides.
    [event] = await payments.published(PaymentAuthorized)
    await tell(payments, refused(order, str(event.payment_id), reason=reason))
    await eventually(said(payments, PaymentVoided))
    assert await intents(slow_provider, order) == [("canceled", 0)]
    again = await pay(client, order.order_id, "late")
    assert (again.status_code, again.content) == (status, answer.content) or status == 409
    assert again.json().get("detail") == answer.json().get("detail")


async def test_two_workers_capture_each_payment_once(payments: RunningService, provider: ProviderProcess) -> None:
    orders = []
    for _ in range(12):
        order, client = await hold(payments)
        assert (await pay(client, order.order_id)).status_code == 201
        orders.append(order)
    await sql(payments, "update orders set status = 'confirmed', version = 2")
    other = Provider("sk_test_other", provider.url)
    async with other.running():
        await asyncio.gather(*(actions_settle.settle_due(payments.database, other) for _ in range(4)))
        await eventually(said(payments, PaymentCaptured, len(orders)))
    assert [await intents(provider, order) for order in orders] == [[("succeeded", 5_500)]] * len(orders)
    assert len(await payments.published(PaymentCaptured)) == len(orders)


async def test_what_the_provider_already_did_is_adopted(payments: RunningService, provider: ProviderProcess) -> None:
    captured, voided = await hold(payments), await hold(payments)
    client = sdk(provider)
    for order, buyer in (captured, voided):
        assert (await pay(buyer, order.order_id)).status_code == 201
    found = {event.order_id: event for event in await payments.published(PaymentAuthorized)}
    async with payments.database.connection() as connection:
        rows = await connection.fetch("select order_id, intent_id from attempts")
    by_order = {row["order_id"]: row["intent_id"] for row in rows}
    assert set(found) == set(by_order)
    await client.v1.payment_intents.capture_async(by_order[captured[0].order_id])
    await client.v1.payment_intents.cancel_async(by_order[voided[0].order_id])
    await tell(payments, confirmed(captured[0]))
    await tell(payments, refused(voided[0], str(found[voided[0].order_id].payment_id)))
    await eventually(said(payments, PaymentCaptured))
    await eventually(said(payments, PaymentVoided))
    assert sorted(await statuses(payments)) == ["captured", "voided"]


# Races


async def race(payments: RunningService) -> tuple[OrderHeld, list[httpx.Response]]:
    order, client = await hold(payments)
    return order, list(await asyncio.gather(*(pay(client, order.order_id) for _ in range(RACERS))))


async def test_many_payments_of_one_order_at_once_authorise_once(
    payments: RunningService, provider: ProviderProcess
) -> None:
    order, answers = await race(payments)
    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    assert [answer.status_code for answer in answers].count(201) == 1
    assert await intents(provider, order) == [("requires_capture", 0)]
    assert await statuses(payments) == ["authorized"]


async def test_without_the_constraint_the_race_is_real(payments: RunningService, provider: ProviderProcess) -> None:
    async with payments.database.connection() as connection:
        guard = await connection.fetchval("select indexdef from pg_indexes where indexname = 'attempts_live'")
        await connection.execute("drop index attempts_live")
        try:
            order, answers = await race(payments)
            assert [answer.status_code for answer in answers].count(201) > 1
            assert len(await intents(provider, order)) > 1
        finally:
            await connection.execute("truncate attempts cascade")
            await connection.execute(guard)


async def test_a_double_click_is_one_payment(start: StartService, slow_provider: ProviderProcess) -> None:
    payments = await start("payments", STRIPE_API_URL=slow_provider.url)
    order, client = await hold(payments)
    answers = await asyncio.gather(*(pay(client, order.order_id, "click") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    busy = {answer.json()["type"] for answer in answers if answer.status_code == 409}
    assert busy == {"idempotency-key-in-use"}
    again = await pay(client, order.order_id, "click")
    assert (again.status_code, again.content) == (201, next(a.content for a in answers if a.status_code == 201))
    assert await intents(slow_provider, order) == [("requires_capture", 0)]


# Crashes and silence


async def test_an_unreachable_provider_is_said_and_the_outcome_is_told_later(
    start: StartService, tmp_path: Path
) -> None:
    async with running(tmp_path / "away.sqlite") as provider:
        payments = await start("payments", STRIPE_API_URL=provider.url)
        order, client = await hold(payments)
        await provider.kill()
        for _ in range(2):
            answer = await pay(client, order.order_id, "k")
            assert (answer.status_code, answer.json()["type"]) == (503, "payment-provider-unavailable")
            assert int(answer.headers["retry-after"]) > 0
        assert await statuses(payments) == ["started"]
        await provider.start()
        await eventually(said(payments, PaymentAuthorized), wait_s=20)
        assert (await pay(client, order.order_id, "k")).status_code == 201
        assert await intents(provider, order) == [("requires_capture", 0)]


async def test_an_attempt_that_was_never_made_is_given_up_when_the_hold_is_over(
    start: StartService, tmp_path: Path
) -> None:
    async with running(tmp_path / "gone.sqlite") as provider:
        payments = await start("payments", STRIPE_API_URL=provider.url)
        order, client = await hold(payments)
        await provider.kill()
        assert (await pay(client, order.order_id, "k")).status_code == 503
        await tell(payments, cancelled(order))
        await provider.start()
        await eventually(said(payments, PaymentFailed), wait_s=20)
        answer = await pay(client, order.order_id, "k")
        assert (answer.status_code, answer.json()["type"]) == (409, "order-not-payable")
        assert await intents(provider, order) == []


@asynccontextmanager
async def killable(environ: dict[str, str]) -> AsyncIterator[tuple[str, Callable[[], Awaitable[None]]]]:
    """The service as a process of its own: its address, and how to kill it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = ["-m", "uvicorn", "--factory", "payments.main:create_app", "--port", str(port), "--log-level", "error"]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, env={**os.environ, **environ})

    async def kill() -> None:
        if process.returncode is None:
            process.kill()
            await process.wait()

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    try:
        await eventually(ready, wait_s=60)
        yield f"http://127.0.0.1:{port}", kill
    finally:
        await kill()


async def test_a_service_killed_while_the_provider_works_finds_out_and_pays_once(
    start: StartService, slow_provider: ProviderProcess
) -> None:
    first = await start("payments", STRIPE_API_URL=slow_provider.url)
    order, _ = await hold(first)
    owner_url, token = first.database.url, first.issuer.token(order.buyer_id)
    await first.stop()
    connection = await asyncpg.connect(owner_url)
    async with (
        killable(first.environ) as (url, kill),
        httpx.AsyncClient(base_url=url, cookies={"fairseat": token}, timeout=30) as client,
    ):
        paying = asyncio.create_task(pay(client, order.order_id, "k"))
        await eventually(lambda: connection.fetchval("select count(*) from attempts"))
        await kill()
        with pytest.raises(httpx.TransportError):
            await paying
    # The dead process's lease is over: as if its time had passed.
    assert await connection.fetchval("update attempts set leased_until = now() returning status") == "started"
    await connection.close()
    second = await start("payments", keep_data=True, STRIPE_API_URL=slow_provider.url)
    await eventually(said(second, PaymentAuthorized))
    answer = await pay(second.client(order.buyer_id), order.order_id, "k")
    assert (answer.status_code, answer.headers["idempotent-replayed"]) == (201, "true")
    await tell(second, confirmed(order))
    await eventually(said(second, PaymentCaptured))
    assert await intents(slow_provider, order) == [("succeeded", 5_500)]
