"""Whatever happens first: list, hold, buy, sell on, offer, accept, decline, take back, expire, refund, cancel the show.

The real orders and tickets on real databases; hypothesis chooses what happens next and when each hears of the other,
late, again and in any order. After every step nobody but the present holder has a code that a gate would take; at the
end, when all has been heard, every place that was paid for has one valid ticket, and the checker finds nothing.
Planted faults show that the machine would find them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
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

from fairseat_common.bus import Consumers
from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    Event,
    Money,
    ShowChanged,
    ShowPublished,
    UserVerified,
    VenuePublished,
    encode,
)
from fairseat_common.contracts.refusals import NotFound, Refusal
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, payment_authorized, show_published
from fairseat_common.testing.running import Servers
from fairseat_local.check import hands, seats
from fairseat_local.check.reading import Reading, System
from fairseat_local.stepwise.people import People
from fairseat_local.stepwise.service import Said, Service
from fairseat_local.stepwise.world import World
from orders import actions_refunds as orders_refunds
from orders import store_transfers as orders_transfers
from tickets import actions_listings, actions_tickets, actions_transfers, store_tickets, store_transfers
from tickets.domain_codes import CodeKeys, code_admits, code_print, code_read
from tickets.domain_transfers import NewTransfer

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
PLACES = ("1", "2")
PRICE = Money(5000, "EUR")
PEOPLE = 4
STEPS = 25
OFTEN = settings(
    max_examples=30,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
)
ENDS = ("accepted", "cancelled", "declined", "expired", "void", "sold on", "gift sold on", "refunded", "refused code")
"""What has to have happened somewhere, or the test tried too little."""
LINES = """
with recursive chain as (
    select t.id, t.order_id, t.seat, t.status, t.replaced_by, t.id as root, t.order_id as paid_by from tickets t
    where order_id is not null and not exists (
        select from tickets p where p.replaced_by = t.id and p.status = 'transferred')
    union all select n.id, n.order_id, n.seat, n.status, n.replaced_by, c.root, c.paid_by
    from chain c join tickets n on n.id = c.replaced_by)
select paid_by, seat, status, exists (
    select from refunded_seats r where r.order_id = chain.order_id and r.seat = chain.seat) as refunded
from chain where replaced_by is null
"""
OPEN = """
select x.ticket_id, k.status, k.holder_id = t.from_id as senders, exists (
    select from listing_seats s where s.ticket_id = k.id and s.state = 'free') as on_sale
from transfer_tickets x join transfers t on t.id = x.transfer_id join tickets k on k.id = x.ticket_id
where t.status = 'offered'
"""
SOLD_ON = """
select count(*) filter (where old.status = 'void' and old.order_id is not null) as sold,
    count(*) filter (where old.status = 'void' and exists (select from tickets g where g.replaced_by = old.id
        and g.status = 'transferred')) as gifts
