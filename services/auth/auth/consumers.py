"""Events in: what people have bought, sold, were given or put on. An account that is needed cannot be deleted."""

from __future__ import annotations

from auth import actions_erasure
from fairseat_common.bus import Consumers
from fairseat_common.contracts import OrderConfirmed, OrderRefunded, ShowChanged, ShowPublished, TicketsTransferred
from fairseat_common.database import Connection

consumers = Consumers("auth")


@consumers.on(ShowPublished)
async def show_published(tx: Connection, event: ShowPublished) -> None:
    """A show is to come."""
    await actions_erasure.show_heard(tx, event)


@consumers.on(ShowChanged)
async def show_changed(tx: Connection, event: ShowChanged) -> None:
    """It comes at another time, or not at all."""
    await actions_erasure.show_heard(tx, event)


@consumers.on(OrderConfirmed)
async def order_confirmed(tx: Connection, event: OrderConfirmed) -> None:
    """Somebody has bought seats, and somebody is owed money."""
    await actions_erasure.order_heard(tx, event)


@consumers.on(OrderRefunded)
async def order_refunded(tx: Connection, event: OrderRefunded) -> None:
    """Perhaps nobody is owed anything any more."""
    await actions_erasure.order_heard(tx, event)


@consumers.on(TicketsTransferred)
async def tickets_transferred(tx: Connection, event: TicketsTransferred) -> None:
    """Somebody was given tickets."""
    await actions_erasure.transfer_heard(tx, event)
