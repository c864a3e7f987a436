"""The SQL of doors: counts, and the tickets of a show's list."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from fairseat_common.database import Connection
from tickets.domain_gate_lists import Entrant, Gate, GateShow
from tickets.store_scans import REFERENCE

# What a door may expect: bought tickets, and those that were given for others that had failed.
_COMING = (
    "(t.order_id is not null or exists (select from claims c where c.replacement_ticket_id = t.id))"
    " and t.status = 'valid'"
)


class Counts(NamedTuple):
    """Who is in, and who may still come."""

    admitted: int
    expected: int


async def counts(tx: Connection, show_id: UUID) -> Counts:
    """Who was let in at a show, and how many tickets still let somebody in."""
    row = await tx.fetchrow(
        "select (select count(*) from scans where show_id = $1 and result = 'admitted') as admitted,"
        f" (select count(*) from tickets t where t.show_id = $1 and {_COMING}) as expected",
        show_id,
    )
    assert row is not None, "an aggregate has a row"
    return Counts(row["admitted"], row["expected"])


async def gates(tx: Connection, show_id: UUID, rows_max: int) -> list[Gate]:
    """What each gate has seen, by name."""
    rows = await tx.fetch(
        "select gate, count(*) filter (where result = 'admitted') as admitted,"
        " count(*) filter (where not let_in) as refused,"
        " count(*) filter (where let_in and result <> 'admitted') as wrong, max(scanned_at) as last_at"
        " from scans where show_id = $1 group by gate order by gate limit $2",
        show_id,
        rows_max,
    )
    return [Gate(**dict(row)) for row in rows]


async def shows_of_staff(
    tx: Connection, user_id: UUID, everywhere: bool, organises: bool, after: tuple[datetime, UUID] | None, limit: int
) -> list[GateShow]:
    """Shows from yesterday on whose doors somebody looks after, the next first; `everywhere`: all there are."""
    rows = await tx.fetch(
        "select s.id as show_id, s.starts_at, s.status,"
        " (select count(*) from scans where show_id = s.id and result = 'admitted') as admitted,"
        f" (select count(*) from tickets t where t.show_id = s.id and {_COMING}) as expected"
        " from shows s where s.starts_at > now() - interval '1 day'"
        " and ($2 or ($3 and s.organiser_id = $1) or s.organiser_id in (select organiser_id from team_members"
        " where user_id = $1 and 'scan' = any(duties)))"
        " and ($4::timestamptz is null or (s.starts_at, s.id) > ($4, $5::uuid)) order by s.starts_at, s.id limit $6",
        user_id,
        everywhere,
        organises,
        *(after or (None, None)),
        limit,
    )
    return [GateShow(**dict(row)) for row in rows]


async def entrants(tx: Connection, show_id: UUID, after: UUID | None, limit: int) -> list[Entrant]:
    """Tickets of a show, ended ones too, by id."""
    rows = await tx.fetch(
        f"select t.id, {REFERENCE} as reference, t.status, t.replaced_by is not null as replaced,"
        " (t.order_id is not null or exists (select from claims c where c.replacement_ticket_id = t.id)) as bought,"
        " exists (select from refunded_seats r where r.order_id = t.order_id and r.seat = t.seat) as refunded,"
        " exists (select from listing_seats s where s.ticket_id = t.id and s.state in ('free', 'held')) as listed,"
        " t.section, t.row, t.seat from tickets t where t.show_id = $1 and ($2::uuid is null or t.id > $2)"
        " order by t.id limit $3",
        show_id,
        after,
        limit,
    )
    return [Entrant(**{name: row[name] for name in Entrant._fields}) for row in rows]
