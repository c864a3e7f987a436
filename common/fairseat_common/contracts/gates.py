"""Facts that tickets publishes about the doors of a show: who went in, and claims of those who could not."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from fairseat_common.contracts.base import Event, Money, published

ClaimOutcome = Literal["refund", "replacement", "rejected"]


@published
class TicketScanned(Event, frozen=True, kw_only=True):
    """A ticket was let in, once."""

    subject: ClassVar[str] = "tickets.scanned.v1"
    aggregate: ClassVar[str] = "scan_id"

    scan_id: UUID
    show_id: UUID
    ticket_id: UUID
    holder_id: UUID
    order_id: UUID | None
    gate: str
    scanned_at: datetime


class _Claim(Event, frozen=True, kw_only=True):
    """What the claim events carry: whose ticket failed at the door though it should have been good.

    ``order_id`` is the order that the holder bought the ticket by, ``seller_id`` who had sold it there.
    """

    claim_id: UUID
    show_id: UUID
    ticket_id: UUID
    order_id: UUID
    buyer_id: UUID
    holder_id: UUID
    seller_id: UUID
    section: str
    row: str
    seat: str


@published
class ClaimOpened(_Claim, frozen=True, kw_only=True):
    """A buyer was refused at the door with a ticket that should be good: the guarantee begins."""

    subject: ClassVar[str] = "claims.opened.v1"
    aggregate: ClassVar[str] = "claim_id"

    reason: str


@published
class ClaimDecided(_Claim, frozen=True, kw_only=True):
    """The guarantee is settled. A ``penalty`` is taken from the seller, whose fault it was."""

    subject: ClassVar[str] = "claims.decided.v1"
    aggregate: ClassVar[str] = "claim_id"

    outcome: ClaimOutcome
    penalty: Money | None = None
    replacement_ticket_id: UUID | None = None
