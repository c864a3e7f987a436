"""Money that goes back: once, never more than was taken, whatever breaks; and what banks take back by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
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
    OrderConfirmed,
    OrderHeld,
    OrderPaymentRefused,
    OrderRefundDue,
    PaymentCaptured,
    PaymentDisputed,
    PaymentRefunded,
    PaymentVoided,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.inside import ProviderInside
from payments import actions_feed, actions_refunds, domain, main, store_provider_refunds, store_refunds
from payments.domain_refunds import Refund
from payments.store_provider import Provider

SEAT = Money(5_500, "EUR")
WAIT_S = 30.0
OFTEN_S = 0.1


@dataclass
class Sale:
    """A paid order of two seats."""

    order: OrderHeld
    payment_id: UUID
    intent_id: str


@dataclass
class World:
    """Payments and a provider that sends it no webhooks: what happens there has to be found."""

    payments: RunningService
    provider: ProviderInside

    async def tell(self, event: Event) -> None:
        heard = await self.payments.publish(event)
        await eventually(lambda: self.payments.heard(heard), WAIT_S)

    async def said(self, kind: type[Event], count: int = 1) -> list[Any]:
        async def look() -> list[Any]:
            events: list[Any] = await self.payments.published(kind)
            return events if len(events) >= count else []

        return await eventually(look, WAIT_S)

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        async with self.payments.database.connection() as connection:
            return list(await connection.fetch(query, *values))

    async def authorised(self, method: str = "pm_card_visa", quantity: int = 2) -> Sale:
        order = order_held(listing_published(show_published(), seats=quantity), quantity)
        await self.tell(order)
        answer = await self.payments.client(order.buyer_id).post(
            "/api/payments",
            json={"order_id": str(order.order_id), "payment_method": method},
            headers={"Idempotency-Key": "k"},
        )
        assert answer.status_code == 201, answer.text
        payment_id = UUID(answer.json()["id"])
        [row] = await self.fetch("select intent_id from attempts where id = $1", payment_id)
        return Sale(order, payment_id, row["intent_id"])

    async def captured(self, method: str = "pm_card_visa", quantity: int = 2) -> Sale:
        sale = await self.authorised(method, quantity)
        before = len(await self.payments.published(PaymentCaptured))
        await self.tell(after(sale.order, OrderConfirmed))
        await self.said(PaymentCaptured, before + 1)
        return sale

    async def returned(self, sale: Sale) -> list[int]:
        """The amounts of the provider's refunds, oldest first."""
        http = stripe.AIOHTTPClient(timeout=10)
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": self.provider.url}, http_client=http)
        page = await client.v1.refunds.list_async({"payment_intent": sale.intent_id, "limit": 100})
        await http.close_async()  # type: ignore[no-untyped-call]
        return [refund.amount for refund in reversed(page.data)]

    async def control(self, path: str, **body: Any) -> None:
        async with httpx.AsyncClient(base_url=self.provider.url) as client:
            answer = await client.post(f"/control/{path}", json=body)
            assert answer.status_code == 200, answer.text

    async def refund_row(self, refund_id: UUID) -> Any:
        [row] = await self.fetch("select * from refunds where id = $1", refund_id)
        return row

    async def settled(self, refund_id: UUID) -> str:
        """By what a refund was settled."""

        async def look() -> str | None:
            return (await self.refund_row(refund_id))["settled_by"]  # type: ignore[no-any-return]

        return await eventually(look, WAIT_S)

    async def tried(self, refund_id: UUID) -> None:
        """Wait until the provider was asked for a refund in vain."""

        async def look() -> bool:
            row = await self.refund_row(refund_id)
            return row["sent_at"] is not None and row["status"] == "due" and row["tries"] >= 2

        await eventually(look, WAIT_S)

    async def with_provider(self, work: Callable[[Provider], Awaitable[Any]]) -> None:
        """Let another process's worker take a turn."""
        own = Provider("sk_test_own", self.provider.url)
        async with own.running():
            await work(own)


