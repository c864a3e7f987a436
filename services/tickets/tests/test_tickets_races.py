"""Sellers who want the same places at the same moment: the database decides, and shows that it is needed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx

from fairseat_common.contracts import ChartRow, ChartSection, ListingPublished, VenuePublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

SELLERS = 8
TRIES_MAX = 20
PIT_CAPACITY = 20
GUARDS = ("tickets_one_per_place", "listing_seats_one_per_place")
SEATS = tuple(str(number) for number in range(1, 41))


async def announce(tickets: RunningService) -> UUID:
    show = show_published()
    venue = VenuePublished(
        venue_id=show.venue_id,
        name="Theater am Ufer",
        city="Berlin",
        country="DE",
        timezone="Europe/Berlin",
        capacity=60,
        sections=(
            ChartSection("Stalls", "seated", (ChartRow("A", SEATS),), 40),
            ChartSection("Pit", "standing", (), PIT_CAPACITY),
        ),
        version=1,
        occurred_at=now(),
    )
    heard = [await tickets.publish(venue), await tickets.publish(show)]

    async def both() -> bool:
        return all([await tickets.heard(event_id) for event_id in heard])

    await eventually(both)
    return show.show_id


async def all_at_once(
    sellers: Sequence[httpx.AsyncClient], show_id: UUID, bodies: Sequence[dict[str, Any]]
) -> list[httpx.Response]:
    price = {"unit_price": {"amount": 5000, "currency": "EUR"}}
    return await asyncio.gather(
        *(
            seller.post("/api/listings", json={"show_id": str(show_id), **body, **price})
            for seller, body in zip(sellers, bodies, strict=True)
        )
    )


@asynccontextmanager
async def without_guards(tickets: RunningService) -> AsyncIterator[None]:
    """The same service whose database lacks the unique indexes."""
    async with tickets.database.connection() as connection:
        rows = await connection.fetch("select indexdef from pg_indexes where indexname = any($1::text[])", list(GUARDS))
        assert len(rows) == len(GUARDS)
        await connection.execute("; ".join(f"drop index {name}" for name in GUARDS))
        try:
            yield
        finally:
            await connection.execute("truncate tickets, listings, listing_seats cascade")
            for row in rows:
                await connection.execute(row["indexdef"])


async def test_of_many_sellers_of_one_seat_one_lists_it(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announce(tickets)
    sellers = [tickets.client(new_id()) for _ in range(SELLERS)]
    for seat in SEATS[:5]:
        answers = await all_at_once(sellers, show_id, [{"section": "Stalls", "row": "A", "seats": [seat]}] * SELLERS)
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: SELLERS - 1}
        problems = [answer.json() for answer in answers if answer.status_code == 409]
        assert {problem["type"] for problem in problems} == {"seat-already-listed"}
        assert all(problem["seats"] == [seat] for problem in problems)
    async with tickets.database.connection() as connection:
        for table in ("listings", "listing_seats", "tickets"):
            assert await connection.fetchval(f"select count(*) from {table}") == 5
    assert len(await tickets.published(ListingPublished)) == 5


async def test_the_race_is_real(start: StartService) -> None:
    """Without the unique indexes, some seat is listed twice: the test above would fail."""
    tickets = await start("tickets")
    show_id = await announce(tickets)
    sellers = [tickets.client(new_id()) for _ in range(SELLERS)]
    async with without_guards(tickets):
        for seat in SEATS[:TRIES_MAX]:
            answers = await all_at_once(
                sellers, show_id, [{"section": "Stalls", "row": "A", "seats": [seat]}] * SELLERS
            )
            if sum(answer.status_code == 201 for answer in answers) > 1:
                return
    raise AssertionError("the race never happened: the test above proves nothing")


async def test_overlapping_listings_neither_deadlock_nor_share_a_seat(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announce(tickets)
    sellers = [tickets.client(new_id()) for _ in range(SELLERS)]
    for base in range(0, 20, 5):
        bodies = []
        for number in range(SELLERS):
            seats = list(SEATS[base + number % 3 : base + number % 3 + 4])
            bodies.append({"section": "Stalls", "row": "A", "seats": seats[::-1] if number % 2 else seats})
        answers = await all_at_once(sellers, show_id, bodies)
        assert {answer.status_code for answer in answers} <= {201, 409}
    said = await tickets.published(ListingPublished)
    seats = [seat for event in said for seat in event.seats]
    assert len(seats) == len(set(seats))
    assert len(said) >= 4


async def test_one_seller_who_clicks_twice_has_one_listing(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announce(tickets)
    seller_id = new_id()
    clients = [tickets.client(seller_id) for _ in range(4)]
    for client in clients:
        client.headers["Idempotency-Key"] = "one-click"
    body = {"section": "Pit", "quantity": 2}
    answers = await all_at_once(clients, show_id, [body] * 4)
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    assert {a.json()["type"] for a in answers if a.status_code == 409} <= {"idempotency-key-in-use"}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    [said] = await tickets.published(ListingPublished)
    [repeated] = await all_at_once(clients[:1], show_id, [body])
    assert (repeated.status_code, repeated.json()["id"]) == (201, str(said.listing_id))
    [other] = await all_at_once(clients[:1], show_id, [body | {"quantity": 3}])
    assert (other.status_code, other.json()["type"]) == (422, "idempotency-key-reused")


async def test_a_standing_section_is_filled_to_its_capacity(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announce(tickets)
    sellers = [tickets.client(new_id()) for _ in range(SELLERS)]
    answers = await all_at_once(sellers, show_id, [{"section": "Pit", "quantity": 3}] * SELLERS)
    assert Counter(answer.status_code for answer in answers) == {201: 6, 409: 2}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert [(problem["type"], problem["available"]) for problem in refused] == [("section-full", 2)] * 2
    places = [int(seat) for answer in answers if answer.status_code == 201 for seat in answer.json()["seats"]]
    assert sorted(places) == list(range(1, 19))
    gone = next(answer.json() for answer in answers if answer.status_code == 201)
    owner = next(s for s, answer in zip(sellers, answers, strict=True) if answer.json().get("id") == gone["id"])
    assert (await owner.delete(f"/api/listings/{gone['id']}")).status_code == 204
    [again] = await all_at_once(sellers[:1], show_id, [{"section": "Pit", "quantity": 5}])
    assert again.json()["seats"] == [*gone["seats"], "19", "20"]