from tickets old join tickets new on new.id = old.replaced_by
"""
numbers = st.integers(0, 50)


class Stage:
    """The world of this test session and the loop that it lives in."""

    world: World
    loop: asyncio.AbstractEventLoop
    seen: ClassVar[Counter[str]] = Counter()


@pytest.fixture(scope="module", autouse=True)
def stage(servers: Servers) -> Iterator[None]:
    """One world for all examples: each begins by emptying it. Nobody charges here: who pays is believed."""
    Stage.loop = asyncio.new_event_loop()
    Stage.world = Stage.loop.run_until_complete(World.open(servers, ROOT / "services"))
    Stage.world.payments = Service("payments", Stage.world.payments.database, Consumers("payments"))
    yield
    Stage.loop.run_until_complete(Stage.world.close())
    Stage.loop.close()


def run(work: Awaitable[T]) -> T:
    """Do it now."""

    async def within() -> T:
        return await work

    return Stage.loop.run_until_complete(within())


class Hands:
    """People with tickets: what they do, what they may, and the codes that each of them has ever seen."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = People(world)
        self.ids = [new_id() for _ in range(PEOPLE)]
        key = Ed25519PrivateKey.generate()
        self.keys = CodeKeys("k", key, {"k": key.public_key()})
        self.show: ShowPublished | ShowChanged = show_published()
        self.listings: list[tuple[UUID, UUID]] = []
        self.orders: list[tuple[UUID, UUID]] = []
        self.transfers: list[UUID] = []
        self.codes: dict[UUID, str] = {}
        """The lasting code of each serial that was ever valid: whoever has once seen it has it for ever."""
        self.refused = 0

    async def open(self) -> None:
        await self.world.begin()
        rows = (ChartRow("A", PLACES),)
        venue = VenuePublished(
            venue_id=self.show.venue_id,
            name="Theater am Ufer",
            city="Berlin",
            country="DE",
            timezone="Europe/Berlin",
            capacity=2,
            sections=(ChartSection("Stalls", "seated", rows, 2),),
            version=1,
            occurred_at=now(),
        )
        await self.world.announce(venue, self.show, *(self._registered(n) for n in range(PEOPLE)))

    async def sell_all(self, buyers: list[int]) -> None:
        """The first of the people sells each place to one of the others."""
        for place, buyer in zip(PLACES, buyers, strict=True):
            await self.list_seats(0, [place])
            await self.world.deliver_all()
            await self.hold(buyer, -1, 1)
            await self.pay(-1)
            await self.world.deliver_all()

    def _registered(self, number: int) -> UserVerified:
        return UserVerified(
            user_id=self.ids[number],
            email=f"Person{number}@example.com",
            name=f"Person {number}",
            roles=("user",),
            version=1,
            occurred_at=now(),
        )

    async def list_seats(self, seller: int, places: list[str]) -> None:
        with suppress(Refusal):
            listing = await self.people.list_seats(self.show.show_id, self.ids[seller], "A", places, PRICE)
            self.listings.append((self.ids[seller], listing))

    async def withdraw(self, index: int) -> None:
        seller_id, listing_id = self.listings[index % len(self.listings)]
        with suppress(Refusal):
            async with self.world.tickets.database.transaction() as tx:
                await actions_listings.listing_withdraw(tx, seller_id, listing_id, None)
        await self.world.collect()

    async def hold(self, buyer: int, index: int, quantity: int) -> None:
        seller_id, listing_id = self.listings[index % len(self.listings)]
        if seller_id == self.ids[buyer]:
            return
        order_id = await self.people.hold(self.ids[buyer], listing_id, quantity)
        if order_id is not None:
            self.orders.append((self.ids[buyer], order_id))

    async def pay(self, index: int) -> None:
        """The money is reserved; orders decides when it hears so."""
        buyer_id, order_id = self.orders[index % len(self.orders)]
        async with self.world.owners["orders"].connection() as connection:
            total = await connection.fetchval("select total from orders where id = $1", order_id)
        event = payment_authorized(order_id, buyer_id, Money(total, "EUR"))
        self.put(event)

    def put(self, event: Event) -> None:
        """An event of somebody who is not here, on its way."""
        said = Said(new_id(), event, encode(event))
        services = (self.world.orders, self.world.tickets)
        self.world.waiting += [one for service in services for one in service.deliveries_of(said)]

    async def holder(self, place: str) -> int | None:
        """Who has the valid ticket of a place, if it is one of the people."""
        async with self.world.tickets.database.connection() as connection:
            found = await store_tickets.tickets_at(connection, self.show.show_id, "Stalls", "A", [place])
        return self.ids.index(found[0].holder_id) if found else None

    async def offer(self, place: str, receiver: int, both: bool) -> None:
        """Whoever holds a place offers it, perhaps with the other one."""
        sender = await self.holder(place)
        if sender is None:
            return
        async with self.world.tickets.database.connection() as connection:
            found = await store_tickets.tickets_of_holder(connection, self.ids[sender], "valid", None, 2)
        chosen = tuple(ticket.id for ticket, _, _ in found if both or ticket.seat == place)
        wanted = NewTransfer(ticket_ids=chosen, email=f"person{receiver}@EXAMPLE.com", message="")
        with suppress(Refusal):
            async with self.world.tickets.database.transaction() as tx:
                view = await actions_transfers.transfer_offer(tx, self.ids[sender], wanted)
            self.transfers.append(view.id)
        await self.world.collect()

    async def answer(self, who: int, index: int, how: str) -> None:
        transfer_id = self.transfers[index % len(self.transfers)]
        acts: dict[str, Any] = {
            "accept": actions_transfers.transfer_accept,
            "decline": actions_transfers.transfer_decline,
            "cancel": actions_transfers.transfer_cancel,
        }
        with suppress(Refusal):
            async with self.world.tickets.database.transaction() as tx:
                await acts[how](tx, self.ids[who], transfer_id)
        await self.world.collect()

    async def time_is_over(self, index: int, noticed: bool) -> None:
        async with self.world.owners["tickets"].connection() as connection:
            await connection.execute(
                "update transfers set expires_at = now() where id = $1 and status = 'offered'",
                self.transfers[index % len(self.transfers)],
            )
        if noticed:
            await actions_transfers.transfers_due(self.world.tickets.database)
        await self.world.collect()

    async def change_show(self, status: str) -> None:
        if self.show.status == "cancelled":
            return
        fields = {name: getattr(self.show, name) for name in self.show.__struct_fields__}
        self.show = ShowChanged(**fields | {"status": status, "version": self.show.version + 1})
        self.put(self.show)

    async def check(self) -> None:
        """Only the present holder of a place has a code that a gate takes, and offers are of what can be given."""
        async with self.world.tickets.database.connection() as tx:
            rows = await tx.fetch(f"select {store_tickets.COLUMNS} from tickets")
            held = [store_tickets.ticket_of(row) for row in rows]
            valid = [ticket for ticket in held if ticket.status == "valid"]
            assert len({ticket.seat for ticket in valid}) == len(valid), "a place has two valid tickets"
            for ticket in valid:
                self.codes.setdefault(ticket.serial, code_print(self.keys, ticket))
                await self._only_the_holder(tx, ticket)
            for row in await tx.fetch(OPEN):
                assert row["status"] == "valid" and row["senders"], "an offer of what nobody can give"  # noqa: PT018
                assert not row["on_sale"], "an offer of what is on sale"
        by_serial = {ticket.serial: ticket for ticket in held}
        admitted = [serial for serial in self.codes if self._admits(serial, by_serial)]
        assert sorted(admitted) == sorted(ticket.serial for ticket in valid), "an old code lets somebody in"

    def _admits(self, serial: UUID, by_serial: dict[UUID, Any]) -> bool:
        try:
            code = code_read(self.keys.verifying, self.codes[serial], now())
            code_admits(code, by_serial.get(code.serial), self.show.show_id)
        except Refusal:
            self.refused += 1
            return False
        return True

    async def _only_the_holder(self, tx: Any, ticket: Any) -> None:
        for user_id in self.ids:
            try:
                await actions_tickets.ticket_code(tx, user_id, ticket.id, self.keys)
            except NotFound:
                assert user_id != ticket.holder_id, "the holder has no code"
            else:
                assert user_id == ticket.holder_id, "somebody else has the code"

    async def close(self) -> None:
        """Everything is heard, everything that waits ends, and the books are compared."""
        for _, order_id in self.orders:
            await self.people.expire(order_id)
        await self.world.deliver_all()
        for index in range(len(self.transfers)):
            await self.time_is_over(index, noticed=True)
        await orders_refunds.refund_cancelled_shows(self.world.orders.database)
        await self.world.collect()
        await self.world.deliver_all()
        await orders_refunds.refund_cancelled_shows(self.world.orders.database)
        await self.world.collect()
        await self.world.deliver_all()
        await self.check()
        await self._lines()
        await self._audit()

    async def _lines(self) -> None:
        """Whoever paid, or has it from them, has one valid ticket for each line; none where the money went back."""
        async with self.world.owners["orders"].connection() as connection:
            paid = await connection.fetch(
                "select o.id, seat from orders o cross join unnest(o.seats) as seat"
                " where o.status in ('confirmed', 'refunded')"
            )
        async with self.world.owners["tickets"].connection() as connection:
            ends = {(row["paid_by"], row["seat"]): row for row in await connection.fetch(LINES)}
            sold = await connection.fetchrow(SOLD_ON)
            outcomes = await connection.fetch("select status, count(*) as n from transfers group by status")
            refunded = await connection.fetchval("select count(*) from refunded_seats")
        assert sold is not None
        assert {(row["id"], row["seat"]) for row in paid} == ends.keys(), "tickets are not those of the orders"
        for line, end in ends.items():
            expected = "void" if end["refunded"] else "valid"
            assert end["status"] == expected, f"line {line} ends with a {end['status']} ticket"
        Stage.seen += Counter({row["status"]: row["n"] for row in outcomes})
        Stage.seen += Counter({"sold on": sold["sold"], "gift sold on": sold["gifts"], "refunded": refunded})
        Stage.seen += Counter({"refused code": self.refused})

    async def _audit(self) -> None:
        """The operator's own checks see nothing."""
        urls = {name: owner.url for name, owner in self.world.owners.items()}
        async with Reading(System(databases=urls, hearers=(), provider_url="")) as reading:
            for check in (*hands.CHECKS, *seats.CHECKS):
                found = (await check.look(reading)).breaks
                assert not found, f"{check.invariant}: {sorted(found.values())}"


