"""What refunds do to tickets and listings: the same end, however often and in whatever order events arrive."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    Event,
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    Money,
    OrderHeld,
    OrderRefundDue,
    TicketsIssued,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_cancelled, order_confirmed, order_held, show_published
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from tickets.consumers import consumers

SEATS = tuple(str(number) for number in range(1, 61))
ROUNDS_MAX = 10
PIT_CAPACITY = 6


def refund_due(hold: OrderHeld, seats: Sequence[str], version: int = 3, **changes: Any) -> OrderRefundDue:
    fields = {name: getattr(hold, name) for name in hold.__struct_fields__}
    each = hold.total.amount // hold.quantity
    more = {
        "version": version,
        "refund_id": new_id(),
        "refund_reason": "goodwill",
        "refund_seats": tuple(seats),
        "refund_amount": Money(each * len(seats), hold.total.currency),
    }
    return OrderRefundDue(**fields | more | changes)


class World:
    """A running service with a show, and events that arrive as from a bad broker."""

    def __init__(self, tickets: RunningService) -> None:
        self.tickets = tickets
        self.show_id = new_id()
        self.harness = Harness(tickets, consumers)

    async def open(self) -> None:
        """Announce the show."""
        show = show_published(show_id=self.show_id)
        sections = (
            ChartSection("Stalls", "seated", (ChartRow("A", SEATS),), 60),
            ChartSection("Pit", "standing", (), PIT_CAPACITY),
        )
        venue = VenuePublished(
            venue_id=show.venue_id,
            name="Theater am Ufer",
            city="Berlin",
            country="DE",
            timezone="Europe/Berlin",
            capacity=60 + PIT_CAPACITY,
            sections=sections,
            version=1,
            occurred_at=now(),
        )
        await self.deliver([show, venue])

    async def deliver(self, events: Sequence[Event], shuffle: random.Random | None = None) -> None:
        """Deliver every event twice; with `shuffle` in any order, looking after each that nothing refunded is valid."""
        waiting = [delivery for delivery in self.harness.deliveries(events) for _ in range(2)]
        if shuffle is not None:
            shuffle.shuffle(waiting)
        for _ in range(ROUNDS_MAX):
            later = []
            for delivery in waiting:
                if not await self.harness.deliver(delivery):
                    later.append(delivery)
                await self.check()
            if not later:
                return
            waiting = later
        raise AssertionError(f"never digested: {waiting}")

    async def offer(self, seller_id: UUID, *seats: str) -> ListingPublished:
        """List seats of the row; answers what was said of them."""
        return await self.listed(seller_id, {"section": "Stalls", "row": "A", "seats": list(seats)})

    async def listed(self, seller_id: UUID, what: dict[str, Any]) -> ListingPublished:
        answer = await self.try_to_list(seller_id, what)
        assert answer[0] == 201, answer
        said = await self.tickets.published(ListingPublished)
        return next(event for event in said if str(event.listing_id) == answer[1]["id"])

    async def try_to_list(self, seller_id: UUID, what: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body = {"show_id": str(self.show_id), "unit_price": {"amount": 5000, "currency": "EUR"}} | what
        answer = await self.tickets.client(seller_id).post("/api/listings", json=body)
        return answer.status_code, answer.json()

    async def sold(self, listing: ListingPublished, *seats: str, **changes: Any) -> OrderHeld:
        """An order for these seats of the listing, held and confirmed."""
        hold = order_held(listing, quantity=len(seats), seats=seats, **changes)
        await self.deliver([hold, order_confirmed(hold)])
        return hold

    async def view(self, listing: ListingPublished) -> dict[str, Any]:
        """The listing as its seller sees it."""
        answer = await self.tickets.client(listing.seller_id).get(f"/api/listings/{listing.listing_id}")
        view: dict[str, Any] = answer.json()
        return view

    async def valid(self) -> dict[tuple[str, str], UUID]:
        """Who has the valid ticket for each place, by section and seat."""
        async with self.tickets.database.connection() as connection:
            rows = await connection.fetch("select section, seat, holder_id from tickets where status = 'valid'")
        places = {(row["section"], row["seat"]): row["holder_id"] for row in rows}
        assert len(places) == len(rows)
        return places

    async def of_order(self, hold: OrderHeld) -> list[tuple[str, str, int, bool]]:
        """The order's tickets: seat, status, version, and whether they have a successor."""
        async with self.tickets.database.connection() as connection:
            rows = await connection.fetch(
                "select seat, status, version, replaced_by is not null as replaced from tickets where order_id = $1"
                " order by length(seat), seat",
                hold.order_id,
            )
        return [(row["seat"], row["status"], row["version"], row["replaced"]) for row in rows]

    async def check(self) -> None:
        """What must be true at any moment."""
        async with self.tickets.database.connection() as connection:
            found = await connection.fetchrow(
                "select (select count(*) from tickets t join refunded_seats r on r.order_id = t.order_id"
                "  and r.seat = t.seat where t.status = 'valid') as valid_refunded,"
                " (select count(*) from tickets t left join orders o on o.id = t.order_id where t.order_id is not null"
                "  and o.status is distinct from 'confirmed') as unconfirmed,"
                " (select count(*) from listings l where (available, held, sold) <> (select"
                "  count(*) filter (where state = 'free'), count(*) filter (where state = 'held'),"
                "  count(*) filter (where state = 'sold') from listing_seats where listing_id = l.id)) as miscounted,"
                " (select count(*) from listing_seats s where s.state = 'free' and not exists (select from tickets t"
                "  where t.id = s.ticket_id and t.status = 'valid')) as bare,"
                " (select count(*) from dead_letters) as parked"
            )
        assert found is not None
        assert dict(found) == dict.fromkeys(("valid_refunded", "unconfirmed", "miscounted", "bare", "parked"), 0)

    async def scene(self) -> list[str]:
        """Statements that put everything back as it is now."""
        return [
            await self._restoring(table)
            for table in ("venues", "shows", "fee_rules", "tickets", "listings", "listing_seats")
        ]

    async def _restoring(self, table: str) -> str:
        async with self.tickets.database.connection() as connection:
            names = await connection.fetchval(
                "select string_agg(quote_ident(attname), ', ') from pg_attribute where attrelid = $1::text::regclass"
                " and attnum > 0 and attgenerated = '' and not attisdropped",
                table,
            )
            rows = await connection.fetchval(f"select quote_literal(jsonb_agg(t)) from {table} t")
        return f"insert into {table} ({names}) select {names} from jsonb_populate_recordset(null::{table}, {rows})"


