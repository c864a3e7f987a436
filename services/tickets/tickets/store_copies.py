"""The SQL of what this service copies from catalog: venues with their charts, and shows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fairseat_common.contracts import ShowChanged, ShowPublished, VenuePublished
from fairseat_common.database import Connection
from tickets.domain import Row, Show


async def venue_apply(tx: Connection, event: VenuePublished) -> None:
    """Take over a venue and its chart, unless a newer version is known."""
    status = await tx.execute(
        "insert into venues (id, version, name) values ($1, $2, $3)"
        " on conflict (id) do update set version = excluded.version, name = excluded.name"
        " where venues.version < excluded.version",
        event.venue_id,
        event.version,
        event.name,
    )
    if not status.endswith(" 1"):
        return
    await tx.execute("delete from venue_rows where venue_id = $1", event.venue_id)
    await tx.execute("delete from venue_sections where venue_id = $1", event.venue_id)
    await tx.executemany(
        "insert into venue_sections (venue_id, name, kind, capacity, position) values ($1, $2, $3, $4, $5)",
        [
            (event.venue_id, section.name, section.kind, section.capacity, position)
            for position, section in enumerate(event.sections)
        ],
    )
    await tx.executemany(
        "insert into venue_rows (venue_id, section, name, position, seats) values ($1, $2, $3, $4, $5)",
        [
            (event.venue_id, section.name, row.name, position, list(row.seats))
            for section in event.sections
            for position, row in enumerate(section.rows)
        ],
    )


async def show_apply(tx: Connection, event: ShowPublished | ShowChanged) -> None:
    """Take over a show, unless a newer version is known."""
    await tx.execute(
        "insert into shows (id, version, venue_id, starts_at, status, currency, organiser_id,"
        " timezone) values ($1, $2, $3, $4, $5, $6, $7, $8)"
        " on conflict (id) do update set version = excluded.version, venue_id = excluded.venue_id,"
        " starts_at = excluded.starts_at, status = excluded.status, currency = excluded.currency,"
        " organiser_id = excluded.organiser_id, timezone = excluded.timezone"
        " where shows.version < excluded.version",
        event.show_id,
        event.version,
        event.venue_id,
        event.starts_at,
        event.status,
        event.currency,
        event.organiser_id,
        event.timezone,
    )


async def show_known(tx: Connection, show_id: UUID) -> bool | None:
    """True if the show and the chart of its venue have arrived, else None."""
    found = await tx.fetchval(
        "select true from shows s join venues v on v.id = s.venue_id where s.id = $1",
        show_id,
    )
    return found is not None or None


async def show_get(tx: Connection, show_id: UUID) -> Show | None:
    """The show with the database's time."""
    row = await tx.fetchrow(
        "select id, venue_id, starts_at, status, currency, now() as now,"
        " (select organiser_id from onsales where show_id = $1) as house_id from shows where id = $1",
        show_id,
    )
    return None if row is None else Show(**dict(row))


async def row_get(tx: Connection, venue_id: UUID, section: str, name: str) -> Row | None:
    """A row of a section; None if the venue has no such section, `position` None if that has no such row."""
    row = await tx.fetchrow(
        "select s.kind, s.capacity, r.position, r.seats from venue_sections s"
        " left join venue_rows r on r.venue_id = s.venue_id and r.section = s.name and r.name = $3"
        " where s.venue_id = $1 and s.name = $2",
        venue_id,
        section,
        name,
    )
    if row is None:
        return None
    return Row(kind=row["kind"], capacity=row["capacity"], position=row["position"], seats=tuple(row["seats"] or ()))


async def clock(tx: Connection) -> datetime:
    """The database's time, by which everything here is written and compared."""
    now = await tx.fetchval("select now()")
    assert isinstance(now, datetime)
    return now
