"""Venues that change: free before there are shows, and growing only after that."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from fairseat_common.contracts import ShowChanged, ShowPublished, VenuePublished
from fairseat_common.testing.builders import now
from fairseat_common.testing.plugin import StartService

ORGANISER, ROLES = UUID(int=1), ("user", "organiser")


def seated(name: str, **rows: str) -> dict[str, Any]:
    made = [{"name": row, "seats": seats.split()} for row, seats in rows.items()]
    return {"name": name, "kind": "seated", "rows": made, "capacity": sum(len(row["seats"]) for row in made)}


def pit(capacity: int) -> dict[str, Any]:
    return {"name": "Pit", "kind": "standing", "rows": [], "capacity": capacity}


def house(*sections: dict[str, Any]) -> dict[str, Any]:
    body = {"name": "Saal", "city": "Ulm", "country": "DE", "timezone": "Europe/Berlin", "currency": "EUR"}
    whole = sum(section["capacity"] for section in sections)
    return body | {"lat": 48.4, "lon": 10.0, "capacity": whole, "chart": {"sections": list(sections)}}


BEFORE = (seated("A", one="1 2 3", two="1 2"), pit(4))


async def add(client: httpx.AsyncClient, name: str = "Saal") -> str:
    answer = await client.post("/api/venues", json=house(*BEFORE) | {"name": name})
    assert answer.status_code == 201, answer.text
    return f"/api/venues/{answer.json()['id']}"


async def announce(client: httpx.AsyncClient, venue: str) -> dict[str, Any]:
    draft = {"title": "Trains", "category": "concert", "venue_id": venue.rsplit("/", 1)[1]}
    answer = await client.post("/api/shows", json=draft | {"starts_at": (now() + timedelta(days=30)).isoformat()})
    made: dict[str, Any] = answer.json()
    return made


async def test_a_venue_without_shows_changes_as_it_likes(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    path = await add(organiser)
    chart = {"sections": [seated("B", one="7")]}
    changes = {"name": "Halle", "city": "Bonn", "timezone": "Europe/Paris", "lat": 50.7, "chart": chart}
    edited = await organiser.patch(path, json=changes, headers={"if-match": '"1"'})
    assert (edited.status_code, edited.headers["etag"]) == (200, '"2"'), edited.text
    read = (await organiser.get(path)).json()
    assert (read["name"], read["city"], read["capacity"], read["chart"]) == ("Halle", "Bonn", 1, chart)
    event = (await catalog.published(VenuePublished))[-1]
    assert (event.version, event.name, [section.name for section in event.sections]) == (2, "Halle", ["B"])
    assert (await organiser.patch(path, json=changes, headers={"if-match": '"2"'})).json()["version"] == 2
    assert len(await catalog.published(VenuePublished)) == 2


GROWN_OR_NOT: list[tuple[tuple[dict[str, Any], ...], list[str] | None]] = [
    ((seated("A", one="1 2 3 4", zero="1", two="1 2"), pit(5), seated("B", one="1")), None),
    ((seated("A", one="3 2 1", two="2 1"), pit(4)), None),
    ((seated("A", one="1 2", two="1 2"), pit(4)), ["A, one, 3"]),
    ((seated("A", one="1 2 3"), pit(9)), ["A, two"]),
    ((pit(9),), ["A"]),
    ((BEFORE[0], pit(3)), ["Pit"]),
    ((BEFORE[0], seated("Pit", one="1 2 3 4")), ["Pit"]),
]


async def test_once_there_is_a_show_a_chart_only_grows(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    for number, (sections, missing) in enumerate(GROWN_OR_NOT):
        path = await add(organiser, f"Saal {number}")
        await announce(organiser, path)
        chart = {"chart": {"sections": list(sections)}}
        answer = await organiser.patch(path, json=chart, headers={"if-match": '"1"'})
        if missing is None:
            assert answer.status_code == 200, answer.text
            assert answer.json()["capacity"] == sum(section["capacity"] for section in sections)
        else:
            assert (answer.status_code, answer.json()["type"]) == (409, "venue-in-use")
            assert answer.json()["missing"] == missing


async def test_what_is_refused_and_why(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    path, head = await add(organiser), {"if-match": '"1"'}
    other = await organiser.post("/api/venues", json=house(pit(4)) | {"name": "Halle"})
    cases: list[tuple[httpx.AsyncClient, dict[str, str], dict[str, Any], int, str]] = [
        (organiser, {}, {"lat": 1}, 428, "if-match-missing"),
        (organiser, {"if-match": '"7"'}, {"lat": 1}, 412, "version-stale"),
        (organiser, head, {"name": "HALLE"}, 409, "venue-exists"),
        (organiser, head, {"capacity": 7}, 422, "invalid"),
        (organiser, head, {"timezone": "Europe/Atlantis"}, 422, "invalid"),
        (organiser, head, {"name": None}, 422, "invalid"),
        (organiser, head, {"organiser_id": str(ORGANISER)}, 422, "invalid"),
        (catalog.client(UUID(int=5), ROLES), head, {"lat": 1}, 403, "venue-not-yours"),
        (catalog.client(UUID(int=5)), head, {"lat": 1}, 403, "organiser-only"),
        (catalog.client(), head, {"lat": 1}, 401, "sign-in-required"),
    ]
    for client, headers, changes, status, kind in cases:
        answer = await client.patch(path, json=changes, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (status, kind), (changes, answer.text)
    await announce(organiser, path)
    for changes in ({"city": "Bonn"}, {"country": "AT"}, {"timezone": "Europe/Paris"}):
        answer = await organiser.patch(path, json=changes, headers=head)
        assert (answer.json()["type"], answer.json()["missing"]) == ("venue-in-use", list(changes))
    anybody = await catalog.client(UUID(int=6), ("user", "operator")).patch(path, json={"lat": 2}, headers=head)
    assert anybody.status_code == 200
    assert other.status_code == 201


async def test_shows_ahead_take_a_new_name_over(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    path = await add(organiser)
    show = await announce(organiser, path)
    await organiser.patch(path, json={"name": "Halle"}, headers={"if-match": '"1"'})
    event = (await catalog.published(ShowChanged))[-1]
    assert (str(event.show_id), event.venue_name, event.version) == (show["id"], "Halle", 2)
    found = (await organiser.get("/api/shows", params={"q": "halle"})).json()["items"]
    assert [each["id"] for each in found] == [show["id"]]


async def test_a_show_that_is_announced_during_an_edit_knows_the_venue_as_it_is_then(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    path = await add(organiser)
    renamed = organiser.patch(path, json={"name": "Halle"}, headers={"if-match": '"1"'})
    edited, *shows = await asyncio.gather(renamed, *(announce(organiser, path) for _ in range(6)))
    assert edited.status_code == 200, edited.text
    told = [*await catalog.published(ShowPublished), *await catalog.published(ShowChanged)]
    newest = {str(event.show_id): event for event in sorted(told, key=lambda event: event.version)}
    assert {newest[show["id"]].venue_name for show in shows} == {"Halle"}
