"""Events in: copies of people, shows and what is on sale, and the facts that somebody is told."""

from __future__ import annotations

from fairseat_common.bus import Consumers
from fairseat_common.contracts import (
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderKept,
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
    TicketsTransferred,
    TransferEnded,
    TransferOffered,
    UserChanged,
    UserErased,
    UserLetterDue,
    UserRegistered,
    UserVerified,
)
from fairseat_common.database import Connection
from notifications import actions, actions_account, actions_copies, actions_moves, actions_transfers, actions_webhooks

consumers = Consumers("notifications")
# A mail or a call is sent later, by somebody else: it still belongs to the trace of what it tells.
consumers.hands_on_traces = True
# Whoever has a webhook hears of what is theirs, beside everything below.
consumers.watch(actions_webhooks.tell, actions_webhooks.HEARD)


@consumers.on(UserRegistered)
async def user_registered(tx: Connection, event: UserRegistered) -> None:
    """Somebody can be written to."""
    await actions_copies.keep_user(tx, event)


@consumers.on(UserVerified)
async def user_verified(tx: Connection, event: UserVerified) -> None:
    """Somebody's address is theirs, and perhaps another than before."""
    await actions_copies.keep_user(tx, event)


@consumers.on(UserChanged)
async def user_changed(tx: Connection, event: UserChanged) -> None:
    """Somebody has another name, or reads another language."""
    await actions_copies.keep_user(tx, event)


@consumers.on(UserErased)
async def user_erased(tx: Connection, event: UserErased) -> None:
    """Somebody is to be forgotten."""
    await actions_account.forget(tx, event)


@consumers.on(UserLetterDue)
async def user_letter_due(tx: Connection, event: UserLetterDue) -> None:
    """Somebody is to hear of their account."""
    await actions_account.tell(tx, event)


@consumers.on(ShowPublished)
async def show_published(tx: Connection, event: ShowPublished) -> None:
    """A show has a name, a place and a time."""
    await actions_copies.keep_show(tx, event)


@consumers.on(ShowChanged)
async def show_changed(tx: Connection, event: ShowChanged) -> None:
    """A show has others now."""
    await actions_copies.keep_show(tx, event)
    await actions.tell_organiser(tx, event)


@consumers.on(ListingPublished)
async def listing_published(tx: Connection, event: ListingPublished) -> None:
    """Seats are on sale."""
    await actions_copies.keep_listing(tx, event)


@consumers.on(ListingChanged)
async def listing_changed(tx: Connection, event: ListingChanged) -> None:
    """Seats are on sale at another price, or otherwise."""
    await actions_copies.keep_listing(tx, event)


@consumers.on(ListingWithdrawn)
async def listing_withdrawn(tx: Connection, event: ListingWithdrawn) -> None:
    """Seats are on sale no longer."""
    await actions_copies.keep_listing(tx, event)
    await actions.tell_withdrawn(tx, event)


@consumers.on(OrderHeld)
async def order_held(tx: Connection, event: OrderHeld) -> None:
    """Seats are taken, perhaps for somebody who waited for them."""
    await actions_copies.keep_claim(tx, event)
    await actions.tell_held(tx, event)


@consumers.on(OrderConfirmed)
async def order_confirmed(tx: Connection, event: OrderConfirmed) -> None:
    """Seats were sold."""
    await actions_copies.keep_claim(tx, event)
    await actions.tell_sold(tx, event)
    await actions_moves.keep_purchase(tx, event)


@consumers.on(TicketsIssued)
async def tickets_issued(tx: Connection, event: TicketsIssued) -> None:
    """The buyer has tickets."""
    await actions.tell_tickets(tx, event)


@consumers.on(OrderCancelled)
async def order_cancelled(tx: Connection, event: OrderCancelled) -> None:
    """A hold is over, and its seats are free."""
    await actions_copies.keep_release(tx, event)
    await actions.tell_cancelled(tx, event)


@consumers.on(OrderPaymentRefused)
async def order_payment_refused(tx: Connection, event: OrderPaymentRefused) -> None:
    """A payment buys nothing."""
    await actions.tell_payment_refused(tx, event)


@consumers.on(OrderKept)
async def order_kept(tx: Connection, event: OrderKept) -> None:
    """Somebody comes on the new date."""
    await actions_moves.tell_kept(tx, event)


@consumers.on(OrderRefundDue)
async def order_refund_due(tx: Connection, event: OrderRefundDue) -> None:
    """A sale is refunded."""
    await actions.tell_refund_due(tx, event)
    await actions_moves.keep_refund(tx, event)


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


@consumers.on(TransferOffered)
async def transfer_offered(tx: Connection, event: TransferOffered) -> None:
    """Tickets wait for somebody."""
    await actions_transfers.tell_offered(tx, event)


@consumers.on(TicketsTransferred)
async def tickets_transferred(tx: Connection, event: TicketsTransferred) -> None:
    """Tickets changed hands."""
    await actions_transfers.tell_transferred(tx, event)
    await actions_moves.keep_receiver(tx, event)


@consumers.on(TransferEnded)
async def transfer_ended(tx: Connection, event: TransferEnded) -> None:
    """Tickets stay where they are."""
    await actions_transfers.tell_ended(tx, event)
