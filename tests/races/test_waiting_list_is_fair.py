"""Seats come back from several sides while buyers hammer: who waits gets them, in order, and each seat has one owner.

The race is shown to exist by offering seats after the transaction that frees them instead of within it.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import Event, ListingPublished, OrderHeld, ShowPublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from orders import actions_waiting, store_waiting

LISTINGS = 4
SEATS = 6
HOLDERS_EACH = 3
GROUPS = 30
SINGLES = 50
"""Behind the groups, so that there is always somebody whom a free seat fits."""
HAMMERS = 3

pytestmark = pytest.mark.timeout(240)


async def deliver(orders: RunningService, *events: Event) -> None:
    for event in events:
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]


async def hold(client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    return await client.post("/api/orders", json=body, headers={"Idempotency-Key": str(new_id())})


async def holders(
    orders: RunningService, listings: Sequence[ListingPublished], each: int
) -> list[tuple[httpx.AsyncClient, str]]:
    """People who hold every seat of the listings, `each` of them per listing."""
    held = []
    for listing in listings:
        for _ in range(each):
            client = orders.client(new_id())
            answer = await hold(client, {"listing_id": str(listing.listing_id), "quantity": SEATS // each})
            assert answer.status_code == 201, answer.text
            held.append((client, answer.json()["id"]))
    return held


async def line(orders: RunningService, show: ShowPublished, sizes: Sequence[int]) -> list[UUID]:
    """Groups that wait, in this order; the people's ids."""
    people = [new_id() for _ in sizes]
    for person, size in zip(people, sizes, strict=True):
        body = {"show_id": str(show.show_id), "quantity": size}
        assert (await orders.client(person).post("/api/waiting", json=body)).status_code == 201
    return people


