"""Who works for an organiser, and what they may change, over HTTP against a real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import (
    Event,
    TeamChanged,
    TeamMember,
    UserChanged,
    UserDeactivated,
    UserErased,
    UserReactivated,
    UserRegistered,
)
from fairseat_common.contracts.users import UserVerified
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

ORGANISER, HELPER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
ROLES = ("user", "organiser")
MEMBERS = "/api/teams/members"
CHART = {
    "sections": [{"name": "Stalls", "kind": "seated", "rows": [{"name": "A", "seats": ["1", "2"]}], "capacity": 2}]
}
VENUE = {
    "name": "Theater am Ufer", "city": "Berlin", "country": "DE", "timezone": "Europe/Berlin", "lat": 52.5,
    "lon": 13.4, "capacity": 2, "currency": "EUR", "chart": CHART,
}  # fmt: skip


def account(user_id: UUID, email: str, version: int = 1, kind: type[Any] = UserRegistered, name: str = "") -> Event:
    made: Event = kind(
        user_id=user_id, email=email, name=name or email.split("@")[0], roles=("user",), version=version,
        occurred_at=now(),
    )  # fmt: skip
    return made


async def hear(catalog: RunningService, *events: Event) -> None:
    for event_id in [await catalog.publish(event) for event in events]:
        await eventually(lambda event_id=event_id: catalog.heard(event_id))  # type: ignore[misc]


def refused(answer: httpx.Response, status: int, kind: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, kind), answer.text


async def test_an_organiser_builds_a_team(start: StartService) -> None:
    catalog = await start("catalog")
    organiser, helper = catalog.client(ORGANISER, ROLES), catalog.client(HELPER)
    await hear(catalog, account(HELPER, "Ida@example.org"), account(OTHER, "jo@example.org"))
    await hear(catalog, account(HELPER, "Ida@example.org", 2, UserVerified), account(ORGANISER, "me@example.org"))
    put = await organiser.put(f"{MEMBERS}/ida@example.org", json={"duties": ["scan", "manage"]})
    assert put.status_code == 200, put.text
    shown = {name: put.json()[name] for name in ("user_id", "email", "verified", "duties")}
    assert shown == {
        "user_id": str(HELPER), "email": "Ida@example.org", "verified": True, "duties": ["manage", "scan"]
    }  # fmt: skip
    await organiser.put(f"{MEMBERS}/{OTHER}", json={"duties": ["report"]})
    # The same again changes nothing and tells nobody.
    await organiser.put(f"{MEMBERS}/{HELPER}", json={"duties": ["manage", "scan"]})
    told = await catalog.published(TeamChanged)
    assert [event.version for event in told] == [2, 3]
    assert told[-1].members == (TeamMember(HELPER, ("manage", "scan")), TeamMember(OTHER, ("report",)))
    first = (await organiser.get("/api/teams", params={"limit": 1})).json()
    rest = (await organiser.get("/api/teams", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [m["name"] for m in first["items"] + rest["items"]] == ["Ida", "jo"]
    mine = (await helper.get("/api/teams/mine")).json()["items"]
    assert [(t["organiser_id"], t["organiser_name"], t["duties"]) for t in mine] == [
        (str(ORGANISER), "me", ["manage", "scan"])
    ]
    assert (await organiser.delete(f"{MEMBERS}/jo@example.org")).status_code == 204
    assert (await helper.delete(f"/api/teams/mine/{ORGANISER}")).status_code == 204
    refused(await helper.delete(f"/api/teams/mine/{ORGANISER}"), 404, "not-found")
    assert (await organiser.get("/api/teams")).json()["items"] == []
    async with catalog.database.connection() as connection:
        deeds = await connection.fetch("select action, actor_id from audit_log order by id")
    assert [(deed["action"], deed["actor_id"]) for deed in deeds] == [
        ("team-member-set", ORGANISER), ("team-member-set", ORGANISER),
        ("team-member-removed", ORGANISER), ("team-member-removed", HELPER),
    ]  # fmt: skip


async def test_who_cannot_join_is_said(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    await hear(catalog, account(ORGANISER, "me@example.org"), account(HELPER, "ida@example.org"))
    scan = {"duties": ["scan"]}
    refused(await organiser.put(f"{MEMBERS}/nobody@example.org", json=scan), 404, "person-unknown")
    refused(await organiser.put(f"{MEMBERS}/{new_id()}", json=scan), 404, "person-unknown")
    refused(await organiser.put(f"{MEMBERS}/me@example.org", json=scan), 409, "person-is-organiser")
    refused(await organiser.put(f"{MEMBERS}/nonsense", json=scan), 404, "not-found")
    refused(await organiser.delete(f"{MEMBERS}/ida@example.org"), 404, "not-found")
    for duties in ([], ["scan", "scan"], ["dance"], "scan"):
        refused(await organiser.put(f"{MEMBERS}/ida@example.org", json={"duties": duties}), 422, "invalid")
    person = catalog.client(HELPER)
    refused(await person.put(f"{MEMBERS}/ida@example.org", json=scan), 403, "organiser-only")
    refused(await person.get("/api/teams"), 403, "organiser-only")
    refused(await catalog.client().get("/api/teams/mine"), 401, "sign-in-required")
    # Two are told to have one address: nobody joins by it until it is known whose it is.
    await hear(catalog, account(OTHER, "ida@example.org"))
    refused(await organiser.put(f"{MEMBERS}/ida@example.org", json=scan), 404, "person-unknown")
    await hear(catalog, account(HELPER, "ida.new@example.org", 2, UserChanged))
    joined = await organiser.put(f"{MEMBERS}/ida@example.org", json=scan)
    assert joined.json()["user_id"] == str(OTHER)
    assert not joined.json()["verified"]


async def test_a_team_has_a_limit_however_many_join_at_once(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.domain_teams.MEMBERS_MAX", 2)
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    people = [UUID(int=100 + number) for number in range(6)]
    await hear(catalog, *(account(person, f"p{person.int}@example.org") for person in people))
    answers = await asyncio.gather(*(organiser.put(f"{MEMBERS}/{p}", json={"duties": ["scan"]}) for p in people))
    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [409] * 4
    joined = next(answer.json()["user_id"] for answer in answers if answer.status_code == 200)
    again = await organiser.put(f"{MEMBERS}/{joined}", json={"duties": ["report"]})
    assert again.status_code == 200


async def test_whose_account_is_gone_is_in_no_team(start: StartService) -> None:
    catalog = await start("catalog")
    await hear(catalog, account(HELPER, "ida@example.org"), account(OTHER, "jo@example.org"))
    for boss, member in ((ORGANISER, HELPER), (HELPER, OTHER)):
        await catalog.client(boss, ROLES).put(f"{MEMBERS}/{member}", json={"duties": ["scan"]})
    await hear(catalog, UserErased(user_id=HELPER, pseudonym="p", version=9, occurred_at=now()))
    told = {event.organiser_id: event.members for event in await catalog.published(TeamChanged)}
    assert told == {ORGANISER: (), HELPER: ()}
    # An older word of that person, coming late, brings nothing back.
    await hear(catalog, account(HELPER, "ida@example.org", 2, UserChanged))
    organiser = catalog.client(ORGANISER, ROLES)
    refused(await organiser.put(f"{MEMBERS}/ida@example.org", json={"duties": ["scan"]}), 404, "person-unknown")


async def test_the_team_manages_the_organisers_shows(start: StartService) -> None:
    catalog = await start("catalog")
    organiser, helper = catalog.client(ORGANISER, ROLES), catalog.client(HELPER)
    await hear(catalog, account(HELPER, "ida@example.org"))
    chart = {"sections": [{"name": "Pit", "kind": "standing", "rows": [], "capacity": 4}]}
    house = {"name": "Saal", "city": "Ulm", "country": "DE", "timezone": "Europe/Berlin", "currency": "EUR"}
    venue = (
        await organiser.post("/api/venues", json=house | {"lat": 1, "lon": 2, "capacity": 4, "chart": chart})
    ).json()
    shows = []
    for day in (3, 5):
        draft = {"title": "Trains", "category": "concert", "venue_id": venue["id"]}
        starts_at = now().replace(year=now().year + 1, day=day, microsecond=0).isoformat()
        shows.append((await organiser.post("/api/shows", json=draft | {"starts_at": starts_at})).json())
    path, head = f"/api/shows/{shows[0]['id']}", {"if-match": '"1"'}
    change = {"title": "Early Trains"}
    refused(await helper.patch(path, json=change, headers=head), 403, "organiser-only")
    refused(await catalog.client(OTHER, ROLES).patch(path, json=change, headers=head), 403, "show-not-yours")
    await organiser.put(f"{MEMBERS}/{HELPER}", json={"duties": ["scan"]})
    refused(await helper.patch(path, json=change, headers=head), 403, "organiser-only")
    # Whoever works there sees the shows; a page is continued by its cursor.
    first = (await helper.get("/api/shows", params={"mine": "true", "limit": 1})).json()
    rest = (await helper.get("/api/shows", params={"mine": "true", "cursor": first["next_cursor"]})).json()
    assert [show["id"] for show in first["items"] + rest["items"]] == [show["id"] for show in shows]
    assert (await helper.get("/api/shows", params={"mine": "true", "past": "true"})).json()["items"] == []
    assert (await helper.get("/api/venues", params={"mine": "true"})).json()["items"] == []
    refused(await catalog.client().get("/api/shows", params={"mine": "true"}), 401, "sign-in-required")
    await organiser.put(f"{MEMBERS}/{HELPER}", json={"duties": ["manage"]})
    assert (await helper.patch(path, json=change, headers=head)).json()["version"] == 2
    edited = await helper.patch(f"/api/venues/{venue['id']}", json={"name": "Großer Saal"}, headers=head)
    assert edited.status_code == 200, edited.text
    assert [v["name"] for v in (await helper.get("/api/venues", params={"mine": "true"})).json()["items"]] == [
        "Großer Saal"
    ]
    assert (await catalog.client(OTHER, ROLES).get("/api/venues", params={"mine": "true"})).json()["items"] == []


async def test_a_manager_announces_shows_of_the_organiser(start: StartService) -> None:
    catalog = await start("catalog")
    boss, helper = catalog.client(ORGANISER, ROLES), catalog.client(HELPER)
    await hear(catalog, account(HELPER, "ida@example.org"))
    venue = await boss.post("/api/venues", json=VENUE)
    assert venue.status_code == 201, venue.text
    starts_at = (now() + timedelta(days=30)).isoformat()
    show = {"title": "Lanterns", "category": "concert", "venue_id": venue.json()["id"], "starts_at": starts_at}
    theirs = show | {"organiser_id": str(ORGANISER)}
    for duties in (["report", "scan"], ["manage"]):
        refused(await helper.post("/api/shows", json=theirs), 403, "duty-missing")
        assert (await boss.put(f"{MEMBERS}/{HELPER}", json={"duties": duties})).status_code == 200
    made = await helper.post("/api/shows", json=theirs)
    assert (made.status_code, made.json()["organiser_id"]) == (201, str(ORGANISER)), made.text
    async with catalog.database.connection() as connection:
        deed = await connection.fetchrow("select actor_id, subject from audit_log where action = 'show-announced'")
    assert deed is not None
    assert (deed["actor_id"], deed["subject"]) == (HELPER, made.json()["id"])
    # Shows of their own need the role, and nobody announces for whom they do not work.
    refused(await helper.post("/api/shows", json=show), 403, "organiser-only")
    refused(await boss.post("/api/shows", json=show | {"organiser_id": str(OTHER)}), 403, "duty-missing")
    # Whose account is closed announces nothing, by whomever.
    await hear(catalog, UserDeactivated(user_id=ORGANISER, reason="x", version=9, occurred_at=now()))
    refused(await helper.post("/api/shows", json=theirs), 403, "account-banned")


async def test_a_token_that_outlives_a_ban_changes_nothing(start: StartService) -> None:
    catalog = await start("catalog")
    boss = catalog.client(ORGANISER, ROLES)
    venue = (await boss.post("/api/venues", json=VENUE)).json()
    starts_at = (now() + timedelta(days=30)).isoformat()
    show = {"title": "Lanterns", "category": "concert", "venue_id": venue["id"], "starts_at": starts_at}
    made = (await boss.post("/api/shows", json=show)).json()
    await hear(catalog, account(HELPER, "ida@example.org"))
    await hear(catalog, UserDeactivated(user_id=ORGANISER, reason="x", version=2, occurred_at=now()))
    fresh, begun = {"If-Match": '"0"'}, {"If-Match": '"1"'}
    venue_id, show_id = venue["id"], made["id"]
    record = {"external_id": "1", "title": "T", "starts_at": starts_at, "venue": {"name": "V", "city": "B"}}
    deeds = [
        boss.post("/api/shows", json=show),
        boss.post("/api/venues", json=VENUE | {"name": "Elsewhere"}),
        boss.patch(f"/api/shows/{show_id}", json={"title": "Other"}, headers=begun),
        boss.patch(f"/api/venues/{venue_id}", json={"name": "Other"}, headers=begun),
        boss.put(f"/api/shows/{show_id}/resale-rules", json={}, headers=fresh),
        boss.put(f"/api/venues/{venue_id}/resale-rules", json={}, headers=fresh),
        boss.put(f"/api/organisers/{ORGANISER}/resale-rules", json={}, headers=fresh),
        boss.put(f"{MEMBERS}/{HELPER}", json={"duties": ["scan"]}),
        boss.post("/api/imports", json={"source": "box", "records": [record]}),
    ]
    for deed in deeds:
        refused(await deed, 403, "account-banned")
    await hear(catalog, UserReactivated(user_id=ORGANISER, version=3, occurred_at=now()))
    assert (await boss.post("/api/shows", json=show)).status_code == 201
