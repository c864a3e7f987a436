"""Scans over HTTP: what a door sends, and what it is told. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid, Refusal
from tickets.domain_codes import CODE_CHARACTERS_MAX, CodeForged, CodeStale, CodeWrongShow
from tickets.domain_gates import Door, Result, Scan, Why
from tickets.domain_tickets import Ticket

BATCH_MAX = 500
"""Scans that a device without a network tells of at once."""
AGE_MAX = timedelta(hours=48)
"""How long after it a scan may be told of."""
REFERENCE_CHARACTERS = 22

Gate = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
Moment = Annotated[datetime, Meta(tz=True)]
Presentable = Annotated[str, Meta(min_length=1, max_length=CODE_CHARACTERS_MAX, pattern=r"^[\x21-\x7e]+$(?!\n)")]
Reference = Annotated[str, Meta(pattern=rf"^[A-Za-z0-9_-]{{{REFERENCE_CHARACTERS}}}$(?!\n)")]


class AlreadyUsed(Conflict):
    """Somebody went in with this ticket before."""

    slug = "already-used"
    title = "This ticket was used before"
    detail = "It let somebody in already; `used_at` and `used_gate` say when and where."


class Void(Conflict):
    """The ticket has ended; `why` says how."""

    slug = "void"
    title = "This ticket is void"
    detail = "It was sold on, given away, refunded or withdrawn, or the show is off; `why` says which."


class NotYet(Conflict):
    """The doors are not open."""

    slug = "not-yet"
    title = "The doors are not open yet"
    detail = "Tickets are let in from 6 hours before the show; `opens_at` says when that is, if there is a date."


class Unproven(Conflict):
    """Nobody bought this ticket."""

    slug = "unproven"
    title = "This ticket was never sold"
    detail = "Its seller brought it in, and no order stands behind it. It lets nobody in."


class OnSale(Conflict):
    """A buyer is paying for the ticket."""

    slug = "on-sale"
    title = "This ticket is being sold"
    detail = "A buyer holds this seat at the moment. Scan again in a few minutes, when that has ended."


class NotListed(Conflict):
    """A device without a network did not know a ticket that was good."""

    slug = "not-listed"
    title = "The device did not know this ticket"
    detail = "The ticket was good, and newer than the device's list."


class ScanIdTaken(Invalid):
    """The id is another scan's."""

    slug = "scan-id-taken"
    title = "This scan id was used before"
    detail = "Make a new random id for each scan; repeat a request with the id that it had."


_REFUSALS: dict[Result, type[Refusal]] = {
    "already-used": AlreadyUsed,
    "void": Void,
    "wrong-show": CodeWrongShow,
    "forged": CodeForged,
    "code-stale": CodeStale,
    "not-yet": NotYet,
    "unproven": Unproven,
    "on-sale": OnSale,
    "not-listed": NotListed,
}


class NewScan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that was held up at a door. `scan_id` makes repeats harmless; `scanned_at` is now by default."""

    code: Presentable
    show_id: UUID
    gate: Gate = "Gate"
    scan_id: UUID | None = None
    scanned_at: Moment | None = None

    def __repr__(self) -> str:
        """Without the code, which must not reach a log."""
        return f"NewScan({self.show_id}, {self.gate!r}, {self.scan_id})"


class OfflineScan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scan that a device decided without a network.

    `reference` is the ticket's in the show's list, None for what was no code; `stale`: the code was of another moment.
    """

    scan_id: UUID
    reference: Reference | None
    let_in: bool
    scanned_at: Moment
    stale: bool = False


class NewBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The scans of one device at one gate."""

    show_id: UUID
    gate: Gate = "Gate"
    scans: Annotated[tuple[OfflineScan, ...], Meta(min_length=1, max_length=BATCH_MAX)]


class PlaceScanned(msgspec.Struct, frozen=True, kw_only=True):
    """The place that a scanned ticket is for."""

    id: UUID
    section: str
    row: str
    seat: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A scan with what staff are told of it: the ticket's place, and the admission before it if there was one."""

    scan: Scan
    place: PlaceScanned | None
    used_at: datetime | None = None
    used_gate: str | None = None


class ScanView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a scan. `let_in` is what the door did, also where a device without a network was mistaken."""

    scan_id: UUID
    show_id: UUID
    gate: str
    result: Result
    why: Why
    let_in: bool
    offline: bool
    scanned_at: datetime
    ticket: PlaceScanned | None
    used_at: datetime | None
    used_gate: str | None


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each scan of a batch, in its order; `wrong` of them let somebody in who had no right to it."""

    items: list[ScanView]
    wrong: int


def moment_checked(door: Door, at: datetime | None, field: str) -> datetime:
    """When a scan was made, by default now; raises Invalid for what lies too far back or ahead."""
    if at is None:
        return door.now
    if not door.now - AGE_MAX <= at <= door.now + timedelta(minutes=5):
        raise Invalid(None, FieldError(field, "must lie within the last 48 hours"))
    return at


def place_of(ticket: Ticket | None) -> PlaceScanned | None:
    """Where a ticket's holder sits."""
    if ticket is None:
        return None
    return PlaceScanned(id=ticket.id, section=ticket.section, row=ticket.row, seat=ticket.seat)


def scan_view(told: Told) -> ScanView:
    """What staff may read of a scan."""
    scan = told.scan
    return ScanView(
        scan_id=scan.id,
        show_id=scan.show_id,
        gate=scan.gate,
        result=scan.result,
        why=scan.why,
        let_in=scan.let_in,
        offline=scan.offline,
        scanned_at=scan.scanned_at,
        ticket=told.place,
        used_at=told.used_at,
        used_gate=told.used_gate,
    )


def refused(told: Told, door: Door) -> Refusal:
    """The refusal of a scan that did not let anybody in."""
    view = scan_view(told)
    members: dict[str, Any] = {
        "scan_id": view.scan_id,
        "why": view.why or None,
        "ticket": view.ticket,
        "used_at": view.used_at,
        "used_gate": view.used_gate,
        "opens_at": door.opens_at if view.result == "not-yet" else None,
    }
    return _REFUSALS[view.result](None, **{name: value for name, value in members.items() if value is not None})


def batch_view(told: list[Told]) -> BatchView:
    """What a device is told of its batch."""
    views = [scan_view(one) for one in told]
    return BatchView(items=views, wrong=sum(view.let_in and view.result != "admitted" for view in views))
