"""Every route of catalog, with good and bad input, over HTTP against a real database."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import ShowChanged, ShowPublished, VenuePublished
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService

ORGANISER = UUID(int=1)
ROLES = ("user", "organiser")
MISSING = "0190a000-0000-7000-8000-000000000000"


def venue_body(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Kupfersaal",
        "city": "Leipzig",
        "country": "DE",
        "timezone": "Europe/Berlin",
        "lat": 51.34,
        "lon": 12.37,
        "capacity": 6,
        "currency": "EUR",
        "chart": {
            "sections": [
                {"name": "A", "kind": "seated", "rows": [{"name": "1", "seats": ["1", "2"]}], "capacity": 2},
                {"name": "Pit", "kind": "standing", "rows": [], "capacity": 4},
            ]
        },
    } | changes


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def show_body(venue: str, /, **changes: Any) -> dict[str, Any]:
    body = {"title": "Late Trains", "category": "concert", "performers": ["Marlow"], "venue_id": venue}
    return body | {"starts_at": in_days(30)} | changes


async def add_venue(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/api/venues", json=venue_body(**changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def add_show(client: httpx.AsyncClient, venue_id: str, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/api/shows", json=show_body(venue_id, **changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def refused(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == kind
    assert problem["status"] == status
    return problem


async def count(service: RunningService, table: str) -> int:
    async with service.database.connection() as connection:
        rows = await connection.fetchval(f"select count(*) from {table}")
    assert isinstance(rows, int)
    return rows


async def test_a_venue_is_added_read_and_published(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    answer = await organiser.post("/api/venues", json=venue_body())
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/api/venues/{made['id']}"
    read = await catalog.client().get(f"/api/venues/{made['id']}")
    assert read.headers["etag"] == '"1"'
    assert {name: read.json()[name] for name in venue_body()} == venue_body()
    assert made == {name: value for name, value in read.json().items() if name != "chart"}
    event = (await catalog.published(VenuePublished))[0]
    assert (str(event.venue_id), event.name, event.capacity, event.version) == (made["id"], "Kupfersaal", 6, 1)
    assert [section.name for section in event.sections] == ["A", "Pit"]


async def test_a_house_is_added_once_however_it_is_spelt(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    made = await add_venue(organiser, name="Théâtre Bleu", city="Orléans", country="FR")
    problem = refused(
        await organiser.post("/api/venues", json=venue_body(name="theatre bleu", city="ORLEANS", country="FR")),
        409,
        "venue-exists",
    )
    assert problem["venue_id"] == made["id"]
    await add_venue(organiser, name="Théâtre Bleu", city="Orléans", country="CA")
    assert await count(catalog, "venues") == 2
    assert await count(catalog, "outbox") == 2


async def test_a_show_is_announced_read_and_published(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    venue = await add_venue(organiser)
    answer = await organiser.post(
        "/api/shows", json=show_body(venue["id"], performers=["Zoë", "Ada"], image_url="/static/art/concert.svg")
    )
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/api/shows/{made['id']}"
    read = await catalog.client().get(f"/api/shows/{made['id']}")
    assert read.json() == made
    assert made["performers"] == ["Zoë", "Ada"]
    assert made["venue"] == {name: venue[name] for name in ("id", "name", "city", "country", "timezone")}
    assert (made["status"], made["lowest_price"], made["listings_count"]) == ("scheduled", None, 0)
    assert (made["currency"], made["version"]) == ("EUR", 1)
    event = (await catalog.published(ShowPublished))[0]
    assert (str(event.show_id), event.version, event.performers) == (made["id"], 1, ("Zoë", "Ada"))
    assert (event.venue_name, event.city, event.timezone) == ("Kupfersaal", "Leipzig", "Europe/Berlin")
    assert event.starts_at == datetime.fromisoformat(made["starts_at"])


async def test_a_repeated_request_finds_the_first_answer(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    key = {"idempotency-key": "once"}
    first = await organiser.post("/api/venues", json=venue_body(), headers=key)
    again = await organiser.post("/api/venues", json=venue_body(), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await organiser.post("/api/venues", json=venue_body(capacity=7), headers=key)
    refused(other, 422, "idempotency-key-reused")
    body = show_body(first.json()["id"])
    answers = await asyncio.gather(
        *(organiser.post("/api/shows", json=body, headers={"idempotency-key": "show"}) for _ in range(6))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert await count(catalog, "shows") == 1


async def test_a_show_is_edited_by_versions(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    show = await add_show(organiser, (await add_venue(organiser))["id"])
    path = f"/api/shows/{show['id']}"
    refused(await organiser.patch(path, json={"title": "x"}), 428, "if-match-missing")
    refused(await organiser.patch(path, json={"title": "x"}, headers={"if-match": '"9"'}), 412, "version-stale")
    edited = await organiser.patch(
        path, json={"title": "Early Trains", "performers": ["Ada", "Marlow"]}, headers={"if-match": '"1"'}
    )
    assert edited.status_code == 200
    assert edited.headers["etag"] == '"2"'
    assert (edited.json()["title"], edited.json()["performers"]) == ("Early Trains", ["Ada", "Marlow"])
    assert (await catalog.client().get(path)).json() == edited.json()
    found = (await catalog.client().get("/api/shows", params={"q": "early ada"})).json()["items"]
    assert [item["id"] for item in found] == [show["id"]]
    event = (await catalog.published(ShowChanged))[0]
    assert (event.version, event.title, event.status) == (2, "Early Trains", "scheduled")
    same = await organiser.patch(path, json={"title": "Early Trains"}, headers={"if-match": '"2"'})
    assert same.json()["version"] == 2
    assert len(await catalog.published(ShowChanged)) == 1


async def test_of_two_edits_at_once_one_is_made(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    show = await add_show(organiser, (await add_venue(organiser))["id"])
    path, head = f"/api/shows/{show['id']}", {"if-match": '"1"'}
    answers = await asyncio.gather(
        *(organiser.patch(path, json={"title": f"Title {number}"}, headers=head) for number in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    assert len(await catalog.published(ShowChanged)) == 1


async def test_postpone_reschedule_cancel(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    show = await add_show(organiser, (await add_venue(organiser))["id"])
    path = f"/api/shows/{show['id']}"

    async def edit(version: int, **changes: Any) -> httpx.Response:
        return await organiser.patch(path, json=changes, headers={"if-match": f'"{version}"'})

    assert (await edit(1, status="postponed")).json()["status"] == "postponed"
    again = (await edit(2, starts_at=in_days(60))).json()
    assert (again["status"], again["version"]) == ("scheduled", 3)
    assert (await edit(3, status="cancelled")).json()["status"] == "cancelled"
    refused(await edit(4, status="scheduled"), 409, "show-cancelled")
    assert (await edit(4, status="cancelled")).status_code == 200
    assert [event.status for event in await catalog.published(ShowChanged)] == ["postponed", "scheduled", "cancelled"]
    assert (await catalog.client().get("/api/shows")).json()["items"] == []
    asked = await catalog.client().get("/api/shows", params={"status": "cancelled"})
    assert [item["id"] for item in asked.json()["items"]] == [show["id"]]
    assert (await catalog.client().get(path)).json()["status"] == "cancelled"


async def test_a_show_that_has_begun_is_only_cancelled(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    show = await add_show(organiser, (await add_venue(organiser))["id"])
    async with catalog.database.connection() as connection:
        await connection.execute(
            "update shows set starts_at = now() - interval '1 hour', local_date = now()::date, version = 2"
        )
    path, head = f"/api/shows/{show['id']}", {"if-match": '"2"'}
    refused(await organiser.patch(path, json={"title": "x"}, headers=head), 409, "show-over")
    assert (await organiser.patch(path, json={"status": "cancelled"}, headers=head)).status_code == 200


async def test_only_organisers_edit_and_only_their_own(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    venue = await add_venue(organiser)
    show = await add_show(organiser, venue["id"])
    path, head = f"/api/shows/{show['id']}", {"if-match": '"1"'}
    fan, other = catalog.client(new_id()), catalog.client(new_id(), ROLES)
    operator = catalog.client(new_id(), ("operator",))
    for client, answer in ((fan, (403, "organiser-only")), (catalog.client(), (401, "sign-in-required"))):
        refused(await client.post("/api/venues", json=venue_body(name="Other")), *answer)
        refused(await client.post("/api/shows", json=show_body(venue["id"])), *answer)
        refused(await client.patch(path, json={"title": "x"}, headers=head), *answer)
    refused(await other.patch(path, json={"title": "x"}, headers=head), 403, "show-not-yours")
    assert (await count(catalog, "shows"), await count(catalog, "venues")) == (1, 1)
    assert (await operator.patch(path, json={"title": "Operated"}, headers=head)).status_code == 200


async def test_tokens_that_are_not_valid_are_refused(start: StartService) -> None:
    catalog = await start("catalog")
    venue = await add_venue(catalog.client(ORGANISER, ROLES))
    expired = catalog.issuer.token(ORGANISER, ROLES, lifetime_s=-1)
    for token, kind in ((expired, "token-expired"), ("nonsense", "token-invalid")):
        client = catalog.client(token=token)
        refused(await client.post("/api/shows", json=show_body(venue["id"])), 401, kind)
        assert (await client.get("/api/shows")).status_code == 200
    assert await count(catalog, "shows") == 0


BAD_SHOWS: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "title"),
    ({"title": "   "}, "title"),
    ({"title": "x" * 201}, "title"),
    ({"title": "a\u0000b"}, "title"),
    ({"title": 7}, "title"),
    ({"title": None}, "title"),
    ({"category": "opera"}, "category"),
    ({"performers": "Marlow"}, "performers"),
    ({"performers": ["A"] * 31}, "performers"),
    ({"performers": ["A", "A"]}, "performers"),
    ({"performers": ["A", ""]}, "performers"),
    ({"starts_at": "tomorrow"}, "starts_at"),
    ({"starts_at": "2027-05-01T20:00:00"}, "starts_at"),
    ({"starts_at": "2020-05-01T20:00:00Z"}, "starts_at"),
    ({"starts_at": "9999-12-31T23:59:59-12:00"}, "starts_at"),
    ({"starts_at": "0001-01-01T00:00:00+12:00"}, "starts_at"),
    ({"currency": "XXX"}, "currency"),
    ({"currency": "eur"}, "currency"),
    ({"venue_id": MISSING}, "venue_id"),
    ({"venue_id": "7"}, "venue_id"),
    ({"image_url": "https://elsewhere.example/x.png"}, "image_url"),
    ({"lowest_price": {"amount": 1, "currency": "EUR"}}, ""),
    ({"status": "cancelled"}, ""),
]


async def test_bad_shows_are_refused_by_their_field_and_nothing_is_written(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    venue = await add_venue(organiser)
    for changes, field in BAD_SHOWS:
        answer = await organiser.post("/api/shows", json=show_body(venue["id"], **changes))
        problem = refused(answer, 422, "invalid")
        assert problem["errors"][0]["field"].startswith(field), changes
    for missing in ("title", "category", "venue_id", "starts_at"):
        body = show_body(venue["id"])
        del body[missing]
        refused(await organiser.post("/api/shows", json=body), 422, "invalid")
    assert await count(catalog, "shows") == 0
    assert await catalog.published(ShowPublished) == []


BAD_VENUES: list[dict[str, Any]] = [
    {"name": ""},
    {"city": " "},
    {"country": "Germany"},
    {"timezone": "Berlin"},
    {"lat": 91},
    {"lon": "12"},
    {"capacity": "6"},
    {"lat": True},
    {"capacity": 0},
    {"capacity": -6},
    {"capacity": 7},
    {"capacity": 6.5},
    {"currency": "XXX"},
    {"chart": {}},
    {"chart": {"sections": []}},
    {"chart": {"sections": [{"name": "A", "kind": "floating", "rows": [], "capacity": 6}]}},
    {"chart": {"sections": [{"name": "A", "kind": "standing", "capacity": 3}] * 2}},
    {"extra": 1},
]


async def test_bad_venues_are_refused_and_nothing_is_written(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    for changes in BAD_VENUES:
        problem = refused(await organiser.post("/api/venues", json=venue_body(**changes)), 422, "invalid")
        assert problem["errors"], changes
    for missing in venue_body():
        body = venue_body()
        del body[missing]
        refused(await organiser.post("/api/venues", json=body), 422, "invalid")
    assert await count(catalog, "venues") == 0
    assert await count(catalog, "outbox") == 0


async def test_bodies_that_cannot_be_read_are_refused(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    show = await add_show(organiser, (await add_venue(organiser))["id"])
    for method, path in (("POST", "/api/venues"), ("POST", "/api/shows"), ("PATCH", f"/api/shows/{show['id']}")):
        head = {"content-type": "application/json", "if-match": '"1"'}
        refused(await organiser.request(method, path, content=b"{", headers=head), 400, "malformed-json")
        refused(await organiser.request(method, path, content=b"[]", headers=head), 422, "invalid")
        huge = b'{"title": "' + b"x" * (3 * 1024 * 1024) + b'"}'
        refused(await organiser.request(method, path, content=huge, headers=head), 413, "body-too-large")
    assert await count(catalog, "shows") == 1


async def test_what_is_not_there_is_not_found(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    for kind in ("shows", "venues", "performers"):
        for name in (MISSING, "7", "not-an-id", "%00"):
            refused(await organiser.get(f"/api/{kind}/{name}"), 404, "not-found")
    head = {"if-match": '"1"'}
    refused(await organiser.patch(f"/api/shows/{MISSING}", json={"title": "x"}, headers=head), 404, "not-found")
    refused(await organiser.get("/api/shows/facets/7"), 404, "not-found")
    refused(await organiser.delete(f"/api/shows/{MISSING}"), 405, "method-not-allowed")


async def test_a_bad_edit_changes_nothing(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    show = await add_show(organiser, (await add_venue(organiser))["id"])
    path = f"/api/shows/{show['id']}"
    bad: list[dict[str, Any]] = [
        {"title": ""},
        {"title": None},
        {"status": "sold-out"},
        {"starts_at": in_days(-1)},
        {"starts_at": in_days(5), "status": "postponed"},
        {"venue_id": MISSING},
        {"currency": "USD"},
        {"version": 7},
        {"performers": ["A", "A"]},
    ]
    for changes in bad:
        refused(await organiser.patch(path, json=changes, headers={"if-match": '"1"'}), 422, "invalid")
    assert (await organiser.get(path)).json() == show
    assert await catalog.published(ShowChanged) == []


async def test_every_route_is_described(start: StartService) -> None:
    catalog = await start("catalog")
    document = (await catalog.client().get("/openapi.json")).json()
    described = {(method, path) for path, item in document["paths"].items() for method in item}
    assert described >= {
        ("get", "/api/shows"),
        ("post", "/api/shows"),
        ("get", "/api/shows/facets"),
        ("get", "/api/shows/{show_id}"),
        ("patch", "/api/shows/{show_id}"),
        ("get", "/api/venues"),
        ("post", "/api/venues"),
        ("get", "/api/venues/{venue_id}"),
        ("get", "/api/performers"),
        ("get", "/api/performers/{performer_id}"),
    }
    names = [parameter["name"] for parameter in document["paths"]["/api/shows"]["get"]["parameters"]]
    assert {"q", "category", "city", "near", "radius_km", "from", "to", "sort", "cursor", "limit"} <= set(names)


async def test_venues_and_performers_are_listed_by_name(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    for name, city in (("Blaue Bühne", "Ulm"), ("Alte Oper", "Bonn"), ("Neue Oper", "Ulm")):
        venue = await add_venue(organiser, name=name, city=city)
    await add_show(organiser, venue["id"], performers=["Zoë Ångström", "Ada Quill"])
    await add_show(organiser, venue["id"], performers=["Ada Quill"], starts_at=in_days(2))
    visitor = catalog.client()
    first = (await visitor.get("/api/venues", params={"limit": 2})).json()
    rest = (await visitor.get("/api/venues", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    names = [item["name"] for page in (first, rest) for item in page["items"]]
    assert names == ["Alte Oper", "Blaue Bühne", "Neue Oper"]
    assert rest["next_cursor"] is None
    found = (await visitor.get("/api/venues", params={"q": "oper ulm"})).json()["items"]
    assert [item["name"] for item in found] == ["Neue Oper"]
    performers = (await visitor.get("/api/performers")).json()["items"]
    assert [item["name"] for item in performers] == ["Ada Quill", "Zoë Ångström"]
    found = (await visitor.get("/api/performers", params={"q": "angstrom"})).json()["items"]
    assert [item["name"] for item in found] == ["Zoë Ångström"]
    one = await visitor.get(f"/api/performers/{performers[0]['id']}")
    assert one.json() == performers[0]
    played = (await visitor.get("/api/shows", params={"performer_id": performers[0]["id"]})).json()["items"]
    assert len(played) == 2
    refused(await visitor.get("/api/venues", params={"cursor": "x"}), 422, "invalid")
    refused(await visitor.get("/api/performers", params={"limit": "0"}), 422, "invalid")


async def test_two_organisers_with_the_same_performers_do_not_block_each_other(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    venue = await add_venue(organiser)
    names = [f"Performer {number}" for number in range(20)]
    began = time.monotonic()
    await asyncio.gather(
        *(add_show(organiser, venue["id"], performers=names if number % 2 else names[::-1]) for number in range(20))
    )
    assert time.monotonic() - began < 5
    assert await count(catalog, "performers") == 20


async def test_the_database_refuses_what_the_rules_forbid(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    show = await add_show(organiser, (await add_venue(organiser))["id"])
    forbidden = (
        "update shows set version = 5",
        "update shows set version = 2, status = 'sold'",
        "update shows set version = 2, title = ' x'",
        "insert into show_performers select show_id, 9, performer_id from show_performers",
        "update show_offers set listings_count = 1",
    )
    for statement in forbidden:
        async with catalog.database.connection() as connection:
            with pytest.raises(Exception, match=r"version|constraint"):
                await connection.execute(statement)
    assert (await organiser.get(f"/api/shows/{show['id']}")).json() == show
