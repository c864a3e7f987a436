"""Events in: copies of users and shows, and the facts that somebody is told."""

from __future__ import annotations

from fairseat_common.bus import Consumers
from fairseat_common.contracts import (
    OrderCancelled,
    OrderConfirmed,
    OrderPaymentRefused,
    OrderRefundDue,
    OrderRefunded,
    PaymentDisputed,
    PaymentRefunded,
    PayoutReversed,
    PayoutSent,
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


@consumers.on(OrderPaymentRefused)
async def order_payment_refused(tx: Connection, event: OrderPaymentRefused) -> None:
    """A payment buys nothing."""
    await actions.tell_payment_refused(tx, event)


@consumers.on(OrderRefundDue)
async def order_refund_due(tx: Connection, event: OrderRefundDue) -> None:
    """A sale is refunded."""
    await actions.tell_refund_due(tx, event)


@consumers.on(OrderRefunded)
async def order_refunded(tx: Connection, event: OrderRefunded) -> None:
    """The buyer's money is on its way back."""
    await actions.tell_refunded(tx, event)


@consumers.on(PaymentRefunded)
async def payment_refunded(tx: Connection, event: PaymentRefunded) -> None:
    """Money of a payment went back."""
    await actions.tell_returned(tx, event)


@consumers.on(PaymentDisputed)
async def payment_disputed(tx: Connection, event: PaymentDisputed) -> None:
    """A bank took money back, or has decided who keeps it."""
    await actions.tell_disputed(tx, event)


@consumers.on(PayoutSent)
async def payout_sent(tx: Connection, event: PayoutSent) -> None:
    """A seller is paid."""
    await actions.tell_payout(tx, event)


@consumers.on(PayoutReversed)
async def payout_reversed(tx: Connection, event: PayoutReversed) -> None:
    """A payout came back."""
    await actions.tell_payout(tx, event)
