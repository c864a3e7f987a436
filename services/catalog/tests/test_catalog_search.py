"""Search over a small catalogue: what is found, in which order, page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService

ORGANISER = UUID(int=1)
ROLES = ("user", "organiser")
HALLS: dict[str, dict[str, Any]] = {
    "arena": {"name": "Uber Arena", "city": "Berlin", "lat": 52.5051, "lon": 13.4433},
    "potsdam": {"name": "Nikolaisaal", "city": "Potsdam", "lat": 52.3990, "lon": 13.0570},
    "konserthus": {"name": "Göteborgs Konserthus", "city": "Göteborg", "country": "SE", "lat": 57.6969, "lon": 11.9803},
    "fiji": {"name": "Vodafone Arena", "city": "Suva", "country": "FJ", "lat": -18.15, "lon": 178.44},
    "sydney": {"name": "Luna Park", "city": "Sydney", "country": "AU", "lat": -33.85, "lon": 151.21},
}
ZONES = {"DE": "Europe/Berlin", "SE": "Europe/Stockholm", "FJ": "Pacific/Fiji", "AU": "Australia/Sydney"}
SHOWS: list[tuple[str, str, str, list[str], float]] = [
    ("Velvet Harbour: Low Tide Tour", "concert", "arena", ["Velvet Harbour", "Zoë Ångström"], 5),
    ("Marlow & the Night Trains", "concert", "potsdam", ["Marlow & the Night Trains"], 10),
    ("Beethoven's Ninth", "classical", "konserthus", ["Kestrel Philharmonic"], 15),
    ("Captain Noodle", "family", "arena", ["Captain Noodle Company"], 20),
    ("Island Rugby Final", "sport", "fiji", ["Suva Sharks", "Nadi Reefs"], 25),
    ("Harbour Lights", "festival", "sydney", ["Velvet Harbour"], 30),
    ("Harbor City Gulls", "sport", "sydney", ["Harbor City Gulls"], 35),
]
START = (datetime.now(UTC) + timedelta(days=1)).replace(hour=18, minute=0, second=0, microsecond=0)


async def add(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def add_hall(client: httpx.AsyncClient, hall: dict[str, Any]) -> str:
    country = hall.get("country", "DE")
    body = {"country": country, "timezone": ZONES[country], "capacity": 9, "currency": "EUR"} | hall
    chart = {"sections": [{"name": "Pit", "kind": "standing", "rows": [], "capacity": 9}]}
    made: str = (await add(client, "/api/venues", body | {"chart": chart}))["id"]
    return made


async def filled(start: StartService) -> tuple[RunningService, dict[str, str]]:
    """A running catalog with HALLS and SHOWS, and the ids of the halls."""
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    halls = {slug: await add_hall(organiser, hall) for slug, hall in HALLS.items()}
    for title, category, hall, performers, days in SHOWS:
        starts_at = (START + timedelta(days=days)).isoformat()
        body = {"title": title, "category": category, "venue_id": halls[hall], "performers": performers}
        await add(organiser, "/api/shows", body | {"starts_at": starts_at})
    return catalog, halls


async def titles(client: httpx.AsyncClient, **params: Any) -> list[str]:
    named = {"from" if name == "since" else name: value for name, value in params.items()}
    answer = await client.get("/api/shows", params=named)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


VELVET, MARLOW, NINTH, NOODLE, RUGBY, LIGHTS, GULLS = (show[0] for show in SHOWS)


async def test_text_finds_titles_performers_venues_and_cities(start: StartService) -> None:
    catalog, _ = await filled(start)
    client = catalog.client()
    expected: dict[str, list[str]] = {
        "": [show[0] for show in SHOWS],
        "velvet harbour": [VELVET, LIGHTS],
        "VELVET": [VELVET, LIGHTS],
        "velvet sydney": [LIGHTS],
        "low tide": [VELVET],
        "tide low": [VELVET],
        "night trains": [MARLOW],
        "uber arena": [VELVET, NOODLE],
        "uber arena family": [NOODLE],
        "family shows in Berlin": [NOODLE],
        "tickets for the Captain in Berlin": [NOODLE],
        # as one types
        "velv": [VELVET, LIGHTS],
        "marl": [MARLOW],
        # accents, either way
        "zoe angstrom": [VELVET],
        "Zoë Ångström": [VELVET],
        "goteborg": [NINTH],
        "GÖTEBORG": [NINTH],
        "beethovens": [NINTH],
        "beethoven's": [NINTH],
        # slips of the fingers
        "velvt": [VELVET, LIGHTS],
        "vlevet harbor": [VELVET, LIGHTS],
        "Marlwo nigth": [MARLOW],
        "philharmoinc": [NINTH],
        "captian nodle": [NOODLE],
        "berln": [VELVET, NOODLE],
        # a known word, but not with the others
        "velvet harbor": [VELVET, LIGHTS],
        "harbor": [GULLS],
        # what is not there
        "xylophone": [],
        "velvet beethoven": [],
        "!!!": [show[0] for show in SHOWS],
        "'; drop table shows; --": [],
        "velvet:* | marlow": [],
        "\\": [show[0] for show in SHOWS],
    }
    for query, found in expected.items():
        assert await titles(client, q=query) == found, query


async def test_relevance_puts_titles_before_places(start: StartService) -> None:
    catalog, halls = await filled(start)
    organiser = catalog.client(ORGANISER, ROLES)
    body = {
        "title": "Berlin Stories",
        "category": "theatre",
        "venue_id": halls["sydney"],
        "performers": ["Berlin Ensemble"],
    }
    await add(organiser, "/api/shows", body | {"starts_at": (START + timedelta(days=90)).isoformat()})
    assert await titles(catalog.client(), q="berlin") == [VELVET, NOODLE, "Berlin Stories"]
    assert await titles(catalog.client(), q="berlin", sort="relevance") == ["Berlin Stories", VELVET, NOODLE]
    assert (await titles(catalog.client(), sort="relevance"))[0] == VELVET


async def test_filters_narrow_and_combine(start: StartService) -> None:
    catalog, halls = await filled(start)
    client = catalog.client()
    assert await titles(client, category="concert") == [VELVET, MARLOW]
    assert await titles(client, city="berlin") == [VELVET, NOODLE]
    assert await titles(client, city="Göteborg") == await titles(client, city="goteborg") == [NINTH]
    assert await titles(client, city="Ber") == []
    assert await titles(client, city="Berlin", category="family") == [NOODLE]
    assert await titles(client, venue_id=halls["sydney"]) == [LIGHTS, GULLS]
    assert await titles(client, currency="EUR", limit=2) == [VELVET, MARLOW]
    assert await titles(client, currency="USD") == []


async def test_near_measures_on_the_globe(start: StartService) -> None:
    catalog, _ = await filled(start)
    client = catalog.client()
    assert await titles(client, near="52.52,13.40", radius_km="10") == [VELVET, NOODLE]
    assert await titles(client, near="52.52,13.40") == [VELVET, MARLOW, NOODLE]
    assert await titles(client, near="52.52,13.40", radius_km="26") == [VELVET, NOODLE]
    # Across the date line: 5 degrees of longitude away, not 355.
    assert await titles(client, near="-18.15,-176.56", radius_km="600") == [RUGBY]
    assert len(await titles(client, near="0,0", radius_km="20100")) == len(SHOWS)
    assert await titles(client, near="90,0", radius_km="100") == []


async def test_days_are_those_of_the_venue_and_both_ends_count(start: StartService) -> None:
    catalog, halls = await filled(start)
    organiser, client = catalog.client(ORGANISER, ROLES), catalog.client()
    # Half past midnight in Sydney, still the day before in UTC.
    late = (START + timedelta(days=40)).replace(hour=13, minute=30)
    body = {"title": "After Midnight", "category": "comedy", "venue_id": halls["sydney"]}
    await add(organiser, "/api/shows", body | {"starts_at": late.isoformat()})
    utc_day, sydney_day = late.date().isoformat(), (late.date() + timedelta(days=1)).isoformat()
    assert await titles(client, since=sydney_day, to=sydney_day) == ["After Midnight"]
    assert await titles(client, since=utc_day, to=utc_day) == []
    first = (START + timedelta(days=5)).date().isoformat()
    assert await titles(client, since=first, to=first) == [VELVET]
    moment = (START + timedelta(days=10)).isoformat()
    assert await titles(client, since=moment, to=moment) == [MARLOW]
    assert await titles(client, to=first) == [VELVET]
    assert await titles(client, since="2100-01-01") == []


async def test_what_is_over_is_only_found_when_asked_for(start: StartService) -> None:
    catalog, _ = await filled(start)
    async with catalog.database.connection() as connection:
        await connection.execute(
            "update shows set starts_at = now() - interval '3 days', local_date = (now() - interval '3 days')::date,"
            " version = version + 1 where title = $1",
            VELVET,
        )
    assert VELVET not in await titles(catalog.client())
    assert VELVET in await titles(catalog.client(), since="2020-01-01")


@pytest.mark.parametrize("sort", ["date", "relevance", "price"])
async def test_pages_miss_and_repeat_nothing_while_shows_are_added(start: StartService, sort: str) -> None:
    catalog = await start("catalog")
    organiser, client = catalog.client(ORGANISER, ROLES), catalog.client()
    hall = await add_hall(organiser, HALLS["arena"])

    async def announce(title: str, minutes: int) -> None:
        body = {"title": title, "category": "comedy", "venue_id": hall}
        await add(organiser, "/api/shows", body | {"starts_at": (START + timedelta(minutes=minutes)).isoformat()})

    # Several at the same moment: only the id tells them apart.
    for number in range(12):
        await announce(f"Evening {number}", number // 4)
    params = {"q": "evening", "sort": sort, "limit": "5", "currency": "EUR"}
    seen: list[str] = []
    cursor = ""
    for page in range(10):
        answer = (await client.get("/api/shows", params=params | ({"cursor": cursor} if cursor else {}))).json()
        seen += [item["title"] for item in answer["items"]]
        await announce(f"Evening new {page}", -60)
        cursor = answer["next_cursor"]
        if not cursor:
            break
    old = [title for title in seen if "new" not in title]
    assert sorted(old) == sorted(f"Evening {number}" for number in range(12))
    assert len(seen) == len(set(seen))


async def test_a_cursor_belongs_to_its_order_and_cannot_be_made_up(start: StartService) -> None:
    catalog, _ = await filled(start)
    client = catalog.client()
    cursor = (await client.get("/api/shows", params={"limit": 2})).json()["next_cursor"]
    for params in (
        {"cursor": "x"},
        {"cursor": "WyJkYXRlIl0"},
        {"cursor": cursor[:-3]},
        {"cursor": cursor, "sort": "price", "currency": "EUR"},
        {"cursor": cursor, "sort": "relevance", "q": "velvet"},
        {"cursor": "x" * 5000},
    ):
        answer = await client.get("/api/shows", params=params)
        assert answer.status_code == 422, params
        assert answer.json()["errors"][0]["field"] == "cursor"


async def test_bad_parameters_are_refused_by_name(start: StartService) -> None:
    catalog = await start("catalog")
    client = catalog.client()
    for name, value in (
        ("category", "opera"),
        ("near", "here"),
        ("from", "soon"),
        ("to", "2027-02-30"),
        ("sort", "random"),
        ("limit", "1000"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("status", "x"),
        ("venue_id", "x"),
        ("q", "x" * 300),
    ):
        answer = await client.get("/api/shows", params={name: value})
        assert answer.status_code == 422, name
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["field"] == name
    assert (await client.get("/api/shows?q=%00&city=%ff&q=b")).status_code in (200, 422)
    assert (await client.get("/api/shows?q=&category=&city=&near=&from=&to=&sort=&cursor=&limit=")).status_code == 200


async def test_facets_count_what_is_ahead(start: StartService) -> None:
    catalog, _ = await filled(start)
    facets = (await catalog.client().get("/api/shows/facets")).json()
    assert facets["categories"][0] == {"category": "concert", "shows_count": 2}
    assert facets["cities"][0] == {"city": "Berlin", "country": "DE", "slug": "berlin-de", "shows_count": 2}
    assert sum(city["shows_count"] for city in facets["cities"]) == len(SHOWS)


async def test_text_in_any_script_is_kept_and_found(start: StartService) -> None:
    catalog, halls = await filled(start)
    organiser, client = catalog.client(ORGANISER, ROLES), catalog.client()
    names = ["夜の電車", "ليلة القطارات", "Ночные поезда", "🎺 Trumpet 🎺", "Ὀρφεύς", "x" * 200]
    for number, title in enumerate(names):
        body = {"title": title, "category": "other", "venue_id": halls["arena"]}
        await add(organiser, "/api/shows", body | {"starts_at": (START + timedelta(days=50 + number)).isoformat()})
    for title in names:
        assert await titles(client, q=title) == [title]
    assert await titles(client, q="夜の") == ["夜の電車"]
    assert await titles(client, q="Ορφευς") == ["Ὀρφεύς"]
