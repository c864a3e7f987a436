"""Whatever happens first: pay, expire, give up, cancel, refund, lost answers, webhooks. At the end the money adds up.

The real orders, tickets and payments, on real databases, with the payment stand-in; hypothesis chooses what happens
next (fairseat_local.stepwise). Safety is checked after every step; at the end everything is delivered and worked off,
and the books are closed. Planted faults show that the machine would find them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fairseat_common.contracts import ShowChanged, ShowPublished
from fairseat_common.ids import new_id
from fairseat_common.testing.running import Servers
from fairseat_local.stepwise.books import Books
from fairseat_local.stepwise.people import People
from fairseat_local.stepwise.scene import PRICES, SEATS, open_scene
from fairseat_local.stepwise.world import World

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
METHODS = ("pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined", "pm_card_threeDSecure2Required")
DELAY = timedelta(hours=1)
OFTEN = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
)
ENDS = (
    "captured",
    "confirmed late",
    "dispute lost",
    "dispute won",
    "failed",
    "lost message",
    "payment refused",
    "refunded",
    "released",
    "stray",
    "tax taken back",
    "taxed",
    "transferred",
    "voided",
)
"""What has to have happened somewhere, or the test tried too little."""
losses = st.one_of(st.none(), st.none(), st.tuples(st.integers(0, 2), st.sampled_from(["before", "after"])))
numbers = st.integers(0, 50)
LOST = (None, (0, "before"), None, (0, "after"), (1, "after"))


class Stage:
    """The world of this test session and the loop that it lives in."""

    world: World
    loop: asyncio.AbstractEventLoop
    seen: ClassVar[Counter[str]] = Counter()


@pytest.fixture(scope="module", autouse=True)
def stage(servers: Servers) -> Iterator[None]:
    """One world for all examples: each begins by emptying it."""
    Stage.loop = asyncio.new_event_loop()
    Stage.world = Stage.loop.run_until_complete(World.open(servers, ROOT / "services"))
    yield
    Stage.loop.run_until_complete(Stage.world.close())
    Stage.loop.close()


def run(work: Awaitable[T]) -> T:
    """Do it now."""

    async def within() -> T:
        return await work

    return Stage.loop.run_until_complete(within())


class EveryOrder(RuleBasedStateMachine):
    """What people, networks and banks may do, in any order."""

    @initialize(
        currency=st.sampled_from(sorted(PRICES)),
        quantities=st.lists(st.integers(1, 3), min_size=2, max_size=4),
        loss=losses,
        method=st.sampled_from(METHODS),
        lost=st.sampled_from(LOST),
    )
    def open_the_doors(self, currency: str, quantities: list[int], loss: Any, method: str, lost: Any) -> None:
        """Seats are on sale, somebody holds some and pays: there is something to go wrong."""
        self.world = Stage.world
        self.people = People(self.world)
        self.books = Books(self.world)
        self.orders: list[tuple[UUID, UUID]] = []
        self.keys: list[tuple[UUID, UUID, str, str]] = []
        self.scene = run(open_scene(self.world, self.people, currency))
        # Half of the examples are taxed, so that neither way of selling is tried too little.
        self.taxed = sum(quantities) % 2 == 1
        if self.taxed:
            run(self.world.tax("DE:19"))
        self.show: ShowPublished | ShowChanged = self.scene.show
        self.buyers = [new_id() for _ in range(3)]
        for number, quantity in enumerate(quantities):
            self.hold(number, number, quantity)
        self.pay(0, "pm_card_visa", loss)
        # Left to the rules, thirty examples may leave out a way to pay, or never lose a message.
        self.pay(1, method, lost)

    @rule(buyer=numbers, listing=numbers, quantity=st.integers(1, 3))
    def hold(self, buyer: int, listing: int, quantity: int) -> None:
        who = self.buyers[buyer % 3]
        order_id = run(self.people.hold(who, self.scene.listings[listing % 2], quantity))
        if order_id is not None:
            self.orders.append((who, order_id))
            # A buyer can only pay for what payments has heard of.
            run(self.world.deliver_to(self.world.payments, order_id))

    @precondition(lambda self: self.orders)
    @rule(order=numbers, method=st.sampled_from(METHODS), loss=losses)
    def pay(self, order: int, method: str, loss: Any) -> None:
        who, order_id = self.orders[order % len(self.orders)]
        key = str(new_id())
        self.keys.append((who, order_id, method, key))
        self._losing(loss, self.people.pay(who, order_id, method, key))

    @precondition(lambda self: self.keys)
    @rule(which=numbers, loss=losses)
    def pay_again_with_the_same_key(self, which: int, loss: Any) -> None:
        self._losing(loss, self.people.pay(*self.keys[which % len(self.keys)]))

    @precondition(lambda self: self.orders)
    @rule(order=numbers)
    def pay_twice_at_once(self, order: int) -> None:
        who, order_id = self.orders[order % len(self.orders)]

        async def both() -> None:
            await asyncio.gather(*(self.people.pay(who, order_id, "pm_card_visa", str(new_id())) for _ in range(2)))

        run(both())

    @precondition(lambda self: self.orders)
    @rule(order=numbers)
    def expire(self, order: int) -> None:
        run(self.people.expire(self.orders[order % len(self.orders)][1]))

    @precondition(lambda self: self.orders)
    @rule(order=numbers)
    def give_up(self, order: int) -> None:
        run(self.people.give_up(*self.orders[order % len(self.orders)]))

    @precondition(lambda self: self.world.waiting)
    @rule(which=st.lists(numbers, min_size=1, max_size=12))
    def deliver(self, which: list[int]) -> None:
        for one in which:
            if self.world.waiting:
                run(self.world.deliver(one))

    @precondition(lambda self: self.world.made)
    @rule(which=numbers)
    def deliver_again(self, which: int) -> None:
        run(self.world.deliver_again(which))

    @rule(loss=losses)
    def work(self, loss: Any) -> None:
        self._losing(loss, self.world.work(DELAY))

    @precondition(lambda self: self.world.provider_events())
    @rule(which=numbers, times=st.sampled_from([1, 1, 10]))
    def webhook(self, which: int, times: int) -> None:
        for _ in range(times):
            run(self.world.webhook(which))

    @precondition(lambda self: self.orders)
    @rule(order=numbers, seats=st.one_of(st.none(), st.sampled_from(SEATS).map(lambda seat: [seat])))
    def refund(self, order: int, seats: list[str] | None) -> None:
        run(self.people.refund(self.orders[order % len(self.orders)][1], seats))

    @rule()
    def read_the_feed(self) -> None:
        run(self.world.read_the_feed())

    @precondition(lambda self: self.world.intents("requires_action"))
    @rule(which=numbers, outcome=st.sampled_from(["passed", "failed"]))
    def answer_the_bank(self, which: int, outcome: str) -> None:
        open_ = self.world.intents("requires_action")
        run(self.world.control(f"challenges/{open_[which % len(open_)]}", outcome=outcome))

    @precondition(lambda self: self.world.intents("requires_capture"))
    @rule(which=numbers)
    def somebody_captures_at_the_dashboard(self, which: int) -> None:
        open_ = self.world.intents("requires_capture")
        intent_id = open_[which % len(open_)]
        self.world.meddled.add(intent_id)
        run(self.world.control(f"payment_intents/{intent_id}/capture"))

    @precondition(lambda self: self.orders)
    @rule(order=numbers)
    def given_up_but_captured_past_us(self, order: int) -> None:
        who, order_id = self.orders[order % len(self.orders)]
        run(self.people.pay(who, order_id, "pm_card_visa", str(new_id())))
        if self.world.intents("requires_capture"):
            self.somebody_captures_at_the_dashboard(-1)
        run(self.people.give_up(who, order_id))

    @precondition(lambda self: self.orders)
    @rule(which=numbers, outcome=st.sampled_from([None, "won", "lost", "lost"]))
    def dispute(self, which: int, outcome: str | None) -> None:
        if not self.world.intents("succeeded"):
            # Left to chance, hardly any order of things has something that was charged already.
            self.pay(which, "pm_card_visa", None)
            run(self.world.quiet(DELAY))
        charged = self.world.intents("succeeded")
        if not charged:
            return
        intent_id = charged[which % len(charged)]
        run(self.world.control(f"payment_intents/{intent_id}/dispute"))
        if outcome is not None:
            run(self.world.control(f"disputes/{intent_id}", outcome=outcome))

    @rule(status=st.sampled_from(["scheduled", "scheduled", "cancelled"]))
    def change_the_show(self, status: str) -> None:
        if self.show.status == "cancelled":
            return
        fields = {name: getattr(self.show, name) for name in self.show.__struct_fields__}
        self.show = ShowChanged(**fields | {"status": status, "version": self.show.version + 1})
        run(self.world.announce(self.show))

    @rule()
    def the_show_takes_place(self) -> None:
        run(self.people.takes_place(self.show.show_id))
        if self.taxed:
            # What is sold or given back from now on meets another rate than what was sold before.
            run(self.world.tax("DE:7"))

    def _losing(self, loss: Any, work: Awaitable[Any]) -> None:
        if loss is not None:
            self.world.network.lose(*loss)
        run(work)
        self.world.network.keep()

    @invariant()
    def nothing_is_wrong(self) -> None:
        if hasattr(self, "books"):
            run(self.books.check())

    def teardown(self) -> None:
        if hasattr(self, "books"):
            run(self._close())

    async def _close(self) -> None:
        for _, order_id in self.orders:
            await self.people.expire(order_id)
        for intent_id in self.world.intents("succeeded"):
            await self.world.control(f"disputes/{intent_id}", outcome="won")
        await self.world.quiet(DELAY)
        await self.people.takes_place(self.show.show_id)
        await self.world.quiet(DELAY)
        if self.taxed:
            # Goodwill after the sellers were paid, at another rate than that of the sale.
            await self.world.tax("DE:7")
            for _, order_id in self.orders[::2]:
                await self.people.refund(order_id, ["1"])
            await self.world.quiet(DELAY)
        await self.books.check()
        await self.books.check_closed()
        Stage.seen += await self.books.seen()


@pytest.mark.timeout(600)
def test_the_money_adds_up_whatever_happens_first() -> None:
    run_state_machine_as_test(EveryOrder, settings=OFTEN)
    missing = set(ENDS) - {name for name, count in Stage.seen.items() if count}
    assert not missing, f"the machine never got to {missing}: {Stage.seen}"
