"""The rules of a show's doors: what a code that is held up there is worth. Pure.

A ticket lets one person in, once. Whoever is turned away is told why, and each scan is kept, since a ticket that was
turned away though it should have been good is made good (domain_claims.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts import TicketScanned
from tickets.domain_codes import Code, CodeForged, CodeWrongShow, code_admits
from tickets.domain_tickets import Ticket, TicketVoid

DOORS_FROM = timedelta(hours=6)
"""How long before its show a ticket is let in: from the moment at which phones have the codes of the day."""

Result = Literal[
    "admitted", "already-used", "void", "wrong-show", "forged", "code-stale", "not-yet", "unproven", "on-sale",
    "not-listed",
]  # fmt: skip
"""What became of a code at the door. not-listed: a device without a network did not know the ticket, which was good."""
Why = Literal["", "resold", "given", "refunded", "withdrawn", "show-cancelled"]
"""What had become of a ticket that is void."""


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A show at its door, as of `now`, the database's time."""

    show_id: UUID
    starts_at: datetime
    status: str
    now: datetime

    @property
    def opens_at(self) -> datetime | None:
        """From when tickets are let in; None while nobody knows when the show takes place."""
        return self.starts_at - DOORS_FROM if self.status == "scheduled" else None


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was held up: what it says, or None for one that is none of ours, at which moment and gate.

    `let_in` is what a device without a network has decided; None: the decision is ours.
    """

    scan_id: UUID
    gate: str
    at: datetime
    stale: bool = False
    let_in: bool | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket at the door, with what else decides. `replaced`: another took its place.

    `held`: a buyer is about to pay for it. `replacement`: it was given to its holder for another that had failed.
    """

    ticket: Ticket
    replaced: bool
    refunded: bool
    held: bool
    replacement: bool


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A scan as it is kept. `ticket_id` is None where the code is none of ours."""

    id: UUID
    show_id: UUID
    ticket_id: UUID | None
    gate: str
    result: Result
    why: Why
    scanned_by: UUID
    offline: bool
    let_in: bool
    scanned_at: datetime


class Verdict(msgspec.Struct, frozen=True):
    """What a code is worth at a door, and why a ticket that is void is that."""

    result: Result
    why: Why = ""


def judged(door: Door, code: Code | None, found: Found | None, presented: Presented) -> Verdict:
    """What a code is worth, by its own words and by what is known of its ticket.

    What a ticket has become counts first: who sold it is not told to come with a fresher code.
    """
    if code is None:
        return Verdict("forged")
    try:
        code_admits(code, found.ticket if found else None, door.show_id)
    except CodeForged:
        return Verdict("forged")
    except CodeWrongShow:
        return Verdict("wrong-show")
    except TicketVoid:
        assert found is not None, "only a ticket can be void"
        return Verdict("already-used") if found.ticket.status == "used" else Verdict("void", why_void(found))
    assert found is not None, "a code admits by its ticket"
    return _valid_judged(door, found, presented)


def _valid_judged(door: Door, found: Found, presented: Presented) -> Verdict:
    if door.status == "cancelled":
        return Verdict("void", "show-cancelled")
    if door.opens_at is None or presented.at < door.opens_at:
        return Verdict("not-yet")
    if presented.stale:
        return Verdict("code-stale")
    if found.ticket.order_id is None and not found.replacement:
        return Verdict("unproven")
    if found.held:
        return Verdict("on-sale")
    return Verdict("not-listed" if presented.let_in is False else "admitted")


def why_void(found: Found) -> Why:
    """What became of a ticket that is not valid any more."""
    if found.ticket.status == "transferred":
        return "given"
    if found.refunded:
        return "refunded"
    return "resold" if found.replaced else "withdrawn"


def scan_made(door: Door, presented: Presented, verdict: Verdict, ticket_id: UUID | None, staff_id: UUID) -> Scan:
    """The scan to keep. A device without a network has let people in, or not, whatever is known now."""
    offline = presented.let_in is not None
    return Scan(
        id=presented.scan_id,
        show_id=door.show_id,
        ticket_id=ticket_id,
        gate=presented.gate,
        result=verdict.result,
        why=verdict.why,
        scanned_by=staff_id,
        offline=offline,
        let_in=bool(presented.let_in) if offline else verdict.result == "admitted",
        scanned_at=min(presented.at, door.now),
    )


def ticket_scanned(scan: Scan, ticket: Ticket, now: datetime) -> TicketScanned:
    """The event that a ticket let its holder in."""
    return TicketScanned(
        scan_id=scan.id,
        show_id=scan.show_id,
        ticket_id=ticket.id,
        holder_id=ticket.holder_id,
        order_id=ticket.order_id,
        gate=scan.gate,
        scanned_at=scan.scanned_at,
        version=1,
        occurred_at=now,
    )