@pytest.fixture
async def world(start: StartService) -> World:
    world = World(await start("tickets"))
    await world.open()
    return world


async def test_a_refund_ends_the_tickets_of_its_seats_only(world: World) -> None:
    listing = await world.offer(new_id(), "1", "2", "3")
    bought = await world.sold(listing, "1", "2", "3")
    buyer = world.tickets.client(bought.buyer_id)
    second = next(t for t in (await buyer.get("/api/tickets")).json()["items"] if t["seat"] == "2")
    assert (await buyer.get(f"/api/tickets/{second['id']}/code")).status_code == 200
    await world.deliver([refund_due(bought, ["2"])])
    assert await world.of_order(bought) == [
        ("1", "valid", 1, False),
        ("2", "void", 2, False),
        ("3", "valid", 1, False),
    ]
    code = await buyer.get(f"/api/tickets/{second['id']}/code")
    assert (code.status_code, code.json()["type"]) == (409, "ticket-void")
    await world.deliver([refund_due(bought, ["1", "3"], version=5)])
    assert [status for _, status, _, _ in await world.of_order(bought)] == ["void"] * 3
    assert await world.valid() == {}
    view = await world.view(listing)
    assert (view["available"], view["sold"], view["version"]) == (0, 3, 1)
    assert await world.tickets.published(ListingChanged) == []


async def test_every_order_of_arrival_with_crashes_ends_the_same(world: World) -> None:
    listing = await world.offer(new_id(), "1", "2", "3")
    hold = order_held(listing, quantity=2)
    state = await world.harness.settles(
        [hold, order_confirmed(hold), refund_due(hold, ["1"]), refund_due(hold, ["2"], version=5)],
        state=["listings", "listing_seats", "tickets", "orders", "refunded_seats"],
        without=["id", "serial", "replaced_by", "issued_at", "ended_at", "changed_at"],
        prepare=await world.scene(),
    )
    assert len(state["tickets"]) == 5
    assert await world.of_order(hold) == [("1", "void", 2, False), ("2", "void", 2, False)]
    assert await world.valid() == {("Stalls", "3"): listing.seller_id}
    await world.check()


