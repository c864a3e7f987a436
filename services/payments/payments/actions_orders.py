"""What orders tells: what can be paid, what is to be captured, what nobody wants, what goes back."""

from __future__ import annotations

from uuid import UUID

import structlog

from fairseat_common.contracts import OrderRefundDue, ShowChanged, ShowPublished
from fairseat_common.database import Connection
from payments import actions_ledger, domain, domain_refunds, store, store_orders
from payments.actions_record import record_within, refund_begin
from payments.domain import Order

log = structlog.get_logger(__name__)


class NothingPaid(LookupError):
    """A refund of an order for which no payment is known; the event is tried again, and parked for people to see."""


async def order_heard(tx: Connection, order: Order) -> Order:
    """Keep the copy of an order up to date; once it is confirmed, its total is booked line by line.

    News may come in any order, so any that shows the order confirmed will do. A copy that an older release made and
    that nothing newer has filled has no lines.
    """
    copy = await store_orders.order_apply(tx, order)
    if copy.wanted and copy.quantity > 0:
        await actions_ledger.sold(tx, copy)
    return copy


async def payment_refused(tx: Connection, payment_id: UUID, order_id: UUID, order: Order | None) -> None:
    """Orders does not want this payment. `order` is what the news says of the order, if it says it."""
    if order is not None:
        await order_heard(tx, order)
    attempt = await store.attempt_find(tx, payment_id)
    if attempt is None or attempt.order_id != order_id:
        log.error("verdict.foreign", payment_id=str(payment_id), order_id=str(order_id))
        return
    await record_within(tx, payment_id, lambda a, _, __: (domain.refuse(a), []))


async def refund_due(tx: Connection, order: Order, event: OrderRefundDue) -> None:
    """Lines of a confirmed order are to be refunded, once. Raises NothingPaid."""
    copy = await order_heard(tx, order)
    attempt = await store.attempt_paying(tx, order.id)
    if attempt is None:
        raise NothingPaid(f"no payment of order {order.id} is known")
    refund = domain_refunds.refund_due(
        event.refund_id, attempt, event.refund_reason, event.refund_seats, event.refund_amount, event.occurred_at
    )
    await refund_begin(tx, refund, copy)


async def show_heard(tx: Connection, show: ShowPublished | ShowChanged) -> None:
    """Keep the copy of a show up to date."""
    await store_orders.show_apply(tx, show)
