"""Queues a mail for each fact about an order or a payment that somebody should hear of."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import (
    CancelReason,
    DisputeStage,
    ListingWithdrawn,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderPaymentRefused,
    OrderRefundDue,
    OrderRefunded,
    PaymentDisputed,
    PaymentRefunded,
    PayoutReversed,
    PayoutSent,
    ShowChanged,
    TicketsIssued,
)
from fairseat_common.database import Connection
from notifications import store
from notifications.domain import Kind, NotificationView

KIND_OF_REASON: dict[CancelReason, Kind] = {
    "expired": "hold-expired",
    "payment_failed": "payment-failed",
    "show_cancelled": "hold-show-cancelled",
}
"""Whoever gives a hold up knows it; who loses it is told."""
KIND_OF_STAGE: dict[DisputeStage, Kind] = {"opened": "dispute-opened", "won": "dispute-won", "lost": "dispute-lost"}


async def tell_sold(tx: Connection, event: OrderConfirmed) -> None:
    """The seller hears of the sale; the buyer's receipt waits for the tickets."""
    await store.receipt_add(tx, event)
    await store.mail_add(tx, "sold", event.seller_id, event.show_id, event)


async def tell_tickets(tx: Connection, event: TicketsIssued) -> None:
    """The buyer hears of the tickets."""
    await store.mail_add(tx, "tickets", event.holder_id, event.show_id, event)


async def tell_held(tx: Connection, event: OrderHeld) -> None:
    """Whoever waited for seats hears that they are held; whoever chose them knows it."""
    if event.waiting_entry_id is not None:
        await store.mail_add(tx, "waiting-offer", event.buyer_id, event.show_id, event)


async def tell_cancelled(tx: Connection, event: OrderCancelled) -> None:
    """The buyer hears of a hold that ended without their doing."""
    kind = KIND_OF_REASON.get(event.reason)
    if kind is not None:
        await store.mail_add(tx, kind, event.buyer_id, event.show_id, event)


async def tell_payment_refused(tx: Connection, event: OrderPaymentRefused) -> None:
    """The buyer hears that a payment buys nothing, once for each such payment."""
    await store.order_add(tx, event)
    await store.mail_add(tx, "payment-refused", event.buyer_id, event.show_id, event, event.payment_id)


async def tell_refund_due(tx: Connection, event: OrderRefundDue) -> None:
    """The seller hears that a sale brings in nothing."""
    await store.mail_add(tx, "sale-refunded", event.seller_id, event.show_id, event, event.refund_id)


async def tell_refunded(tx: Connection, event: OrderRefunded) -> None:
    """The buyer hears that money is on its way back."""
    await store.mail_add(tx, "refunded", event.buyer_id, event.show_id, event, event.refund_id)


async def tell_returned(tx: Connection, event: PaymentRefunded) -> None:
    """The buyer hears of a charge that bought nothing; of other refunds orders tells, with the seats."""
    if event.reason == "unwanted":
        await store.fact_add(tx, "charge-returned", event.refund_id, event.order_id, event)


async def tell_disputed(tx: Connection, event: PaymentDisputed) -> None:
    """The seller of the order hears what the buyer's bank does."""
    await store.fact_add(tx, KIND_OF_STAGE[event.stage], event.dispute_id, event.order_id, event)


async def tell_payout(tx: Connection, event: PayoutSent | PayoutReversed) -> None:
    """The seller hears of money that left for their account, or came back."""
    kind: Kind = "payout-sent" if isinstance(event, PayoutSent) else "payout-reversed"
    await store.mail_add(tx, kind, event.seller_id, None, event)


async def tell_withdrawn(tx: Connection, event: ListingWithdrawn) -> None:
    """The seller hears of a listing that an operator withdrew; of all others they know, or hear otherwise."""
    if event.operator_reason is not None:
        await store.mail_add(tx, "listing-withdrawn", event.seller_id, event.show_id, event)


async def tell_organiser(tx: Connection, event: ShowChanged) -> None:
    """The organiser hears of a show that an operator cancelled."""
    if event.operator_reason is not None and event.organiser_id is not None:
        await store.mail_add(tx, "own-show-cancelled", event.organiser_id, event.show_id, event)


async def list_mails(tx: Connection, user_id: UUID, before: UUID | None, rows_max: int) -> list[NotificationView]:
    """A user's mails, newest first."""
    return await store.mail_list(tx, user_id, before, rows_max)
