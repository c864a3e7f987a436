"""The SQL of the people in a waiting room. Whoever calls what writes here has locked the room's row."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fairseat_common.database import Connection, Record
from orders.domain_queues import BLOCK, EntryState, Place, Room

OVER_MAX = 1_000
DRAW_MAX = 5_000
FORGET_MAX = 5_000

_PLACE = "e.show_id, e.user_id, e.number, e.place, e.state, e.joined_at, e.admitted_at, e.admitted_until"
# Whole blocks before somebody's own, and those before them in it: however many wait, a few rows are read.
_AHEAD = f"""
case when e.state = 'waiting' and e.place is not null then
    (select coalesce(sum(b.waiting), 0) from queue_blocks b
        where b.show_id = e.show_id and b.block < e.place / {BLOCK} and b.waiting > 0)
    + (select count(*) from queue_entries w where w.show_id = e.show_id and w.state = 'waiting'
        and w.place >= e.place / {BLOCK} * {BLOCK} and w.place < e.place)
end
"""
# One statement: the number, the entry, its line in the log, and the counters.
_JOIN = f"""
with room as (
    update queues set last_number = last_number + 1, waiting = waiting + 1
    where show_id = $1 returning show_id, last_number, opened_at
), entry as (
    insert into queue_entries (show_id, number, user_id, place)
    select show_id, last_number, $2, case when opened_at is not null then last_number end from room
    returning show_id, number, place
), block as (
    insert into queue_blocks as b (show_id, block, waiting)
    select show_id, place / {BLOCK}, 1 from entry where place is not null
    on conflict (show_id, block) do update set waiting = b.waiting + 1
)
insert into queue_log (show_id, what, number) select show_id, 'joined', number from entry returning number
"""
_DRAW = """
update queue_entries e set place = $3::int + o.turn from unnest($2::int[]) with ordinality as o (number, turn)
where e.show_id = $1 and e.number = o.number
"""
_ADMIT = f"""
with next as materialized (
    select number from queue_entries where show_id = $1 and state = 'waiting' and place > $2 order by place limit $3
), entered as (
    update queue_entries e set state = 'admitted', admitted_at = now(),
        admitted_until = now() + make_interval(secs => $4)
    from next n where e.show_id = $1 and e.number = n.number and e.state = 'waiting'
    returning e.number, e.place
), blocks as (
    update queue_blocks b set waiting = b.waiting - c.count
    from (select place / {BLOCK} as block, count(*) as count from entered group by 1) c
    where b.show_id = $1 and b.block = c.block
), said as (
    insert into queue_log (show_id, what, number) select $1, 'admitted', number from entered order by place
)
select count(*) as count, max(place) as head from entered
"""
_OVER = f"""
with entered as (
    update queue_entries set state = 'over' where show_id = $1 and state = 'admitted' and number in (
        select number from queue_entries where show_id = $1 and state = 'admitted' and admitted_until <= now()
        order by admitted_until limit {OVER_MAX})
    returning number
), said as (
    insert into queue_log (show_id, what, number) select $1, 'over', number from entered order by number
)
update queues set admitted = admitted - (select count(*) from entered) where show_id = $1
returning (select count(*) from entered)
"""


async def place_newest(tx: Connection, show_id: UUID, user_id: UUID) -> Place | None:
    """Somebody's newest entry in a room; one whose time is over says so, whether anybody has noted it or not."""
    row = await tx.fetchrow(
        f"select {_PLACE}, {_AHEAD} as ahead, e.admitted_until <= now() as passed from queue_entries e"
        " where e.user_id = $1 and e.show_id = $2 order by e.number desc limit 1",
        user_id,
        show_id,
    )
    if row is None:
        return None
    return _place(row)


async def places_page(tx: Connection, user_id: UUID, before: tuple[UUID, int] | None, limit: int) -> list[Place]:
    """Somebody's entries in all rooms, those of the shows announced last first; how many are ahead is left out."""
    show_id, number = before or (None, None)
    rows = await tx.fetch(
        f"select {_PLACE}, null as ahead, e.admitted_until <= now() as passed from queue_entries e"
        " where e.user_id = $1 and ($2::uuid is null or (e.show_id, e.number) < ($2, $3::bigint))"
        " order by e.show_id desc, e.number desc limit $4",
        user_id,
        show_id,
        number,
        limit,
    )
    return [_place(row) for row in rows]


