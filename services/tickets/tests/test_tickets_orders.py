"""What orders do to listings and tickets: the same end, however often and in whatever order events arrive."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence
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
    OrderHeld,
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


class World:
    """A running service, a show with one long row and a pit, and events that arrive as from a bad broker."""

    def __init__(self, tickets: RunningService) -> None:
        self.tickets = tickets
        self.show_id = new_id()
        self.harness = Harness(tickets, consumers)

    async def open(self) -> None:
        """Announce the show."""
        show = show_published(show_id=self.show_id)
        venue = VenuePublished(
            venue_id=show.venue_id,
            name="Theater am Ufer",
            city="Berlin",
            country="DE",
            timezone="Europe/Berlin",
            capacity=100,
            sections=(
                ChartSection("Stalls", "seated", (ChartRow("A", SEATS),), 60),
                ChartSection("Pit", "standing", (), 40),
            ),
            version=1,
            occurred_at=now(),
        )
        await self.deliver([show, venue])

    async def deliver(self, events: Sequence[Event], shuffle: random.Random | None = None) -> None:
        """Deliver every event twice; with `shuffle` in any order. What asks to be heard later is heard later."""
        once = self.harness.deliveries(events)
        waiting = [delivery for delivery in once for _ in range(2)]
        if shuffle is not None:
            shuffle.shuffle(waiting)
        for _ in range(ROUNDS_MAX):
            waiting = [delivery for delivery in waiting if not await self.harness.deliver(delivery)]
            if not waiting:
                return
        raise AssertionError(f"never digested: {waiting}")

    async def offer(self, seller_id: UUID, **changes: Any) -> ListingPublished:
        """List seats; answers what was said of them."""
        body = {
            "show_id": str(self.show_id),
            "section": "Stalls",
            "row": "A",
            "unit_price": {"amount": 5000, "currency": "EUR"},
        }
        answer = await self.tickets.client(seller_id).post("/api/listings", json=body | changes)
        assert answer.status_code == 201, answer.text
        said = await self.tickets.published(ListingPublished)
        return next(event for event in said if str(event.listing_id) == answer.json()["id"])

    async def withdraw(self, listing: ListingPublished) -> None:
        """Withdraw a listing."""
        answer = await self.tickets.client(listing.seller_id).delete(f"/api/listings/{listing.listing_id}")
        assert answer.status_code == 204, answer.text

    async def restoring(self, table: str) -> str:
        """The statement that puts the table's rows back as they are now."""
        async with self.tickets.database.connection() as connection:
            names = await connection.fetchval(
                "select string_agg(quote_ident(attname), ', ') from pg_attribute where attrelid = $1::text::regclass"
                " and attnum > 0 and attgenerated = '' and not attisdropped",
                table,
            )
            rows = await connection.fetchval(f"select quote_literal(jsonb_agg(t)) from {table} t")
        return f"insert into {table} ({names}) select {names} from jsonb_populate_recordset(null::{table}, {rows})"

    async def seat_states(self, listing: ListingPublished) -> list[tuple[str, UUID | None]]:
        """State and order of each seat of a listing."""
        async with self.tickets.database.connection() as connection:
            rows = await connection.fetch(
                "select state, order_id from listing_seats where listing_id = $1 order by position", listing.listing_id
            )
        return [(row["state"], row["order_id"]) for row in rows]

    async def holders(self, listing: ListingPublished) -> dict[str, UUID]:
        """Who has the valid tickets for a listing's places."""
        async with self.tickets.database.connection() as connection:
            rows = await connection.fetch(
                "select seat, holder_id from tickets where show_id = $1 and section = $2 and row = $3"
                " and seat = any($4::text[]) and status = 'valid'",
                listing.show_id,
                listing.section,
                listing.row,
                list(listing.seats),
            )
        assert len({row["seat"] for row in rows}) == len(rows)
        return {row["seat"]: row["holder_id"] for row in rows}

    async def check(self) -> None:
        """What must be true at any moment: counts as the seats say, a valid ticket behind every seat on sale."""
        async with self.tickets.database.connection() as connection:
            wrong = await connection.fetchval(
                "select count(*) from listings l where available <> (select count(*) from listing_seats"
                " where listing_id = l.id and state = 'free') or held <> (select count(*) from listing_seats"
                " where listing_id = l.id and state = 'held') or sold <> (select count(*) from listing_seats"
                " where listing_id = l.id and state = 'sold')"
            )
            bare = await connection.fetchval(
                "select count(*) from listing_seats s join listings l on l.id = s.listing_id"
                " where s.state in ('free', 'held') and not exists (select from tickets t where t.id = s.ticket_id"
                " and t.status = 'valid' and t.holder_id = l.seller_id)"
            )
            parked = await connection.fetchval("select count(*) from dead_letters")
        assert (wrong, bare, parked) == (0, 0, 0)


