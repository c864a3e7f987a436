"""Facts that tickets publishes about tickets that are given to somebody else, without money."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts.base import Event, published

TransferEnd = Literal["cancelled", "declined", "expired", "void"]
"""Why a transfer came to nothing: its sender took it back, its receiver said no, nobody answered in time, or a ticket
lost its validity meanwhile (its money went back, or the show was cancelled).
"""


class TransferredTicket(msgspec.Struct, frozen=True):
    """One place: ``ticket_id`` is its sender's ticket, ``new_ticket_id`` its receiver's, once there is one."""

    ticket_id: UUID
    section: str
    row: str
    seat: str
    new_ticket_id: UUID | None = None


class _Transfer(Event, frozen=True, kw_only=True):
    """What the transfer events carry. Version 1 is the offer, version 2 what became of it.

    ``to_email`` is the address as its sender wrote it, in lower case; only an account with that address can accept.
    """

    transfer_id: UUID
    show_id: UUID
    from_id: UUID
    to_email: str
    tickets: tuple[TransferredTicket, ...]


@published
class TransferOffered(_Transfer, frozen=True, kw_only=True):
    """Tickets wait for their receiver until ``expires_at``; they are valid and their sender's meanwhile."""

    subject: ClassVar[str] = "tickets.transfer_offered.v1"
    aggregate: ClassVar[str] = "transfer_id"

    expires_at: datetime


@published
class TicketsTransferred(_Transfer, frozen=True, kw_only=True):
    """The receiver has new tickets; the sender's and their codes ended in the same moment."""

    subject: ClassVar[str] = "tickets.transferred.v1"
    aggregate: ClassVar[str] = "transfer_id"

    to_id: UUID


@published
class TransferEnded(_Transfer, frozen=True, kw_only=True):
    """Nothing changes hands: the tickets stay with their sender."""

    subject: ClassVar[str] = "tickets.transfer_ended.v1"
    aggregate: ClassVar[str] = "transfer_id"

    outcome: TransferEnd
