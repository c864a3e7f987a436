"""What a holder may read about how a place came to them. Pure.

Everybody sees when a place changed hands; names only of those with whom one dealt oneself, and nothing of what became
of a place after one has let go of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tickets.domain_tickets import Ticket
from tickets.domain_transfers import Transfer

HISTORY_MAX = 100
Happening = Literal[
    "brought", "listed", "bought", "sold", "offered", "received", "given", "changed_hands",
    "cancelled", "declined", "expired", "void", "printed", "refunded", "admitted",
]  # fmt: skip
"""brought: put on sale by whoever had it; bought, sold, received, given: by or from the reader; changed_hands: among
others, before; cancelled to void: how an offer ended; refunded, admitted: how the ticket did.
"""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a place. `partner` is a name, or for the sender of an offer the address they wrote."""

    at: datetime
    what: Happening
    partner: str = ""
    transfer_id: UUID | None = None
    order_id: UUID | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket of a place's chain, with what is known around it."""

    ticket: Ticket
    printed_at: datetime | None
    refunded: bool
    listed_at: Sequence[datetime]


def history_of(
    links: Sequence[Link], after: Ticket | None, transfers: Sequence[Transfer], reader_id: UUID
) -> list[Entry]:
    """What the reader may see of a chain of tickets, the oldest first; its last link is the reader's own.

    `after` is what took the last one's place, `transfers` are all of the chain. At most HISTORY_MAX, the latest.
    """
    accepted = {place.new_ticket_id: transfer for transfer in transfers for place in transfer.places}
    entries: list[Entry] = []
    before: Ticket | None = None
    for link in links:
        entries += [*_beginning(before, link.ticket, accepted, reader_id), *_life(link, reader_id)]
        before = link.ticket
    for transfer in transfers:
        entries += _offer(transfer, reader_id)
    if after is not None:
        entries += _successor(links[-1].ticket, after, accepted)
    return sorted(entries, key=lambda entry: entry.at)[-HISTORY_MAX:]


def _beginning(
    before: Ticket | None, ticket: Ticket, accepted: Mapping[UUID | None, Transfer], reader_id: UUID
) -> Iterator[Entry]:
    mine = ticket.holder_id == reader_id
    if ticket.order_id is None:
        yield Entry(at=ticket.issued_at, what="brought")
    elif before is not None and before.status == "transferred":
        transfer = accepted.get(ticket.id)
        if mine:
            yield _with(transfer, ticket.issued_at, "received", transfer.from_name if transfer else "")
        elif before.holder_id != reader_id:
            yield Entry(at=ticket.issued_at, what="changed_hands")
        else:
            yield _with(transfer, ticket.issued_at, "given", transfer.to_name or transfer.to_email if transfer else "")
    elif mine:
        yield Entry(at=ticket.issued_at, what="bought", order_id=ticket.order_id)
    else:
        sold = before is not None and before.holder_id == reader_id
        yield Entry(at=ticket.issued_at, what="sold" if sold else "changed_hands")


def _life(link: Link, reader_id: UUID) -> Iterator[Entry]:
    ticket = link.ticket
    for at in link.listed_at:
        yield Entry(at=at, what="listed")
    if ticket.holder_id != reader_id:
        return
    if link.printed_at is not None:
        yield Entry(at=link.printed_at, what="printed")
    if ticket.ended_at is not None and ticket.status == "used":
        yield Entry(at=ticket.ended_at, what="admitted")
    if ticket.ended_at is not None and ticket.status == "void" and link.refunded:
        yield Entry(at=ticket.ended_at, what="refunded")


def _offer(transfer: Transfer, reader_id: UUID) -> Iterator[Entry]:
    """An offer, for its two people: `partner` is the other one."""
    sent = transfer.from_id == reader_id
    if not sent and transfer.to_id != reader_id:
        return
    partner = (transfer.to_name or transfer.to_email) if sent else transfer.from_name
    yield _with(transfer, transfer.created_at, "offered", partner)
    if transfer.ended_at is not None and transfer.status != "offered" and transfer.status != "accepted":
        yield _with(transfer, transfer.ended_at, transfer.status, partner)


def _successor(ticket: Ticket, after: Ticket, accepted: Mapping[UUID | None, Transfer]) -> Iterator[Entry]:
    if ticket.status == "transferred":
        transfer = accepted.get(after.id)
        name = (transfer.to_name or transfer.to_email) if transfer else ""
        yield _with(transfer, after.issued_at, "given", name)
    else:
        yield Entry(at=after.issued_at, what="sold")


def _with(transfer: Transfer | None, at: datetime, what: Happening, partner: str) -> Entry:
    return Entry(at=at, what=what, partner=partner, transfer_id=transfer.id if transfer else None)


def chain_ids(links: Collection[Link]) -> list[UUID]:
    """The tickets of a chain."""
    return [link.ticket.id for link in links]
