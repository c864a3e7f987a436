"""The doors of the sample: somebody went in, and somebody's seat was taken, for which its seller paid."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_local.sample.market import Sample, insert

PENALTY = 1000


async def let_in(tx: Connection, sample: Sample) -> None:
    """The holder of one ticket is in, in the database of tickets."""
    trade = sample.trades["disputed"]
    ticket_id = await tx.fetchval("select id from tickets where order_id = $1", trade.id)
    await tx.execute("update tickets set status = 'used', ended_at = now(), version = 2 where id = $1", ticket_id)
    await insert(
        tx, "scans", id=new_id(), show_id=sample.show.show_id, ticket_id=ticket_id, gate="North", result="admitted",
        scanned_by=new_id(), let_in=True, scanned_at=await tx.fetchval("select now()"),
    )  # fmt: skip


async def make_good(tx: Connection, sample: Sample) -> UUID:
    """Where somebody else sat the money went back, by a claim; answers that."""
    claim_id, order = new_id(), sample.trades["refunded"].order
    ticket_id = await tx.fetchval("select id from tickets where order_id = $1", order.order_id)
    await insert(
        tx, "claims", id=claim_id, show_id=order.show_id, ticket_id=ticket_id, order_id=order.order_id,
        buyer_id=order.buyer_id, holder_id=order.buyer_id, seller_id=sample.seller_id, section=order.section,
        row=order.row, seat=order.seats[0], reason="seat-taken", outcome="refund", penalty_amount=PENALTY,
        currency="EUR", decided_at=await tx.fetchval("select now()"), version=2,
    )  # fmt: skip
    return claim_id