class ChangingHands(RuleBasedStateMachine):
    """What people, networks and time may do, in any order."""

    @initialize(buyers=st.lists(st.integers(1, 3), min_size=2, max_size=2))
    def open_the_doors(self, buyers: list[int]) -> None:
        """Somebody has bought each place: there is something to give."""
        self.hands = Hands(Stage.world)
        run(self.hands.open())
        run(self.hands.sell_all(buyers))

    @rule(seller=st.integers(0, 3), places=st.sampled_from([["1"], ["2"], ["1", "2"]]))
    def list_seats(self, seller: int, places: list[str]) -> None:
        run(self.hands.list_seats(seller, places))

    @rule(which=numbers)
    def withdraw(self, which: int) -> None:
        run(self.hands.withdraw(-1 - which % 2))

    @rule(buyer=st.integers(0, 3), which=numbers, quantity=st.integers(1, 2))
    def hold(self, buyer: int, which: int, quantity: int) -> None:
        run(self.hands.hold(buyer, -1 - which % 3, quantity))

    @rule(which=numbers)
    def pay(self, which: int) -> None:
        run(self.hands.pay(-1 - which % 3))

    @rule(which=numbers)
    def give_up(self, which: int) -> None:
        run(self.hands.people.give_up(*self.hands.orders[which % len(self.hands.orders)]))

    @rule(which=numbers)
    def expire(self, which: int) -> None:
        run(self.hands.people.expire(self.hands.orders[which % len(self.hands.orders)][1]))

    @rule(place=st.sampled_from(PLACES), receiver=st.integers(0, 3), both=st.booleans())
    def offer(self, place: str, receiver: int, both: bool) -> None:
        run(self.hands.offer(place, receiver, both))

    @rule(place=st.sampled_from(PLACES), receiver=st.integers(0, 3), how=st.sampled_from(["decline", "cancel", "void"]))
    def offer_in_vain(self, place: str, receiver: int, how: str) -> None:
        run(self.hands.offer(place, receiver, both=False))
        if how == "void":
            run(self.hands.people.refund(self.hands.orders[0 if place == "1" else 1][1], [place]))
        elif self.hands.transfers:
            self.answer_as_everybody(0, how)

    @precondition(lambda self: self.hands.transfers)
    @rule(which=numbers, how=st.sampled_from(["accept", "accept", "accept", "decline", "cancel"]))
    def answer_as_everybody(self, which: int, how: str) -> None:
        """Each of them tries; only the one who may succeeds."""
        for who in range(PEOPLE):
            run(self.hands.answer(who, -1 - which % 3, how))

    @rule(place=st.sampled_from(PLACES), receiver=st.integers(0, 3), buyer=st.integers(0, 3))
    def give_and_let_sell_on(self, place: str, receiver: int, buyer: int) -> None:
        """A gift whose receiver sells it at once, before anybody else has heard of either."""
        run(self.hands.offer(place, receiver, both=False))
        if self.hands.transfers:
            run(self.hands.answer(receiver, -1, "accept"))
        run(self.hands.list_seats(receiver, [place]))
        run(Stage.world.deliver_all())
        run(self.hands.hold(buyer, -1, 1))

    @rule(place=st.sampled_from(PLACES), receiver=st.integers(0, 3), buyer=st.integers(0, 3))
    def withdraw_while_held_and_give(self, place: str, receiver: int, buyer: int) -> None:
        """The hold is heard of only after the place was given away."""
        owner = run(self.hands.holder(place))
        if owner is None:
            return
        run(self.hands.list_seats(owner, [place]))
        run(Stage.world.deliver_all())
        run(self.hands.hold(buyer, -1, 1))
        run(self.hands.withdraw(-1))
        run(self.hands.offer(place, receiver, both=False))
        if self.hands.transfers:
            run(self.hands.answer(receiver, -1, "accept"))
        run(self.hands.pay(-1))

    @precondition(lambda self: self.hands.transfers)
    @rule(which=numbers, noticed=st.booleans())
    def time_is_over(self, which: int, noticed: bool) -> None:
        run(self.hands.time_is_over(which, noticed))

    @rule(which=numbers, place=st.one_of(st.none(), st.sampled_from(PLACES).map(lambda place: [place])))
    def refund(self, which: int, place: list[str] | None) -> None:
        run(self.hands.people.refund(self.hands.orders[which % len(self.hands.orders)][1], place))

    @rule(status=st.sampled_from(["scheduled", "postponed", "scheduled", "cancelled"]), often=numbers)
    def change_the_show(self, status: str, often: int) -> None:
        if often % 5 == 0:
            run(self.hands.change_show(status))

    @precondition(lambda self: bool(Stage.world.waiting))
    @rule(which=st.lists(numbers, min_size=1, max_size=12))
    def deliver(self, which: list[int]) -> None:
        for one in which:
            if Stage.world.waiting:
                run(Stage.world.deliver(one))

    @precondition(lambda self: bool(Stage.world.made))
    @rule(which=numbers)
    def deliver_again(self, which: int) -> None:
        run(Stage.world.deliver_again(which))

    @invariant()
    def only_the_holder_has_a_code(self) -> None:
        if hasattr(self, "hands"):
            run(self.hands.check())

    def teardown(self) -> None:
        if hasattr(self, "hands"):
            run(self.hands.close())


