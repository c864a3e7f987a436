"""The SQL of what is an organiser's own: their shows, and venues that change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from catalog import store
from catalog.domain import Show
from catalog.domain_search import fold
from catalog.domain_venues import Venue
from fairseat_common.contracts import TeamDuty
from fairseat_common.database import Connection

_OVER_AFTER = "interval '1 day'"
"""A show counts as coming up until a day after its start: its doors and its reports are needed that night."""


async def organisers_of(tx: Connection, user_id: UUID, duty: TeamDuty | None = None) -> list[UUID]:
    """Oneself, and the organisers in whose teams one is, or has this duty."""
    rows = await tx.fetch(
        "select organiser_id from team_members where user_id = $1 and ($2::text is null or $2 = any(duties))",
        user_id,
        duty,
    )
    return [user_id, *(row["organiser_id"] for row in rows)]


async def shows_own(
    tx: Connection, organisers: Sequence[UUID], after: tuple[datetime, UUID] | None, rows_max: int, *, past: bool
) -> list[Show]:
    """Shows of these organisers: those ahead, the next first; or those that are over, the last first."""
    when = f"s.starts_at < now() - {_OVER_AFTER}" if past else f"s.starts_at >= now() - {_OVER_AFTER}"
    compares, order = ("<", "desc") if past else (">", "asc")
    moment, show_id = after or (None, None)
    rows = await tx.fetch(
        f"select {store.SHOW_COLUMNS} from {store.SHOW_TABLES} where s.organiser_id = any($1::uuid[]) and {when}"  # noqa: S608
        f" and ($2::timestamptz is null or (s.starts_at, s.id) {compares} ($2, $3::uuid))"
        f" order by s.starts_at {order}, s.id {order} limit $4",
        list(organisers),
        moment,
        show_id,
        rows_max,
    )
    return [store.show_of(row) for row in rows]


async def venue_lock(tx: Connection, venue_id: UUID) -> UUID | None:
    """Lock a venue for an edit, so that no show is announced there meanwhile; answers who added it."""
    found: UUID | None = await tx.fetchval("select organiser_id from venues where id = $1 for update", venue_id)
    return found


async def venue_in_use(tx: Connection, venue_id: UUID) -> bool:
    """Whether a show has been announced at a venue, ahead or over, and not been cancelled."""
    found = await tx.fetchval(
        "select exists (select from show_offers where venue_id = $1 and status <> 'cancelled')", venue_id
    )
    return bool(found)


async def venue_name_taken(tx: Connection, venue: Venue) -> UUID | None:
    """The id of another venue that has this name in this city."""
    found: UUID | None = await tx.fetchval(
        "select id from venues where name_key = $1 and city_key = $2 and country = $3 and id <> $4",
        fold(venue.name),
        fold(venue.city),
        venue.country,
        venue.id,
    )
    return found


async def venue_update(tx: Connection, venue: Venue) -> None:
    """Write a venue's next version."""
    await tx.execute(
        "update venues set name = $2, city = $3, country = $4, timezone = $5, lat = $6, lon = $7, capacity = $8,"
        " currency = $9, chart = $10::text::jsonb, name_key = $11, city_key = $12, version = $13 where id = $1",
        venue.id,
        venue.name,
        venue.city,
        venue.country,
        venue.timezone,
        venue.lat,
        venue.lon,
        venue.capacity,
        venue.currency,
        msgspec.json.encode(venue.chart).decode(),
        fold(venue.name),
        fold(venue.city),
        venue.version,
    )


async def shows_ahead(tx: Connection, venue_id: UUID, rows_max: int) -> list[UUID]:
    """The shows at a venue that are still to come and not cancelled, locked in one order."""
    rows = await tx.fetch(
        "select id from shows where id in (select show_id from show_offers where venue_id = $1"
        " and status <> 'cancelled' and (starts_at > now() or status = 'postponed')) order by id limit $2 for update",
        venue_id,
        rows_max,
    )
    return [row["id"] for row in rows]
