"""The guards of the money, each taken away once: the same steps go well with it, and are found wrong without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pytest
import pytest_asyncio

from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.testing.running import Servers
from fairseat_local.stepwise.books import Books
from fairseat_local.stepwise.people import People
from fairseat_local.stepwise.scene import Scene, open_scene
from fairseat_local.stepwise.world import World
from payments import (
    domain,
    domain_ledger,
    domain_tax,
    store,
    store_provider,
    store_provider_payouts,
    store_provider_refunds,
)
from payments.domain import Attempt, Order
from payments.domain_ledger import Posting, SaleLine

ROOT = Path(__file__).parents[2]
DELAY = timedelta(hours=1)
CARD = "pm_card_visa"


Steps: TypeAlias = "Callable[[Play], Awaitable[None]]"


class Play:
    """A world with a scene, and the books that are kept of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = People(world)
        self.books = Books(world)
        self.buyer = new_id()

    async def open(self) -> None:
        self.scene: Scene = await open_scene(self.world, self.people, "EUR")

    async def hold(self, quantity: int = 3, buyer: UUID | None = None) -> UUID:
        order_id = await self.people.hold(buyer or self.buyer, self.scene.listings[0], quantity)
        assert order_id is not None
        await self.world.deliver_to(self.world.payments, order_id)
        return order_id

    async def pay(self, order_id: UUID) -> str:
        return await self.people.pay(self.buyer, order_id, CARD, str(new_id()))

    async def buy(self) -> UUID:
        order_id = await self.hold()
        assert await self.pay(order_id) == "authorized"
        await self.settle()
        return order_id

    async def settle(self) -> None:
        await self.world.quiet(DELAY)

    async def whole(self, steps: Steps) -> None:
        await steps(self)
        await self.settle()
        await self.books.check()
        await self.books.check_closed()


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    """Three services and the stand-in, empty."""
    opened = await World.open(servers, ROOT / "services")
    yield opened
    await opened.close()


async def two_payments_at_once(play: Play) -> None:
    order_id = await play.hold()
    await asyncio.gather(play.pay(order_id), play.pay(order_id))


async def the_answer_of_the_authorisation_is_lost(play: Play) -> None:
    order_id = await play.hold()
    play.world.network.lose(0, "after")
    assert await play.pay(order_id) == "payment-provider-unavailable"
    await play.world.work(DELAY)


async def the_seats_are_gone_when_the_bank_says_yes(play: Play) -> None:
    order_id = await play.hold()
    assert await play.pay(order_id) == "authorized"
    await play.people.expire(order_id)
    other_id = await play.hold(quantity=1, buyer=new_id())
    await play.world.work(DELAY)
    await play.world.deliver_all()
    await play.people.expire(other_id)


async def the_payment_is_late_but_the_seats_are_free(play: Play) -> None:
    order_id = await play.hold()
    assert await play.pay(order_id) == "authorized"
    await play.people.expire(order_id)
    await play.world.deliver_to(play.world.payments, order_id)
    await play.world.work(DELAY)


async def the_answer_of_a_refund_is_lost(play: Play) -> None:
    order_id = await play.buy()
    await play.people.refund(order_id, ["1"])
    await play.world.deliver_all()
    play.world.network.lose(0, "after")
    await play.world.work(DELAY)


async def a_seat_goes_back_after_a_new_rate_of_tax(play: Play) -> None:
    await play.world.tax("DE:19")
    order_id = await play.buy()
    await play.people.takes_place(play.scene.show.show_id)
    await play.world.work(DELAY)
    await play.world.tax("DE:7")
    await play.people.refund(order_id, ["1"])
    await play.settle()


async def the_answer_of_a_transfer_is_lost(play: Play) -> None:
    await play.buy()
    await play.people.takes_place(play.scene.show.show_id)
    play.world.network.lose(0, "after")
    await play.world.work(DELAY)


def a_key_that_nobody_remembers(*_: Any) -> dict[str, str]:
    return {"idempotency_key": str(new_id())}


async def nothing_found(*_: Any) -> None:
    return None


