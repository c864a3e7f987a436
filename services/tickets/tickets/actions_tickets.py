"""What holders can do with their tickets: look, and show a code at the gate."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.web import Page, page_of
from tickets import store_copies, store_delivery, store_tickets
from tickets.domain_codes import CodeKeys, code_make
from tickets.domain_tickets import CodeView, Ticket, TicketStatus, TicketView, ticket_view


async def tickets_of_holder(
    tx: Connection, holder_id: UUID, status: TicketStatus | None, after: tuple[Any, ...] | None, limit: int
) -> Page[TicketView]:
    """A page of somebody's tickets: coming shows by date, then past ones, then tickets that have ended."""
    found = await store_tickets.tickets_of_holder(tx, holder_id, status, after, limit + 1)
    page = page_of(found, limit, lambda item: item[2])
    return Page([ticket_view(ticket, standing) for ticket, standing, _ in page.items], page.next_cursor)


async def ticket_show(tx: Connection, holder_id: UUID, ticket_id: UUID) -> TicketView:
    """One ticket of the holder's, with the code from elsewhere while it is valid; raises NotFound."""
    ticket = await ticket_own(tx, holder_id, ticket_id)
    # A code from elsewhere belongs to whoever may take the place now.
    original = None
    if ticket.status == "valid":
        original = await store_delivery.code_at(tx, ticket.show_id, ticket.section, ticket.row, ticket.seat)
    return ticket_view(ticket, await store_tickets.standing_get(tx, ticket_id), original)


async def ticket_code(tx: Connection, holder_id: UUID, ticket_id: UUID, keys: CodeKeys) -> CodeView:
    """The code of this moment; raises NotFound, TicketVoid."""
    ticket = await ticket_own(tx, holder_id, ticket_id)
    code, rotates_at = code_make(keys, ticket, await store_copies.clock(tx))
    return CodeView(code=code, rotates_at=rotates_at)


async def ticket_own(tx: Connection, holder_id: UUID, ticket_id: UUID) -> Ticket:
    """A ticket that somebody has, or once had; raises NotFound for everybody else's."""
    ticket = await store_tickets.ticket_get(tx, ticket_id)
    if ticket is None or ticket.holder_id != holder_id:
        raise NotFound("There is no such ticket of yours.")
    return ticket
