"""Events in: the life of an order decides whether it can be paid, and what becomes of the money."""

from __future__ import annotations

from fairseat_common.bus import Consumers
from fairseat_common.contracts import OrderCancelled, OrderConfirmed, OrderHeld
from fairseat_common.database import Connection
from payments import actions
from payments.domain import Order, OrderStatus

consumers = Consumers("payments")


@consumers.on(OrderHeld)
async def order_held(tx: Connection, event: OrderHeld) -> None:
    """The order can be paid."""
    await actions.order_heard(tx, _order(event, "held"))


@consumers.on(OrderConfirmed)
async def order_confirmed(tx: Connection, event: OrderConfirmed) -> None:
    """Its authorisation is due to be captured; the settling worker is woken by this commit."""
    await actions.order_heard(tx, _order(event, "confirmed"))


@consumers.on(OrderCancelled)
async def order_cancelled(tx: Connection, event: OrderCancelled) -> None:
    """Its authorisation is due to be voided, also one that is still on its way."""
    await actions.order_heard(tx, _order(event, "cancelled"))


def _order(event: OrderHeld | OrderConfirmed | OrderCancelled, status: OrderStatus) -> Order:
    return Order(
        id=event.order_id,
        buyer_id=event.buyer_id,
        version=event.version,
        status=status,
        total=event.total,
        expires_at=event.expires_at,
    )