class Hammers:
    """Buyers who ask for one seat and for four, of every listing and of the best, again and again until stopped."""

    def __init__(self, orders: RunningService, show: ShowPublished, listings: Sequence[ListingPublished]) -> None:
        bodies: list[dict[str, Any]] = [{"listing_id": str(each.listing_id)} for each in listings]
        self._bodies = [*bodies, {"show_id": str(show.show_id)}]
        self._orders = orders
        self._stopped = asyncio.Event()
        self.answers: Counter[int] = Counter()

    async def __aenter__(self) -> Hammers:
        self._tasks = [asyncio.create_task(self._hammer(number)) for number in range(HAMMERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped.set()
        await asyncio.gather(*self._tasks)

    async def _hammer(self, number: int) -> None:
        client = self._orders.client(new_id())
        while not self._stopped.is_set():
            for body in self._bodies:
                answer = await hold(client, body | {"quantity": 1 if number % 2 else 4})
                self.answers[answer.status_code] += 1


async def offered(orders: RunningService) -> list[OrderHeld]:
    """The offers that were made so far."""
    return [event for event in await orders.published(OrderHeld) if event.waiting_entry_id]


async def no_seat_has_two_owners(orders: RunningService) -> None:
    async with orders.database.connection() as connection:
        twice = await connection.fetch(
            "select listing_id, position from orders cross join unnest(positions) as position"
            " where status in ('held', 'confirmed') group by 1, 2 having count(*) > 1"
        )
        wrong = await connection.fetch(
            "select e.id from waiting_entries e left join orders o on o.id = e.order_id and o.waiting_entry_id = e.id"
            " where (e.status = 'offered') <> (o.status = 'held') or (e.status = 'offered' and o.id is null)"
        )
    assert (twice, wrong) == ([], [])


async def overtaken(orders: RunningService) -> list[str]:
    """Whoever was offered seats while somebody before them, whose group was no bigger, still waited.

    By the log: an offer names whom it passed over, and all that is free in a listing is seen by one look.
    """
    async with orders.database.connection() as connection:
        log = await connection.fetch("select what, number, quantity, passed_over from waiting_log order by position")
    size = {row["number"]: row["quantity"] for row in log if row["what"] == "joined"}
    return [
        f"{row['number']} (for {row['quantity']}) before {number} (for {size[number]})"
        for row in log
        if row["what"] == "offered"
        for number in row["passed_over"]
        if size[number] <= row["quantity"]
    ]


async def test_seats_that_come_back_go_to_the_line_in_order(start: StartService) -> None:
    orders = await start("orders", HOLD_SECONDS="600", HOLDS_MAX="50")
    show = show_published()
    listings = [listing_published(show, SEATS, row=str(number)) for number in range(LISTINGS)]
    await deliver(orders, show, *listings)
    held = await holders(orders, listings, HOLDERS_EACH)
    chance = random.Random(7)
    people = await line(orders, show, [*(chance.choice([1, 2, 2, 3, 5]) for _ in range(GROUPS)), *[1] * SINGLES])

    async with Hammers(orders, show, listings) as hammers:
        given_up = await asyncio.gather(*(client.delete(f"/api/orders/{order}") for client, order in held))
        await deliver(orders, listing_published(show, SEATS, row="new"))
        # Every second person refuses, all at once, so that seats pass on from several sides.
        refusing = [event for event in await offered(orders) if people.index(event.buyer_id) % 2]
        given_up += await asyncio.gather(
            *(orders.client(event.buyer_id).delete(f"/api/orders/{event.order_id}") for event in refusing)
        )
    assert refusing
    assert {answer.status_code for answer in given_up} == {204}
    assert set(hammers.answers) == {409}, "somebody bought past the line"

    await no_seat_has_two_owners(orders)
    assert await overtaken(orders) == []
    offers = await offered(orders)
    assert len({event.waiting_entry_id for event in offers}) == len(offers)
    # Nothing is lost: every seat is held for somebody from the line.
    async with orders.database.connection() as connection:
        owners = await connection.fetch(
            "select o.waiting_entry_id from seats s left join orders o on o.id = s.order_id and o.status = 'held'"
        )
    assert len(owners) == (LISTINGS + 1) * SEATS
    assert None not in {row["waiting_entry_id"] for row in owners}


async def _race(orders: RunningService) -> int:
    """How many of the hammering buyers got the one seat for which somebody waited."""
    show = show_published()
    listing = listing_published(show, 1)
    await deliver(orders, show, listing)
    holder = orders.client(new_id())
    order = (await hold(holder, {"listing_id": str(listing.listing_id), "quantity": 1})).json()
    await line(orders, show, [1])
    client = orders.client(new_id())
    body = {"listing_id": str(listing.listing_id), "quantity": 1}
    _, *answers = await asyncio.gather(
        holder.delete(f"/api/orders/{order['id']}"), *(hold(client, body) for _ in range(20))
    )
    answers.append(await hold(client, body))
    return [answer.status_code for answer in answers].count(201)


async def test_nobody_comes_between_a_freed_seat_and_who_waits_for_it(start: StartService) -> None:
    orders = await start("orders")
    assert [await _race(orders) for _ in range(5)] == [0] * 5


async def test_an_offer_after_the_transaction_comes_too_late(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(tx: Any, show_id: UUID, listing_ids: Sequence[UUID], *, patient: bool = True) -> None:
        """What is free now is offered by the next look."""

    monkeypatch.setattr(actions_waiting, "offer_freed", later)
    orders = await start("orders")
    for _ in range(20):
        if await _race(orders):
            return
    raise AssertionError("the race was never seen")


JOINS = 6


async def _lost(orders: RunningService) -> bool:
    """Whether a seat that is given up while people join is free in the end, and somebody waits for it."""
    show = show_published()
    listing = listing_published(show, 1)
    await deliver(orders, show, listing)
    holder = orders.client(new_id())
    order = (await hold(holder, {"listing_id": str(listing.listing_id), "quantity": 1})).json()
    body = {"show_id": str(show.show_id), "quantity": 1}
    given_up, *joined = await asyncio.gather(
        holder.delete(f"/api/orders/{order['id']}"),
        *(orders.client(new_id()).post("/api/waiting", json=body) for _ in range(JOINS)),
    )
    assert given_up.status_code == 204
    assert {answer.json().get("type", "joined") for answer in joined} <= {"joined", "seats-available"}
    async with orders.database.connection() as connection:
        free = await connection.fetchval(
            "select count(*) from seats where listing_id = $1 and order_id is null", listing.listing_id
        )
        waiting = await connection.fetchval(
            "select count(*) from waiting_entries where show_id = $1 and status = 'waiting'", show.show_id
        )
    return bool(free and waiting)


async def test_who_joins_while_seats_come_free_gets_them_or_is_told(start: StartService) -> None:
    orders = await start("orders")
    assert not any([await _lost(orders) for _ in range(12)])


async def test_without_the_gate_a_join_misses_the_seat(start: StartService, monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_gate(_tx: Any, _show_id: UUID) -> None:
        """Nobody is kept out."""

    monkeypatch.setattr(store_waiting, "gate_close", open_gate)
    monkeypatch.setattr(actions_waiting, "LOOK_EVERY_S", 3600.0)
    orders = await start("orders")
    for _ in range(40):
        if await _lost(orders):
            return
    raise AssertionError("the race was never seen")