def capture_at_once(attempt: Attempt, _order: Order) -> str | None:
    return {"started": "recover", "authorized": "capture"}.get(attempt.status)


def void_what_is_cancelled(attempt: Attempt, order: Order) -> str | None:
    if attempt.status == "authorized" and order.status == "cancelled":
        return "void"
    return REAL_WORK_DUE(attempt, order)


async def lease_whatever_is_open(tx: Connection, _rows_max: int, _lease: timedelta) -> list[Attempt]:
    rows = await tx.fetch("select id from attempts where status in ('started', 'challenged', 'authorized')")
    found = [await store.attempt_find(tx, row["id"]) for row in rows]
    return [attempt for attempt in found if attempt is not None]


REAL_WORK_DUE = domain.work_due
REAL_SHARES = domain_ledger._shares
Patch = Callable[[pytest.MonkeyPatch], None]


def blind_authorisation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store_provider.Provider, "find", nothing_found)
    patch.setattr(store_provider, "key_of", a_key_that_nobody_remembers)


def blind_refund(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store_provider_refunds, "refund_find", nothing_found)
    patch.setattr(store_provider_refunds, "key_of", a_key_that_nobody_remembers)


def blind_transfer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store_provider_payouts, "transfer_find", nothing_found)
    patch.setattr(store_provider_payouts, "key_of", a_key_that_nobody_remembers)


def capture_before_confirm(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(domain, "work_due", capture_at_once)
    patch.setattr(store, "attempts_lease", lease_whatever_is_open)


def void_without_verdict(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(domain, "work_due", void_what_is_cancelled)
    patch.setattr(store, "attempts_lease", lease_whatever_is_open)


def tax_of_now(line: SaleLine) -> list[Posting]:
    """What a released line had, with its tax worked out anew at the rate that is in force now."""
    buyer, seller = (domain_tax.included(fee, 700) for fee in (line.buyer_fee, line.seller_fee))
    return REAL_SHARES(replace(line, buyer_tax=buyer, seller_tax=seller))


def tax_recomputed_at_the_refund(patch: pytest.MonkeyPatch) -> None:
    taken_back = domain_ledger._taken_back

    def anew(line: SaleLine) -> list[Posting]:
        return tax_of_now(line) if line.status == "released" else taken_back(line)

    patch.setattr(domain_ledger, "_taken_back", anew)


FAULTS: dict[str, tuple[Patch, Steps, str]] = {
    "an authorisation is sent again blindly": (
        blind_authorisation,
        the_answer_of_the_authorisation_is_lost,
        "two cards reserved",
    ),
    "a capture does not wait for the confirmation": (
        capture_before_confirm,
        the_seats_are_gone_when_the_bank_says_yes,
        "S4",
    ),
    "a void does not wait for the verdict": (
        void_without_verdict,
        the_payment_is_late_but_the_seats_are_free,
        "M1|S4",
    ),
    "the tax of a refund is worked out anew": (
        tax_recomputed_at_the_refund,
        a_seat_goes_back_after_a_new_rate_of_tax,
        "TAX",
    ),
    "a refund has no key": (blind_refund, the_answer_of_a_refund_is_lost, "M10"),
    "a transfer has no key": (blind_transfer, the_answer_of_a_transfer_is_lost, "M3|M7"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_guard_of_the_code_is_needed(world: World, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    plant, steps, wrong = FAULTS[fault]
    play = Play(world)
    await play.open()
    await play.whole(steps)

    await play.open()
    plant(monkeypatch)
    with pytest.raises(AssertionError, match=wrong):
        await play.whole(steps)


async def test_the_index_that_allows_one_live_attempt_is_needed(world: World) -> None:
    play = Play(world)
    await play.open()
    await play.whole(two_payments_at_once)

    await play.open()
    async with world.owners["payments"].connection() as connection:
        index = await connection.fetchval("select indexdef from pg_indexes where indexname = 'attempts_live'")
        await connection.execute("drop index attempts_live")
        try:
            with pytest.raises(AssertionError, match="two cards reserved"):
                await play.whole(two_payments_at_once)
        finally:
            await world.begin()
            await connection.execute(index)
