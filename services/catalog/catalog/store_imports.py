"""The SQL of imports: under which names other systems know our shows and venues."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from catalog.domain_imports import Facts, VenueGiven
from catalog.domain_search import fold
from fairseat_common.database import Connection

IMPORTS_LOCK = 7_231_101


class Known(msgspec.Struct, frozen=True):
    """A show that was imported before, what its source said of it then, and the digest of the record that said so."""

    show_id: UUID
    facts: Facts
    digest: bytes


async def imports_lock(tx: Connection) -> bool:
    """Whether this transaction may import: one at a time does."""
    locked = await tx.fetchval("select pg_try_advisory_xact_lock($1)", IMPORTS_LOCK)
    return bool(locked)


async def shows_known(tx: Connection, source: str, external_ids: Sequence[str]) -> dict[str, Known]:
    """Those of the source's shows that were imported before, by its ids; they are locked for an edit."""
    rows = await tx.fetch(
        "select i.external_id, i.show_id, i.facts::text as facts, i.digest from imported_shows i"
        " join shows s on s.id = i.show_id"
        " where i.source = $1 and i.external_id = any($2::text[]) order by s.id for update of s",
        source,
        list(external_ids),
    )
    return {
        row["external_id"]: Known(row["show_id"], msgspec.json.decode(row["facts"], type=Facts), row["digest"])
        for row in rows
    }


async def show_note(tx: Connection, source: str, external_id: str, show_id: UUID, facts: Facts, digest: bytes) -> None:
    """Note what the source says of a show now."""
    await tx.execute(
        "insert into imported_shows (source, external_id, show_id, facts, digest)"
        " values ($1, $2, $3, $4::text::jsonb, $5)"
        " on conflict (source, external_id) do update set facts = excluded.facts, digest = excluded.digest",
        source,
        external_id,
        show_id,
        msgspec.json.encode(facts).decode(),
        digest,
    )


async def venue_find(tx: Connection, source: str, given: VenueGiven) -> UUID | None:
    """The venue that the source means: known by its id, or else by name, city and country."""
    found: UUID | None = await tx.fetchval(
        "select coalesce("
        " (select venue_id from imported_venues where source = $1 and external_id = $2),"
        " (select id from venues where name_key = $3 and city_key = $4 and country = $5))",
        source,
        given.external_id,
        fold(given.name),
        fold(given.city),
        given.country,
    )
    return found


async def venue_note(tx: Connection, source: str, external_id: str, venue_id: UUID) -> None:
    """Note under which id the source knows a venue; the first venue stays."""
    await tx.execute(
        "insert into imported_venues (source, external_id, venue_id) values ($1, $2, $3) on conflict do nothing",
        source,
        external_id,
        venue_id,
    )


async def city_middle(tx: Connection, given: VenueGiven) -> tuple[float, float] | None:
    """The middle of the venues that the city already has, as latitude and longitude in degrees."""
    row = await tx.fetchrow(
        "select avg(lat) as lat, avg(lon) as lon from venues where city_key = $1 and country = $2",
        fold(given.city),
        given.country,
    )
    return None if row is None or row["lat"] is None else (row["lat"], row["lon"])