@pytest.mark.timeout(600)
def test_one_code_for_each_place_whoever_has_it() -> None:
    run_state_machine_as_test(ChangingHands, settings=OFTEN)
    missing = set(ENDS) - {name for name, count in Stage.seen.items() if count}
    assert not missing, f"the machine never got to {missing}: {Stage.seen}"


async def _nothing(*_: Any) -> None:
    """A guard that does not look."""


async def _none(*_: Any) -> list[Any]:
    """A search that finds nothing."""
    return []


async def _keep_the_old(_tx: Any, ticket_ids: list[UUID], _new: list[UUID]) -> int:
    """Accepting without ending the sender's tickets."""
    return len(ticket_ids)


async def give(hands: Hands) -> None:
    await hands.offer("1", 3, both=False)
    await hands.answer(3, -1, "accept")


async def offer_twice(hands: Hands) -> None:
    await hands.offer("1", 3, both=False)
    await hands.offer("1", 0, both=False)
    await hands.answer(3, 0, "accept")
    await hands.check()


async def offer_and_list(hands: Hands) -> None:
    await hands.offer("1", 3, both=False)
    await hands.list_seats(1, ["1"])
    await hands.check()


async def list_and_offer(hands: Hands) -> None:
    await hands.list_seats(1, ["1"])
    await hands.offer("1", 3, both=False)
    await hands.check()