def _place(row: Record) -> Place:
    fields = dict(row)
    passed, ahead = fields.pop("passed"), fields.pop("ahead")
    state = EntryState(fields.pop("state"))
    state = EntryState.OVER if state is EntryState.ADMITTED and passed else state
    return Place(**fields, state=state, ahead=None if ahead is None else int(ahead))


async def joins_count(tx: Connection, show_id: UUID, user_id: UUID) -> int:
    """How often somebody has joined a room."""
    return int(
        await tx.fetchval("select count(*) from queue_entries where user_id = $1 and show_id = $2", user_id, show_id)
    )


async def entry_add(tx: Connection, show_id: UUID, user_id: UUID) -> int:
    """Put somebody at the end of the line, and answer the number. Before the opening all are equally near to it."""
    return int(await tx.fetchval(_JOIN, show_id, user_id))


async def entry_leave(tx: Connection, place: Place) -> None:
    """Take somebody out who waits or was admitted."""
    waits = place.state is EntryState.WAITING
    await tx.execute(
        "update queue_entries set state = 'left'"
        " where show_id = $1 and number = $2 and state in ('waiting', 'admitted')",
        place.show_id,
        place.number,
    )
    counter = "waiting" if waits else "admitted"
    await tx.execute(f"update queues set {counter} = {counter} - 1 where show_id = $1", place.show_id)
    if waits and place.place is not None:
        await tx.execute(
            "update queue_blocks set waiting = waiting - 1 where show_id = $1 and block = $2",
            place.show_id,
            place.place // BLOCK,
        )


async def places_draw(tx: Connection, show_id: UUID, line: Sequence[int]) -> None:
    """Give the numbers in `line` the places from 1 on; so many at a time that no statement takes long."""
    for begin in range(0, len(line), DRAW_MAX):
        await tx.execute(_DRAW, show_id, list(line[begin : begin + DRAW_MAX]), begin)


async def room_open(tx: Connection, room: Room) -> None:
    """Open a room in which everybody has got a place."""
    await tx.execute(
        "insert into queue_blocks (show_id, block, waiting) select $1, place / $2::int, count(*) from queue_entries"
        " where show_id = $1 and state = 'waiting' group by 2",
        room.show_id,
        BLOCK,
    )
    await tx.execute(
        "update queues set opened_at = now(), drawn = last_number, look_at = now(), paced_to = $2 where show_id = $1",
        room.show_id,
        room.now - room.pace.interval,
    )


async def entries_admit(tx: Connection, room: Room, count: int) -> tuple[int, int]:
    """Let in the first `count` who wait; answers how many there were, and the last one's place."""
    row = await tx.fetchrow(_ADMIT, room.show_id, room.head, count, float(room.pace.window_s))
    assert row is not None
    return row["count"], row["head"] or room.head


async def room_admitted(tx: Connection, show_id: UUID, count: int, head: int, paced_to: datetime) -> None:
    """Count those who were let in."""
    await tx.execute(
        "update queues set waiting = waiting - $2, admitted = admitted + $2, admitted_total = admitted_total + $2,"
        " head = $3, paced_to = $4 where show_id = $1",
        show_id,
        count,
        head,
        paced_to,
    )


async def entries_over(tx: Connection, show_id: UUID) -> int:
    """End the time of those whose window has closed; answers how many they were."""
    return int(await tx.fetchval(_OVER, show_id))


async def room_forget(tx: Connection, keep_days: int) -> bool:
    """Forget who stood in a room whose show is long over, some at a time; numbers stay. True if there may be more."""
    show_id = await tx.fetchval(
        "select q.show_id from queues q join shows s using (show_id) where q.forgotten_at is null"
        " and q.ended_at is not null and greatest(s.starts_at, q.ended_at) < now() - make_interval(days => $1)"
        " limit 1 for no key update of q skip locked",
        keep_days,
    )
    if show_id is None:
        return False
    status = await tx.execute(
        "update queue_entries set user_id = null where show_id = $1 and number in ("
        " select number from queue_entries where show_id = $1 and user_id is not null limit $2)",
        show_id,
        FORGET_MAX,
    )
    if status == "UPDATE 0":
        await tx.execute("update queues set forgotten_at = now() where show_id = $1", show_id)
    return True
