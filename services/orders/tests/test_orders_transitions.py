"""What ends or confirms a hold, in every order in which it can be heard."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import (
    Event,
    ExpirationDue,
    ListingPublished,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderPaymentRefused,
    PaymentAuthorized,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, payment_authorized, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually


async def deliver(orders: RunningService, event: Event, event_id: UUID | None = None) -> UUID:
    heard = await orders.publish(event, event_id)
    await eventually(lambda: orders.heard(heard))
    return heard


async def held(orders: RunningService, seats: int = 2) -> tuple[httpx.AsyncClient, dict[str, Any], ListingPublished]:
    show = show_published()
    listing = listing_published(show, seats)
    await deliver(orders, show)
    await deliver(orders, listing)
    client = orders.client(new_id())
    answer = await client.post(
        "/api/orders",
        json={"listing_id": str(listing.listing_id), "quantity": seats},
        headers={"Idempotency-Key": str(new_id())},
    )
    assert answer.status_code == 201
    return client, answer.json(), listing


async def owners(orders: RunningService) -> list[UUID | None]:
    async with orders.database.connection() as connection:
        return [row["order_id"] for row in await connection.fetch("select order_id from seats order by position")]


async def status(client: httpx.AsyncClient, order: dict[str, Any]) -> tuple[str, str | None]:
    current = (await client.get(f"/api/orders/{order['id']}")).json()
    return current["status"], current["cancel_reason"]


def authorized(order: dict[str, Any], amount: int | None = None) -> PaymentAuthorized:
    total = Money(amount or order["total"]["amount"], order["total"]["currency"])
    return payment_authorized(UUID(order["id"]), UUID(order["buyer_id"]), total)


def due(order: dict[str, Any]) -> ExpirationDue:
    return ExpirationDue(order_id=UUID(order["id"]), due_at=now(), version=1, occurred_at=now())


async def test_an_authorised_payment_confirms_the_order_once(start: StartService) -> None:
    orders = await start("orders")
    client, order, _ = await held(orders)
    event = authorized(order)
    event_id = await deliver(orders, event)
    await orders.publish(event, event_id)
    await deliver(orders, event)
    assert await status(client, order) == ("confirmed", None)
    confirmed = await orders.published(OrderConfirmed)
    assert [(event.version, event.total.amount) for event in confirmed] == [(2, order["total"]["amount"])]
    refused = await client.delete(f"/api/orders/{order['id']}")
    assert (refused.status_code, refused.json()["type"]) == (409, "order-confirmed")


async def test_another_amount_confirms_nothing_and_is_refused(start: StartService) -> None:
    orders = await start("orders")
    client, order, _ = await held(orders)
    await deliver(orders, authorized(order, amount=1))
    assert await status(client, order) == ("held", None)
    assert await orders.published(OrderConfirmed) == []
    assert [event.cancel_reason for event in await orders.published(OrderPaymentRefused)] == [None]


async def test_giving_up_frees_the_seats_and_can_be_repeated(start: StartService) -> None:
    orders = await start("orders")
    client, order, _ = await held(orders)
    for _ in range(3):
        assert (await client.delete(f"/api/orders/{order['id']}")).status_code == 204
    assert await status(client, order) == ("cancelled", "buyer")
    assert await owners(orders) == [None, None]
    assert [event.reason for event in await orders.published(OrderCancelled)] == ["buyer"]


async def test_a_payment_cannot_complete_a_cancelled_order(start: StartService) -> None:
    orders = await start("orders")
    client, order, _ = await held(orders)
    await client.delete(f"/api/orders/{order['id']}")
    event = authorized(order)
    await deliver(orders, event)
    assert await status(client, order) == ("cancelled", "buyer")
    assert await orders.published(OrderConfirmed) == []
    refused = await orders.published(OrderPaymentRefused)
    assert [(said.payment_id, said.cancel_reason, said.version) for said in refused] == [(event.payment_id, "buyer", 3)]


async def test_expiry_waits_for_this_databases_clock(start: StartService) -> None:
    orders = await start("orders", HOLD_SECONDS="600")
    client, order, _ = await held(orders)
    await deliver(orders, due(order))
    assert await status(client, order) == ("held", None)


async def test_a_hold_ends_at_its_deadline_even_if_nobody_says_so(start: StartService) -> None:
    orders = await start("orders", HOLD_SECONDS="1")
    client, order, _ = await held(orders)

    async def expired() -> bool:
        return await status(client, order) == ("cancelled", "expired")

    await eventually(expired)
    assert await owners(orders) == [None, None]


async def test_a_late_expiry_never_frees_another_buyers_hold(start: StartService) -> None:
    orders = await start("orders")
    client, order, listing = await held(orders)
    await client.delete(f"/api/orders/{order['id']}")
    other = orders.client(new_id())
    next_order = await other.post(
        "/api/orders",
        json={"listing_id": str(listing.listing_id), "quantity": 2},
        headers={"Idempotency-Key": str(new_id())},
    )
    await deliver(orders, due(order))
    await deliver(orders, due(order))
    assert await status(other, next_order.json()) == ("held", None)
    assert await owners(orders) == [UUID(next_order.json()["id"])] * 2


ENDS: dict[tuple[str, ...], tuple[str, str | None]] = {
    ("pay", "expire", "give up"): ("confirmed", None),
    ("pay", "give up", "expire"): ("confirmed", None),
    ("expire", "pay", "give up"): ("confirmed", None),
    ("expire", "give up", "pay"): ("cancelled", "buyer"),
    ("give up", "pay", "expire"): ("cancelled", "buyer"),
    ("give up", "expire", "pay"): ("cancelled", "buyer"),
}


@pytest.mark.parametrize("sequence", ENDS)
async def test_every_order_of_events_has_its_end(start: StartService, sequence: tuple[str, ...]) -> None:
    orders = await start("orders", HOLD_SECONDS="600")
    client, order, _ = await held(orders)
    async with orders.database.connection() as connection:
        await connection.execute("update orders set expires_at = now()")
    for step in sequence:
        if step == "pay":
            await deliver(orders, authorized(order))
        elif step == "expire":
            await deliver(orders, due(order))
        else:
            await client.delete(f"/api/orders/{order['id']}")
    assert await status(client, order) == ENDS[sequence]
    free = ENDS[sequence][0] == "cancelled"
    assert await owners(orders) == [None if free else UUID(order["id"])] * 2
    said: list[Event] = [
        *await orders.published(OrderConfirmed),
        *await orders.published(OrderCancelled),
        *await orders.published(OrderPaymentRefused),
    ]
    assert sorted(event.version for event in said) == list(range(2, 2 + len(said)))
