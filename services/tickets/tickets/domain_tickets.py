"""The rules of admission tickets. Pure: time and ids come in as arguments, events go out as return values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts import IssuedTicket, TicketsIssued
from fairseat_common.contracts.refusals import Conflict

TicketStatus = Literal["valid", "transferred", "void", "used"]


class TicketVoid(Conflict):
    """The ticket lets nobody in any more."""

    slug = "ticket-void"
    title = "This ticket is no longer valid"
    detail = "It was sold, transferred, withdrawn or used, so it has no code."


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """The right to one place at a show. `serial` is what its codes carry, and never leaves in another form."""

    id: UUID
    show_id: UUID
    section: str
    row: str
    seat: str
    holder_id: UUID
    status: TicketStatus
    order_id: UUID | None
    """The order that paid for it; None if its holder brought it in by listing the seat."""
    serial: UUID
    version: int
    issued_at: datetime
    ended_at: datetime | None


class TicketView(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as its holder sees it."""

    id: UUID
    show_id: UUID
    section: str
    row: str
    seat: str
    status: TicketStatus
    order_id: UUID | None
    version: int
    issued_at: datetime
    ended_at: datetime | None


class CodeView(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate reads, and when the next code takes its place."""

    code: str
    rotates_at: datetime


def ticket_view(ticket: Ticket) -> TicketView:
    """What the holder may see."""
    return TicketView(**{name: getattr(ticket, name) for name in TicketView.__struct_fields__})


def tickets_new(
    show_id: UUID,
    section: str,
    row: str,
    seats: Sequence[str],
    holder_id: UUID,
    order_id: UUID | None,
    new_id: Callable[[], UUID],
    new_serial: Callable[[], UUID],
    now: datetime,
) -> list[Ticket]:
    """Valid tickets for places, one each."""
    return [
        Ticket(
            id=new_id(),
            show_id=show_id,
            section=section,
            row=row,
            seat=seat,
            holder_id=holder_id,
            status="valid",
            order_id=order_id,
            serial=new_serial(),
            version=1,
            issued_at=now,
            ended_at=None,
        )
        for seat in seats
    ]


def ticket_refunded(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket after its money went back: void, without a successor."""
    return msgspec.structs.replace(ticket, status="void", ended_at=now, version=ticket.version + 1)


def tickets_issued(order_id: UUID, holder_id: UUID, tickets: Sequence[Ticket], now: datetime) -> TicketsIssued:
    """The event that a confirmed order's tickets exist."""
    return TicketsIssued(
        order_id=order_id,
        show_id=tickets[0].show_id,
        holder_id=holder_id,
        tickets=tuple(IssuedTicket(ticket_id=t.id, section=t.section, row=t.row, seat=t.seat) for t in tickets),
        version=1,
        occurred_at=now,
    )
