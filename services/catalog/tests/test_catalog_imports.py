"""Shows of another system come in once, are edited when they changed there, and stop no others when they are wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from fairseat_common.contracts import ShowChanged, ShowPublished, VenuePublished
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

ORGANISER = UUID(int=1)
ROLES = ("user", "organiser")
Record = dict[str, Any]


def at(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT19:00:00Z")


def venue(**changes: Any) -> Record:
    known = {"name": "Kupfersaal", "city": "Leipzig", "country": "DE", "timezone": "Europe/Berlin"}
    return known | {"lat": 51.34, "lon": 12.37} | changes


def record(external_id: str, /, **changes: Any) -> Record:
    made = {"external_id": external_id, "title": "Late Trains", "category": "concert", "performers": ["Marlow"]}
    return made | {"starts_at": at(30), "venue": venue()} | changes


async def send(client: httpx.AsyncClient, *records: Record, **batch: Any) -> list[Record]:
    answer = await client.post("/api/imports", json={"source": "elsewhere", "records": list(records)} | batch)
    assert answer.status_code == 200, answer.text
    results: list[Record] = answer.json()["results"]
    assert [result["external_id"] for result in results] == [each.get("external_id") for each in records]
    return results


def outcomes(results: list[Record]) -> list[str]:
    return [result["outcome"] for result in results]


async def everything(catalog: RunningService) -> dict[str, list[str]]:
    """All that an import could write, row by row."""
    tables = ("shows", "show_performers", "performers", "venues", "search_words", "outbox", "show_offers")
    async with catalog.database.connection() as connection:
        return {
            table: sorted(
                row["row"]
                for row in await connection.fetch(
                    f"select (to_jsonb(t) - '{{published_at}}'::text[])::text as row from {table} t"
                )
            )
            for table in (*tables, "imported_shows", "imported_venues")
        }


async def show_of(client: httpx.AsyncClient, result: Record) -> Record:
    show: Record = (await client.get(f"/api/shows/{result['show_id']}")).json()
    return show


async def test_a_show_its_venue_and_its_performers_come_in_once(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    given = [record("a", venue=venue(external_id="v1", capacity=900)), record("b", title="夜の列車 🚂")]
    results = await send(organiser, *given)
    assert outcomes(results) == ["created", "created"]
    show = await show_of(organiser, results[0])
    assert (show["title"], show["performers"], show["currency"], show["version"]) == (
        "Late Trains",
        ["Marlow"],
        "EUR",
        1,
    )
    house = (await organiser.get(f"/api/venues/{show['venue']['id']}")).json()
    assert house["capacity"] == 900
    assert house["chart"]["sections"] == [
        {"name": "General admission", "kind": "standing", "rows": [], "capacity": 900}
    ]
    assert len(await catalog.published(VenuePublished)) == 1
    assert [event.title for event in await catalog.published(ShowPublished)] == ["Late Trains", "夜の列車 🚂"]

    before = await everything(catalog)
    again = await send(organiser, *given)
    assert outcomes(again) == ["unchanged", "unchanged"]
    assert [result["show_id"] for result in again] == [result["show_id"] for result in results]
    assert await everything(catalog) == before


async def test_a_changed_record_makes_exactly_one_new_version(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    first, _ = await send(organiser, record("a"), record("b"))
    changed = record("a", title="Later Trains", starts_at=at(31), performers=["Marlow", "Zoë"])
    assert outcomes(await send(organiser, changed, record("b"))) == ["changed", "unchanged"]
    assert outcomes(await send(organiser, changed)) == ["unchanged"]
    assert outcomes(await send(organiser, changed | {"currency": "EUR"})) == ["unchanged"]  # what it was anyway
    (event,) = await catalog.published(ShowChanged)
    assert (str(event.show_id), event.version, event.title) == (first["show_id"], 2, "Later Trains")
    assert event.performers == ("Marlow", "Zoë")


async def test_a_rehearsal_says_the_same_and_writes_nothing(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    (kept,) = await send(organiser, record("a"))
    before = await everything(catalog)
    given = [record("a", title="Other"), record("b"), record("c", venue=venue(name="Neu")), record("d", title=" ")]
    rehearsed = await send(organiser, *given, dry_run=True)
    assert outcomes(rehearsed) == ["changed", "created", "created", "rejected"]
    assert [result["show_id"] for result in rehearsed] == [kept["show_id"], None, None, None]
    assert await everything(catalog) == before
    done = await send(organiser, *given)
    assert outcomes(done) == outcomes(rehearsed)
    assert done[3]["errors"] == rehearsed[3]["errors"]


BAD: list[tuple[Record, str]] = [
    ({"title": ""}, "title"),
    ({"title": "   "}, "title"),
    ({"title": "x" * 201}, "title"),
    ({"title": 7}, "title"),
    ({"title": "\u0958" * 200}, "title"),
    ({"performers": ["\u0958" * 200]}, "performers[0]"),
    ({"venue": venue(name="\u0958" * 200)}, "venue.name"),
    ({"category": "opera"}, "category"),
    ({"performers": ["A"] * 31}, "performers"),
    ({"performers": ["A", "A"]}, "performers"),
    ({"performers": ["A", " "]}, "performers[1]"),
    ({"status": "rescheduled"}, "status"),
    ({"starts_at": "tomorrow"}, "starts_at"),
    ({"starts_at": "2020-05-01T20:00:00Z"}, "starts_at"),
    ({"starts_at": "0001-01-01T00:00:00+12:00"}, "starts_at"),
    ({"starts_at": "9999-12-31T23:59:59-12:00"}, "starts_at"),
    ({"starts_at": None}, "starts_at"),
    ({"local_start": "2030-05-01T20:00:00"}, "starts_at"),
    ({"starts_at": None, "local_start": "0001-05-01T20:00:00"}, "local_start"),
    ({"starts_at": None, "local_start": "2030-05-01T20:00:00Z"}, "local_start"),
    ({"starts_at": None, "local_start": "2030-05-01T20:00:00", "timezone": "Europe"}, "timezone"),
    ({"starts_at": None, "local_start": "2030-05-01T20:00:00", "timezone": "Mars/Olympus"}, "timezone"),
    ({"starts_at": None, "local_start": "2030-05-01T20:00:00", "timezone": "../x"}, "timezone"),
    ({"currency": "XXX"}, "currency"),
    ({"starts_at": "2020-05-01T20:00:00Z", "venue": venue(name="Added before the show is refused")}, "starts_at"),
    ({"venue": None}, "venue"),
    ({"venue": venue(country="Germany")}, "venue.country"),
    ({"venue": venue(name=" ")}, "venue.name"),
    ({"venue": venue(name="🎪")}, "venue.name"),
    ({"venue": venue(lat=91)}, "venue.lat"),
    ({"venue": venue(name="New", timezone="Mars/Olympus")}, "venue.timezone"),
    ({"venue": venue(name="New", timezone=None)}, "venue.timezone"),
    ({"venue": venue(lat=None, city="Grimma")}, "venue.lat"),
    ({"venue": venue(country="TR")}, "currency"),
    ({"venue": venue(capacity=0)}, "venue.capacity"),
    ({"image_url": "/static/a.svg"}, "image_url"),
]


async def test_a_bad_record_says_what_is_wrong_and_stops_no_other(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    given = [record(f"bad-{number}", **changes) for number, (changes, _) in enumerate(BAD)]
    results = await send(organiser, record("first"), *given, record("last"), {"title": "Nameless"})
    assert outcomes(results) == ["created", *("rejected" for _ in BAD), "created", "rejected"]
    for result, (changes, field) in zip(results[1:], BAD, strict=False):
        assert field in [error["field"] for error in result["errors"]], (changes, result)
        assert all(error["message"] for error in result["errors"])
    assert results[-1]["errors"][0]["field"] == "external_id"
    assert len(await catalog.published(ShowPublished)) == 2
    assert len(await catalog.published(VenuePublished)) == 1


async def test_local_times_are_those_of_the_venue(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    year = datetime.now(UTC).year + 1
    forward = max(day for day in range(25, 32) if datetime(year, 3, day, tzinfo=UTC).weekday() == 6)
    back = max(day for day in range(25, 32) if datetime(year, 10, day, tzinfo=UTC).weekday() == 6)

    def local(external_id: str, time: str, **changes: Any) -> Record:
        return record(external_id, starts_at=None, local_start=time, **changes)

    results = await send(
        organiser,
        local("summer", f"{year}-07-01T20:00:00"),
        local("skipped", f"{year}-03-{forward}T02:30:00"),
        local("twice", f"{year}-10-{back}T02:30:00"),
        local("told", f"{year}-07-01T20:00:00", timezone="Europe/London"),
        local("known", f"{year}-07-01T20:00:00", venue=venue(timezone=None, lat=None, lon=None)),
    )
    assert outcomes(results) == ["created", "rejected", "created", "created", "created"]
    assert results[1]["errors"][0]["field"] == "local_start"
    assert "skip" in results[1]["errors"][0]["message"]
    starts = [(await show_of(organiser, result))["starts_at"] for result in results if result["show_id"]]
    assert starts == [
        f"{year}-07-01T18:00:00Z",
        f"{year}-10-{back}T00:30:00Z",
        f"{year}-07-01T19:00:00Z",
        f"{year}-07-01T18:00:00Z",
    ]


async def test_a_venue_is_found_by_its_name_or_by_its_id_there(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    results = await send(
        organiser,
        record("a", venue=venue(name="Théâtre Bleu", external_id="v1")),
        record("b", venue=venue(name="THEATRE bleu", lat=None, lon=None, timezone=None)),
        record("c", venue=venue(name="Sponsor Theatre", external_id="v1")),
        record("d", venue=venue(name="Elsewhere", external_id="v2", lat=None)),
    )
    assert outcomes(results) == ["created"] * 4
    shows = [await show_of(organiser, result) for result in results]
    assert [show["venue"]["name"] for show in shows] == ["Théâtre Bleu"] * 3 + ["Elsewhere"]
    other = (await organiser.get(f"/api/venues/{shows[3]['venue']['id']}")).json()
    assert (other["lat"], other["lon"], other["capacity"]) == (51.34, 12.37, 500)


async def test_what_cannot_be_followed_is_refused(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    (made,) = await send(organiser, record("a"))
    moved, dollars = record("a", venue=venue(name="Other")), record("a", currency="USD")
    assert [result["errors"][0]["field"] for result in await send(organiser, moved)] == ["venue"]
    assert [result["errors"][0]["field"] for result in await send(organiser, dollars)] == ["currency"]
    another = catalog.client(new_id(), ROLES)
    (result,) = await send(another, record("a", title="Mine now"))
    assert (result["outcome"], result["errors"][0]["field"]) == ("rejected", "")
    assert (await show_of(organiser, made))["version"] == 1
    operator = catalog.client(new_id(), ("operator",))
    assert outcomes(await send(operator, record("a", title="Operated"))) == ["changed"]


async def test_cancelled_and_postponed_shows(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    results = await send(
        organiser, record("gone", status="cancelled"), record("later", status="postponed"), record("a"), record("b")
    )
    assert outcomes(results) == ["unchanged", "created", "created", "created"]
    assert results[0]["show_id"] is None
    assert (await show_of(organiser, results[1]))["status"] == "postponed"
    changes = [
        record("later", starts_at=at(60)),
        record("a", status="cancelled", title="Called off", starts_at=at(3)),
        record("b", status="postponed", starts_at=at(90)),
    ]
    assert outcomes(await send(organiser, *changes)) == ["changed"] * 3
    assert outcomes(await send(organiser, *changes)) == ["unchanged"] * 3
    shows = [await show_of(organiser, result) for result in results[1:]]
    assert [(show["status"], show["starts_at"]) for show in shows] == [
        ("scheduled", at(60)),
        ("cancelled", at(30)),
        ("postponed", at(30)),
    ]
    (back,) = await send(organiser, record("a"))
    assert back["outcome"] == "rejected"
    assert outcomes(await send(organiser, record("a", status="cancelled", title="Still off"))) == ["unchanged"]


async def test_an_edit_made_here_outlives_an_import_that_is_not_about_it(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    (made,) = await send(organiser, record("a"))
    edited = await organiser.patch(
        f"/api/shows/{made['show_id']}", json={"title": "Edited here"}, headers={"if-match": '"1"'}
    )
    assert edited.status_code == 200
    assert outcomes(await send(organiser, record("a"))) == ["unchanged"]
    assert outcomes(await send(organiser, record("a", category="festival"))) == ["changed"]
    show = await show_of(organiser, made)
    assert (show["title"], show["category"], show["version"]) == ("Edited here", "festival", 3)


async def test_a_record_that_is_there_twice_counts_once(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    given = [record("a"), record("a", title="Again")]
    assert outcomes(await send(organiser, *given)) == ["created", "rejected"]
    assert outcomes(await send(organiser, *given)) == ["unchanged", "rejected"]
    assert len(await catalog.published(ShowChanged)) == 0


async def test_sources_do_not_share_their_ids(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    (one,) = await send(organiser, record("a"))
    (two,) = await send(organiser, record("a"), source="another")
    assert one["show_id"] != two["show_id"]


async def test_the_same_request_again_gets_the_first_answer(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    body, head = {"source": "elsewhere", "records": [record("a")]}, {"idempotency-key": "once"}
    first = await organiser.post("/api/imports", json=body, headers=head)
    again = await organiser.post("/api/imports", json=body, headers=head)
    assert (first.json(), again.headers["idempotent-replayed"]) == (again.json(), "true")


async def test_a_batch_takes_names_in_the_order_of_a_single_announcement(start: StartService) -> None:
    """So the two cannot wait for each other: whoever is second holds nothing yet that the first may want."""
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    add = "insert into performers (id, name, name_key) values ($1, $2, $2)"
    async with catalog.database.connection() as announcing:
        async with announcing.transaction():
            await announcing.execute(add, new_id(), "Ada")
            batch = [record("z", performers=["Zoe"]), record("a", performers=["Ada"])]
            importing = asyncio.create_task(send(organiser, *batch))

            async def it_waits() -> bool:
                waiting = "select count(*) from pg_locks where locktype = 'transactionid' and not granted"
                return bool(await announcing.fetchval(waiting))

            await eventually(it_waits)
            await announcing.execute(add, new_id(), "Zoe")
        assert outcomes(await importing) == ["created", "created"]


async def test_parallel_imports_and_announcements_do_not_block_or_double(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    names = [f"Performer {number}" for number in range(20)]
    given = [record(str(number), title=name, performers=[name]) for number, name in enumerate(names)]
    (house,) = await send(organiser, record("house"))
    house_id = (await show_of(organiser, house))["venue"]["id"]

    async def until_done(records: list[Record]) -> None:
        while (answer := await organiser.post("/api/imports", json=body(records))).status_code == 409:
            assert answer.json()["type"] == "import-running"
        assert answer.status_code == 200, answer.text

    def body(records: list[Record]) -> Record:
        return {"source": "elsewhere", "records": records}

    async def announce(title: str) -> None:
        show = {"title": title, "category": "concert", "performers": names, "venue_id": house_id}
        assert (await organiser.post("/api/shows", json=show | {"starts_at": at(9)})).status_code == 201

    await asyncio.gather(
        *(until_done(given[::-1] if number % 2 else given) for number in range(4)),
        *(announce(name) for name in names[:6]),
    )
    async with catalog.database.connection() as connection:
        assert await connection.fetchval("select count(*) from imported_shows") == 21
        assert await connection.fetchval("select count(*) from shows") == 27
        assert await connection.fetchval("select count(*) from performers") == 21


async def test_a_batch_that_cannot_be_read_is_refused(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(ORGANISER, ROLES)
    bad: tuple[Record, ...] = (
        {"records": []},
        {"records": [{"external_id": "a"}] * 201},
        {"records": ["a"]},
        {"records": None},
        {"source": "Else where"},
        {"source": ""},
        {"dry_run": "yes"},
        {"more": 1},
    )
    for batch in bad:
        answer = await organiser.post("/api/imports", json={"source": "elsewhere", "records": [record("a")]} | batch)
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid"), batch


async def test_only_organisers_import(start: StartService) -> None:
    catalog = await start("catalog")
    body = {"source": "elsewhere", "records": [record("a")]}
    for client, expected in (
        (catalog.client(), (401, "sign-in-required")),
        (catalog.client(token="nonsense"), (401, "token-invalid")),
        (catalog.client(new_id()), (403, "organiser-only")),
    ):
        answer = await client.post("/api/imports", json=body)
        assert (answer.status_code, answer.json()["type"]) == expected
    assert await catalog.published(ShowPublished) == []
