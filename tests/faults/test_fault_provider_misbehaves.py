"""Many purchases while the provider misbehaves in every way that it can: the money adds up in the end.

`FAIRSEAT_PURCHASES` says how many; thousands show the same for longer.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from fairseat_common.testing.waiting import eventually
from fairseat_local.environment import WITH_DATABASE
from fairseat_local.faults.books import money_is_settled, rows
from fairseat_local.faults.market import Market
from fairseat_local.faults.shopping import Shopping
from fairseat_local.settling import settled
from fairseat_local.testing import WholeSystem

PURCHASES = int(os.environ.get("FAIRSEAT_PURCHASES") or 150)
SETTINGS = {
    "HOLD_SECONDS": "20",
    "HOLDS_MAX": "1000",
    "ACCESS_TOKEN_SECONDS": "3600",
    "RECONCILE_SECONDS": "2",
}
WEBHOOK_FAULTS = {"lose": 0.2, "repeat": 2, "delay_s": [0, 3], "reorder": True}
CALL_FAULTS = {"before": 0.03, "after": 0.03, "error": 0.02, "error_after": 0.02}
SETTLED_MAX_S = 120.0
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, few_shows: Path) -> Iterator[WholeSystem]:
    """Every service a process."""
    running = WholeSystem(tmp_path_factory.mktemp("money") / "data", True, SETTINGS, few_shows)
    running.start()
    yield running
    running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def market(system: WholeSystem) -> AsyncIterator[Market]:
    opened = await Market.open(system)
    yield opened
    await opened.close()


async def test_money_adds_up_whatever_the_provider_does(system: WholeSystem, market: Market) -> None:
    shopping = Shopping(market, PURCHASES)
    await market.misbehave(seed=7, webhooks=WEBHOOK_FAULTS, calls=CALL_FAULTS)
    await shopping.run()
    fired = (await market.provider("GET", "/control/counts"))["faults"]
    await market.misbehave()
    assert {kind for kind, times in fired.items() if not times} == set(), f"these never happened, of {fired}"
    wanted = sum(times for (way, _), times in shopping.ended.items() if way.startswith("pays"))
    bought = sum(times for (way, status), times in shopping.ended.items() if way.startswith("pays") and status == 201)
    assert bought >= 0.9 * wanted, f"most people get what they pay for: {shopping.ended}"
    assert {way for way, _ in shopping.ended} == set(shopping.ways), "somebody shopped in each way"

    await money_is_settled(system)
    running = system.running
    await settled([running.environments["web"][f"{name.upper()}_URL"] for name in WITH_DATABASE], running.nats_url)

    await the_journal_agrees_with_the_orders(system, market)

    async def no_breaks() -> bool:
        return bool((await market.operator.read("/api/ledger/breaks?state=open"))["items"] == [])

    await eventually(no_breaks, SETTLED_MAX_S)
    checked = await asyncio.to_thread(system.check)
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def the_journal_agrees_with_the_orders(system: WholeSystem, market: Market) -> None:
    """At most one capture and one refund of each order; confirmed if and only if captured and not given back."""
    journal = await market.journal()
    captured = Counter(effect["metadata"]["order_id"] for effect in journal if effect["kind"] == "captured")
    refunded = Counter(effect["metadata"]["order_id"] for effect in journal if effect["kind"] == "refunded")
    assert [order for order, times in (captured + Counter()).items() if times > 1] == []
    assert [order for order, times in refunded.items() if times > 1] == []
    confirmed = dict(await rows(system, "orders", "select id::text, total from orders where status = 'confirmed'"))
    assert confirmed.keys() == captured.keys() - refunded.keys()
    paid = {effect["metadata"]["order_id"]: effect["amount"] for effect in journal if effect["kind"] == "captured"}
    assert {order: paid[order] for order in confirmed} == confirmed
