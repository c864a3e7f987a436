"""A show is cancelled after many people have paid, and payments is killed while it gives their money back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from fairseat_local.faults import Explorer, Kill, Lines
from fairseat_local.faults.books import money_is_settled, order_statuses, rows
from fairseat_local.faults.market import Json, Person
from fairseat_local.faults.watching import Watched, effects, lines_around, once, watching
from fairseat_local.testing import WholeSystem

ORDERS = int(os.environ.get("FAIRSEAT_REFUNDS") or 80)
"""More of them, say 500, show the same for longer."""
LISTING_PLACES = 100
BUYERS = 20
REFUNDED_MAX_S = 240.0
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory, few_shows: Path) -> Iterator[tuple[WholeSystem, Explorer, Lines]]:
    with lines_around(tmp_path_factory.mktemp("killed") / "data", few_shows) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def watched(lines: tuple[WholeSystem, Explorer, Lines]) -> AsyncIterator[Watched]:
    async with watching(lines) as opened:
        yield opened


async def test_a_cancelled_show_is_refunded_completely_and_once_with_payments_killed_in_the_middle(
    watched: Watched,
) -> None:
    market = watched.market
    show, seller = await market.show(), await market.person()
    listings = [await market.places(seller, show, LISTING_PLACES) for _ in range(-(-ORDERS // LISTING_PLACES))]
    places = iter([listing for listing in listings for _ in range(LISTING_PLACES)][:ORDERS])
    orders: list[Json] = []

    async def buy_some(buyer: Person) -> None:
        for listing in places:
            orders.append(await buyer.hold_places(listing))
            await buyer.buy(orders[-1])

    await asyncio.gather(*[buy_some(await market.person()) for _ in range(BUYERS)])
    await money_is_settled(watched.system)
    assert len(orders) == ORDERS
    assert await effects(market, "captured") >= once(orders, "captured")

    kills = [Kill("POST /v1/refunds", ORDERS // 5, "after"), Kill("POST /v1/refunds", ORDERS // 2, "before")]
    watched.explorer.plan(*kills)
    await market.change(show, status="cancelled")
    await order_statuses(watched.system, show["id"], {"refunded": ORDERS}, REFUNDED_MAX_S)
    await watched.audit()
    assert (watched.explorer.done, watched.lines.survivors) == (kills, [])
    wanted = once(orders, "captured", "refunded")
    found = await effects(market, "captured", "refunded")
    assert {effect: times for effect, times in found.items() if effect in wanted} == wanted
    assert sum(times for (kind, *_), times in found.items() if kind == "refunded") == len(
        await rows(watched.system, "payments", "select id from refunds where settled_by = 'provider'")
    )
