"""kill -9, a broker that stops, and holds that run out: nothing is lost, sold twice or charged for nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from fairseat_common.testing.trading import Trader
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

HOLD_S = 3
CATCH_UP_S = 40.0
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, few_shows: Path) -> Iterator[WholeSystem]:
    """Every service a process, with short holds."""
    settings = {"HOLD_SECONDS": str(HOLD_S)}
    running = WholeSystem(tmp_path_factory.mktemp("faults") / "data", True, settings, few_shows)
    running.start()
    yield running
    running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def traders(system: WholeSystem) -> AsyncIterator[tuple[Trader, Trader, Trader]]:
    """A seller and two buyers."""
    people = [Trader(system.client()) for _ in range(3)]
    for person in people:
        await person.sign_up()
    yield people[0], people[1], people[2]
    for person in people:
        await person.client.aclose()


async def audit(system: WholeSystem) -> None:
    checked = await asyncio.to_thread(system.check)
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def test_an_unpaid_hold_expires_and_its_seat_is_bought_by_another(
    traders: tuple[Trader, Trader, Trader],
) -> None:
    seller, first, second = traders
    listing = await seller.list_seats(1)
    order = await first.held(listing, wait_s=CATCH_UP_S)
    assert (await second.hold(listing)).status_code == 409
    deadline = datetime.fromisoformat(order["expires_at"])

    async def bought() -> dict[str, Any] | None:
        answer = await second.hold(listing)
        return answer.json() if answer.status_code == 201 else None

    bought_order = await eventually(bought)
    late_s = (datetime.now(UTC) - deadline).total_seconds()
    assert 0 <= late_s <= 2.0, f"free {late_s:.2f} s after its deadline"
    assert (await second.pay(bought_order)).status_code == 201
    await eventually(lambda: second.has_ticket(bought_order))
    ended = (await first.client.get(f"/api/orders/{order['id']}")).json()
    assert (ended["status"], ended["cancel_reason"]) == ("cancelled", "expired")
    late = await first.pay(order)
    assert (late.status_code, late.json()["type"]) == (409, "order-not-payable")


async def test_orders_work_while_the_broker_is_away_and_everything_catches_up(
    system: WholeSystem, traders: tuple[Trader, Trader, Trader]
) -> None:
    seller, buyer, _ = traders
    listing = await seller.list_seats(2)
    warm = await buyer.held(listing, wait_s=CATCH_UP_S)
    await buyer.client.delete(f"/api/orders/{warm['id']}")
    broker = system.pids()["nats"]
    os.kill(broker, signal.SIGSTOP)
    try:
        held = await asyncio.gather(*(buyer.hold(listing) for _ in range(2)))
        assert [answer.status_code for answer in held] == [201, 201]
        refused = await buyer.hold(listing)
        assert refused.status_code == 409

        async def ended_without_the_broker() -> bool:
            orders = [(await buyer.client.get(f"/api/orders/{answer.json()['id']}")).json() for answer in held]
            return all(order["cancel_reason"] == "expired" for order in orders)

        await eventually(ended_without_the_broker, wait_s=HOLD_S + 8)
    finally:
        os.kill(broker, signal.SIGCONT)

    async def bought() -> dict[str, Any] | None:
        """No payment begins before payments hears the broker again, and a hold may have ended by then."""
        answer = await buyer.hold(listing)
        if answer.status_code != 201:
            return None
        held: dict[str, Any] = answer.json()
        with suppress(AssertionError):
            await eventually(lambda: buyer.paid(held), wait_s=HOLD_S)
            return held
        return None

    order = await eventually(bought, wait_s=CATCH_UP_S)
    await eventually(lambda: buyer.has_ticket(order), wait_s=CATCH_UP_S)
    await audit(system)


@pytest.mark.parametrize(
    "name", ["orders", "payments", "tickets", "expiration", "notifications", "nats", "postgres", "provider"]
)
async def test_whatever_is_killed_starts_again_and_the_purchase_completes_or_is_undone(
    system: WholeSystem, traders: tuple[Trader, Trader, Trader], name: str
) -> None:
    seller, buyer, _ = traders
    listing = await seller.list_seats(1)
    order = await buyer.held(listing, wait_s=CATCH_UP_S)
    victim = system.pids()[name]
    paying = asyncio.create_task(_pay_whatever_happens(buyer, order))
    os.kill(victim, signal.SIGKILL)
    await paying

    async def another_process() -> bool:
        return system.pids().get(name, victim) != victim

    await eventually(another_process, wait_s=CATCH_UP_S)
    await eventually(lambda: _settled(buyer, order), wait_s=CATCH_UP_S)


async def test_kill_everything_in_the_middle_of_purchases(
    system: WholeSystem, traders: tuple[Trader, Trader, Trader]
) -> None:
    seller, *buyers = traders
    listing = await seller.list_seats(6)
    held = [(buyer, await buyer.held(listing, wait_s=CATCH_UP_S)) for buyer in buyers for _ in range(3)]
    paying = [asyncio.create_task(_pay_whatever_happens(buyer, order)) for buyer, order in held]
    await asyncio.wait(paying, return_when=asyncio.FIRST_COMPLETED)
    system.kill_everything()
    await asyncio.gather(*paying)
    system.start()
    for person in (seller, *buyers):
        await person.sign_in_again()
    for buyer, order in held:
        await eventually(lambda buyer=buyer, order=order: _settled(buyer, order), wait_s=CATCH_UP_S)  # type: ignore[misc]
    await audit(system)


async def _pay_whatever_happens(buyer: Trader, order: dict[str, Any]) -> None:
    try:
        await buyer.pay(order)
    except httpx.HTTPError:
        return


async def _settled(buyer: Trader, order: dict[str, Any]) -> bool:
    """Confirmed with a ticket and a captured payment, or cancelled with no ticket and nothing charged."""
    try:
        current = (await buyer.client.get(f"/api/orders/{order['id']}")).json()
        if current.get("status") == "confirmed":
            return await buyer.has_ticket(order) and await buyer.charged(order)
        return current.get("status") == "cancelled" and not await buyer.has_ticket(order)
    except (httpx.HTTPError, ValueError, KeyError):
        return False
