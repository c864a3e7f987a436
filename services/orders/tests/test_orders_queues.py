"""Waiting rooms: the order everybody can check, the pace nobody exceeds, and holds for those who were let in."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from fairseat_common.contracts import (
    Event,
    ListingChanged,
    ListingPublished,
    Money,
    ShowChanged,
    ShowPublished,
    TeamChanged,
    UserDeactivated,
)
from fairseat_common.contracts.shows import TeamMember
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.invariants import report
from fairseat_common.testing.builders import listing_published, now, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_common.web import cursor_of
from orders import actions_queues, store_queue_entries, store_queues
from orders.domain_queues import Room
from orders.store_invariants import INVARIANTS

LATER = timedelta(hours=1)


def refused(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text
    return answer.json()  # type: ignore[no-any-return]


def changed(event: Any, kind: type[Event], **changes: Any) -> Any:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return kind(**fields | {"version": event.version + 1} | changes)


class Sale:
    """A show whose house goes on sale in an hour, with a waiting room."""

    def __init__(self, orders: RunningService) -> None:
        self.orders = orders
        self.organiser_id = new_id()
        self.organiser = orders.client(self.organiser_id, ("user", "organiser"))
        self.opens_at = now() + LATER
        self.show: ShowPublished = show_published(organiser_id=self.organiser_id)
        self.listing: ListingPublished = listing_published(
            self.show, 20, primary=True, opens_at=self.opens_at, seller_id=self.organiser_id
        )
        self.path = f"/api/queues/{self.show.show_id}"

    async def hear(self, *events: Event) -> None:
        for event in events:
            heard = await self.orders.publish(event)
            await eventually(lambda heard=heard: self.orders.heard(heard))  # type: ignore[misc]

    async def set(self, client: httpx.AsyncClient | None = None, **body: Any) -> httpx.Response:
        body = {"per_minute": 1, "doors_at": (now() - LATER).isoformat()} | body
        return await (client or self.organiser).put(self.path, json=body)

    async def opens(self, wait_s: float = 10) -> None:
        await self.hear(changed(self.listing, ListingChanged, opens_at=now() - timedelta(seconds=1)))

        async def opened() -> bool:
            return bool((await self.room())["opened_at"])

        await eventually(opened, wait_s)

    async def room(self) -> dict[str, Any]:
        answer = await self.orders.client().get(self.path)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    async def log(self, *kinds: str) -> list[dict[str, Any]]:
        answer = await self.orders.client().get(f"{self.path}/log", params={"limit": 100})
        return [line for line in answer.json()["items"] if not kinds or line["what"] in kinds]

    async def fan(self) -> httpx.AsyncClient:
        client = self.orders.client(new_id())
        await self.join(client)
        return client

    async def join(self, client: httpx.AsyncClient) -> dict[str, Any]:
        answer = await client.post(f"{self.path}/entries")
        assert answer.status_code == 201, answer.text
        return answer.json()  # type: ignore[no-any-return]

    async def mine(self, client: httpx.AsyncClient) -> dict[str, Any]:
        answer = await client.get(f"{self.path}/entries/mine")
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    async def is_admitted(self, client: httpx.AsyncClient) -> bool:
        return (await self.mine(client))["state"] == "admitted"  # type: ignore[no-any-return]

    async def hold(self, client: httpx.AsyncClient, **wish: Any) -> httpx.Response:
        body = wish or {"listing_id": str(self.listing.listing_id)}
        return await client.post("/api/orders", json=body | {"quantity": 1}, headers={"Idempotency-Key": str(new_id())})

    async def sql(self, statement: str, *values: Any) -> None:
        async with self.orders.database.connection() as connection:
            await connection.execute(statement, self.show.show_id, *values)

    async def minutes_pass(self, minutes: int = 1) -> None:
        """As if the pace had not been used for so long."""
        await self.sql(
            "update queues set paced_to = paced_to - make_interval(mins => $2), look_at = now() where show_id = $1",
            minutes,
        )

    async def broken(self) -> list[str]:
        found = (await report(self.orders.database, "orders", INVARIANTS)).invariants
        return [each.name for each in found if each.holds is not True and each.name != "outbox-drains"]


async def sale(start: StartService, settings: dict[str, str] | None = None, **body: Any) -> Sale:
    """A show with a room that people can join."""
    here = Sale(await start("orders", **settings or {}))
    await here.hear(here.show, here.listing)
    answer = await here.set(**body)
    assert answer.status_code == 200, answer.text
    return here


async def test_whoever_joins_before_the_opening_stands_in_an_order_that_everybody_can_check(
    start: StartService,
) -> None:
    here = await sale(start)
    room = await here.room()
    assert (room["state"], room["seed"], room["waiting"]) == ("gathering", None, 0)
    fans = [await here.fan() for _ in range(9)]
    entry = await here.mine(fans[3])
    assert (entry["number"], entry["state"], entry["position"], entry["wait_seconds"]) == (4, "waiting", None, None)
    assert (await fans[6].delete(f"{here.path}/entries/mine")).status_code == 204
    await here.opens()

    made, opened = await here.log("made", "opened")
    assert opened["number"] == 9
    assert hashlib.sha256(opened["seed"].encode()).hexdigest() == made["commitment"] == room["commitment"]
    drawn = sorted(range(1, 10), key=lambda n: hashlib.sha256(f"{opened['seed']}:9:{n}".encode()).hexdigest())
    order = [number for number in drawn if number != 7]
    await eventually(lambda: here.is_admitted(fans[order[0] - 1]))
    standing = [await here.mine(fans[number - 1]) for number in order[1:]]
    assert [entry["ahead"] for entry in standing] == list(range(7))
    # Whoever comes later stands behind, in order of arrival.
    late = [await here.mine(await here.fan()) for _ in range(2)]
    assert [(entry["number"], entry["position"]) for entry in late] == [(10, 8), (11, 9)]
    assert 0 < standing[0]["wait_seconds"] <= 60 < standing[1]["wait_seconds"] <= 120
    # Who leaves gives the place up, and everybody behind moves up.
    await fans[order[1] - 1].delete(f"{here.path}/entries/mine")
    assert (await here.mine(fans[order[2] - 1]))["ahead"] == 0
    again = await here.join(fans[order[1] - 1])
    assert (again["number"], again["position"]) == (12, 9)
    await here.minutes_pass()
    await eventually(lambda: _admitted(here, 2))
    assert [line["number"] for line in await here.log("admitted")] == [order[0], order[2]]
    assert await here.broken() == []


async def _admitted(here: Sale, count: int) -> bool:
    return (await here.room())["admitted_total"] >= count  # type: ignore[no-any-return]


async def test_only_who_was_let_in_holds_seats_and_only_for_a_while(start: StartService) -> None:
    here = await sale(start)
    first, second = await here.fan(), await here.fan()
    stranger = here.orders.client(new_id())
    refused(await here.hold(stranger), 409, "not-open-yet")
    await here.opens()
    await eventually(lambda: _admitted(here, 1))
    inside, outside = (first, second) if await here.is_admitted(first) else (second, first)
    best = {"show_id": str(here.show.show_id)}
    for client in (outside, stranger):
        refused(await here.hold(client), 409, "queue-first")
        refused(await here.hold(client, **best), 409, "queue-first")
        # Nor can they get seats by the list of those who wait for seats to come back, before those in the room.
        wish = {**best, "quantity": 1, "max_price": {"amount": 1, "currency": "EUR"}}
        refused(await client.post("/api/waiting", json=wish), 409, "queue-first")
    assert (await here.hold(inside)).status_code == 201
    assert (await here.hold(inside, **best)).status_code == 201
    window = await here.mine(inside)
    times = [datetime.fromisoformat(window[name]) for name in ("admitted_at", "admitted_until")]
    assert times[1] - times[0] == timedelta(minutes=10)

    await here.sql("update queue_entries set admitted_until = now() where show_id = $1 and state = 'admitted'")
    refused(await here.hold(inside), 409, "queue-first")
    assert (await here.mine(inside))["state"] == "over"
    again = await here.join(inside)
    assert (again["number"], again["state"], again["ahead"]) == (3, "waiting", 1)
    assert [line["number"] for line in await here.log("over")] == [window["number"]]
    assert await here.broken() == []


async def test_the_list_for_seats_that_come_back_waits_until_the_room_is_calm(start: StartService) -> None:
    here = await sale(start, per_minute=600)
    await here.opens()
    patient = here.orders.client(new_id())
    wish = {"show_id": str(here.show.show_id), "quantity": 1, "max_price": {"amount": 100, "currency": "EUR"}}
    entry = (await patient.post("/api/waiting", json=wish)).json()
    await here.set(per_minute=600, paused=True)
    fan = await here.fan()
    cheap = {"unit_price": Money(50, "EUR"), "unit_fee": Money(5, "EUR"), "opens_at": now() - LATER, "version": 3}
    await here.hear(changed(here.listing, ListingChanged, **cheap))

    async def is_offered() -> bool:
        return bool((await patient.get(f"/api/waiting/{entry['id']}")).json()["status"] == "offered")

    assert not await is_offered()
    assert (await here.set(per_minute=600)).status_code == 200
    await eventually(lambda: here.is_admitted(fan))
    await eventually(is_offered)


async def test_one_account_has_one_place(start: StartService) -> None:
    here = await sale(start)
    client = here.orders.client(new_id())
    answers = await asyncio.gather(*[here.join(client) for _ in range(8)])
    assert {answer["number"] for answer in answers} == {1}
    assert (await here.room())["joined"] == 1


async def test_everybody_reads_their_own_places_and_no_others(start: StartService) -> None:
    here = await sale(start)
    client, other = here.orders.client(new_id()), here.orders.client(new_id())
    await here.join(other)
    await here.join(client)
    assert (await client.delete(f"{here.path}/entries/mine")).status_code == 204
    await here.join(client)
    first = (await client.get("/api/queues", params={"limit": 1})).json()
    rest = (await client.get("/api/queues", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [(item["number"], item["state"]) for item in first["items"] + rest["items"]] == [(3, "waiting"), (2, "left")]
    assert rest["next_cursor"] is None
    beyond = {"cursor": cursor_of((new_id(), 2**40))}
    assert (await client.get("/api/queues", params=beyond)).status_code == 200
    assert [item["number"] for item in (await other.get("/api/queues")).json()["items"]] == [1]
    assert (await here.orders.client().get("/api/queues")).status_code == 401


async def test_a_calm_room_lets_people_straight_through(start: StartService) -> None:
    here = await sale(start, per_minute=60)
    await here.opens()
    assert (await here.room())["state"] == "open"
    fan = here.orders.client(new_id())
    assert (await here.join(fan))["state"] == "admitted"
    assert (await here.hold(fan)).status_code == 201
    await here.set(per_minute=60, paused=True)
    late = here.orders.client(new_id())
    assert ((await here.join(late))["state"], (await here.mine(late))["wait_seconds"]) == ("waiting", None)
    await here.set(per_minute=60)
    await eventually(lambda: here.is_admitted(late))
    assert [line["what"] for line in await here.log("paused", "resumed")] == ["paused", "resumed"]


async def test_two_processes_together_are_no_faster_than_the_pace(start: StartService) -> None:
    here = await sale(start)
    for _ in range(6):
        await here.fan()
    await here.opens()
    await eventually(lambda: _admitted(here, 1))

    async def let_in(look: Callable[[Connection, UUID], Coroutine[Any, Any, Room | None]]) -> int:
        """How many two turns let in, the second of which looks before the first has committed, when one is due."""
        # The worker, which has nothing to look at, leaves the room alone.
        await here.sql("update queues set paced_to = now() - interval '1 minute', look_at = null where show_id = $1")
        before = (await here.room())["admitted_total"]
        database = here.orders.database
        async with database.connection() as one, database.connection() as two, two.transaction():
            async with one.transaction():
                first = await look(one, here.show.show_id)
                second = asyncio.create_task(look(two, here.show.show_id))
                await asyncio.wait([second], timeout=0.2)
                assert first
                await actions_queues.room_turn(one, first)
            room = await second
            assert room
            await actions_queues.room_turn(two, room)
        return int((await here.room())["admitted_total"] - before)

    assert await let_in(store_queues.room_lock) == 1
    # The race is there: who looks without the lock lets in one more.
    assert await let_in(store_queues.room_read) == 2
    assert await here.broken() == ["rooms-keep-their-pace"]


async def test_who_may_set_a_room_and_when(start: StartService) -> None:
    here = Sale(await start("orders"))
    refused(await here.set(), 404, "not-found")
    await here.hear(here.show)
    assert (await here.room())["state"] == "none"
    manager, helper = new_id(), new_id()
    members = (TeamMember(manager, ("manage",)), TeamMember(helper, ("scan", "report")))
    await here.hear(TeamChanged(organiser_id=here.organiser_id, members=members, version=1, occurred_at=now()))
    refused(await here.set(), 409, "sale-is-open")
    await here.hear(here.listing)
    other = here.orders.client(new_id(), ("user", "organiser"))
    for client in (other, here.orders.client(helper)):
        refused(await here.set(client), 403, "duty-missing")
        refused(await client.delete(here.path), 403, "duty-missing")
    for field, value in (("per_minute", 0), ("per_minute", 6001), ("window_seconds", 9), ("doors_at", "soon")):
        assert refused(await here.set(None, **{field: value}), 422, "invalid")["errors"][0]["field"] == field
    for doors in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", _iso(here.opens_at + LATER)):
        assert refused(await here.set(doors_at=doors), 422, "invalid")["errors"][0]["field"] == "doors_at"
    doors = (now() + timedelta(minutes=5)).isoformat()
    assert (await here.set(here.orders.client(manager), doors_at=doors)).status_code == 200
    assert (await here.room())["state"] == "before"
    fan = here.orders.client(new_id())
    refused(await fan.post(f"{here.path}/entries"), 409, "doors-closed")
    refused(await fan.get(f"{here.path}/entries/mine"), 404, "not-found")
    operator = here.orders.client(new_id(), ("user", "operator"))
    for _ in range(2):
        answer = await here.set(operator, per_minute=30, doors_at=None)
        assert answer.json()["doors_at"] == _iso(here.opens_at - timedelta(minutes=30))
    assert [line["what"] for line in await here.log()] == ["made", "changed"]
    for _ in range(2):
        assert (await here.organiser.delete(here.path)).status_code == 204
    assert (await here.room())["state"] == "ended"
    refused(await fan.post(f"{here.path}/entries"), 409, "queue-over")
    refused(await here.set(), 409, "queue-over")
    await here.hear(changed(here.listing, ListingChanged, opens_at=now() - LATER))
    assert (await here.hold(fan)).status_code == 201
    assert await here.broken() == []


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def test_a_room_is_bounded_and_keeps_the_banned_out(start: StartService) -> None:
    here = await sale(start, {"QUEUE_MAX": "2"})
    fan = await here.fan()
    for _ in range(19):
        await fan.delete(f"{here.path}/entries/mine")
        await here.join(fan)
    await fan.delete(f"{here.path}/entries/mine")
    refused(await fan.post(f"{here.path}/entries"), 429, "queue-joins")
    await here.fan()
    await here.fan()
    refused(await here.orders.client(new_id()).post(f"{here.path}/entries"), 429, "queue-full")
    banned = new_id()
    await here.hear(UserDeactivated(user_id=banned, reason="bots", version=2, occurred_at=now()))
    refused(await here.orders.client(banned).post(f"{here.path}/entries"), 403, "account-banned")


async def test_the_log_is_only_ever_added_to_and_people_are_forgotten(start: StartService) -> None:
    here = await sale(start, per_minute=60)
    await here.fan()
    await here.opens()
    await here.hear(changed(here.show, ShowChanged, starts_at=now() - timedelta(seconds=1)))
    await here.sql("update queues set look_at = now() where show_id = $1")

    async def ended() -> bool:
        return (await here.room())["state"] == "ended"  # type: ignore[no-any-return]

    await eventually(ended)
    service = await asyncpg.connect(here.orders.environ["DATABASE_URL"])
    try:
        for deed in ("update queue_log set number = 5", "delete from queue_log", "delete from queue_entries"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await service.execute(deed)
    finally:
        await service.close()
    assert not await actions_queues.forget(here.orders.database, 30)
    await here.sql("update queues set ended_at = now() - interval '31 days' where show_id = $1")
    await here.sql("update shows set starts_at = now() - interval '31 days' where show_id = $1")
    while await actions_queues.forget(here.orders.database, 30):
        pass
    async with here.orders.database.connection() as connection:
        assert await connection.fetchval("select count(*) from queue_entries where user_id is not null") == 0
    assert [line["what"] for line in await here.log()] == ["made", "joined", "opened", "admitted", "ended"]
    assert await here.broken() == []


async def test_a_hundred_thousand_cost_a_few_rows(start: StartService) -> None:
    here = await sale(start, paused=True, per_minute=6000)
    for begin in range(0, 100_000, 10_000):
        await here.sql(
            "with made as (insert into queue_entries (show_id, number, user_id)"
            " select $1, $2::int + n, gen_random_uuid() from generate_series(1, 10000) n)"
            " update queues set last_number = $2 + 10000, waiting = $2 + 10000 where show_id = $1",
            begin,
        )
    await here.opens(60)
    await here.sql("update queues set paused = false, look_at = null, paced_to = now() where show_id = $1")
    async with here.orders.database.connection() as connection:
        await connection.execute("vacuum analyze queue_entries, queue_blocks")
        last = await connection.fetchval("select user_id from queue_entries where place = 99999")
    # A place near the end, and letting in a hundred: rows and entries of indexes that are read.
    assert await _rows(here, lambda tx: store_queue_entries.place_newest(tx, here.show.show_id, last)) < 3000

    async def admit(tx: Connection) -> None:
        room = await store_queues.room_lock(tx, here.show.show_id)
        assert room
        assert await store_queue_entries.entries_admit(tx, room, 100) == (100, 100)

    assert await _rows(here, admit) < 3000
    entry = await here.mine(here.orders.client(last))
    assert entry["ahead"] == 99_898
    assert 900 < entry["wait_seconds"] < 1000


async def _rows(here: Sale, work: Callable[[Connection], Awaitable[object]]) -> int:
    """How many rows of tables and entries of indexes some work reads."""
    counted = (
        "select sum(pg_stat_get_xact_tuples_returned(oid)) from pg_class where relnamespace = 'public'::regnamespace"
    )
    async with here.orders.database.connection() as connection, connection.transaction():
        before = await connection.fetchval(counted)
        await work(connection)
        return int(await connection.fetchval(counted) - before)


@pytest.mark.parametrize(
    ("deed", "rule"),
    [
        ("update queue_entries set state = 'admitted', admitted_at = now(), admitted_until = now()", "pace"),
        ("update queues set waiting = 9", "count"),
        ("update queue_entries set place = 50 where number = 1", "order"),
        ("update shows set queued = false", "count"),
    ],
)
async def test_the_rules_of_a_room_are_seen_to_be_broken(start: StartService, deed: str, rule: str) -> None:
    here = await sale(start)
    for _ in range(5):
        await here.fan()
    await here.opens()
    await eventually(lambda: _admitted(here, 1))
    assert await here.broken() == []
    async with here.orders.database.connection() as connection:
        await connection.execute(deed)
    names = {"pace": "rooms-keep-their-pace", "count": "rooms-count-right", "order": "rooms-have-one-order"}
    assert names[rule] in await here.broken()