@pytest.fixture
async def world(start: StartService) -> World:
    world = World(await start("tickets"))
    await world.open()
    return world


async def issued_for(world: World, hold: OrderHeld) -> list[TicketsIssued]:
    return [event for event in await world.tickets.published(TicketsIssued) if event.order_id == hold.order_id]


async def test_a_hold_and_its_end_in_any_order(world: World) -> None:
    for number, (end, backwards) in enumerate(itertools.product((order_confirmed, order_cancelled), (False, True))):
        listing = await world.offer(new_id(), seats=list(SEATS[2 * number : 2 * number + 2]))
        hold = order_held(listing)
        events = [hold, end(hold)]
        await world.deliver(events[::-1] if backwards else events)
        sold = end is order_confirmed
        assert await world.seat_states(listing) == [("sold", hold.order_id) if sold else ("free", None), ("free", None)]
        first, second = listing.seats
        buyer = hold.buyer_id if sold else listing.seller_id
        assert await world.holders(listing) == {first: buyer, second: listing.seller_id}
        issued = await issued_for(world, hold)
        assert [(e.version, e.holder_id, [t.seat for t in e.tickets]) for e in issued] == (
            [(1, buyer, [first])] if sold else []
        )
    await world.check()


async def test_every_order_of_arrival_with_crashes_ends_the_same(world: World) -> None:
    listing = await world.offer(new_id(), seats=["1", "2"])
    scene = [
        await world.restoring(table)
        for table in ("venues", "shows", "fee_rules", "tickets", "listings", "listing_seats")
    ]
    first, second = order_held(listing, quantity=2), order_held(listing)
    state = await world.harness.settles(
        [first, order_cancelled(first), second, order_confirmed(second)],
        state=["listings", "listing_seats", "tickets", "orders"],
        without=["id", "serial", "replaced_by", "issued_at", "ended_at", "changed_at"],
        prepare=scene,
    )
    assert len(state["tickets"]) == 3
    assert await world.seat_states(listing) == [("sold", second.order_id), ("free", None)]
    await world.check()


async def test_two_orders_for_one_seat_in_every_order(world: World) -> None:
    """The first order gives the seat up, the second buys it: 24 orders of arrival, one end."""
    for number, order in enumerate(itertools.permutations(range(4))):
        listing = await world.offer(new_id(), seats=[SEATS[number]])
        first, second = order_held(listing), order_held(listing)
        events = [first, order_cancelled(first), second, order_confirmed(second)]
        await world.deliver([events[index] for index in order])
        assert await world.seat_states(listing) == [("sold", second.order_id)]
        assert await world.holders(listing) == {SEATS[number]: second.buyer_id}
    await world.check()


