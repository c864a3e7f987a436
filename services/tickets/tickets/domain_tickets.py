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


class TicketUsed(TicketVoid):
    """The ticket has let its holder in."""

    slug = "ticket-used"
    title = "This ticket was used"
    detail = "It let somebody in at the door, so it can neither be sold nor given away any more."


def ticket_ended(status: TicketStatus) -> TicketVoid:
    """The refusal of a ticket that has ended, by how it did."""
    return TicketUsed(status_of_ticket=status) if status == "used" else TicketVoid(status_of_ticket=status)


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
    face: int | None = None
    """What the place was first sold for here, in minor units of the show's currency; None: it never was."""
    house: bool = False
    """The organiser's own, for a place that nobody has bought yet."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket is bound by at the moment: a listing that sells it, or an open transfer; never both for long."""

    listing_id: UUID | None = None
    transfer_id: UUID | None = None
    printed_at: datetime | None = None


class TicketView(Standing, frozen=True, kw_only=True):
    """A ticket as its holder sees it. `original_code` is the one that the ticket had where it was bought first."""

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
    original_code: str | None = None


class CodeView(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate reads, and when the next code takes its place."""

    code: str
    rotates_at: datetime


class PrintedCode(msgspec.Struct, frozen=True):
    """A code for paper: what the gate reads, for as long as the ticket is valid."""

    code: str


def ticket_view(ticket: Ticket, standing: Standing, original_code: str | None = None) -> TicketView:
    """What the holder may see."""
    facts = {name: getattr(ticket, name) for name in TicketView.__struct_fields__ if hasattr(ticket, name)}
    return TicketView(**facts, **msgspec.structs.asdict(standing), original_code=original_code)


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


def ticket_given(ticket: Ticket, holder_id: UUID, new_id: UUID, serial: UUID, now: datetime) -> Ticket:
    """A receiver's ticket for the place of one that is given away: another serial, the same order."""
    return msgspec.structs.replace(
        ticket, id=new_id, holder_id=holder_id, serial=serial, version=1, issued_at=now, ended_at=None, status="valid"
    )


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
