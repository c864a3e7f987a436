"""The gifts of the sample: one that was accepted, one that was declined, one that waits for its receiver."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from fairseat_common.contracts import TicketsTransferred, TransferEnded, TransferOffered, TransferredTicket
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now
from fairseat_local.sample.market import Sample, Trade, insert

ADDRESS = "friend@example.com"


async def give(sample: Sample) -> None:
    """The buyer of two seats gives one away, after somebody else has declined, and offers the other."""
    trade = sample.trades["bought"]
    receiver_id = new_id()
    first, second = trade.order.seats
    async with sample.databases["tickets"].transaction() as tx:
        await insert(tx, "users", id=receiver_id, version=1, email=ADDRESS.title(), name="Friend")
        tickets = {seat: await _ticket(tx, trade, seat) for seat in (first, second)}
        declined = await _transfer(tx, trade, tickets[first], "declined")
        accepted = await _transfer(tx, trade, tickets[first], "accepted", receiver_id)
        offered = await _transfer(tx, trade, tickets[second], "offered")
        new_ticket = await _accept(tx, accepted, tickets[first], receiver_id)
    await _say(sample, trade, declined, tickets[first], first, outcome="declined")
    await _say(sample, trade, accepted, tickets[first], first, to_id=receiver_id, new_ticket=new_ticket)
    await _say(sample, trade, offered, tickets[second], second)


async def _ticket(tx: Connection, trade: Trade, seat: str) -> UUID:
    found = await tx.fetchval("select id from tickets where order_id = $1 and seat = $2", trade.id, seat)
    assert isinstance(found, UUID)
    return found


async def _transfer(tx: Connection, trade: Trade, ticket_id: UUID, status: str, to_id: UUID | None = None) -> UUID:
    transfer_id = new_id()
    waiting = status == "offered"
    await insert(
        tx, "transfers", id=transfer_id, show_id=trade.order.show_id, from_id=trade.order.buyer_id,
        to_email=ADDRESS, to_id=to_id, status=status, version=1 if waiting else 2,
        expires_at=now() + timedelta(days=7),
        ended_at=None if waiting else await tx.fetchval("select now()"),
    )  # fmt: skip
    await insert(tx, "transfer_tickets", transfer_id=transfer_id, ticket_id=ticket_id, open=waiting)
    return transfer_id


async def _accept(tx: Connection, transfer_id: UUID, ticket_id: UUID, receiver_id: UUID) -> UUID:
    new_ticket = new_id()
    await tx.execute(
        "update tickets set status = 'transferred', replaced_by = $2, ended_at = now(), version = 2 where id = $1",
        ticket_id,
        new_ticket,
    )
    await tx.execute(
        "insert into tickets (id, show_id, section, row, seat, holder_id, order_id, serial)"
        " select $2, show_id, section, row, seat, $3, order_id, gen_random_uuid() from tickets where id = $1",
        ticket_id,
        new_ticket,
        receiver_id,
    )
    await tx.execute("update transfer_tickets set new_ticket_id = $2 where transfer_id = $1", transfer_id, new_ticket)
    return new_ticket


async def _say(
    sample: Sample, trade: Trade, transfer_id: UUID, ticket_id: UUID, seat: str,
    *, outcome: str | None = None, to_id: UUID | None = None, new_ticket: UUID | None = None,
) -> None:  # fmt: skip
    """What was said of a transfer: the offer, and what became of it."""
    order = trade.order
    place = TransferredTicket(ticket_id, order.section, order.row, seat, new_ticket)
    facts: dict[str, Any] = {
        "transfer_id": transfer_id,
        "show_id": order.show_id,
        "from_id": order.buyer_id,
        "to_email": ADDRESS,
        "tickets": (place,),
        "occurred_at": now(),
    }
    await sample.say("tickets", TransferOffered(**facts, version=1, expires_at=now() + timedelta(days=7)))
    if to_id is not None:
        await sample.say("tickets", TicketsTransferred(**facts, version=2, to_id=to_id))
    elif outcome is not None:
        await sample.say("tickets", TransferEnded(**facts, version=2, outcome="declined"))
