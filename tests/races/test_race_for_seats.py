"""Everybody wants the same seats at once. Each race is shown to exist by running it without the guard."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from fairseat_common.contracts import ListingPublished, OrderHeld
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from orders import store_claims
from orders.domain import Claim
from orders.domain_limits import Limits

BUYERS = 100
REPLICAS = 12
LIMITS = Limits(hold_s=600, holds_max=6, tickets_max=50)

Claiming = Callable[["asyncpg.Connection[Any]", Claim], Awaitable[str]]


async def on_sale(orders: RunningService, seats: int) -> ListingPublished:
    show = show_published()
    listing = listing_published(show, seats)
    for event in (show, listing):
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]
    return listing


@pytest.mark.parametrize("seats", [1, 10])
async def test_a_hundred_buyers_for_a_few_seats(start: StartService, seats: int) -> None:
    orders = await start("orders")
    listing = await on_sale(orders, seats)
    clients = [orders.client(new_id()) for _ in range(BUYERS)]
    answers = await asyncio.gather(
        *(
            client.post(
                "/api/orders",
                json={"listing_id": str(listing.listing_id), "quantity": 1},
                headers={"Idempotency-Key": "race"},
            )
            for client in clients
        )
    )
    assert Counter(answer.status_code for answer in answers) == {201: seats, 409: BUYERS - seats}
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"seats-unavailable"}
    sold = [seat for answer in answers if answer.status_code == 201 for seat in answer.json()["seats"]]
    assert sorted(sold, key=int) == list(listing.seats)
    assert len(await orders.published(OrderHeld)) == seats


async def _guarded(connection: asyncpg.Connection[Any], claim: Claim) -> str:
    for waiting in (False, True):
        rows = await store_claims.seats_claim(connection, [claim], LIMITS, waiting)
        if rows[0]["outcome"] != "short":
            break
    return str(rows[0]["outcome"])


async def _unguarded(connection: asyncpg.Connection[Any], claim: Claim) -> str:
    """The same statement, looking without a lock and writing without looking."""
    statement = store_claims.CLAIM_WAITING.replace("for update", "")
    statement = statement.replace("and s.position = p.position and s.order_id is null", "and s.position = p.position")
    assert statement.count("order_id is null and s.current") == 1
    rows = await connection.fetch(
        statement,
        [claim.order_id],
        [claim.buyer_id],
        [claim.listing_id],
        [claim.quantity],
        [claim.idempotency_key],
        [claim.event_id],
        LIMITS.holds_max,
        timedelta(seconds=LIMITS.hold_s),
        [None],
        *([None] for _ in range(6)),  # no quote
        LIMITS.tickets_max,
    )
    return str(rows[0]["outcome"])


async def _race(orders: RunningService, listing_id: UUID, claiming: Claiming) -> int:
    """How many of REPLICAS processes, each with its own connection, believe that they hold the only seat."""
    connections = [await asyncpg.connect(orders.database.url) for _ in range(REPLICAS)]
    try:
        claims = [
            Claim(
                order_id=new_id(),
                event_id=new_id(),
                buyer_id=new_id(),
                listing_id=listing_id,
                quantity=1,
                idempotency_key="race",
            )
            for _ in connections
        ]
        outcomes = await asyncio.gather(*(claiming(c, claim) for c, claim in zip(connections, claims, strict=True)))
        return outcomes.count("held")
    finally:
        for connection in connections:
            await connection.close()


async def test_many_replicas_sell_one_seat_once(start: StartService) -> None:
    orders = await start("orders")
    for _ in range(5):
        listing = await on_sale(orders, 1)
        assert await _race(orders, listing.listing_id, _guarded) == 1


async def test_without_the_guard_the_seat_is_sold_twice(start: StartService) -> None:
    orders = await start("orders")
    winners = []
    for _ in range(20):
        listing = await on_sale(orders, 1)
        winners.append(await _race(orders, listing.listing_id, _unguarded))
        if winners[-1] > 1:
            return
    raise AssertionError(f"the race was never seen: {winners}")
