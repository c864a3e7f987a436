"""Listing seats and looking at what is listed, over HTTP against a real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    Money,
    ShowChanged,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.quotes import LOCAL_SECRET, quote_read
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

PIT_CAPACITY = 12


def venue_published(venue_id: UUID) -> VenuePublished:
    rows = tuple(ChartRow(name, tuple(str(n) for n in range(1, 21))) for name in ("A", "B", "C"))
    return VenuePublished(
        venue_id=venue_id,
        name="Theater am Ufer",
        city="Berlin",
        country="DE",
        timezone="Europe/Berlin",
        capacity=60 + PIT_CAPACITY,
        sections=(ChartSection("Stalls", "seated", rows, 60), ChartSection("Pit", "standing", (), PIT_CAPACITY)),
        version=1,
        occurred_at=now(),
    )


async def announce(tickets: RunningService, **changes: Any) -> UUID:
    """A show that tickets knows of; answers its id."""
    show = show_published(**changes)
    heard = [await tickets.publish(venue_published(show.venue_id)), await tickets.publish(show)]
    for event_id in heard:
        await eventually(lambda event_id=event_id: tickets.heard(event_id))  # type: ignore[misc]
    return show.show_id


def wanted(show_id: UUID, **changes: Any) -> dict[str, Any]:
    body = {
        "show_id": str(show_id),
        "section": "Stalls",
        "row": "B",
        "seats": ["12", "11"],
        "unit_price": {"amount": 4995, "currency": "EUR"},
        "split": "any",
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def places(show_id: UUID, quantity: int, **changes: Any) -> dict[str, Any]:
    return wanted(show_id, section="Pit", row=None, seats=None, quantity=quantity, **changes)


async def browse(client: httpx.AsyncClient, show_id: UUID, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/listings", params={"show_id": str(show_id), **query})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_seller_lists_seats_and_everybody_sees_them(start: StartService) -> None:
    tickets = await start("tickets", SERVICE_FEE_PERCENT="10")
    show_id = await announce(tickets)
    seller_id = new_id()
    answer = await tickets.client(seller_id).post("/api/listings", json=wanted(show_id, notes="Aisle"))
    assert answer.status_code == 201, answer.text
    listing = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert listing["seats"] == ["11", "12"]
    assert (listing["available"], listing["held"], listing["sold"]) == (2, 0, 0)
    assert listing["unit_fee"] == {"amount": 500, "currency": "EUR"}
    assert listing["all_in_unit_price"] == {"amount": 5495, "currency": "EUR"}
    assert (listing["seller_id"], listing["status"], listing["version"]) == (str(seller_id), "active", 1)
    [seen] = await browse(tickets.client(), show_id)
    quote = quote_read(seen.pop("quote"), [LOCAL_SECRET])
    assert (quote.unit_price, quote.unit_fee) == (Money(4995, "EUR"), Money(500, "EUR"))
    own = ("held", "sold", "unit_seller_fee", "unit_net", "operator_reason")
    compared = {"free_seats": ["11", "12"], "aisle": False, "deal": None, "typical_price": None}
    assert seen == {name: value for name, value in listing.items() if name not in own} | compared
    alone = await tickets.client().get(f"/api/listings/{listing['id']}")
    assert {name: value for name, value in alone.json().items() if name != "quote"} == seen
    assert alone.headers["etag"] == '"1"'
    [said] = await tickets.published(ListingPublished)
    assert (said.seats, said.unit_price, said.unit_fee) == (("11", "12"), Money(4995, "EUR"), Money(500, "EUR"))
    mine = (await tickets.client(seller_id).get("/api/tickets")).json()["items"]
    assert [(ticket["seat"], ticket["status"], ticket["order_id"]) for ticket in mine] == [
        ("11", "valid", None),
        ("12", "valid", None),
    ]


async def test_a_listing_may_come_before_its_show_is_heard_of(start: StartService) -> None:
    tickets = await start("tickets")
    show = show_published()
    body = wanted(show.show_id)
    asking = asyncio.create_task(tickets.client(new_id()).post("/api/listings", json=body))
    await tickets.publish(show)
    await tickets.publish(venue_published(show.venue_id))
    assert (await asking).status_code == 201


async def test_browsing_orders_filters_and_pages(start: StartService) -> None:
    tickets = await start("tickets", SERVICE_FEE_PERCENT="10")
    show_id = await announce(tickets)
    seller = tickets.client(new_id())
    offers = [("C", "1", 3000), ("A", "1", 3100), ("B", "1", 3000), ("A", "2", 9000)]
    for row, seat, amount in offers:
        body = wanted(show_id, row=row, seats=[seat], unit_price={"amount": amount, "currency": "EUR"})
        assert (await seller.post("/api/listings", json=body)).status_code == 201
    body = places(show_id, 4, split="pairs", unit_price={"amount": 2000, "currency": "EUR"})
    assert (await seller.post("/api/listings", json=body)).status_code == 201
    body = wanted(show_id, row="C", seats=["7", "8", "9"], split="none")
    assert (await seller.post("/api/listings", json=body)).status_code == 201

    buyer = tickets.client()

    async def rows(**query: Any) -> list[str]:
        return [f"{item['row']}{item['unit_price']['amount']}" for item in await browse(buyer, show_id, **query)]

    assert await rows() == ["2000", "C3000", "B3000", "A3100", "C4995", "A9000"]
    # A row further back must be cheaper: A at 31 is better value than B at 30 is better than C at 30.
    assert await rows(sort="value") == ["2000", "B3000", "C3000", "A3100", "C4995", "A9000"]
    assert await rows(sort="section") == ["2000", "C3000", "B3000", "A3100", "C4995", "A9000"]
    assert await rows(section="Stalls", max_price=3410) == ["C3000", "B3000", "A3100"]
    assert await rows(quantity=1) == ["C3000", "B3000", "A3100", "A9000"]
    assert await rows(quantity=2) == ["2000"]
    assert await rows(quantity=3) == ["C4995"]
    assert await rows(quantity=5) == []
    assert await browse(buyer, new_id()) == []


async def test_pages_stay_in_step_while_listings_come_and_go(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announce(tickets)
    seller = tickets.client(new_id())
    made = []
    for number in range(1, 10):
        price = {"amount": 1000 + 100 * (number % 3), "currency": "EUR"}
        answer = await seller.post("/api/listings", json=wanted(show_id, seats=[str(number)], unit_price=price))
        made.append(answer.json())
    for sort in ("price", "value", "section"):
        expected = [item["id"] for item in await browse(seller, show_id, sort=sort)]
        seen: list[str] = []
        cursor: str | None = None
        while True:
            query = {"show_id": str(show_id), "sort": sort, "limit": 4} | ({"cursor": cursor} if cursor else {})
            page = (await seller.get("/api/listings", params=query)).json()
            seen += [item["id"] for item in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert seen == expected
        assert len(seen) == len(made)
    first = (await seller.get("/api/listings", params={"show_id": str(show_id), "limit": 4})).json()
    assert (await seller.delete(f"/api/listings/{first['items'][3]['id']}")).status_code == 204
    query = {"show_id": str(show_id), "limit": 100, "cursor": first["next_cursor"]}
    rest = (await seller.get("/api/listings", params=query)).json()["items"]
    assert len(rest) == 5
    own = (await seller.get("/api/listings", params={"seller": "me", "limit": 5})).json()
    more = await seller.get("/api/listings", params={"seller": "me", "limit": 5, "cursor": own["next_cursor"]})
    ids = [item["id"] for item in own["items"] + more.json()["items"]]
    assert ids == [item["id"] for item in reversed(made)]
    other = (await tickets.client(new_id()).get("/api/listings", params={"seller": "me"})).json()
    assert other == {"items": [], "next_cursor": None}


async def test_a_seller_edits_with_versions(start: StartService) -> None:
    tickets = await start("tickets", SERVICE_FEE_PERCENT="10")
    show_id = await announce(tickets)
    seller = tickets.client(new_id())
    listing = (await seller.post("/api/listings", json=wanted(show_id))).json()
    path = f"/api/listings/{listing['id']}"
    change = {"unit_price": {"amount": 6000, "currency": "EUR"}, "split": "pairs", "notes": "Low"}
    missing = await seller.patch(path, json=change)
    assert (missing.status_code, missing.json()["type"]) == (428, "if-match-missing")
    edited = await seller.patch(path, json=change, headers={"If-Match": '"1"'})
    assert edited.status_code == 200, edited.text
    assert (edited.headers["etag"], edited.json()["version"]) == ('"2"', 2)
    assert edited.json()["all_in_unit_price"]["amount"] == 6600
    stale = await seller.patch(path, json={"notes": "x"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["type"]) == (412, "version-stale")
    same = await seller.patch(path, json=change, headers={"If-Match": '"2"'})
    assert same.json()["version"] == 2
    [said] = await tickets.published(ListingChanged)
    assert (said.version, said.unit_fee, said.split, said.notes) == (2, Money(600, "EUR"), "pairs", "Low")
    assert (await browse(seller, show_id))[0]["notes"] == "Low"


async def test_of_two_edits_of_one_version_one_is_stale(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announce(tickets)
    seller = tickets.client(new_id())
    path = f"/api/listings/{(await seller.post('/api/listings', json=wanted(show_id))).json()['id']}"
    answers = await asyncio.gather(
        *(seller.patch(path, json={"notes": f"n{n}"}, headers={"If-Match": '"1"'}) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    assert [event.version for event in await tickets.published(ListingChanged)] == [2]


async def test_withdrawing_ends_the_sale_and_the_sellers_tickets(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announce(tickets)
    seller = tickets.client(new_id())
    listing = (await seller.post("/api/listings", json=wanted(show_id))).json()
    path = f"/api/listings/{listing['id']}"
    stale = await seller.delete(path, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["type"]) == (412, "version-stale")
    assert [(await seller.delete(path, headers={"If-Match": '"1"'})).status_code for _ in range(2)] == [204, 204]
    [said] = await tickets.published(ListingWithdrawn)
    assert (said.version, said.seats) == (2, ())
    after = (await tickets.client().get(path)).json()
    assert (after["status"], after["available"], after["seats"]) == ("withdrawn", 0, [])
    assert await browse(seller, show_id) == []
    mine = (await seller.get("/api/tickets")).json()["items"]
    assert {ticket["status"] for ticket in mine} == {"void"}
    refused = await seller.patch(path, json={"notes": "x"}, headers={"If-Match": '"2"'})
    assert (refused.status_code, refused.json()["type"]) == (409, "listing-withdrawn")
    again = await tickets.client(new_id()).post("/api/listings", json=wanted(show_id))
    assert again.status_code == 201


async def test_a_held_listing_cannot_be_edited_or_withdrawn(start: StartService) -> None:
    tickets = await start("tickets")
    show_id = await announce(tickets)
    seller = tickets.client(new_id())
    listing = (await seller.post("/api/listings", json=wanted(show_id))).json()
    path = f"/api/listings/{listing['id']}"
    [said] = await tickets.published(ListingPublished)
    hold = order_held(said)
    heard = await tickets.publish(hold)
    await eventually(lambda: tickets.heard(heard))
    owned = (await seller.get(path)).json()
    assert (owned["available"], owned["held"], owned["sold"], owned["version"]) == (1, 1, 0, 1)
    assert (owned["held_seats"], owned["sold_seats"]) == (["11"], [])
    seen = (await tickets.client().get(path)).json()
    assert not {"held", "sold", "held_seats", "sold_seats"} & set(seen)
    for refused in (
        await seller.patch(path, json={"notes": "x"}, headers={"If-Match": '"1"'}),
        await seller.delete(path),
    ):
        assert (refused.status_code, refused.json()["type"]) == (409, "listing-held")
    heard = await tickets.publish(order_confirmed(hold))
    await eventually(lambda: tickets.heard(heard))
    assert (await seller.delete(path)).status_code == 204
    [withdrawn] = await tickets.published(ListingWithdrawn)
    assert withdrawn.seats == ("11",)
    after = (await seller.get(path)).json()
    assert (after["status"], after["seats"], after["sold"]) == ("withdrawn", ["11"], 1)
    [own] = (await seller.get("/api/listings", params={"seller": "me"})).json()["items"]
    assert (own["held_seats"], own["sold_seats"]) == ([], ["11"])


async def test_nothing_of_a_cancelled_or_past_show_is_on_sale(start: StartService) -> None:
    tickets = await start("tickets")
    show = show_published()
    for event in (venue_published(show.venue_id), show):
        heard = await tickets.publish(event)
        await eventually(lambda heard=heard: tickets.heard(heard))  # type: ignore[misc]
    seller = tickets.client(new_id())
    await seller.post("/api/listings", json=wanted(show.show_id))
    fields = {name: getattr(show, name) for name in show.__struct_fields__}
    stages: list[tuple[dict[str, Any], int]] = [
        ({"status": "postponed", "starts_at": now() - timedelta(hours=1)}, 1),
        ({"status": "scheduled", "starts_at": now() - timedelta(hours=1)}, 0),
        ({"status": "cancelled"}, 0),
    ]
    for version, (changes, expected) in enumerate(stages, start=2):
        heard = await tickets.publish(ShowChanged(**fields | {"version": version} | changes))
        await eventually(lambda heard=heard: tickets.heard(heard))  # type: ignore[misc]
        assert len(await browse(seller, show.show_id)) == expected
        answer = await seller.post("/api/listings", json=wanted(show.show_id, seats=["3"]))
        if not expected:
            assert (answer.status_code, answer.json()["type"]) == (422, "show-over")
