"""Tickets per account and show: held and bought together, whatever is asked at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import Event, ListingPublished, Money, OrderConfirmed
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, payment_authorized, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

PROCESSES = 3
"""Pumps that know nothing of each other, as in as many processes."""


async def deliver(orders: RunningService, *events: Event) -> None:
    for event in events:
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]


async def on_sale(orders: RunningService, seats: int) -> ListingPublished:
    show = show_published()
    listing = listing_published(show, seats)
    await deliver(orders, show, listing)
    return listing


async def hold(client: httpx.AsyncClient, listing: ListingPublished, quantity: int = 1) -> httpx.Response:
    body = {"listing_id": str(listing.listing_id), "quantity": quantity}
    return await client.post("/api/orders", json=body, headers={"Idempotency-Key": str(new_id())})


def limited(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["type"]) == (409, "ticket-limit"), answer.text
    return found


async def pay(orders: RunningService, order: dict[str, Any]) -> None:
    await deliver(orders, payment_authorized(UUID(order["id"]), UUID(order["buyer_id"]), Money(**order["total"])))


async def test_held_and_bought_count_together_and_what_ended_does_not(start: StartService) -> None:
    orders = await start("orders", TICKETS_MAX="5")
    listing = await on_sale(orders, 12)
    client = orders.client(new_id())
    first = (await hold(client, listing, 3)).json()
    await pay(orders, first)
    second = (await hold(client, listing, 2)).json()
    problem = limited(await hold(client, listing, 1))
    assert (problem["tickets"], problem["tickets_max"]) == (5, 5)
    await client.delete(f"/api/orders/{second['id']}")
    limited(await hold(client, listing, 3))
    assert (await hold(client, listing, 2)).status_code == 201
    assert (await hold(orders.client(new_id()), listing, 5)).status_code == 201, "another account has its own"
    elsewhere = await on_sale(orders, 5)
    assert (await hold(client, elsewhere, 5)).status_code == 201, "another show is counted by itself"


@pytest.mark.parametrize("guarded", [True, False])
async def test_two_hundred_at_once_never_exceed_it(start: StartService, guarded: bool) -> None:
    """Several processes count the tickets of one account before any of them has written: all but one look again.

    Without the indexes that make them, there are too many.
    """
    settings = {"TICKETS_MAX": "7", "HOLDS_MAX": "1000"}
    orders = await start("orders", **settings)
    services = [orders, *[await start("orders", keep_data=True, **settings) for _ in range(PROCESSES - 1)]]
    show = show_published()
    listings = [listing_published(show, 200, row=row) for row in "ABC"[:PROCESSES]]
    await deliver(orders, show, *listings)
    buyer = new_id()
    each = [(service.client(buyer), listing) for service, listing in zip(services, listings, strict=True)]
    async with indexes_left(orders, () if guarded else ("orders_number", "orders_hold_slot")):
        async with orders.database.transaction() as tx:
            await tx.execute("select from seats for update")
            asked = [asyncio.create_task(hold(*each[n % PROCESSES], 1 + n % 2)) for n in range(200)]
            await eventually(lambda: all_wait(orders))
        answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {201, 409}
    held = sum(answer.json()["quantity"] for answer in answers if answer.status_code == 201)
    assert held == 7 if guarded else held > 7


async def all_wait(orders: RunningService) -> bool:
    """Whether each process has begun to hold, and cannot go on."""
    async with orders.database.connection() as connection:
        waiting = await connection.fetchval("select count(distinct pid) from pg_locks where not granted")
    return bool(waiting == PROCESSES)


@asynccontextmanager
async def indexes_left(orders: RunningService, without: Sequence[str]) -> AsyncIterator[None]:
    """Take indexes away; afterwards what only they would have prevented is deleted, and they are back."""
    async with orders.database.connection() as connection:
        made = await connection.fetch("select indexdef from pg_indexes where indexname = any($1)", list(without))
        for name in without:
            await connection.execute(f"drop index {name}")
    yield
    async with orders.database.connection() as connection:
        if made:
            await connection.execute("update seats set order_id = null; delete from orders")
        for row in made:
            await connection.execute(row["indexdef"])


async def test_a_late_payment_does_not_bring_back_too_many(start: StartService) -> None:
    orders = await start("orders", TICKETS_MAX="3", HOLD_SECONDS="1")
    listing = await on_sale(orders, 8)
    client = orders.client(new_id())
    late, fits = (await hold(client, listing, 2)).json(), (await hold(client, listing, 1)).json()

    async def over() -> bool:
        items = (await client.get("/api/orders")).json()["items"]
        return {order["cancel_reason"] for order in items} == {"expired"}

    await eventually(over)
    assert (await hold(client, listing, 2)).status_code == 201
    await pay(orders, late)
    await pay(orders, fits)
    confirmed = [event.order_id for event in await orders.published(OrderConfirmed)]
    assert confirmed == [UUID(fits["id"])]
