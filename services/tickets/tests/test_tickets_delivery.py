"""Promises and original codes: registered once, seen by nobody else, and withdrawn when they do not come."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from fairseat_common.contracts import ChartRow, ChartSection, ListingPublished, ListingWithdrawn, VenuePublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_cancelled, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from tickets.domain import NewListing, Price
from tickets.domain_delivery import Codes

SELLERS = 6
SEATS = tuple(str(number) for number in range(1, 41))
CODES = ("FSX-7781-0001", "FSX-7781-0002")


class World:
    """A running service that knows of a show in thirty days."""

    def __init__(self, tickets: RunningService, show_id: UUID, starts_at: datetime) -> None:
        self.tickets = tickets
        self.show_id = show_id
        self.starts_at = starts_at
        self.seller_id = new_id()
        self.seller = tickets.client(self.seller_id)

    def body(self, *seats: str, **more: Any) -> dict[str, Any]:
        price = {"amount": 5000, "currency": "EUR"}
        place = {"section": "Stalls", "row": "A", "seats": list(seats)}
        return {"show_id": str(self.show_id), **place, "unit_price": price, **more}

    async def list(self, *seats: str, client: httpx.AsyncClient | None = None, **more: Any) -> httpx.Response:
        return await (client or self.seller).post("/api/listings", json=self.body(*seats, **more))

    async def codes(self) -> dict[str, str]:
        async with self.tickets.database.connection() as connection:
            rows = await connection.fetch("select seat, code from original_codes where show_id = $1", self.show_id)
        return {row["seat"]: row["code"] for row in rows}

    async def pass_day(self, listing_id: str) -> None:
        """Let a promise have been for yesterday."""
        async with self.tickets.database.connection() as connection:
            await connection.execute(
                "update listings set in_hand_on = (now() at time zone 'UTC')::date - 1 where id = $1", UUID(listing_id)
            )

    async def status(self, listing_id: str) -> str:
        return str((await self.seller.get(f"/api/listings/{listing_id}")).json()["status"])

    def day(self, days: int) -> str:
        return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


@pytest_asyncio.fixture(loop_scope="session")
async def world(start: StartService) -> World:
    tickets = await start("tickets")
    show = show_published(starts_at=datetime.now(UTC) + timedelta(days=30))
    sections = (
        ChartSection("Stalls", "seated", (ChartRow("A", SEATS), ChartRow("B", SEATS)), 80),
        ChartSection("Pit", "standing", (), 20),
    )
    venue = VenuePublished(
        venue_id=show.venue_id, name="Theater am Ufer", city="Berlin", country="DE", timezone="Europe/Berlin",
        capacity=100, sections=sections, version=1, occurred_at=now(),
    )  # fmt: skip
    heard = [await tickets.publish(venue), await tickets.publish(show)]
    for event_id in heard:
        await eventually(lambda event_id=event_id: tickets.heard(event_id))  # type: ignore[misc]
    return World(tickets, show.show_id, show.starts_at)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


async def test_a_promise_is_a_day_before_the_show_and_codes_keep_it(world: World) -> None:
    answer = await world.list("1", "2", in_hand_on=world.day(5))
    assert answer.status_code == 201, answer.text
    listing = answer.json()
    assert (listing["in_hand_on"], listing["delivery"]) == (world.day(5), "promised")
    [seen] = (await world.tickets.client().get("/api/listings", params={"show_id": str(world.show_id)})).json()["items"]
    assert (seen["in_hand_on"], seen["delivery"]) == (world.day(5), "promised")
    path = f"/api/listings/{listing['id']}/codes"
    put = await world.seller.put(path, json={"codes": CODES})
    assert put.status_code == 200, put.text
    assert (put.json()["delivery"], put.json()["version"]) == ("instant", 1)
    assert await world.codes() == dict(zip(("1", "2"), CODES, strict=True))
    assert (await world.seller.put(path, json={"codes": CODES})).status_code == 200
    other = ["FSX-7781-0003", CODES[0]]
    assert (await world.seller.put(path, json={"codes": other})).status_code == 200
    assert await world.codes() == dict(zip(("1", "2"), other, strict=True))
    last = (world.starts_at - timedelta(days=1)).date().isoformat()
    assert (await world.list("3", in_hand_on=last)).status_code == 201
    plain = (await world.list("4")).json()
    assert (plain["in_hand_on"], plain["delivery"]) == (None, "instant")


async def test_codes_come_with_the_listing_in_the_order_of_its_seats(world: World) -> None:
    answer = await world.list("12", "11", codes=CODES)
    assert (answer.status_code, answer.json()["seats"], answer.json()["delivery"]) == (201, ["11", "12"], "instant")
    assert await world.codes() == {"12": CODES[0], "11": CODES[1]}
    pit = {"section": "Pit", "row": "", "seats": None, "quantity": 2, "codes": ["PIT-1", "PIT-2"]}
    body = {name: value for name, value in world.body(**pit).items() if value is not None}
    assert (await world.seller.post("/api/listings", json=body)).status_code == 201
    assert (await world.codes())["2"] == "PIT-2"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"in_hand_on": "2020-01-01"}, "in_hand_on"),
        ({"in_hand_on": "9999-01-01"}, "in_hand_on"),
        ({"in_hand_on": "tomorrow"}, "in_hand_on"),
        ({"in_hand_on": 5}, "in_hand_on"),
        ({"codes": ["FSX-1"]}, "codes"),
        ({"codes": ["FSX-1", "FSX-1"]}, "codes"),
        ({"codes": []}, "codes"),
        ({"codes": ["FSX-1", " FSX-2"]}, "codes"),
        ({"codes": ["FSX-1", "abc"]}, "codes"),
        ({"codes": ["FSX-1", "x" * 101]}, "codes"),
        ({"codes": ["FSX-1", "Zoë 😀"]}, "codes"),
        ({"codes": ["FSX-1", "a\nb\nc"]}, "codes"),
        ({"codes": ["FSX-1", 12345]}, "codes"),
        ({"codes": ["FSX-1", "FSX-2"], "in_hand_on": "2030-01-01"}, "in_hand_on"),
    ],
)
async def test_bad_promises_and_codes_are_refused_and_write_nothing(
    world: World, more: dict[str, Any], field: str
) -> None:
    answer = await world.list("1", "2", **more)
    assert problem(answer) == (422, "invalid")
    assert field in str(answer.json()["errors"])
    assert not [code for code in ("FSX-1", "FSX-2") if code in answer.text]
    assert await world.codes() == {}
    assert await world.tickets.published(ListingPublished) == []


async def test_a_code_counts_once_for_a_show_and_only_its_seller_learns_of_it(world: World) -> None:
    listing = (await world.list("1", "2", codes=CODES)).json()
    thief = world.tickets.client(new_id())
    answer = await world.list("7", "8", client=thief, codes=["FSX-9", CODES[1]])
    assert problem(answer) == (409, "code-already-registered")
    assert answer.json()["seats"] == ["8"]
    assert await world.codes() == dict(zip(("1", "2"), CODES, strict=True))
    theirs = (await world.list("7", "8", client=thief)).json()
    path = f"/api/listings/{theirs['id']}/codes"
    assert problem(await thief.put(path, json={"codes": CODES})) == (409, "code-already-registered")
    assert problem(await thief.put(path, json={"codes": ["one-code"]})) == (422, "invalid")
    assert problem(await world.seller.put(path, json={"codes": CODES})) == (404, "not-found")
    assert problem(await thief.put(f"/api/listings/{new_id()}/codes", json={"codes": CODES})) == (404, "not-found")
    assert problem(await world.tickets.client().put(path, json={"codes": CODES})) == (401, "sign-in-required")
    assert CODES[0] not in repr(Codes(codes=CODES))
    price = Price(1, "EUR")
    wanted = NewListing(show_id=new_id(), section="Stalls", unit_price=price, seats=("1", "2"), codes=CODES)
    assert CODES[0] not in repr(wanted)
    for client in (world.seller, thief, world.tickets.client()):
        for page in (f"/api/listings/{listing['id']}", f"/api/listings?show_id={world.show_id}"):
            assert CODES[0] not in (await client.get(page)).text
    async with world.tickets.database.connection() as connection:
        for table in ("outbox", "idempotency_keys", "listings", "listing_seats", "tickets"):
            assert CODES[0] not in str(await connection.fetch(f"select t::text from {table} t"))


async def test_a_withdrawn_seat_gives_its_code_back_and_another_seat_may_have_it(world: World) -> None:
    listing = (await world.list("1", "2", codes=CODES)).json()
    assert (await world.seller.delete(f"/api/listings/{listing['id']}")).status_code == 204
    assert (await world.list("2", "3", codes=CODES)).status_code == 201
    assert await world.codes() == {"2": CODES[0], "3": CODES[1]}
    gone = await world.seller.put(f"/api/listings/{listing['id']}/codes", json={"codes": CODES})
    assert problem(gone) == (409, "listing-withdrawn")
    # Whoever lists the place after somebody else brings the code that counts.
    await world.list("9", codes=["FSX-OLD"])
    [old] = (await world.seller.get("/api/listings", params={"seller": "me", "limit": 1})).json()["items"]
    await world.seller.delete(f"/api/listings/{old['id']}")
    assert (await world.list("9", client=world.tickets.client(new_id()), codes=["FSX-NEW"])).status_code == 201
    assert (await world.codes())["9"] == "FSX-NEW"


async def _said(world: World) -> ListingPublished:
    return (await world.tickets.published(ListingPublished))[-1]


async def test_a_sold_seat_keeps_its_code_also_when_it_is_sold_on(world: World) -> None:
    listing = (await world.list("1", "2", codes=CODES)).json()
    hold = order_held(await _said(world), buyer_id=new_id(), seats=("1",), quantity=1)
    for event in (hold, order_confirmed(hold)):
        event_id = await world.tickets.publish(event)
        await eventually(lambda event_id=event_id: world.tickets.heard(event_id))  # type: ignore[misc]
    path = f"/api/listings/{listing['id']}/codes"
    changed = await world.seller.put(path, json={"codes": ["FSX-BAD", CODES[1]]})
    assert problem(changed) == (409, "code-kept")
    assert changed.json()["seats"] == ["1"]
    assert (await world.seller.put(path, json={"codes": [CODES[0], "FSX-NEW"]})).status_code == 200
    buyer = world.tickets.client(hold.buyer_id)
    assert problem(await world.list("1", client=buyer, codes=["FSX-FAKE"])) == (409, "code-kept")
    sold_on = await world.list("1", client=buyer)
    assert (sold_on.status_code, sold_on.json()["delivery"]) == (201, "instant")
    assert await world.codes() == {"1": CODES[0], "2": "FSX-NEW"}


async def test_a_promise_that_is_not_kept_is_withdrawn_by_itself(world: World) -> None:
    promised = [await world.list(*seats, in_hand_on=world.day(1)) for seats in (("1", "2"), ("3", "4"))]
    broken, kept, plain = [answer.json()["id"] for answer in (*promised, await world.list("5"))]
    assert (await world.seller.put(f"/api/listings/{kept}/codes", json={"codes": CODES})).status_code == 200
    for listing_id in (broken, kept):
        await world.pass_day(listing_id)

    async def withdrawn() -> bool:
        return await world.status(broken) == "withdrawn"

    await eventually(withdrawn)
    assert [await world.status(listing_id) for listing_id in (kept, plain)] == ["active", "active"]
    [said] = await world.tickets.published(ListingWithdrawn)
    assert (str(said.listing_id), said.seats, said.version) == (broken, (), 2)
    # The seats are free for whoever has them.
    assert (await world.list("1", "2", client=world.tickets.client(new_id()))).status_code == 201


async def test_a_hold_outlives_a_broken_promise_and_its_seat_does_not_come_back_on_sale(world: World) -> None:
    listing_id = (await world.list("1", "2", "3", in_hand_on=world.day(1))).json()["id"]
    said = await _said(world)
    holds = [order_held(said, buyer_id=new_id(), seats=(seat,), quantity=1) for seat in ("1", "2")]
    for hold in holds:
        event_id = await world.tickets.publish(hold)
        await eventually(lambda event_id=event_id: world.tickets.heard(event_id))  # type: ignore[misc]
    await world.pass_day(listing_id)

    async def withdrawn() -> bool:
        return await world.status(listing_id) == "withdrawn"

    await eventually(withdrawn)
    for event in (order_confirmed(holds[0]), order_cancelled(holds[1], "expired")):
        event_id = await world.tickets.publish(event)
        await eventually(lambda event_id=event_id: world.tickets.heard(event_id))  # type: ignore[misc]
    left = (await world.seller.get(f"/api/listings/{listing_id}")).json()
    assert (left["seats"], left["available"], left["held"], left["sold"]) == (["1"], 0, 0, 1)
    [ticket] = (await world.tickets.client(holds[0].buyer_id).get("/api/tickets")).json()["items"]
    assert (ticket["seat"], ticket["status"]) == ("1", "valid")
    # Who has bought can still be given the code that was promised.
    put = await world.seller.put(f"/api/listings/{listing_id}/codes", json={"codes": ["FSX-LATE"]})
    assert (put.status_code, await world.codes()) == (200, {"1": "FSX-LATE"})


async def _race(world: World, sellers: Sequence[httpx.AsyncClient], place: int) -> Counter[int]:
    """Each seller another seat, and all the same code."""
    seats = SEATS[place * SELLERS : (place + 1) * SELLERS]
    answers = await asyncio.gather(
        *(world.list(seat, client=seller, codes=[f"RACE-{place}"]) for seller, seat in zip(sellers, seats, strict=True))
    )
    return Counter(answer.status_code for answer in answers)


async def test_of_many_sellers_with_one_code_one_lists_it_and_the_index_decides(world: World) -> None:
    sellers = [world.tickets.client(new_id()) for _ in range(SELLERS)]
    for place in range(3):
        assert await _race(world, sellers, place) == {201: 1, 409: SELLERS - 1}
    async with world.tickets.database.connection() as connection:
        await connection.execute("alter table original_codes drop constraint original_codes_once")
        try:
            assert (await _race(world, sellers, 4))[201] > 1, "without the index the code would stand for many seats"
        finally:
            await connection.execute("truncate original_codes")
            await connection.execute(
                "alter table original_codes add constraint original_codes_once unique (show_id, code)"
            )


async def test_two_processes_withdraw_a_broken_promise_once(world: World, start: StartService) -> None:
    await start("tickets", keep_data=True)
    ids = [(await world.list(seat, in_hand_on=world.day(1))).json()["id"] for seat in SEATS[:5]]
    await asyncio.gather(*(world.pass_day(listing_id) for listing_id in ids))

    async def all_said() -> bool:
        return len(await world.tickets.published(ListingWithdrawn)) >= len(ids)

    await eventually(all_said)
    said = [str(event.listing_id) for event in await world.tickets.published(ListingWithdrawn)]
    assert sorted(said) == sorted(ids)