@pytest.mark.parametrize("seed", range(6))
async def test_many_orders_shuffled_end_as_they_do_in_order(world: World, seed: int) -> None:
    shuffle = random.Random(seed)
    listing = await world.offer(new_id(), seats=list(SEATS[:12]))
    expected: list[tuple[str, UUID | None]] = []
    events: list[Event] = []
    for seat in listing.seats:
        for turn in range(3):
            hold = order_held(listing, seats=(seat,))
            ends = ("confirmed", "held", "free") if turn == 2 else ("free",)
            end = shuffle.choice(ends)
            events.append(hold)
            if end != "held":
                events.append(order_confirmed(hold) if end == "confirmed" else order_cancelled(hold, "expired"))
        states: dict[str, tuple[str, UUID | None]] = {
            "confirmed": ("sold", hold.order_id),
            "held": ("held", hold.order_id),
            "free": ("free", None),
        }
        expected.append(states[end])
    await world.deliver(events, shuffle)
    assert await world.seat_states(listing) == expected
    await world.check()


async def test_a_sale_of_seats_that_were_just_withdrawn_stands(world: World) -> None:
    listing = await world.offer(new_id(), seats=["1", "2", "3"])
    await world.withdraw(listing)
    assert await world.holders(listing) == {}
    bought, given_up = order_held(listing, seats=("1",)), order_held(listing, seats=("2",))
    await world.deliver([bought, given_up])
    assert await world.seat_states(listing) == [
        ("held", bought.order_id),
        ("held", given_up.order_id),
        ("withdrawn", None),
    ]
    assert await world.holders(listing) == {"1": listing.seller_id, "2": listing.seller_id}
    await world.deliver([order_confirmed(bought), order_cancelled(given_up)])
    assert await world.seat_states(listing) == [("sold", bought.order_id), ("withdrawn", None), ("withdrawn", None)]
    assert await world.holders(listing) == {"1": bought.buyer_id}
    await world.check()


async def test_a_sale_from_a_withdrawn_listing_takes_the_seat_from_a_later_one(world: World) -> None:
    listing = await world.offer(new_id(), seats=["1", "2"])
    await world.withdraw(listing)
    later = await world.offer(new_id(), seats=["1", "2", "3"])
    hold = order_held(listing)
    await world.deliver([hold])
    # A hold may still come to nothing; it takes nobody's seat.
    assert [state for state, _ in await world.seat_states(later)] == ["free", "free", "free"]
    await world.deliver([order_confirmed(hold)])
    assert [state for state, _ in await world.seat_states(later)] == ["withdrawn", "free", "free"]
    assert (await world.holders(later))["1"] == hold.buyer_id
    [changed] = await world.tickets.published(ListingChanged)
    assert (changed.listing_id, changed.version, changed.seats) == (later.listing_id, 2, ("2", "3"))
    await world.check()


async def test_a_contested_sale_waits_until_the_other_order_ends(world: World) -> None:
    listing = await world.offer(new_id(), seats=["1"])
    await world.withdraw(listing)
    later = await world.offer(new_id(), seats=["1"])
    other, hold = order_held(later), order_held(listing)
    await world.deliver([other])
    await world.deliver([order_confirmed(hold), order_cancelled(other)])
    assert await world.holders(listing) == {"1": hold.buyer_id}
    assert await world.seat_states(later) == [("withdrawn", None)]
    await world.check()


async def test_a_buyer_sells_on_and_the_ticket_changes_hands_again(world: World) -> None:
    first = await world.offer(new_id(), seats=["1", "2"])
    bought = order_held(first, quantity=2)
    await world.deliver([bought, order_confirmed(bought)])
    somebody = world.tickets.client(new_id())
    body = {"show_id": str(world.show_id), "section": "Stalls", "row": "A", "seats": ["1", "3"]}
    refused = await somebody.post("/api/listings", json=body | {"unit_price": {"amount": 1, "currency": "EUR"}})
    assert (refused.status_code, refused.json()["type"]) == (409, "seat-already-listed")
    assert refused.json()["seats"] == ["1"]
    resale = await world.offer(bought.buyer_id, seats=["1"])
    async with world.tickets.database.connection() as connection:
        assert await connection.fetchval("select count(*) from tickets where holder_id = $1", bought.buyer_id) == 2
    resold = order_held(resale)
    await world.deliver([resold, order_confirmed(resold)])
    assert await world.holders(first) == {"1": resold.buyer_id, "2": bought.buyer_id}
    async with world.tickets.database.connection() as connection:
        chain = await connection.fetch(
            "select t.holder_id, n.holder_id as next from tickets t left join tickets n on n.id = t.replaced_by"
            " where t.seat = '1' order by t.issued_at, t.id"
        )
    assert [tuple(row) for row in chain] == [
        (first.seller_id, bought.buyer_id),
        (bought.buyer_id, resold.buyer_id),
        (resold.buyer_id, None),
    ]
    await world.check()