def after(order: OrderHeld, kind: Any, version: int = 2, **more: Any) -> Any:
    fields = {name: getattr(order, name) for name in order.__struct_fields__}
    return kind(**fields | {"version": version, "occurred_at": now()} | more)


def refund_due(sale: Sale, *seats: str, version: int = 3, **more: Any) -> OrderRefundDue:
    fields = {
        "refund_id": new_id(),
        "refund_reason": "show_cancelled",
        "refund_seats": seats,
        "refund_amount": Money(SEAT.amount * len(seats), "EUR"),
    }
    event: OrderRefundDue = after(sale.order, OrderRefundDue, version, **fields | more)
    return event


def refused(sale: Sale, version: int = 3) -> OrderPaymentRefused:
    more = {"payment_id": sale.payment_id, "cancel_reason": "expired"}
    event: OrderPaymentRefused = after(sale.order, OrderPaymentRefused, version, **more)
    return event


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Payments looks every tenth of a second whether something is due, and soon tries again what failed."""
    monkeypatch.setattr(main, "POLL_S", OFTEN_S)
    monkeypatch.setattr(main, "FEED_POLL_S", OFTEN_S)
    monkeypatch.setattr(domain, "RETRY_FIRST_S", OFTEN_S)


@pytest.fixture
async def world(start: StartService, tmp_path: Path) -> AsyncIterator[World]:
    async with ProviderInside(tmp_path / "provider.sqlite") as provider:
        yield World(await start("payments", STRIPE_API_URL=provider.url), provider)


# Once


async def test_a_refund_is_made_once_however_often_it_is_heard(world: World) -> None:
    sale = await world.captured()
    due = refund_due(sale, "1", "2")
    for _ in range(3):
        await world.tell(due)
    [event] = await world.said(PaymentRefunded)
    assert (event.payment_id, event.refund_id) == (sale.payment_id, due.refund_id)
    assert (event.refunded, event.amount, event.reason) == (Money(11_000, "EUR"), sale.order.total, "show_cancelled")
    assert await world.returned(sale) == [11_000]
    row = await world.refund_row(due.refund_id)
    assert (row["status"], row["settled_by"], row["version"]) == ("refunded", "provider", 2)
    shown = (await world.payments.client(sale.order.buyer_id).get(f"/api/payments/{sale.payment_id}")).json()
    assert (shown["status"], shown["refunded"]) == ("captured", {"amount": 11_000, "currency": "EUR"})


async def test_an_order_is_refunded_line_by_line(world: World) -> None:
    sale = await world.captured()
    await world.tell(refund_due(sale, "1"))
    await world.tell(refund_due(sale, "2", version=4))
    events = await world.said(PaymentRefunded, 2)
    assert [event.version for event in events] == [3, 4]
    assert await world.returned(sale) == [5_500, 5_500]


async def test_a_refund_that_is_heard_before_the_confirmation_waits_for_the_capture(world: World) -> None:
    sale = await world.authorised()
    await world.tell(refund_due(sale, "1", "2"))
    await world.tell(after(sale.order, OrderConfirmed))
    await world.said(PaymentRefunded)
    assert len(await world.payments.published(PaymentCaptured)) == 1
    assert await world.returned(sale) == [11_000]


async def test_two_workers_make_each_refund_once(world: World) -> None:
    sales = [await world.captured() for _ in range(3)]
    await asyncio.gather(*(world.tell(refund_due(sale, "1")) for sale in sales))

    async def race(provider: Provider) -> None:
        await asyncio.gather(*(actions_refunds.refunds_due(world.payments.database, provider) for _ in range(4)))

    await world.with_provider(race)
    await world.said(PaymentRefunded, len(sales))
    assert [await world.returned(sale) for sale in sales] == [[5_500]] * len(sales)


# Never more than was taken


def more_than_all(sale: Sale) -> Refund:
    return Refund(
        id=new_id(),
        order_id=sale.order.order_id,
        attempt_id=sale.payment_id,
        reason="goodwill",
        seats=("1",),
        amount=Money(1, "EUR"),
        status="due",
        provider_id=None,
        settled_by=None,
        version=1,
        keys_used=0,
        sent=False,
        tries=0,
        created_at=now(),
    )


async def test_refunds_never_come_to_more_than_the_charge(world: World) -> None:
    sale = await world.captured()
    await world.tell(refund_due(sale, "1", "2"))
    await world.said(PaymentRefunded)
    async with world.payments.database.connection() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await store_refunds.refund_insert(connection, more_than_all(sale))
        # Without the constraint it would be kept: the check is what refuses it.
        async with connection.transaction():
            await connection.execute("alter table attempts drop constraint attempts_refunds")
            assert await store_refunds.refund_insert(connection, more_than_all(sale))
            await connection.execute("delete from refunds where amount = 1")
            await connection.execute("update attempts set refunds = amount")
            await connection.execute(
                "alter table attempts add constraint attempts_refunds check (refunds between 0 and amount)"
            )


async def test_the_service_cannot_write_the_sum_of_refunds(world: World) -> None:
    await world.captured()
    connection = await asyncpg.connect(world.payments.environ["DATABASE_URL"])
    try:
        for statement in (
            "update attempts set refunds = 0",
            "update attempts set amount = amount + 1",
            "update refunds set amount = 1",
            "delete from refunds",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_refund_in_another_currency_or_of_another_order_is_no_refund(world: World) -> None:
    sale, other = await world.captured(), await world.captured()
    async with world.payments.database.connection() as connection:
        for wrong in ("'USD', order_id", f"'EUR', '{other.order.order_id}'"):
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await connection.execute(
                    "insert into refunds (id, attempt_id, reason, seats, amount, currency, order_id)"
                    f" select gen_random_uuid(), id, 'gate', '{{}}', 1, {wrong} from attempts where id = $1",
                    sale.payment_id,
                )


# Silence, stored errors, forgotten keys


async def test_a_refund_whose_answer_was_lost_is_looked_up(world: World) -> None:
    sale = await world.captured()
    due = refund_due(sale, "1")
    await world.control("faults", calls={"after": 1.0}, keys_forgotten_after_s=0)
    await world.tell(due)
    await world.tried(due.refund_id)
    await world.control("faults", keys_forgotten_after_s=0)
    await world.said(PaymentRefunded)
    assert await world.returned(sale) == [5_500]


async def test_without_looking_it_up_the_refund_would_be_made_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def blind(*_: Any) -> None:
        return None

    monkeypatch.setattr(store_provider_refunds, "refund_find", blind)
    monkeypatch.setattr(actions_feed, "feed_read", blind)
    sale = await world.captured()
    due = refund_due(sale, "1")
    await world.control("faults", calls={"after": 1.0}, keys_forgotten_after_s=0)
    await world.tell(due)
    await world.tried(due.refund_id)
    await world.control("faults", keys_forgotten_after_s=0)

    async def twice() -> bool:
        return len(await world.returned(sale)) > 1

    await eventually(twice, WAIT_S)


@pytest.mark.parametrize("fault", ["error", "error_after"])
async def test_an_error_that_the_provider_has_stored_is_left_behind(world: World, fault: str) -> None:
    sale = await world.captured()
    due = refund_due(sale, "1")
    await world.control("faults", calls={fault: 1.0})
    await world.tell(due)
    await world.tried(due.refund_id)
    await world.control("faults")
    await world.said(PaymentRefunded)
    assert await world.returned(sale) == [5_500]


async def test_captures_survive_stored_errors_too(world: World) -> None:
    sale = await world.authorised()
    await world.control("faults", calls={"error": 1.0})
    await world.tell(after(sale.order, OrderConfirmed))
    await eventually(lambda: world.fetch("select 1 from attempts where keys_used > 0"), WAIT_S)
    await world.control("faults")
    await world.said(PaymentCaptured)


async def test_a_refund_that_somebody_made_by_hand_is_not_made_again(world: World) -> None:
    sale = await world.captured()
    http = stripe.AIOHTTPClient(timeout=10)
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": world.provider.url}, http_client=http)
    await client.v1.refunds.create_async({"payment_intent": sale.intent_id})
    await http.close_async()  # type: ignore[no-untyped-call]
    due = refund_due(sale, "1", "2")
    await world.tell(due)
    await world.tried(due.refund_id)
    assert await world.returned(sale) == [11_000]
    assert await world.payments.published(PaymentRefunded) == []


# Charges that nobody wants, and charges that cannot be made


async def test_a_charge_that_orders_refuses_goes_back_once(world: World) -> None:
    sale = await world.authorised()
    await world.control(f"payment_intents/{sale.intent_id}/capture")
    for _ in range(2):
        await world.tell(refused(sale))
    [event] = await world.said(PaymentRefunded)
    assert (event.reason, event.refunded, event.version) == ("unwanted", sale.order.total, 2)
    assert await world.payments.published(PaymentCaptured) == []
    assert await world.returned(sale) == [11_000]
    [row] = await world.fetch("select status from attempts")
    assert row["status"] == "stray"


async def test_a_charge_is_unwanted_once_by_constraint(world: World) -> None:
    sale = await world.authorised()
    await world.control(f"payment_intents/{sale.intent_id}/capture")
    await world.tell(refused(sale))
    await world.said(PaymentRefunded)
    async with world.payments.database.connection() as connection:
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(
                "insert into refunds (id, attempt_id, order_id, reason, seats, amount, currency)"
                " select gen_random_uuid(), id, order_id, 'unwanted', '{}', 1, currency from attempts"
            )


async def test_what_cannot_be_captured_is_refunded_without_the_provider(world: World) -> None:
    sale = await world.authorised()
    await world.control(f"payment_intents/{sale.intent_id}/cancel")
    await world.tell(after(sale.order, OrderConfirmed))
    [voided] = await world.said(PaymentVoided)
    assert voided.payment_id == sale.payment_id
    due = refund_due(sale, "1", "2")
    await world.tell(due)
    await world.said(PaymentRefunded)
    assert await world.settled(due.refund_id) == "void"
    assert await world.returned(sale) == []


# Disputes


async def disputed(world: World) -> Sale:
    sale = await world.captured("pm_card_createDispute")
    [event] = await world.said(PaymentDisputed)
    assert (event.stage, event.disputed, event.payment_id) == ("opened", sale.order.total, sale.payment_id)
    return sale


async def test_a_dispute_is_found_and_its_end_as_well(world: World) -> None:
    sale = await disputed(world)
    await world.control(f"disputes/{sale.intent_id}", outcome="won")
    events = await world.said(PaymentDisputed, 2)
    assert [(event.stage, event.version) for event in events] == [("opened", 3), ("won", 4)]
    [row] = await world.fetch("select stage, version, closed_at from disputes")
    assert (row["stage"], row["version"], row["closed_at"] is not None) == ("won", 2, True)


@pytest.mark.parametrize(("outcome", "by", "amounts"), [("won", "provider", [11_000]), ("lost", "dispute", [])])
async def test_a_refund_of_a_disputed_charge_waits_for_the_bank(
    world: World, outcome: str, by: str, amounts: list[int]
) -> None:
    sale = await disputed(world)
    due = refund_due(sale, "1", "2")
    await world.tell(due)
    await world.with_provider(lambda provider: actions_refunds.refunds_due(world.payments.database, provider))
    assert (await world.refund_row(due.refund_id))["status"] == "due"
    await world.control(f"disputes/{sale.intent_id}", outcome=outcome)
    assert await world.settled(due.refund_id) == by
    assert await world.returned(sale) == amounts
    assert len(await world.payments.published(PaymentRefunded)) == 1