async def give_while_a_buyer_pays(hands: Hands) -> None:
    await hands.list_seats(1, ["1"])
    await hands.world.deliver_all()
    await hands.hold(3, -1, 1)
    await hands.withdraw(-1)
    await hands.offer("1", 0, both=False)
    await hands.answer(0, -1, "accept")
    await hands.pay(-1)
    await hands.world.deliver_all()


async def offer_and_refund(hands: Hands) -> None:
    await hands.offer("1", 3, both=False)
    await hands.people.refund(hands.orders[0][1], None)
    await hands.world.deliver_all()
    await hands.check()


async def give_and_sell_on(hands: Hands) -> None:
    await give(hands)
    await hands.list_seats(3, ["1"])


# What goes well, the unique index that is dropped if any, and the guard that is taken away.
FAULTS: dict[str, tuple[Any, str, Any, str, Any]] = {
    "accept without ending the old ticket": (
        give, "tickets_one_per_place", store_tickets, "tickets_give", _keep_the_old,
    ),
    "two offers of one ticket": (
        offer_twice, "transfer_tickets_one_open", store_transfers, "check_not_offered", _nothing,
    ),
    "a listing of what is offered": (offer_and_list, "", store_transfers, "check_not_offered", _nothing),
    "an offer of what is on sale": (list_and_offer, "", store_transfers, "check_not_listed", _nothing),
    "an earlier sale does not reach a gift": (give_while_a_buyer_pays, "", store_transfers, "heirs", _none),
    "a refund leaves offers open": (offer_and_refund, "", actions_transfers, "tickets_lost", _nothing),
    "orders does not hear of gifts": (give_and_sell_on, "", orders_transfers, "given_add", _nothing),
}  # fmt: skip


async def _played(steps: Any) -> None:
    hands = Hands(Stage.world)
    await hands.open()
    await hands.sell_all([1, 2])
    await steps(hands)
    await hands.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, index, module, name, broken = FAULTS[fault]
    run(_played(steps))
    monkeypatch.setattr(module, name, broken)
    definition = run(_drop(index)) if index else ""
    try:
        with pytest.raises(AssertionError):
            run(_played(steps))
    finally:
        run(Stage.world.begin())
        if index:
            run(_create(definition))


async def _drop(index: str) -> str:
    async with Stage.world.owners["tickets"].connection() as connection:
        definition: str = await connection.fetchval("select pg_get_indexdef($1::regclass)", index)
        await connection.execute(f"drop index {index}")
        return definition


async def _create(definition: str) -> None:
    async with Stage.world.owners["tickets"].connection() as connection:
        await connection.execute(definition)
