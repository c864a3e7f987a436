"""Events in: the life of an order decides which deadlines matter."""

from __future__ import annotations

from expiration import actions
from fairseat_common.bus import Consumers
from fairseat_common.contracts import OrderCancelled, OrderConfirmed, OrderHeld
from fairseat_common.database import Connection

consumers = Consumers("expiration")


@consumers.on(OrderHeld)
async def order_held(tx: Connection, event: OrderHeld) -> None:
    """A hold has a deadline."""
    await actions.remember(tx, event.order_id, event.expires_at)


@consumers.on(OrderConfirmed)
async def order_confirmed(tx: Connection, event: OrderConfirmed) -> None:
    """A confirmed order stays."""
    await actions.forget(tx, event.order_id, event.expires_at)


@consumers.on(OrderCancelled)
async def order_cancelled(tx: Connection, event: OrderCancelled) -> None:
    """A cancelled order needs no end any more."""
    await actions.forget(tx, event.order_id, event.expires_at)
