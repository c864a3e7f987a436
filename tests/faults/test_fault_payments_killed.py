"""kill -9 of payments before and after every call to the provider and every commit: each time one effect.

What is enumerated: every POST to the provider and every commit that writes, in payments' own database, between the hold
of an order and the end of its money: authorised, captured, refunded (a purchase); released, paid out (a payout).
Events heard, rows leased, facts published and webhooks received are among them. See `fairseat_local.faults`.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from fairseat_common.testing.waiting import eventually
from fairseat_local.faults import Explorer, Lines
from fairseat_local.faults.books import books_of, money_is_settled
from fairseat_local.faults.exploring import Life, explore
from fairseat_local.faults.market import Json, Market
from fairseat_local.testing import WholeSystem

RECOVERY_MAX_S = 90.0
LIVES_MAX = 150
SETTINGS = {
    "RESTART_PAUSE_MAX_SECONDS": "0.1",
    "HOLDS_MAX": "1000",
    "ACCESS_TOKEN_SECONDS": "3600",
    "PAYOUT_DELAY_SECONDS": "0",
}
ALWAYS_KILLED_AT = {
    "POST /v1/payment_intents",
    "POST /v1/payment_intents/:id/capture",
    "POST /v1/refunds",
    "commit: update outbox",
}
pytestmark = [pytest.mark.xdist_group("money"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WholeSystem, Explorer, Lines]]:
    """Every service a process, with payments behind lines at whose moments it can be killed."""
    data_dir = tmp_path_factory.mktemp("killed") / "data"
    explorer = Explorer(lambda: os.kill(system.pids()["payments"], signal.SIGKILL))
    with Lines(data_dir, explorer) as lines:
        system = WholeSystem(data_dir, processes=True, settings={**SETTINGS, **lines.settings})
        system.start()
        yield system, explorer, lines
        system.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def market(watched: tuple[WholeSystem, Explorer, Lines]) -> AsyncIterator[Market]:
    opened = await Market.open(watched[0])
    yield opened
    await opened.close()


async def test_a_purchase_and_its_refund_survive_a_kill_at_every_moment(
    watched: tuple[WholeSystem, Explorer, Lines], market: Market
) -> None:
    system, explorer, lines = watched
    listing = await market.places(await market.person(), await market.show(), 100)

    async def live(life: Life) -> Json:
        buyer = await market.person()
        life.has(buyer.id)
        order = await buyer.hold_places(listing)
        life.has(order["id"])
        life.has((await buyer.buy(order))["id"])
        await buyer.is_charged(order)
        life.has((await market.refund(order))["id"])
        await buyer.is_refunded(order)
        return order

    orders = await explore(explorer, live, LIVES_MAX)
    every_kill_was_one(explorer, lines)
    await eventually(lambda: money_is_settled(system), RECOVERY_MAX_S)
    await every_order_was_captured_and_refunded_once(market, orders)
    expected = await books_of(system, orders[-1]["id"])
    assert [order["id"] for order in orders if await books_of(system, order["id"]) != expected] == []
    await audit(system)


def every_kill_was_one(explorer: Explorer, lines: Lines) -> None:
    """Each planned kill has ended the process, at a moment of its own, on both sides of everything that counts."""
    assert lines.survivors == []
    kills = explorer.kills
    assert len(kills) == len(set(kills))
    for side in ("before", "after"):
        assert ALWAYS_KILLED_AT - {kill.label for kill in kills if kill.side == side} == set()


async def every_order_was_captured_and_refunded_once(market: Market, orders: list[Json]) -> None:
    """By the provider's own journal."""
    effects: Counter[tuple[str, str, int]] = Counter()
    for effect in await market.journal():
        if effect["kind"] in ("captured", "refunded"):
            effects[effect["kind"], effect["metadata"]["order_id"], effect["amount"]] += 1
    assert effects == Counter(
        (kind, order["id"], order["total"]["amount"]) for order in orders for kind in ("captured", "refunded")
    )


async def audit(system: WholeSystem) -> None:
    checked = await asyncio.to_thread(system.check)
    assert checked.returncode == 0, checked.stdout + checked.stderr
