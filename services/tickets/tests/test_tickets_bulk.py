"""Many listings at once: changed, withdrawn and told of one by one; and one's own listings by show and stand."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    Money,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.money import AMOUNT_MAX
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from tickets.domain_listings_bulk import BulkChange, edit_of

BULK = "/api/listings/bulk"


async def tell(tickets: RunningService, *events: Any) -> None:
    for event in events:
        event_id = await tickets.publish(event)
        await eventually(lambda event_id=event_id: tickets.heard(event_id))  # type: ignore[misc]


async def announced(tickets: RunningService) -> UUID:
    show = show_published()
    row = ChartRow("A", tuple(str(number) for number in range(1, 41)))
    venue = VenuePublished(
        venue_id=show.venue_id, name="Theater am Ufer", city="Berlin", country="DE", timezone="Europe/Berlin",
        capacity=40, sections=(ChartSection("Stalls", "seated", (row,), 40),), version=1, occurred_at=now(),
    )  # fmt: skip
    await tell(tickets, venue, show)
    return show.show_id


async def listed(client: httpx.AsyncClient, show_id: UUID, *seats: str, **more: Any) -> dict[str, Any]:
    price = {"amount": 5000, "currency": "EUR"}
    place = {"show_id": str(show_id), "section": "Stalls", "row": "A", "seats": list(seats), "unit_price": price}
    answer = await client.post("/api/listings", json={**place, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def sent(client: httpx.AsyncClient, **body: Any) -> list[dict[str, Any]]:
    answer = await client.post(BULK, json=body)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_each_listing_is_told_of_and_one_that_is_refused_keeps_no_other(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announced(tickets)
    seller, stranger = tickets.client(new_id()), tickets.client(new_id())
    pair, single, held = [await listed(seller, show_id, *seats) for seats in (("1", "2"), ("3",), ("5", "6"))]
    theirs = await listed(stranger, show_id, "9")
    hold = order_held((await tickets.published(ListingPublished))[2])
    await tell(tickets, hold)
    unknown = str(new_id())
    ids = [pair["id"], single["id"], held["id"], theirs["id"], unknown]
    items = await sent(seller, ids=ids, change={"split": "pairs", "percent": 10})
    assert [item["id"] for item in items] == ids
    assert [item["outcome"] for item in items] == ["changed", "refused", "refused", "refused", "refused"]
    assert (items[0]["unit_price"]["amount"], items[0]["version"]) == (5500, 2)
    assert [item["problem"]["type"] for item in items[1:]] == ["invalid", "listing-held", "not-found", "not-found"]
    assert "pairs need an even number" in items[1]["problem"]["detail"]
    [said] = await tickets.published(ListingChanged)
    assert (str(said.listing_id), said.unit_price) == (pair["id"], Money(5500, "EUR"))
    again = await sent(seller, ids=[pair["id"]], change={"split": "pairs"})
    assert (again[0]["outcome"], again[0]["version"]) == ("unchanged", 2)
    gone = await sent(seller, ids=[pair["id"], held["id"], theirs["id"]], withdraw=True)
    assert [item["outcome"] for item in gone] == ["withdrawn", "refused", "refused"]
    assert (await sent(seller, ids=[pair["id"]], withdraw=True))[0]["outcome"] == "withdrawn", "done before, it is done"
    assert [str(event.listing_id) for event in await tickets.published(ListingWithdrawn)] == [pair["id"]]


async def test_a_request_that_comes_twice_changes_nothing_twice(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announced(tickets)
    seller = tickets.client(new_id())
    ids = [(await listed(seller, show_id, str(seat)))["id"] for seat in range(1, 6)]
    body = {"ids": ids, "versions": [1] * 5, "change": {"percent": -10}}
    answers = await asyncio.gather(*(sent(seller, **body) for _ in range(4)))
    outcomes = [[answer[place]["outcome"] for answer in answers] for place in range(5)]
    assert all(sorted(of_one) == ["changed", "refused", "refused", "refused"] for of_one in outcomes)
    prices = [(await seller.get(f"/api/listings/{each}")).json()["unit_price"]["amount"] for each in ids]
    assert prices == [4500] * 5


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "change"),
        ({"change": {}}, "change"),
        ({"change": {"percent": 10}, "withdraw": True}, "change"),
        ({"change": {"percent": 10, "unit_price": {"amount": 1, "currency": "EUR"}}}, "change.percent"),
        ({"change": {"percent": -91}}, "change.percent"),
        ({"change": {"percent": "10"}}, "change.percent"),
        ({"change": {"split": "odd"}}, "change.split"),
        ({"change": {"notes": "x"}, "versions": [1, 2]}, "versions"),
        ({"ids": [], "withdraw": True}, "ids"),
        ({"ids": ["x"], "withdraw": True}, "ids"),
        ({"ids": ["01890000-0000-7000-8000-0123456789ab"] * 2, "withdraw": True}, "ids"),
        ({"ids": ["01890000-0000-7000-8000-0123456789ab"] * 101, "withdraw": True}, "ids"),
        ({"change": {"seats": ["1"]}}, "seats"),
    ],
)
async def test_requests_that_make_no_sense_are_refused_as_a_whole(
    start: StartService, body: dict[str, Any], field: str
) -> None:
    tickets = await start("tickets")
    full = {"ids": ["01890000-0000-7000-8000-0123456789ab"], **body}
    answer = await tickets.client(new_id()).post(BULK, json=full)
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid"), answer.text
    assert field in str(answer.json()["errors"])


async def test_prices_move_by_whole_steps_and_stay_possible() -> None:
    def moved(amount: int, currency: str, percent: int) -> Any:
        price = edit_of(BulkChange(percent=percent), Money(amount, currency)).unit_price
        return getattr(price, "amount", None)

    assert [moved(*case) for case in ((4995, "EUR", 10), (1, "EUR", -10), (1001, "JPY", 5), (21_450, "KWD", 3))] == [
        5495, 1, 1051, 22_090,
    ]  # fmt: skip
    with pytest.raises(Exception, match="not valid"):
        edit_of(BulkChange(percent=900), Money(AMOUNT_MAX, "EUR"))
    with pytest.raises(Exception, match="not valid"):
        edit_of(BulkChange(percent=-90), Money(1, "EUR"))


async def test_own_listings_by_show_and_stand_page_by_page(start: StartService) -> None:
    tickets = await start("tickets")
    first, second = await announced(tickets), await announced(tickets)
    seller = tickets.client(new_id())
    plain = await listed(seller, first, "1")
    sold = await listed(seller, first, "2")
    hold = order_held((await tickets.published(ListingPublished))[-1])
    await tell(tickets, hold, order_confirmed(hold))
    gone = await listed(seller, first, "3")
    await seller.delete(f"/api/listings/{gone['id']}")
    promised = await listed(seller, second, "4", in_hand_on=now().date().isoformat())

    async def mine(**query: Any) -> list[str]:
        answer = await seller.get("/api/listings/mine", params=query)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert await mine() == [each["id"] for each in (promised, gone, sold, plain)]
    assert await mine(show_id=str(first), selling="on-sale") == [plain["id"]]
    assert await mine(selling="promised") == [promised["id"]]
    assert await mine(selling="sold") == [sold["id"]]
    assert await mine(selling="withdrawn") == [gone["id"]]
    page = (await seller.get("/api/listings/mine", params={"limit": 3})).json()
    assert await mine(limit=3, cursor=page["next_cursor"]) == [plain["id"]]
    shows = (await seller.get("/api/listings/mine/shows")).json()["items"]
    counts = {item["show_id"]: (item["listings_count"], item["on_sale_count"]) for item in shows}
    assert counts == {str(first): (3, 1), str(second): (1, 1)}
    for client in (tickets.client(), tickets.client(new_id())):
        answers = [await client.get(path) for path in ("/api/listings/mine", "/api/listings/mine/shows")]
        assert all(answer.status_code == 401 or answer.json()["items"] == [] for answer in answers)
    assert (await seller.get("/api/listings/mine", params={"selling": "lost"})).status_code == 422
