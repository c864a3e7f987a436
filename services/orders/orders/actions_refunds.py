"""Giving money back: by an operator, and for every order of a show that was cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common import outbox
from fairseat_common.contracts import PaymentRefunded, RefundReason
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from fairseat_common.ids import new_id
from orders import domain_refunds, store, store_refunds
from orders.domain_refunds import Refund

BATCH_MAX = 100


async def refund_lines(tx: Connection, order_id: UUID, seats: Sequence[str] | None, reason: RefundReason) -> Refund:
    """Refund lines of an order, all that are left where none are named.

    Raises NotFound, and what `seats_to_refund` raises.
    """
    order = await store.order_lock(tx, order_id)
    if order is None:
        raise NotFound
    before = await store_refunds.lines_refunded_of(tx, [order_id])
    wanted = domain_refunds.seats_to_refund(order, seats, before.get(order_id, set()))
    changed, refund, event = domain_refunds.refund_due(order, wanted, reason, new_id(), await store.now_read(tx))
    await store.order_update(tx, changed)
    await store_refunds.refunds_add(tx, [refund])
    await outbox.append(tx, event)
    return refund


async def refund_cancelled_shows(database: Database) -> bool:
    """Refund a batch of the orders that cancelled shows owe for; True while there may be more.

    What is owed follows from the tables, so this goes on where it was stopped, in as many processes as there are.
    """
    async with database.transaction() as tx:
        orders = await store_refunds.orders_owed_lock(tx, BATCH_MAX)
        if not orders:
            return False
        before = await store_refunds.lines_refunded_of(tx, [order.id for order in orders])
        now = await store.now_read(tx)
        decided = [
            domain_refunds.refund_due(
                order,
                domain_refunds.seats_to_refund(order, None, before.get(order.id, set())),
                "show_cancelled",
                new_id(),
                now,
            )
            for order in orders
        ]
        for changed, _, _ in decided:
            await store.order_update(tx, changed)
        await store_refunds.refunds_add(tx, [refund for _, refund, _ in decided])
        await outbox.append_many(tx, [event for _, _, event in decided])
    return len(orders) == BATCH_MAX


async def note_refunded(tx: Connection, event: PaymentRefunded) -> None:
    """Payments has sent the money of a refund back. What was charged for no order is none of our refunds."""
    if event.reason == "unwanted":
        return
    order = await store.order_lock(tx, event.order_id)
    refund = await store_refunds.refund_lock(tx, event.refund_id)
    if order is None or refund is None:
        raise NotFound
    if refund.status == "refunded":
        return
    refunds = (await store_refunds.refunds_of(tx, [order.id]))[order.id]
    others_due = any(other.status == "due" and other.id != refund.id for other in refunds)
    changed, _, said = domain_refunds.refunded(order, refund, others_due, await store.now_read(tx))
    await store_refunds.refund_sent(tx, refund.id)
    await store.order_update(tx, changed)
    await outbox.append(tx, said)
