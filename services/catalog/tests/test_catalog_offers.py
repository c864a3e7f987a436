"""Prices and counts of shows follow the listings, whatever the order in which events arrive."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from catalog.consumers import consumers
from fairseat_common.contracts import (
    Event,
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    Money,
    OrderConfirmed,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.harness import Harness
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

ORGANISER = UUID(int=1)


async def a_show(catalog: RunningService) -> UUID:
    """A show in a hall; its id."""
    organiser = catalog.client(ORGANISER, ("organiser",))
    hall = {
        "name": f"Hall {new_id()}",
        "city": "Ulm",
        "country": "DE",
        "timezone": "Europe/Berlin",
        "lat": 48.4,
        "lon": 10,
        "capacity": 9,
        "currency": "EUR",
        "chart": {"sections": [{"name": "Pit", "kind": "standing", "rows": [], "capacity": 9}]},
    }
    venue = (await organiser.post("/api/venues", json=hall)).json()
    starts_at = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    show = {"title": "Late Trains", "category": "concert", "venue_id": venue["id"], "starts_at": starts_at}
    answer = await organiser.post("/api/shows", json=show)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def listing(show_id: UUID, listing_id: UUID, amount: int, *, version: int = 1, seats: int = 2) -> dict[str, Any]:
    return {
        "listing_id": listing_id,
        "show_id": show_id,
        "seller_id": UUID(int=9),
        "section": "Pit",
        "row": "",
        "seats": tuple(str(number) for number in range(1, seats + 1)),
        "unit_price": Money(amount, "EUR"),
        "unit_fee": Money(amount // 10, "EUR"),
        "split": "any",
        "notes": "",
        "version": version,
        "occurred_at": datetime.now(UTC),
    }


def sale(show_id: UUID, listing_id: UUID, seats: int) -> OrderConfirmed:
    return OrderConfirmed(
        order_id=new_id(),
        buyer_id=UUID(int=8),
        seller_id=UUID(int=9),
        listing_id=listing_id,
        show_id=show_id,
        section="Pit",
        row="",
        seats=tuple(str(number) for number in range(1, seats + 1)),
        quantity=seats,
        unit_price=Money(1000, "EUR"),
        fees=Money(100 * seats, "EUR"),
        total=Money(1100 * seats, "EUR"),
        expires_at=datetime.now(UTC),
        version=2,
        occurred_at=datetime.now(UTC),
    )


async def tell(catalog: RunningService, *events: Event) -> None:
    """Publish events one after the other, each when the one before has been heard."""
    for event in events:
        await eventually(partial(catalog.heard, await catalog.publish(event)))


async def on_sale(catalog: RunningService, show_id: UUID) -> tuple[int | None, int]:
    """The lowest price and the number of listings, as everybody sees them."""
    show = (await catalog.client().get(f"/api/shows/{show_id}")).json()
    price = show["lowest_price"]
    return (None if price is None else price["amount"]), show["listings_count"]


async def test_prices_are_all_in_and_the_lowest_counts(start: StartService) -> None:
    catalog = await start("catalog")
    show = await a_show(catalog)
    first, second = new_id(), new_id()
    await tell(catalog, ListingPublished(**listing(show, first, 5000)))
    assert await on_sale(catalog, show) == (5500, 1)
    await tell(catalog, ListingPublished(**listing(show, second, 4000)))
    assert await on_sale(catalog, show) == (4400, 2)
    await tell(catalog, ListingChanged(**listing(show, second, 6000, version=2)))
    assert await on_sale(catalog, show) == (5500, 2)
    await tell(catalog, ListingWithdrawn(**listing(show, first, 5000, version=2, seats=0)))
    assert await on_sale(catalog, show) == (6600, 1)
    await tell(catalog, ListingWithdrawn(**listing(show, second, 6000, version=3, seats=0)))
    assert await on_sale(catalog, show) == (None, 0)


async def test_consumers_settle_in_any_order_twice_and_through_crashes(start: StartService) -> None:
    catalog = await start("catalog")
    show, first, second = new_id(), new_id(), new_id()
    scene = [
        (
            "insert into venues (id, organiser_id, name, city, country, timezone, lat, lon, capacity, currency, chart,"
            f" name_key, city_key, version) values ('{show}', '{show}', 'Hall', 'Ulm', 'DE', 'Europe/Berlin', 48, 10,"
            """ 9, 'EUR', '{"sections": []}', 'hall', 'ulm', 1)"""
        ),
        (
            "insert into shows (id, venue_id, organiser_id, title, category, starts_at, local_date, status, currency,"
            f" document, version) values ('{show}', '{show}', '{show}', 'Late Trains', 'concert', '2100-01-01T19:00Z',"
            " '2100-01-01', 'scheduled', 'EUR', '', 1)"
        ),
        f"insert into show_offers (show_id) values ('{show}')",
    ]
    harness = Harness(catalog, consumers)
    tables = ["listing_copies", "listing_sales", "show_offers"]
    changed: list[Event] = [
        ListingPublished(**listing(show, first, 5000)),
        ListingChanged(**listing(show, first, 3000, version=2)),
        ListingPublished(**listing(show, second, 4000, seats=3)),
        sale(show, second, 2),
    ]
    settled = await harness.settles(changed, tables, prepare=scene)
    assert '"listings_count": 2' in settled["show_offers"][0]
    assert "3300" in settled["show_offers"][0]
    ended: list[Event] = [
        ListingPublished(**listing(show, first, 5000)),
        ListingWithdrawn(**listing(show, first, 5000, version=2, seats=0)),
        ListingPublished(**listing(show, second, 4000)),
        sale(show, second, 2),
    ]
    settled = await harness.settles(ended, tables, prepare=scene)
    assert '"listings_count": 0' in settled["show_offers"][0]


async def test_a_repeated_delivery_counts_once(start: StartService) -> None:
    catalog = await start("catalog")
    show, one = await a_show(catalog), new_id()
    event = ListingPublished(**listing(show, one, 5000, seats=3))
    sold = sale(show, one, 2)
    await tell(catalog, event)
    event_id = await catalog.publish(sold)
    await catalog.publish(sold, event_id)
    again = await catalog.publish(sold)
    await eventually(lambda: catalog.heard(again))
    # Two of three are sold, once: the listing still counts.
    assert await on_sale(catalog, show) == (5500, 1)
    await tell(catalog, sale(show, one, 1))
    assert await on_sale(catalog, show) == (None, 0)


async def test_a_sale_heard_before_its_listing_counts(start: StartService) -> None:
    catalog = await start("catalog")
    show, one = await a_show(catalog), new_id()
    await tell(catalog, sale(show, one, 2), ListingPublished(**listing(show, one, 5000, seats=2)))
    assert await on_sale(catalog, show) == (None, 0)


async def test_events_of_one_show_side_by_side_lose_nothing(start: StartService) -> None:
    catalog = await start("catalog")
    show = await a_show(catalog)
    ids = [new_id() for _ in range(30)]
    first = [ListingPublished(**listing(show, one, 9000 - number)) for number, one in enumerate(ids)]
    then: list[Event] = [ListingWithdrawn(**listing(show, one, 1, version=2, seats=0)) for one in ids[::3]]
    then += [sale(show, one, 2) for one in ids[1::3]]
    heard = await asyncio.gather(*(catalog.publish(event) for event in [*first, *then]))

    async def all_heard() -> bool:
        return all([await catalog.heard(event_id) for event_id in heard])

    await eventually(all_heard)
    left = ids[2::3]
    cheapest = 9000 - ids.index(left[-1])
    assert await on_sale(catalog, show) == (cheapest + cheapest // 10, len(left))


async def test_listings_of_unknown_shows_and_other_currencies_do_no_harm(start: StartService) -> None:
    catalog = await start("catalog")
    show = await a_show(catalog)
    foreign = listing(show, new_id(), 100) | {"unit_price": Money(100, "USD"), "unit_fee": Money(10, "USD")}
    await tell(catalog, ListingPublished(**listing(new_id(), new_id(), 5000)), ListingPublished(**foreign))
    assert await on_sale(catalog, show) == (None, 0)
    assert (await catalog.client().get("/api/shows")).json()["items"][0]["listings_count"] == 0


async def test_sorting_by_price_puts_the_cheapest_first(start: StartService) -> None:
    catalog = await start("catalog")
    shows = [await a_show(catalog) for _ in range(3)]
    await tell(
        catalog,
        ListingPublished(**listing(shows[2], new_id(), 2000)),
        ListingPublished(**listing(shows[1], new_id(), 9000)),
    )
    answer = await catalog.client().get("/api/shows", params={"sort": "price", "currency": "EUR"})
    assert [UUID(item["id"]) for item in answer.json()["items"]] == [shows[2], shows[1], shows[0]]
