"""Events in: copies of users and shows, and the facts that somebody is told."""

from __future__ import annotations

from fairseat_common.bus import Consumers
from fairseat_common.contracts import (
    OrderCancelled,
    OrderConfirmed,
    ShowChanged,
    ShowPublished,
    TicketsIssued,
    UserRegistered,
)
from fairseat_common.database import Connection
from notifications import actions

consumers = Consumers("notifications")


@consumers.on(UserRegistered)
async def user_registered(tx: Connection, event: UserRegistered) -> None:
    """Somebody can be written to."""
    await actions.keep_user(tx, event)


@consumers.on(ShowPublished)
async def show_published(tx: Connection, event: ShowPublished) -> None:
    """A show has a name, a place and a time."""
    await actions.keep_show(tx, event)


@consumers.on(ShowChanged)
async def show_changed(tx: Connection, event: ShowChanged) -> None:
    """A show has others now."""
    await actions.keep_show(tx, event)


@consumers.on(OrderConfirmed)
async def order_confirmed(tx: Connection, event: OrderConfirmed) -> None:
    """Seats were sold."""
    await actions.tell_sold(tx, event)


@consumers.on(TicketsIssued)
async def tickets_issued(tx: Connection, event: TicketsIssued) -> None:
    """The buyer has tickets."""
    await actions.tell_tickets(tx, event)


@consumers.on(OrderCancelled)
async def order_cancelled(tx: Connection, event: OrderCancelled) -> None:
    """A hold is over."""
    await actions.tell_cancelled(tx, event)
