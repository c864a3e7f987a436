"""The SQL of standing rules: those of a place or an organiser, and the shows that have still to take them over."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import msgspec

from catalog.domain import Show
from catalog.domain_standing import StandingDraft, StandingKind, StandingRules, standing_of
from fairseat_common.database import Connection

_AHEAD = "status <> 'cancelled' and (starts_at > now() or status = 'postponed')"
_BY = {"venue": "venue_id", "organiser": "organiser_id"}


class Spread(NamedTuple):
    """Whose shows take new standing rules over, by whom they were set, and up to which show it has been done."""

    kind: StandingKind
    source_id: UUID
    after: UUID | None
    set_by: UUID


async def standing_lock(tx: Connection, kind: StandingKind, source_id: UUID) -> None:
    """Set standing rules as the only one until the transaction ends; no show is announced under them meanwhile."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", _lock_name(kind, source_id))


async def standing_hold(tx: Connection, show: Show) -> None:
    """Let nobody set the standing rules of a show until the transaction ends."""
    await tx.execute(
        "select pg_advisory_xact_lock_shared(hashtextextended(name, 0)) from unnest($1::text[]) as t (name)",
        [_lock_name("organiser", show.organiser_id), _lock_name("venue", show.venue.id)],
    )


async def standing_get(tx: Connection, kind: StandingKind, source_id: UUID) -> StandingRules:
    """The rules that stand for a place or an organiser; version 0 where none were set."""
    row = await tx.fetchrow(
        "select version, rules::text as rules,"
        " exists (select from standing_spreads where kind = $1 and source_id = $2) as spreading"
        " from standing_rules where kind = $1 and source_id = $2 order by version desc limit 1",
        kind,
        source_id,
    )
    if row is None:
        return StandingRules(kind=kind, id=source_id)
    draft = msgspec.json.decode(row["rules"], type=StandingDraft)
    return standing_of(kind, source_id, draft, row["version"], spreading=row["spreading"])


async def standing_for(tx: Connection, show: Show) -> tuple[StandingDraft | None, StandingDraft | None]:
    """The standing rules of a show's organiser and of its venue."""
    rows = await tx.fetch(
        "select distinct on (kind) kind, rules::text as rules from standing_rules"
        " where kind = 'organiser' and source_id = $1 or kind = 'venue' and source_id = $2"
        " order by kind, version desc",
        show.organiser_id,
        show.venue.id,
    )
    found = {row["kind"]: msgspec.json.decode(row["rules"], type=StandingDraft) for row in rows}
    return found.get("organiser"), found.get("venue")


async def standing_add(tx: Connection, rules: StandingRules, draft: StandingDraft, set_by: UUID) -> None:
    """Write the next version of standing rules, and that the shows ahead have to take them over, from the first on."""
    await tx.execute(
        "insert into standing_rules (kind, source_id, version, rules, set_by) values ($1, $2, $3, $4::text::jsonb, $5)",
        rules.kind,
        rules.id,
        rules.version,
        msgspec.json.encode(draft).decode(),
        set_by,
    )
    await tx.execute(
        "insert into standing_spreads (kind, source_id, set_by) values ($1, $2, $3)"
        " on conflict (kind, source_id) do update set after = null, set_by = excluded.set_by",
        rules.kind,
        rules.id,
        set_by,
    )


async def spread_take(tx: Connection) -> Spread | None:
    """Standing rules that shows have still to take over; nobody else gets them until the transaction ends."""
    row = await tx.fetchrow(
        "select kind, source_id, after, set_by from standing_spreads limit 1 for update skip locked"
    )
    return None if row is None else Spread(**dict(row))


async def spread_shows(tx: Connection, spread: Spread, rows_max: int) -> list[UUID]:
    """The next shows ahead that have to take the rules over, locked in the order of their ids."""
    rows = await tx.fetch(
        f"select id from shows where {_BY[spread.kind]} = $1 and {_AHEAD}"  # noqa: S608 -- from words of ours
        " and ($2::uuid is null or id > $2) order by id limit $3 for update",
        spread.source_id,
        spread.after,
        rows_max,
    )
    return [row["id"] for row in rows]


async def spread_advance(tx: Connection, spread: Spread, after: UUID | None) -> None:
    """The shows up to this one have taken the rules over; None: all have."""
    if after is None:
        await tx.execute(
            "delete from standing_spreads where kind = $1 and source_id = $2", spread.kind, spread.source_id
        )
        return
    await tx.execute(
        "update standing_spreads set after = $3 where kind = $1 and source_id = $2",
        spread.kind,
        spread.source_id,
        after,
    )


async def organiser_known(tx: Connection, organiser_id: UUID) -> bool:
    """Whether somebody organises: by their account, or by a show or a venue."""
    found = await tx.fetchval(
        "select exists (select from people where id = $1 and 'organiser' = any(roles))"
        " or exists (select from shows where organiser_id = $1)"
        " or exists (select from venues where organiser_id = $1)",
        organiser_id,
    )
    return bool(found)


async def venue_organiser(tx: Connection, venue_id: UUID) -> UUID | None:
    """Who added a venue; None for an unknown one."""
    found: UUID | None = await tx.fetchval("select organiser_id from venues where id = $1", venue_id)
    return found


def _lock_name(kind: StandingKind, source_id: UUID) -> str:
    return f"standing rules {kind} {source_id}"
