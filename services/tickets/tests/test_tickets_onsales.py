"""A house that goes on sale at once: zones over the chart, an opening time, and nobody's seat taken from them."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import httpx

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    ListingChanged,
    ListingPublished,
    ShowPublished,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

SEATS = tuple(str(number) for number in range(1, 11))
LATER = timedelta(days=2)


async def hear(tickets: RunningService, *events: Any) -> None:
    for event in events:
        heard = await tickets.publish(event)
        await eventually(lambda heard=heard: tickets.heard(heard))  # type: ignore[misc]


async def house(tickets: RunningService, rows: int = 3, seats: tuple[str, ...] = SEATS, places: int = 40) -> Any:
    """A venue with stalls, a balcony and a standing floor, and a show there."""
    show = show_published(organiser_id=new_id())
    lines = tuple(ChartRow(str(n), seats) for n in range(1, rows + 1))
    sections = (
        ChartSection("Stalls", "seated", lines, rows * len(seats)),
        ChartSection("Balcony", "seated", lines, rows * len(seats)),
        ChartSection("Floor", "standing", (), places),
    )
    venue = VenuePublished(
        venue_id=show.venue_id, name="Theater am Ufer", city="Berlin", country="DE", timezone="Europe/Berlin",
        capacity=2 * rows * len(seats) + places, sections=sections, version=1, occurred_at=now(),
    )  # fmt: skip
    await hear(tickets, venue, show)
    return show


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def zone(name: str, amount: int, *sections: str, **rows: list[str]) -> dict[str, Any]:
    chosen = [{"section": section, "rows": names} for section, names in rows.items()]
    return {"name": name, "unit_price": euros(amount), "sections": list(sections), "rows": chosen}


async def put_on_sale(
    client: httpx.AsyncClient,
    show: ShowPublished,
    *zones: dict[str, Any],
    opens_at: datetime | None = None,
    key: str = "",
) -> httpx.Response:
    body = {
        "show_id": str(show.show_id),
        "opens_at": opens_at.isoformat() if opens_at else None,
        "zones": list(zones) or [zone("All", 5_000, "Stalls", "Balcony", "Floor")],
    }
    return await client.post("/api/onsales", json=body, headers={"Idempotency-Key": key or str(new_id())})


def refused(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text
    return answer.json()  # type: ignore[no-any-return]


def organiser(tickets: RunningService, show: ShowPublished) -> httpx.AsyncClient:
    assert show.organiser_id is not None
    return tickets.client(show.organiser_id, roles=("user", "organiser"))


async def test_a_whole_house_goes_on_sale_by_row_in_zones_from_a_moment_on(start: StartService) -> None:
    tickets = await start("tickets")
    show = await house(tickets)
    opens_at = now() + LATER
    zones = (
        zone("Front", 9_000, Stalls=["1"]),
        zone("Seats", 6_000, "Balcony", Stalls=["2", "3"]),
        zone("Floor", 4_000, "Floor"),
    )
    answer = await put_on_sale(organiser(tickets, show), show, *zones, opens_at=opens_at)
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert (view["open"], view["seats"], view["version"]) == (False, 100, 1)
    prices = [(z["name"], z["unit_price"]["amount"], z["all_in_unit_price"]["amount"]) for z in view["zones"]]
    assert prices == [("Front", 9_000, 9_900), ("Seats", 6_000, 6_600), ("Floor", 4_000, 4_400)]
    assert [(z["seats"], z["available"], z["sold"]) for z in view["zones"]] == [(10, 10, 0), (50, 50, 0), (40, 40, 0)]
    said = await tickets.published(ListingPublished)
    assert len(said) == 7
    assert {(event.primary, event.opens_at, event.seller_id) for event in said} == {(True, opens_at, show.organiser_id)}
    assert {event.seats for event in said if event.row} == {SEATS}
    # Everybody sees the seats before, and when they can be held; what is sold is the organiser's to know.
    stranger = tickets.client(new_id())
    listed = (await stranger.get("/api/listings", params={"show_id": str(show.show_id)})).json()["items"]
    assert {(item["primary"], item["resale_rule"]) for item in listed} == {(True, None)}
    assert datetime.fromisoformat(listed[0]["opens_at"]) == opens_at
    public = (await stranger.get(f"/api/onsales/{show.show_id}")).json()
    assert public["zones"][1]["available"] == 50
    assert "sold" not in public["zones"][1]
    # The organiser's wallet does not hold the house.
    assert (await organiser(tickets, show).get("/api/tickets")).json()["items"] == []


async def test_a_second_click_finds_the_first_sale_and_a_second_sale_is_refused(start: StartService) -> None:
    tickets = await start("tickets")
    show = await house(tickets)
    client = organiser(tickets, show)
    first = await put_on_sale(client, show, key="once")
    again = await put_on_sale(client, show, key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    refused(await put_on_sale(client, show), 409, "on-sale-exists")
    assert len(await tickets.published(ListingPublished)) == 7


async def test_nobody_elses_seat_is_put_on_sale_and_then_nothing_is(start: StartService) -> None:
    tickets = await start("tickets")
    show = await house(tickets)
    body = {"show_id": str(show.show_id), "section": "Balcony", "row": "2", "seats": ["4"], "unit_price": euros(5_000)}
    assert (await tickets.client(new_id()).post("/api/listings", json=body)).status_code == 201
    told = refused(await put_on_sale(organiser(tickets, show), show), 409, "seats-already-listed")
    assert (told["count"], told["seats"]) == (1, [{"section": "Balcony", "row": "2", "seat": "4"}])
    assert len(await tickets.published(ListingPublished)) == 1
    assert (await tickets.client(new_id()).get(f"/api/onsales/{show.show_id}")).status_code == 404
    without = zone("Rest", 5_000, "Stalls", "Floor", Balcony=["1", "3"])
    assert (await put_on_sale(organiser(tickets, show), show, without)).json()["seats"] == 90


async def test_wrong_zones_are_told_field_by_field(start: StartService) -> None:
    tickets = await start("tickets")
    show = await house(tickets)
    dollars = {"unit_price": {"amount": 5_000, "currency": "USD"}}
    wrong: list[tuple[list[dict[str, Any]], str]] = [
        ([zone("A", 5_000, "Attic")], "zones[0].sections[0]"),
        ([zone("A", 5_000, Stalls=["9"])], "zones[0].rows[0].rows[0]"),
        ([zone("A", 5_000, Floor=["1"])], "zones[0].rows[0].section"),
        ([zone("A", 5_000, "Stalls"), zone("B", 4_000, Stalls=["2"])], "zones[1].rows[0].rows[0]"),
        ([zone("A", 5_000, "Stalls"), zone("A", 4_000, "Floor")], "zones[1].name"),
        ([zone("A", 5_000)], "zones[0].sections"),
        ([zone("A", 5_000, "Floor") | dollars], "zones[0].unit_price.currency"),
    ]
    for zones, field in wrong:
        told = refused(await put_on_sale(organiser(tickets, show), show, *zones), 422, "invalid")
        assert [error["field"] for error in told["errors"]] == [field]


async def test_a_sale_is_its_organisers(start: StartService) -> None:
    tickets = await start("tickets")
    show = await house(tickets)
    for client in (tickets.client(new_id()), tickets.client(new_id(), roles=("user", "organiser"))):
        refused(await put_on_sale(client, show), 403, "duty-missing")
    refused(await put_on_sale(organiser(tickets, show), show, opens_at=show.starts_at), 422, "invalid")
    assert (await put_on_sale(organiser(tickets, show), show, opens_at=now() + LATER)).status_code == 201
    path = f"/api/onsales/{show.show_id}"
    refused(
        await tickets.client(new_id()).patch(path, json={"opens_at": None}, headers={"If-Match": '"1"'}),
        403,
        "duty-missing",
    )


async def test_a_sale_opens_at_another_time_until_it_has_opened(start: StartService) -> None:
    tickets = await start("tickets")
    show = await house(tickets)
    client, path = organiser(tickets, show), f"/api/onsales/{show.show_id}"
    assert (await put_on_sale(client, show, opens_at=now() + LATER)).status_code == 201
    refused(await client.patch(path, json={"opens_at": None}), 428, "if-match-missing")
    refused(await client.patch(path, json={}, headers={"If-Match": '"1"'}), 422, "invalid")
    opened = await client.patch(path, json={"opens_at": None}, headers={"If-Match": '"1"'})
    assert (opened.json()["open"], opened.json()["version"]) == (True, 2)
    said = await tickets.published(ListingChanged)
    assert [(event.version, event.opens_at) for event in said] == [
        (2, datetime.fromisoformat(opened.json()["opens_at"]))
    ] * 7
    refused(await client.patch(path, json={"opens_at": None}, headers={"If-Match": '"1"'}), 412, "version-stale")
    refused(await client.patch(path, json={"opens_at": None}, headers={"If-Match": '"2"'}), 409, "on-sale-open")


async def test_where_the_organiser_sells_only_who_holds_a_ticket_lists_it(start: StartService) -> None:
    tickets = await start("tickets")
    show = await house(tickets)
    await put_on_sale(organiser(tickets, show), show, zone("All", 5_000, "Stalls", "Floor"))
    fan = new_id()
    first = next(
        event for event in await tickets.published(ListingPublished) if (event.section, event.row) == ("Stalls", "1")
    )
    held = order_held(first, 2, buyer_id=fan)
    await hear(tickets, held, order_confirmed(held))

    async def offer(client: httpx.AsyncClient, section: str, **place: Any) -> httpx.Response:
        body = {"show_id": str(show.show_id), "section": section, "unit_price": euros(5_000), **place}
        return await client.post("/api/listings", json=body)

    told = refused(await offer(tickets.client(fan), "Stalls", row="1", seats=["2", "3"]), 409, "seat-not-held")
    assert told["seats"] == ["3"]
    refused(await offer(tickets.client(fan), "Balcony", row="1", seats=["1"]), 409, "seat-not-held")
    refused(await offer(tickets.client(fan), "Floor", quantity=1), 409, "seat-not-held")
    resold = await offer(tickets.client(fan), "Stalls", row="1", seats=["2"])
    assert (resold.status_code, resold.json()["primary"]) == (201, False)
    # What the organiser had kept back is sold later, by them alone, and still for the first time.
    later = await offer(organiser(tickets, show), "Balcony", row="1", seats=["1", "2"])
    assert (later.status_code, later.json()["primary"]) == (201, True)


async def test_a_big_house_goes_on_sale_in_one_request(start: StartService) -> None:
    tickets = await start("tickets")
    row = tuple(str(number) for number in range(1, 41))
    show = await house(tickets, rows=200, seats=row, places=4_000)
    began = time.monotonic()
    answer = await put_on_sale(organiser(tickets, show), show)
    took = time.monotonic() - began
    assert (answer.status_code, answer.json()["seats"]) == (201, 20_000), answer.text
    assert took < 20
    # A section without rows is sold in parts that nobody has to read as a whole.
    floor = [event for event in await tickets.published(ListingPublished) if event.section == "Floor"]
    assert [len(event.seats) for event in floor] == [1_000] * 4