async def test_a_late_order_that_is_refunded_in_every_order_of_arrival(world: World) -> None:
    for number, arrival in enumerate(itertools.permutations(range(4))):
        seat = SEATS[number]
        listing = await world.offer(new_id(), seat)
        hold = order_held(listing)
        late = order_confirmed(hold, version=3, late=True)
        events = [hold, order_cancelled(hold, "expired"), late, refund_due(hold, [seat], version=4)]
        await world.deliver([events[index] for index in arrival])
        assert await world.of_order(hold) == [(seat, "void", 2, False)]
        issued = [event for event in await world.tickets.published(TicketsIssued) if event.order_id == hold.order_id]
        assert len(issued) == 1
    assert await world.valid() == {}


@pytest.mark.parametrize("seed", range(8))
async def test_many_orders_shuffled_end_as_the_rules_say(world: World, seed: int) -> None:
    """Orders of one to three seats end in every way; some lines of the confirmed ones are refunded, in some refunds."""
    shuffle = random.Random(seed)
    listing = await world.offer(new_id(), *SEATS[:20])
    left, events = list(listing.seats), list[Event]()
    expected = dict.fromkeys((("Stalls", seat) for seat in listing.seats), listing.seller_id)
    while len(left) >= 3:
        seats = tuple(left.pop() for _ in range(shuffle.randint(1, 3)))
        for _ in range(shuffle.randint(0, 2)):
            before = order_held(listing, quantity=len(seats), seats=seats)
            events += [before, order_cancelled(before, "expired")]
        hold = order_held(listing, quantity=len(seats), seats=seats)
        events += [hold, order_confirmed(hold)]
        refunded = [seat for seat in seats if shuffle.random() < 0.6]
        parts = [[seat] for seat in refunded] if shuffle.random() < 0.5 else [refunded] if refunded else []
        events += [refund_due(hold, part, version) for version, part in enumerate(parts, start=3)]
        for seat in seats:
            del expected["Stalls", seat]
            if seat not in refunded:
                expected["Stalls", seat] = hold.buyer_id
    await world.deliver(events, shuffle)
    assert await world.valid() == expected


async def test_a_seat_that_was_sold_on_is_its_new_holders(world: World) -> None:
    first = await world.sold(await world.offer(new_id(), "1", "2"), "1", "2")
    resale = await world.offer(first.buyer_id, "1")
    second = await world.sold(resale, "1")
    await world.deliver([refund_due(first, ["1", "2"])])
    assert await world.valid() == {("Stalls", "1"): second.buyer_id}
    assert await world.of_order(first) == [("1", "void", 2, True), ("2", "void", 2, False)]
    # Its holder may sell it on, whatever was refunded before.
    await world.offer(second.buyer_id, "1")


async def test_what_is_on_sale_by_a_refunded_ticket_leaves_the_sale(world: World) -> None:
    bought = await world.sold(await world.offer(new_id(), "1", "2", "3"), "1", "2", "3")
    both, alone = await world.offer(bought.buyer_id, "1", "2", "4"), await world.offer(bought.buyer_id, "3")
    await world.deliver([refund_due(bought, ["1", "3"])])
    [changed] = await world.tickets.published(ListingChanged)
    assert (changed.listing_id, changed.version, changed.seats) == (both.listing_id, 2, ("2", "4"))
    [withdrawn] = await world.tickets.published(ListingWithdrawn)
    assert (withdrawn.listing_id, withdrawn.version, withdrawn.seats) == (alone.listing_id, 2, ())
    assert ((await world.view(both))["available"], (await world.view(alone))["status"]) == (2, "withdrawn")
    assert await world.valid() == dict.fromkeys((("Stalls", "2"), ("Stalls", "4")), bought.buyer_id)
    await world.sold(both, "2", "4")


@pytest.mark.parametrize("paid", [False, True])
@pytest.mark.parametrize("hold_first", [False, True])
async def test_a_hold_on_what_a_refunded_buyer_sells_stands(world: World, hold_first: bool, paid: bool) -> None:
    """orders may have given the seat to somebody before it heard of the refund: who pays for it gets it."""
    bought = await world.sold(await world.offer(new_id(), "1"), "1")
    resale = await world.offer(bought.buyer_id, "1", "2")
    hold = order_held(resale)
    refund = refund_due(bought, ["1"])
    await world.deliver([hold, refund] if hold_first else [refund, hold])
    assert (await world.view(resale))["held_seats"] == ["1"]
    await world.deliver([order_confirmed(hold) if paid else order_cancelled(hold)])
    valid = await world.valid()
    assert valid.get(("Stalls", "1")) == (hold.buyer_id if paid else None)
    after = await world.view(resale)
    # Where the hold was there first, the whole listing has ended, so that the seat cannot come back by it.
    assert after["status"] == ("withdrawn" if hold_first else "active")
    assert after["available"] == (0 if hold_first else 1)
    assert after["sold"] == (1 if paid else 0)


