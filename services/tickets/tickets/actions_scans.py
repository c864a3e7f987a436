"""What happens at the doors: codes are judged, tickets let somebody in once, and all of it is kept.

A scan takes the lock of its ticket's row, as everything does that ends a ticket: of a scan and a sale, a gift or a
refund of the same ticket at the same moment, one is first, and the other sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

import msgspec

from fairseat_common import outbox
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from fairseat_common.ids import new_id
from fairseat_common.web import SignedIn
from tickets import actions_refunds, actions_teams, actions_transfers, store_copies, store_scans, store_transfers
from tickets.domain_codes import Code, CodeForged, CodeKeys, CodeStale, code_read
from tickets.domain_gates import Door, Found, Presented, judged, scan_made, ticket_scanned
from tickets.domain_references import reference_read
from tickets.domain_scans import (
    BatchView,
    NewBatch,
    NewScan,
    OfflineScan,
    ScanIdTaken,
    ScanView,
    Told,
    batch_view,
    moment_checked,
    refused,
    scan_view,
)
from tickets.domain_teams import DutyMissing
from tickets.domain_tickets import Ticket

CHUNK_MAX = 50
"""Offline scans of one transaction, which holds the locks of their rows."""


async def scan_code(database: Database, user: SignedIn, wanted: NewScan, keys: CodeKeys) -> ScanView:
    """Judge a code that was held up. A refusal is raised after it was kept.

    Raises NotFound, DutyMissing, Invalid, ScanIdTaken, and the refusals of domain_scans.
    """
    async with database.transaction() as tx:
        door = await _door(tx, user, wanted.show_id)
        at = moment_checked(door, wanted.scanned_at, "scanned_at")
        code, stale = None, False
        try:
            code = code_read(keys.verifying, wanted.code, at)
        except CodeStale as error:
            code, stale = error.code, True
        except CodeForged:
            code = None
        presented = Presented(scan_id=wanted.scan_id or new_id(), gate=wanted.gate, at=at, stale=stale)
        tickets = await store_scans.tickets_by_serial(tx, [code.serial]) if code else []
        await _rows_lock(tx, tickets)
        await _scan(tx, door, user.id, presented, code, tickets[0] if tickets else None)
        told = (await _told(tx, door, [presented.scan_id]))[0]
    if told.scan.result != "admitted":
        raise refused(told, door)
    return scan_view(told)


async def scan_show(tx: Connection, user: SignedIn, scan_id: UUID) -> ScanView:
    """A scan that was kept, for the staff of its show. Raises NotFound: others do not learn that it is there."""
    told = (await store_scans.scans_told(tx, [scan_id])).get(scan_id)
    if told is None:
        raise NotFound
    try:
        await actions_teams.duty_check(tx, user, told.scan.show_id, "scan")
    except DutyMissing:
        raise NotFound from None
    return scan_view(told)


async def scan_batch(database: Database, user: SignedIn, wanted: NewBatch) -> BatchView:
    """Take over what a device has decided without a network; sent again, it changes nothing.

    Raises NotFound, DutyMissing, Invalid, ScanIdTaken.
    """
    told: list[Told] = []
    scans = list(enumerate(wanted.scans))
    for start in range(0, len(scans), CHUNK_MAX):
        async with database.transaction() as tx:
            told += await _batch_part(tx, user, wanted, scans[start : start + CHUNK_MAX])
    return batch_view(told)


async def _batch_part(
    tx: Connection, user: SignedIn, wanted: NewBatch, part: Sequence[tuple[int, OfflineScan]]
) -> list[Told]:
    door = await _door(tx, user, wanted.show_id)
    references = {n: reference_read(scan.reference) for n, scan in part if scan.reference is not None}
    tickets = await store_scans.tickets_by_reference(tx, list(references.values()))
    await _rows_lock(tx, list(tickets.values()))
    kept: list[UUID] = []
    for number, scan in part:
        presented = Presented(
            scan_id=scan.scan_id,
            gate=wanted.gate,
            at=moment_checked(door, scan.scanned_at, f"scans[{number}].scanned_at"),
            stale=scan.stale,
            let_in=scan.let_in,
        )
        ticket = tickets.get(references[number]) if number in references else None
        code = Code(ticket.serial, ticket.show_id) if ticket else None
        kept.append(await _scan(tx, door, user.id, presented, code, ticket))
    return await _told(tx, door, kept)


async def _scan(
    tx: Connection, door: Door, staff_id: UUID, presented: Presented, code: Code | None, ticket: Ticket | None
) -> UUID:
    """Judge and keep one scan; answers under which id. The caller has the lock of the ticket's row.

    One whose id is known changes nothing, unless our refusal never reached the door and somebody was let in there.
    """
    found = await store_scans.found_lock(tx, ticket.id) if ticket else None
    verdict = judged(door, code, found, presented)
    scan = scan_made(door, presented, verdict, ticket.id if ticket else None, staff_id)
    if not await store_scans.scan_add(tx, scan):
        known = (await store_scans.scans_told(tx, [scan.id]))[scan.id].scan
        if not presented.let_in or known.let_in or known.show_id != door.show_id:
            return scan.id
        scan = msgspec.structs.replace(scan, id=uuid5(scan.id, "let in"))
        if not await store_scans.scan_add(tx, scan):
            return scan.id
    if scan.result == "admitted":
        assert found is not None, "a ticket was let in"
        await _let_in(tx, found)
        await outbox.append(tx, ticket_scanned(scan, found.ticket, await store_copies.clock(tx)))
    return scan.id


async def _let_in(tx: Connection, found: Found) -> None:
    """End a ticket by letting its holder in: what is offered of it, for money or as a gift, is offered no more."""
    used = await store_scans.ticket_use(tx, found.ticket.id)
    assert used, "the ticket is locked and was valid"
    await actions_transfers.tickets_lost(tx, [found.ticket.id])
    await actions_refunds.leave_sale(tx, [found.ticket.id])


async def _door(tx: Connection, user: SignedIn, show_id: UUID) -> Door:
    """The door of a show for one of its staff; raises NotFound, DutyMissing."""
    await actions_teams.duty_check(tx, user, show_id, "scan")
    door = await store_scans.door_get(tx, show_id)
    if door is None:
        raise NotFound
    return door


async def _rows_lock(tx: Connection, tickets: Sequence[Ticket]) -> None:
    """Lock the rows of these tickets, in one order for everybody."""
    for show_id in sorted({ticket.show_id for ticket in tickets}):
        rows = [(ticket.section, ticket.row) for ticket in tickets if ticket.show_id == show_id]
        await store_transfers.rows_lock(tx, show_id, rows)


async def _told(tx: Connection, door: Door, scan_ids: Sequence[UUID]) -> list[Told]:
    """What is told of scans that are kept, in this order; raises ScanIdTaken for an id of another door."""
    told = await store_scans.scans_told(tx, scan_ids)
    if any(one.scan.show_id != door.show_id for one in told.values()):
        raise ScanIdTaken
    return [told[scan_id] for scan_id in scan_ids]
