"""A payment that comes when the hold is over: the same seats if they are still free, else no money."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import (
    Event,
    ListingPublished,
    ListingWithdrawn,
    Money,
    OrderConfirmed,
    OrderPaymentRefused,
    PaymentAuthorized,
    ShowChanged,
    ShowPublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, payment_authorized, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from orders import actions

Hold = tuple[httpx.AsyncClient, dict[str, Any], ShowPublished, ListingPublished]


async def deliver(orders: RunningService, event: Event) -> None:
    heard = await orders.publish(event)
    await eventually(lambda: orders.heard(heard))


async def hold(orders: RunningService, listing: ListingPublished, quantity: int = 2) -> Any:
    client = orders.client(new_id())
    body = {"listing_id": str(listing.listing_id), "quantity": quantity}
    answer = await client.post("/api/orders", json=body, headers={"Idempotency-Key": str(new_id())})
    assert answer.status_code == 201, answer.text
    return client, answer.json()


async def expired(orders: RunningService) -> Hold:
    show = show_published()
    listing = listing_published(show)
    await deliver(orders, show)
    await deliver(orders, listing)
    client, order = await hold(orders, listing)
    async with orders.database.connection() as connection:
        await connection.execute("update orders set expires_at = now() - interval '5 seconds'")

    async def over() -> bool:
        return bool((await client.get(f"/api/orders/{order['id']}")).json()["cancel_reason"] == "expired")

    await eventually(over)
    return client, order, show, listing


def paid(order: dict[str, Any]) -> PaymentAuthorized:
    return payment_authorized(UUID(order["id"]), UUID(order["buyer_id"]), Money(**order["total"]))


async def test_free_seats_are_the_buyers_after_all(start: StartService) -> None:
    orders = await start("orders")
    client, order, _, listing = await expired(orders)
    await deliver(orders, paid(order))
    now_is = (await client.get(f"/api/orders/{order['id']}")).json()
    assert (now_is["status"], now_is["late"], now_is["cancel_reason"]) == ("confirmed", True, None)
    [said] = await orders.published(OrderConfirmed)
    assert (said.late, said.version, said.seats) == (True, 3, tuple(order["seats"]))
    other = orders.client(new_id())
    body = {"listing_id": str(listing.listing_id), "quantity": 1}
    answer = await other.post("/api/orders", json=body, headers={"Idempotency-Key": str(new_id())})
    assert answer.json()["type"] == "seats-unavailable"


async def test_one_seat_gone_means_none_and_no_money(start: StartService) -> None:
    orders = await start("orders")
    client, order, _, listing = await expired(orders)
    _, other = await hold(orders, listing, quantity=1)
    late = paid(order)
    await deliver(orders, late)
    now_is = (await client.get(f"/api/orders/{order['id']}")).json()
    assert (now_is["status"], now_is["late"], now_is["cancel_reason"]) == ("cancelled", False, "expired")
    [said] = await orders.published(OrderPaymentRefused)
    assert (said.payment_id, said.cancel_reason, said.version) == (late.payment_id, "expired", 3)
    async with orders.database.connection() as connection:
        owners = await connection.fetch("select order_id from seats where order_id is not null")
    assert [row["order_id"] for row in owners] == [UUID(other["id"])]


@pytest.mark.parametrize("change", ["withdrawn", "cancelled", "postponed"])
async def test_what_left_the_sale_is_not_sold_late(start: StartService, change: str) -> None:
    orders = await start("orders")
    client, order, show, listing = await expired(orders)
    fields = {name: getattr(listing, name) for name in listing.__struct_fields__}
    shown = {name: getattr(show, name) for name in show.__struct_fields__}
    event: Event = (
        ListingWithdrawn(**fields | {"version": 2, "seats": (), "occurred_at": now()})
        if change == "withdrawn"
        else ShowChanged(**shown | {"version": 2, "status": change})
    )
    await deliver(orders, event)
    await deliver(orders, paid(order))
    assert (await client.get(f"/api/orders/{order['id']}")).json()["status"] == "cancelled"
    assert len(await orders.published(OrderPaymentRefused)) == 1


async def test_a_second_payment_of_a_paid_order_is_refused(start: StartService) -> None:
    orders = await start("orders")
    client, order, _, _ = await expired(orders)
    first, second = paid(order), paid(order)
    await deliver(orders, first)
    await deliver(orders, second)
    assert (await client.get(f"/api/orders/{order['id']}")).json()["status"] == "confirmed"
    assert [said.payment_id for said in await orders.published(OrderPaymentRefused)] == [second.payment_id]


async def test_two_late_payments_for_one_seat_sell_it_once(start: StartService) -> None:
    orders = await start("orders")
    _, first, _, listing = await expired(orders)
    other, second = await hold(orders, listing)
    await other.delete(f"/api/orders/{second['id']}")
    async with orders.database.connection() as connection:
        await connection.execute("update orders set cancel_reason = 'expired' where id = $1", UUID(second["id"]))

    async def settle(order: dict[str, Any]) -> None:
        async with orders.database.transaction() as tx:
            await actions.settle_payment(tx, paid(order))

    await asyncio.gather(settle(first), settle(second))
    assert len(await orders.published(OrderConfirmed)) == 1
    assert len(await orders.published(OrderPaymentRefused)) == 1
