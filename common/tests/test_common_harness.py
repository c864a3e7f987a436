"""The harness accepts consumers that settle and finds those that do not."""

from __future__ import annotations

import pytest

from expiration.consumers import consumers
from fairseat_common.bus import Consumers
from fairseat_common.contracts import OrderCancelled, OrderHeld
from fairseat_common.database import Connection
from fairseat_common.testing.builders import (
    listing_published,
    order_cancelled,
    order_confirmed,
    order_held,
    show_published,
)
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService

# Made when tests are collected: their deadlines are not to pass before their turn.
HELD = order_held(listing_published(show_published()), expires_in_s=24 * 3600)
OTHER = order_held(listing_published(show_published()), expires_in_s=24 * 3600)
EVENTS = [HELD, order_confirmed(HELD), OTHER, order_cancelled(OTHER)]


async def test_expiration_settles_whatever_the_broker_does(start: StartService) -> None:
    harness = Harness(await start("expiration"), consumers)
    state = await harness.settles(EVENTS, ["deadlines"], without=["ended_at"])
    assert len(state["deadlines"]) == 2
    assert all('"closed"' in row for row in state["deadlines"])


async def test_a_consumer_that_depends_on_the_order_is_found(start: StartService) -> None:
    naive = Consumers("naive")

    @naive.on(OrderHeld)
    async def order_held_naively(tx: Connection, event: OrderHeld) -> None:
        await tx.execute(
            "insert into deadlines (order_id, due_at) values ($1, $2) on conflict (order_id)"
            " do update set state = 'open', ended_at = null",
            event.order_id,
            event.expires_at,
        )

    @naive.on(OrderCancelled)
    async def order_cancelled_naively(tx: Connection, event: OrderCancelled) -> None:
        await tx.execute("update deadlines set state = 'closed', ended_at = now() where order_id = $1", event.order_id)

    harness = Harness(await start("expiration"), naive)
    with pytest.raises(AssertionError, match="another outcome"):
        await harness.settles([OTHER, order_cancelled(OTHER)], ["deadlines"], without=["ended_at"])


async def test_a_handler_that_writes_outside_its_transaction_is_found(start: StartService) -> None:
    expiration = await start("expiration")
    leaky = Consumers("leaky")

    @leaky.on(OrderHeld)
    async def order_held_outside(_tx: Connection, event: OrderHeld) -> None:
        async with expiration.database.connection() as other:
            await other.execute(
                "insert into deadlines (order_id, due_at) values ($1, now()) on conflict do nothing", event.order_id
            )

    with pytest.raises(AssertionError, match="left something"):
        await Harness(expiration, leaky).settles([HELD], ["deadlines"])
