"""The rules of giving tickets to somebody else, without money. Pure: time and ids come in, events go out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from fairseat_common.contracts import TicketsTransferred, TransferEnd, TransferEnded, TransferOffered, TransferredTicket
from fairseat_common.contracts.refusals import Conflict, Invalid, LimitReached

TICKETS_MAX = 20
"""Tickets of one show that may be given away together."""
OPEN_MAX = 20
"""Offers of one account that may wait for an answer at the same time."""
DAY_MAX = 60
"""Offers that one account may make in a day: each sends a mail to an address of its choice."""
OPEN_FOR = timedelta(days=7)
MESSAGE_MAX = 500

TransferStatus = Literal["offered", "accepted", "cancelled", "declined", "expired", "void"]
Box = Literal["sent", "received"]
# One address: what could start a second line or a second address is not let in.
Address = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f<>(),;:\x22\[\]\\]+@([^@\s\x00-\x1f\x7f.<>(),;:\x22\[\]\\]+\.)+"
        r"[^@\s\x00-\x1f\x7f.<>(),;:\x22\[\]\\]+$(?!\n)",
    ),
]
Message = Annotated[str, Meta(max_length=MESSAGE_MAX, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)")]


class TicketInTransfer(Conflict):
    """A ticket waits for somebody's answer."""

    slug = "ticket-in-transfer"
    title = "A ticket is being given away"
    detail = "Some of these tickets wait for their receiver; `seats` says which. Take the offer back first."


class TicketListed(Conflict):
    """A ticket is on sale, or somebody is about to pay for it."""

    slug = "ticket-listed"
    title = "A ticket is on sale"
    detail = "Some of these tickets are on sale; `seats` says which. Withdraw the listing first."


class TransferOver(Conflict):
    """The transfer has come to its end; `status` says to which."""

    slug = "transfer-ended"
    title = "This transfer has ended"
    detail = "It was accepted, declined, taken back or nobody answered in time; `status_of_transfer` says which."


class OwnAddress(Invalid):
    """The receiver is the sender."""

    slug = "own-address"
    title = "This is your own address"
    detail = "Send the e-mail address of the person who is to have the tickets."


class AddressUnverified(Conflict):
    """The receiver's account has the address, but nobody has shown that it is theirs."""

    slug = "address-unverified"
    title = "Verify your e-mail address first"
    detail = "Follow the link in the letter that we sent you, or ask for another: POST /api/users/verification."


class TransferLimit(LimitReached):
    """Too many offers wait for an answer, or were made today."""

    slug = "transfer-limit"
    title = "Too many transfers"
    detail = "Wait until some of your transfers have been answered, or take some back."


class NewTransfer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sender asks for: tickets of one show, for whoever has this address."""

    ticket_ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=TICKETS_MAX)]
    email: Address
    message: Message = ""


class NewTicketTransfer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for one ticket, which the address of the request names."""

    email: Address
    message: Message = ""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a transfer: its sender's ticket and, once accepted, its receiver's."""

    ticket_id: UUID
    section: str
    row: str
    seat: str
    new_ticket_id: UUID | None


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Tickets on their way; `to_email` is in lower case. The names are "" where nobody gave one, or is known yet."""

    id: UUID
    show_id: UUID
    from_id: UUID
    from_name: str
    to_email: str
    to_id: UUID | None
    to_name: str
    message: str
    status: TransferStatus
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    places: tuple[Place, ...]


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """One place; `ticket_id` is the reader's own ticket for it: given away, or received, None before that."""

    section: str
    row: str
    seat: str
    ticket_id: UUID | None


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as one of its two people sees it.

    Only the sender sees the address, which is their own input. `from_name` is "" where the sender gave no name;
    `to_name` is what the receiver calls themselves, for the sender, once they have accepted.
    """

    id: UUID
    show_id: UUID
    box: Box
    status: TransferStatus
    from_name: str
    to_email: str | None
    to_name: str
    tickets: tuple[PlaceView, ...]
    message: str
    expires_at: datetime
    created_at: datetime
    ended_at: datetime | None


def transfer_view(transfer: Transfer, reader_id: UUID) -> TransferView:
    """What the sender may see, or else the receiver."""
    sent = transfer.from_id == reader_id
    return TransferView(
        id=transfer.id,
        show_id=transfer.show_id,
        box="sent" if sent else "received",
        status=transfer.status,
        from_name=transfer.from_name,
        to_email=transfer.to_email if sent else None,
        to_name=transfer.to_name if sent else "",
        tickets=tuple(
            PlaceView(
                section=place.section,
                row=place.row,
                seat=place.seat,
                ticket_id=place.ticket_id if sent else place.new_ticket_id,
            )
            for place in transfer.places
        ),
        message=transfer.message,
        expires_at=transfer.expires_at,
        created_at=transfer.created_at,
        ended_at=transfer.ended_at,
    )


def transfer_offered(transfer: Transfer, now: datetime) -> TransferOffered:
    """The event that tickets wait for their receiver. The message stays out: it is for the receiver alone."""
    return TransferOffered(**_facts(transfer, now), version=1, expires_at=transfer.expires_at)


def tickets_transferred(transfer: Transfer, to_id: UUID, now: datetime) -> TicketsTransferred:
    """The event that the receiver has them."""
    return TicketsTransferred(**_facts(transfer, now), version=2, to_id=to_id)


def transfer_ended(transfer: Transfer, outcome: TransferEnd, now: datetime) -> TransferEnded:
    """The event that nothing changes hands."""
    return TransferEnded(**_facts(transfer, now), version=2, outcome=outcome)


def _facts(transfer: Transfer, now: datetime) -> dict[str, Any]:
    return {
        "transfer_id": transfer.id,
        "show_id": transfer.show_id,
        "from_id": transfer.from_id,
        "to_email": transfer.to_email,
        "tickets": tuple(
            TransferredTicket(place.ticket_id, place.section, place.row, place.seat, place.new_ticket_id)
            for place in transfer.places
        ),
        "occurred_at": now,
    }
