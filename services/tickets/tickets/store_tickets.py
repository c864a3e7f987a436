"""The SQL of admission tickets."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fairseat_common.database import Connection, Record
from tickets.domain_tickets import Standing, Ticket, TicketStatus

COLUMNS = (
    "id, show_id, section, row, seat, holder_id, status, order_id, serial, version, issued_at, ended_at, face, house"
)
# What a ticket is bound by; `t` is its row.
_STANDING = (
    "(select listing_id from listing_seats s where s.ticket_id = t.id and s.state in ('free', 'held')) as listing_id,"
    " (select transfer_id from transfer_tickets x where x.ticket_id = t.id and x.open) as transfer_id, t.printed_at"
)
_WRITTEN = "id, show_id, section, row, seat, holder_id, status, order_id, serial, version, ended_at, face, house"


async def tickets_at(tx: Connection, show_id: UUID, section: str, row: str, seats: Sequence[str]) -> list[Ticket]:
    """Who may take these places now: their valid or used tickets."""
    rows = await tx.fetch(
        f"select {COLUMNS} from tickets where show_id = $1 and section = $2 and row = $3"
        " and seat = any($4::text[]) and status in ('valid', 'used')",
        show_id,
        section,
        row,
        list(seats),
    )
    return [ticket_of(row) for row in rows]


async def tickets_unlisted(tx: Connection, holder_id: UUID, show_id: UUID, section: str, count: int) -> list[Ticket]:
    """Up to `count` valid tickets of a standing section that their holder neither sells nor gives away yet."""
    rows = await tx.fetch(
        f"select {COLUMNS} from tickets t where holder_id = $1 and show_id = $2 and section = $3 and row = ''"
        " and status = 'valid' and not exists (select from listing_seats s where s.ticket_id = t.id"
        " and s.state in ('free', 'held')) and not exists (select from transfer_tickets x where x.ticket_id = t.id"
        " and x.open) order by length(seat), seat limit $4",
        holder_id,
        show_id,
        section,
        count,
    )
    return [ticket_of(row) for row in rows]


async def tickets_add(tx: Connection, tickets: Sequence[Ticket]) -> list[UUID]:
    """Write new tickets; answers the ids of those that are in. A missing one's place has a valid ticket already."""
    rows = await tx.fetch(
        f"insert into tickets ({_WRITTEN}) select {_WRITTEN}"
        " from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::uuid[],"
        " $9::uuid[], $10::int[], $11::timestamptz[], $12::bigint[], $13::boolean[])"
        f" with ordinality as t ({_WRITTEN}, n) order by n on conflict do nothing returning id",
        *([getattr(ticket, name) for ticket in tickets] for name in _WRITTEN.split(", ")),
    )
    return [row["id"] for row in rows]


async def tickets_void(tx: Connection, ticket_ids: Sequence[UUID], replaced_by: Sequence[UUID | None]) -> None:
    """End tickets and name their successors, if they have any."""
    await tx.execute(
        "update tickets t set status = 'void', ended_at = coalesce(t.ended_at, now()), replaced_by = n.replaced_by,"
        " version = t.version + 1 from unnest($1::uuid[], $2::uuid[]) as n (id, replaced_by)"
        " where t.id = n.id and t.status in ('valid', 'void')",
        list(ticket_ids),
        list(replaced_by),
    )


async def tickets_void_brought(tx: Connection, ticket_ids: Sequence[UUID]) -> None:
    """End those of the tickets that their seller brought in by listing; bought ones stay valid."""
    await tx.execute(
        "update tickets set status = 'void', ended_at = now(), version = version + 1"
        " where id = any($1::uuid[]) and order_id is null and status = 'valid'",
        list(ticket_ids),
    )


async def tickets_revive(tx: Connection, ticket_ids: Sequence[UUID]) -> None:
    """Make tickets valid again that ended when their seller took the seats out of the sale."""
    await tx.execute(
        "update tickets set status = 'valid', ended_at = null, version = version + 1"
        " where id = any($1::uuid[]) and order_id is null and status = 'void' and replaced_by is null",
        list(ticket_ids),
    )


async def tickets_give(tx: Connection, ticket_ids: Sequence[UUID], replaced_by: Sequence[UUID]) -> int:
    """End valid tickets that are given to somebody, each with its successor; answers how many have ended."""
    answer = await tx.execute(
        "update tickets t set status = 'transferred', ended_at = now(), replaced_by = n.replaced_by,"
        " version = t.version + 1 from unnest($1::uuid[], $2::uuid[]) as n (id, replaced_by)"
        " where t.id = n.id and t.status = 'valid'",
        list(ticket_ids),
        list(replaced_by),
    )
    return int(answer.split()[-1])


async def tickets_get(tx: Connection, ticket_ids: Sequence[UUID]) -> list[Ticket]:
    """Those of the tickets that there are, by id."""
    rows = await tx.fetch(f"select {COLUMNS} from tickets where id = any($1::uuid[]) order by id", list(ticket_ids))
    return [ticket_of(row) for row in rows]


async def tickets_lock(tx: Connection, ticket_ids: Sequence[UUID]) -> list[Ticket]:
    """These tickets as they are, by id, which nobody else changes until the transaction ends."""
    rows = await tx.fetch(
        f"select {COLUMNS} from tickets where id = any($1::uuid[]) order by id for update", list(ticket_ids)
    )
    return [ticket_of(row) for row in rows]


async def ticket_get(tx: Connection, ticket_id: UUID) -> Ticket | None:
    """A ticket as it is."""
    row = await tx.fetchrow(f"select {COLUMNS} from tickets where id = $1", ticket_id)
    return None if row is None else ticket_of(row)


async def standing_get(tx: Connection, ticket_id: UUID) -> Standing:
    """What a ticket is bound by at the moment."""
    row = await tx.fetchrow(f"select {_STANDING} from tickets t where t.id = $1", ticket_id)
    return Standing() if row is None else Standing(**dict(row))


async def tickets_of_holder(
    tx: Connection, holder_id: UUID, status: TicketStatus | None, after: tuple[Any, ...] | None, limit: int
) -> list[tuple[Ticket, Standing, tuple[Any, ...]]]:
    """A holder's tickets with their positions: valid ones of coming shows by date, then of past shows, then ended.

    Without those of a house that its organiser sells.
    """
    # Seats of one show in the order of their numbers: `place` pads them on the left.
    rows = await tx.fetch(
        f"select t.*, {_STANDING} from (select t.*, s.starts_at,"
        " concat_ws('/', t.section, t.row, lpad(t.seat, 50)) as place,"
        " case when t.status <> 'valid' then 2 when s.starts_at < now() - interval '1 day' then 1 else 0 end as rank"
        " from tickets t join shows s on s.id = t.show_id"
        " where t.holder_id = $1 and not t.house and ($2::text is null or t.status = $2)) as t"
        " where $3::int is null or (rank, starts_at, place, id) > ($3::int, $4::timestamptz, $5::text, $6::uuid)"
        " order by rank, starts_at, place, id limit $7",
        holder_id,
        status,
        *(after or (None, None, None, None)),
        limit,
    )
    return [
        (
            ticket_of(row),
            Standing(**{name: row[name] for name in Standing.__struct_fields__}),
            (row["rank"], row["starts_at"], row["place"], row["id"]),
        )
        for row in rows
    ]


def ticket_of(row: Record) -> Ticket:
    """A ticket from a row of `COLUMNS`."""
    return Ticket(**{name: row[name] for name in Ticket.__struct_fields__})