async def test_a_bought_ticket_survives_the_withdrawal_of_its_listing(world: World) -> None:
    first = await world.offer(new_id(), seats=["1"])
    bought = order_held(first)
    await world.deliver([bought, order_confirmed(bought)])
    resale = await world.offer(bought.buyer_id, seats=["1"])
    await world.withdraw(resale)
    assert await world.holders(first) == {"1": bought.buyer_id}
    late = order_held(resale)
    await world.deliver([late, order_cancelled(late)])
    assert await world.holders(first) == {"1": bought.buyer_id}
    assert await world.seat_states(resale) == [("withdrawn", None)]
    await world.check()


async def test_a_seat_that_is_sold_this_moment_is_not_listed_again(world: World) -> None:
    """Its seller lists it once more while the sale arrives: no seat is on sale without a ticket."""
    first = await world.offer(new_id(), seats=list(SEATS[:40]))
    bought = order_held(first, quantity=40)
    await world.deliver([bought, order_confirmed(bought)])
    seller = world.tickets.client(bought.buyer_id)
    body = {"show_id": str(world.show_id), "section": "Stalls", "row": "A"}
    price = {"unit_price": {"amount": 5000, "currency": "EUR"}}
    for start in range(0, 40, 4):
        resale = await world.offer(bought.buyer_id, seats=list(SEATS[start : start + 4]))
        hold = order_held(resale, quantity=4)
        await world.deliver([hold])
        again = body | price | {"seats": list(resale.seats[::-1])}
        answers = await asyncio.gather(
            world.deliver([order_confirmed(hold)]), *(seller.post("/api/listings", json=again) for _ in range(3))
        )
        assert {answer.status_code for answer in answers if answer is not None} == {409}
        assert set((await world.holders(resale)).values()) == {hold.buyer_id}
    await world.check()


async def test_general_admission_sells_bought_places_on(world: World) -> None:
    first = await world.offer(new_id(), section="Pit", row="", quantity=3)
    assert (first.row, first.seats) == ("", ("1", "2", "3"))
    bought = order_held(first, quantity=2)
    await world.deliver([bought, order_confirmed(bought)])
    resale = await world.offer(bought.buyer_id, section="Pit", row="", quantity=3)
    assert resale.seats == ("1", "2", "4")
    resold = order_held(resale, quantity=3)
    await world.deliver([resold, order_confirmed(resold)])
    assert await world.holders(resale) == dict.fromkeys(("1", "2", "4"), resold.buyer_id)
    await world.check()


async def test_one_valid_ticket_per_place_by_constraint(world: World) -> None:
    listing = await world.offer(new_id(), seats=["1"])
    async with world.tickets.database.connection() as connection:
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(
                "insert into tickets (id, show_id, section, row, seat, holder_id, serial)"
                " select gen_random_uuid(), show_id, section, row, seat, gen_random_uuid(), gen_random_uuid()"
                " from tickets where holder_id = $1",
                listing.seller_id,
            )


async def test_an_order_for_a_listing_that_never_was_is_parked(world: World) -> None:
    listing = await world.offer(new_id(), seats=["1"])
    hold = order_held(listing, listing_id=new_id())
    [delivery] = world.harness.deliveries([hold])
    for _ in range(20):
        await world.harness.deliver(delivery)
    async with world.tickets.database.connection() as connection:
        assert (
            await connection.fetchval("select count(*) from dead_letters where event_id = $1", delivery.event_id) == 1
        )
        assert await connection.fetchval("select count(*) from orders") == 0
