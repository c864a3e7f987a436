"""The SQL of waiting rooms: the room of a show, whose row is its lock, and the log that everybody can read.

Whoever changes anything in a room locks its row first, so what it counts is exact, and nothing waits in a circle.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fairseat_common.contracts import TeamChanged
from fairseat_common.database import Connection, Record
from orders.domain_queues import Happening, Pace, Room, RoomEvent

_ROOM = """
select q.*, o.opens_at, now() as now,
    s.status = 'scheduled' and s.starts_at > now() and sales_open() and coalesce(o.opens_at <= now(), true) as on_sale,
    s.status = 'cancelled' or (s.status = 'scheduled' and s.starts_at <= now()) as over
from queues q join shows s using (show_id)
cross join lateral (select min(l.opens_at) as opens_at from listings l
    where l.show_id = q.show_id and l.opens_at is not null and l.status = 'active') o
where q.show_id = $1
"""


async def standing_of(tx: Connection, show_id: UUID, user_id: UUID) -> tuple[UUID | None, frozenset[str]] | None:
    """A show's organiser, and the duties that somebody has in the organiser's team; None for an unknown show."""
    row = await tx.fetchrow(
        "select s.organiser_id, m.duties from shows s"
        " left join team_members m on m.organiser_id = s.organiser_id and m.user_id = $2 where s.show_id = $1",
        show_id,
        user_id,
    )
    return None if row is None else (row["organiser_id"], frozenset(row["duties"] or ()))


async def team_apply(tx: Connection, event: TeamChanged) -> None:
    """Take over a team, unless a newer version is known."""
    status = await tx.execute(
        "insert into teams (organiser_id, version) values ($1, $2)"
        " on conflict (organiser_id) do update set version = excluded.version where teams.version < excluded.version",
        event.organiser_id,
        event.version,
    )
    if not status.endswith(" 1"):
        return
    await tx.execute("delete from team_members where organiser_id = $1", event.organiser_id)
    await tx.executemany(
        "insert into team_members (organiser_id, user_id, duties) values ($1, $2, $3)",
        [(event.organiser_id, member.user_id, list(member.duties)) for member in event.members],
    )


async def room_add(tx: Connection, show_id: UUID, pace: Pace, seed: str, commitment: str) -> bool:
    """Make the room of a show, of which there is one; False if there was one."""
    status = await tx.execute(
        "insert into queues (show_id, doors_at, per_minute, window_s, paused, seed, commitment, look_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, now()) on conflict do nothing",
        show_id,
        pace.doors_at,
        pace.per_minute,
        pace.window_s,
        pace.paused,
        seed,
        commitment,
    )
    await tx.execute("update shows set queued = true where show_id = $1 and not queued", show_id)
    return status == "INSERT 0 1"


async def sale_ahead(tx: Connection, show_id: UUID) -> datetime | None:
    """When a sale of the show begins, of which nothing has begun yet; None without."""
    found = await tx.fetchval(
        "select min(opens_at) from listings where show_id = $1 and opens_at is not null and status = 'active'"
        " having min(opens_at) > now()",
        show_id,
    )
    assert found is None or isinstance(found, datetime)
    return found


async def room_read(tx: Connection, show_id: UUID) -> Room | None:
    """A room as it stands; None where a show has none."""
    row = await tx.fetchrow(_ROOM, show_id)
    return _room(row) if row else None


async def room_lock(tx: Connection, show_id: UUID) -> Room | None:
    """A room, in which nobody else changes anything until the transaction ends."""
    row = await tx.fetchrow(f"{_ROOM} for no key update of q", show_id)
    return _room(row) if row else None


async def room_busy(tx: Connection, show_id: UUID) -> bool:
    """Whether people wait in the room of a show, or will from its doors on."""
    return bool(
        await tx.fetchval(
            "select opened_at is null or waiting > 0 or paused from queues where show_id = $1 and ended_at is null",
            show_id,
        )
    )


async def room_due(tx: Connection) -> UUID | None:
    """A room that has something to do: to open, to let people in, or to end somebody's time."""
    show_id = await tx.fetchval(
        "select show_id from queues where look_at <= now() union all"
        " select q.show_id from queues q where q.opened_at is null and q.ended_at is null"
        "  and (select min(l.opens_at) <= now() from listings l where l.show_id = q.show_id"
        "   and l.opens_at is not null and l.status = 'active') limit 1"
    )
    assert show_id is None or isinstance(show_id, UUID)
    return show_id


async def room_pace(tx: Connection, show_id: UUID, pace: Pace, paced_to: datetime | None) -> None:
    """Set another pace, and have the room looked at."""
    await tx.execute(
        "update queues set doors_at = $2, per_minute = $3, window_s = $4, paused = $5, paced_to = $6,"
        " look_at = now() where show_id = $1",
        show_id,
        pace.doors_at,
        pace.per_minute,
        pace.window_s,
        pace.paused,
        paced_to,
    )


async def room_look(tx: Connection, show_id: UUID, next_at: datetime | None) -> None:
    """Look at a room again at some moment, or before: when somebody's time ends, or the show begins."""
    await tx.execute(
        "update queues q set look_at = least($2, case when s.starts_at > now() then s.starts_at"
        "  else now() + interval '1 minute' end,"
        "  (select min(admitted_until) from queue_entries e where e.show_id = $1 and e.state = 'admitted'))"
        " from shows s where q.show_id = $1 and s.show_id = $1",
        show_id,
        next_at,
    )


async def room_end(tx: Connection, show_id: UUID) -> None:
    """Let everybody hold seats from now on; nobody waits any more."""
    await tx.execute(
        "update queue_entries set state = case state when 'waiting' then 'ended' else 'over' end"
        " where show_id = $1 and state in ('waiting', 'admitted')",
        show_id,
    )
    await tx.execute("update queue_blocks set waiting = 0 where show_id = $1", show_id)
    await tx.execute(
        "update queues set ended_at = now(), look_at = null, waiting = 0, admitted = 0 where show_id = $1", show_id
    )
    await tx.execute("update shows set queued = false where show_id = $1", show_id)


async def admitted_lately(tx: Connection, show_id: UUID) -> int:
    """How many were let in during the last minute."""
    return int(
        await tx.fetchval(
            "select count(*) from queue_entries where show_id = $1 and admitted_at > now() - interval '1 minute'",
            show_id,
        )
    )


async def log_add(
    tx: Connection,
    show_id: UUID,
    what: Happening,
    number: int | None = None,
    *,
    pace: Pace | None = None,
    commitment: str | None = None,
    seed: str | None = None,
) -> None:
    """Note what happened. With a `pace` it is how fast people are let in from now on: not at all in a paused room."""
    await tx.execute(
        "insert into queue_log (show_id, what, number, per_minute, window_s, commitment, seed)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        show_id,
        what,
        number,
        None if pace is None else 0 if pace.paused else pace.per_minute,
        pace.window_s if pace else None,
        commitment,
        seed,
    )


async def log_page(tx: Connection, show_id: UUID, after: int, limit: int) -> list[RoomEvent]:
    """What happened in a room, in order, from after the line `after` on."""
    rows = await tx.fetch(
        "select at, what, number, per_minute, window_s, commitment, seed, position from queue_log"
        " where show_id = $1 and position > $2 order by position limit $3",
        show_id,
        after,
        limit,
    )
    return [RoomEvent(**dict(row)) for row in rows]


def _room(row: Record) -> Room:
    pace = Pace(row["per_minute"], row["window_s"], row["doors_at"], row["paused"])
    names = [name for name in Room.__struct_fields__ if name != "pace"]
    return Room(pace=pace, **{name: row[name] for name in names})
