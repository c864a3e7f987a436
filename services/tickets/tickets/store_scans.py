"""The SQL of scans."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.database import Connection, Record
from tickets.domain_gates import Door, Found, Scan
from tickets.domain_scans import PlaceScanned, Told
from tickets.domain_tickets import Ticket
from tickets.store_tickets import COLUMNS, ticket_of

_SCAN = "id, show_id, ticket_id, gate, result, why, scanned_by, offline, let_in, scanned_at"
# A scan with the place of its ticket, and the admission that its ticket had.
_TOLD = (
    "select s.id, s.show_id, s.ticket_id, s.gate, s.result, s.why, s.scanned_by, s.offline, s.let_in, s.scanned_at,"
    " t.section, t.row, t.seat, a.scanned_at as used_at, a.gate as used_gate from scans s"
    " left join tickets t on t.id = s.ticket_id"
    " left join scans a on a.ticket_id = s.ticket_id and a.result = 'admitted' and a.id <> s.id"
)
# What devices without a network know a ticket by; the index tickets_by_reference has the same words.
REFERENCE = "substring(sha256(uuid_send(serial)) from 1 for 16)"


async def door_get(tx: Connection, show_id: UUID) -> Door | None:
    """A show at its door."""
    row = await tx.fetchrow("select id as show_id, starts_at, status, now() as now from shows where id = $1", show_id)
    return None if row is None else Door(**dict(row))


async def tickets_by_serial(tx: Connection, serials: Sequence[UUID]) -> list[Ticket]:
    """The tickets that have these serials."""
    rows = await tx.fetch(f"select {COLUMNS} from tickets where serial = any($1::uuid[])", list(serials))
    return [ticket_of(row) for row in rows]


async def tickets_by_reference(tx: Connection, references: Sequence[bytes]) -> dict[bytes, Ticket]:
    """The tickets that a device without a network knows by these."""
    rows = await tx.fetch(
        f"select {COLUMNS}, {REFERENCE} as reference from tickets where {REFERENCE} = any($1::bytea[])",
        list(references),
    )
    return {bytes(row["reference"]): ticket_of(row) for row in rows}


async def found_lock(tx: Connection, ticket_id: UUID) -> Found:
    """A ticket with what decides at the door, which nobody else changes until the transaction ends.

    The caller has the lock of its row. Locked first and then looked at, in two statements.
    """
    locked = await tx.fetchrow(f"select {COLUMNS} from tickets where id = $1 for update", ticket_id)
    row = await tx.fetchrow(
        "select replaced_by is not null as replaced,"
        " exists (select from refunded_seats r where r.order_id = t.order_id and r.seat = t.seat) as refunded,"
        " exists (select from listing_seats s where s.ticket_id = t.id and s.state = 'held') as held,"
        " exists (select from claims c where c.replacement_ticket_id = t.id) as replacement"
        " from tickets t where t.id = $1",
        ticket_id,
    )
    assert locked is not None and row is not None, "tickets are never deleted"  # noqa: PT018
    return Found(ticket=ticket_of(locked), **dict(row))


async def ticket_use(tx: Connection, ticket_id: UUID) -> bool:
    """Let a valid ticket's holder in; False if it has ended."""
    answer = await tx.execute(
        "update tickets set status = 'used', ended_at = now(), version = version + 1"
        " where id = $1 and status = 'valid'",
        ticket_id,
    )
    return answer.endswith(" 1")


async def scan_add(tx: Connection, scan: Scan) -> bool:
    """Keep a scan; False if its id is known. Raises asyncpg.UniqueViolationError for a second admission."""
    answer = await tx.execute(
        f"insert into scans ({_SCAN}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing",
        scan.id,
        scan.show_id,
        scan.ticket_id,
        scan.gate,
        scan.result,
        scan.why,
        scan.scanned_by,
        scan.offline,
        scan.let_in,
        scan.scanned_at,
    )
    return answer.endswith(" 1")


async def scans_told(tx: Connection, scan_ids: Sequence[UUID]) -> dict[UUID, Told]:
    """These scans with what staff are told of them, by id."""
    rows = await tx.fetch(f"{_TOLD} where s.id = any($1::uuid[])", list(scan_ids))
    return {row["id"]: _told(row) for row in rows}


async def scans_wrong(tx: Connection, show_id: UUID, rows_max: int) -> list[Told]:
    """The latest scans that let somebody in who had no right to it."""
    rows = await tx.fetch(
        f"{_TOLD} where s.show_id = $1 and s.let_in and s.result <> 'admitted'"
        " order by s.scanned_at desc, s.id limit $2",
        show_id,
        rows_max,
    )
    return [_told(row) for row in rows]


def _told(row: Record) -> Told:
    scan = Scan(**{name: row[name] for name in Scan.__struct_fields__})
    place = None
    if scan.ticket_id is not None:
        place = PlaceScanned(id=scan.ticket_id, section=row["section"], row=row["row"], seat=row["seat"])
    return Told(scan=scan, place=place, used_at=row["used_at"], used_gate=row["used_gate"])