async def test_a_refunded_place_is_not_listed_again_by_anybody(world: World) -> None:
    seller_id = new_id()
    bought = await world.sold(await world.offer(seller_id, "1", "2"), "1", "2")
    await world.deliver([refund_due(bought, ["1"])])
    for who in (seller_id, bought.buyer_id, new_id()):
        status, problem = await world.try_to_list(who, {"section": "Stalls", "row": "A", "seats": ["1", "3"]})
        assert (status, problem["type"], problem["seats"]) == (409, "seat-already-listed", ["1"])
    pit = await world.listed(seller_id, {"section": "Pit", "quantity": 2})
    standing = await world.sold(pit, "1", "2")
    await world.deliver([refund_due(standing, ["2"])])
    more = await world.listed(new_id(), {"section": "Pit", "quantity": PIT_CAPACITY - 2})
    assert more.seats == ("3", "4", "5", "6")
    status, problem = await world.try_to_list(new_id(), {"section": "Pit", "quantity": 1})
    assert (status, problem["type"], problem["available"]) == (409, "section-full", 0)


async def test_a_place_that_came_back_since_the_show_moved_is_listed_again(world: World) -> None:
    seller_id = new_id()
    first = await world.sold(await world.offer(seller_id, "1", "2"), "1", "2")
    second = await world.sold(await world.offer(first.buyer_id, "1"), "1")
    pit = await world.sold(await world.listed(seller_id, {"section": "Pit", "quantity": PIT_CAPACITY}), "1", "2")
    due = partial(refund_due, refund_reason="show_moved")
    await world.deliver([due(second, ["1"]), due(first, ["1"])])
    await world.deliver([due(pit, ["2"])])
    assert await world.of_order(first) == [("1", "void", 2, True), ("2", "valid", 1, False)]
    again = await world.offer(seller_id, "1")
    await world.sold(again, "1")
    assert (await world.listed(seller_id, {"section": "Pit", "quantity": 1})).seats == ("2",)


async def test_a_seat_listed_while_its_refund_arrives_is_never_on_sale(world: World) -> None:
    bought = await world.sold(await world.offer(new_id(), *SEATS[:12]), *SEATS[:12])
    for seat in SEATS[:12]:
        what = {"section": "Stalls", "row": "A", "seats": [seat]}
        answers = await asyncio.gather(
            world.try_to_list(bought.buyer_id, what), world.deliver([refund_due(bought, [seat])])
        )
        assert answers[0][0] in (201, 409)
    assert await world.valid() == {}
    async with world.tickets.database.connection() as connection:
        assert await connection.fetchval("select count(*) from listing_seats where state in ('free', 'held')") == 0


async def test_a_refund_settles_a_sale_whose_place_is_somebody_elses(world: World) -> None:
    """The seat was withdrawn, listed and sold anew while the first buyer paid: one of the two gets the money back."""
    listing = await world.offer(new_id(), "1")
    answer = await world.tickets.client(listing.seller_id).delete(f"/api/listings/{listing.listing_id}")
    assert answer.status_code == 204
    winner = await world.sold(await world.offer(new_id(), "1"), "1")
    loser = order_held(listing)
    contested = world.harness.deliveries([order_confirmed(loser)])[0]
    assert not await world.harness.deliver(contested)
    await world.deliver([refund_due(loser, ["1"])])
    assert await world.harness.deliver(contested)
    assert await world.valid() == {("Stalls", "1"): winner.buyer_id}
    assert await world.of_order(loser) == [("1", "void", 2, False)]


async def test_what_was_refunded_stays_so_by_the_rights_of_the_service(world: World) -> None:
    connection = await asyncpg.connect(world.tickets.environ["DATABASE_URL"])
    try:
        for statement in ("update refunded_seats set seat = '9'", "delete from refunded_seats"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
