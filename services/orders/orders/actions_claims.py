"""What the guarantee means for orders: the money of a place that failed at the door goes back."""

from __future__ import annotations

from fairseat_common.contracts import ClaimDecided
from fairseat_common.database import Connection
from orders import actions_refunds
from orders.domain_refunds import RefundAboveCapture


async def claim_decided(tx: Connection, event: ClaimDecided) -> None:
    """Refund the line of a claim that was decided for the money; refunded before, whyever, it is refunded."""
    if event.outcome != "refund":
        return
    try:
        await actions_refunds.refund_lines(tx, event.order_id, [event.seat], "gate")
    except RefundAboveCapture:
        return
