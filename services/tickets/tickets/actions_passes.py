"""What holders can take along: a sheet of codes for a day without a network, and a code for paper."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fairseat_common.database import Connection, Database
from tickets import actions_tickets, store_copies, store_passes
from tickets.domain_codes import (
    SHEETS_PER_HOUR_MAX,
    CodeKeys,
    CodeSheet,
    CodesNotYet,
    SheetLimit,
    code_print,
    sheet_make,
    sheet_steps,
)
from tickets.domain_tickets import PrintedCode, TicketVoid

SIGNING_MAX = 1
"""Sheets that are signed at the same time: the thread beside the loop, so that nobody else waits for a day's codes."""


class Sheets:
    """Makes sheets of codes, a bounded number at once."""

    def __init__(self, keys: CodeKeys) -> None:
        self._keys = keys
        self._turn = asyncio.Semaphore(SIGNING_MAX)

    async def sheet(self, database: Database, holder_id: UUID, ticket_id: UUID) -> CodeSheet:
        """The codes of the show's day for one's ticket. Raises NotFound, TicketVoid, CodesNotYet, SheetLimit."""
        async with database.transaction() as tx:
            ticket = await actions_tickets.ticket_own(tx, holder_id, ticket_id)
            show = await store_copies.show_get(tx, ticket.show_id)
            assert show is not None, "a ticket has a show"
            if ticket.status != "valid":
                raise TicketVoid(status_of_ticket=ticket.status)
            if show.status != "scheduled":
                raise CodesNotYet
            steps = sheet_steps(show.starts_at, show.now)
            if not await store_passes.sheet_take(tx, ticket_id, SHEETS_PER_HOUR_MAX):
                raise SheetLimit(retry_after_s=600)
        async with self._turn:
            return await asyncio.to_thread(sheet_make, self._keys, ticket, steps, show.now)


async def ticket_print(tx: Connection, holder_id: UUID, ticket_id: UUID, keys: CodeKeys) -> PrintedCode:
    """A code that holds for as long as the ticket does, and a note that it is on paper. Raises NotFound, TicketVoid."""
    ticket = await actions_tickets.ticket_own(tx, holder_id, ticket_id)
    code = code_print(keys, ticket)
    await store_passes.print_note(tx, ticket_id)
    return PrintedCode(code=code)
