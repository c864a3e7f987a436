"""Events in: what is sold where, what has been paid, what has expired."""

from __future__ import annotations

from fairseat_common.bans import ban_follow
from fairseat_common.bus import Consumers
from fairseat_common.contracts import (
    ClaimDecided,
    ExpirationDue,
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    PaymentAuthorized,
    PaymentRefunded,
    ShowChanged,
    ShowPublished,
    TeamChanged,
    TicketsTransferred,
    UserDeactivated,
    UserErased,
    UserReactivated,
)
from fairseat_common.database import Connection
from orders import actions, actions_claims, actions_queues, actions_refunds, actions_transfers

consumers = Consumers("orders")


@consumers.on(UserDeactivated)
async def user_deactivated(tx: Connection, event: UserDeactivated) -> None:
    """Somebody was banned: they hold nothing more, and are offered nothing."""
    await ban_follow(tx, event)


@consumers.on(UserReactivated)
async def user_reactivated(tx: Connection, event: UserReactivated) -> None:
    """A ban was lifted."""
    await ban_follow(tx, event)


@consumers.on(UserErased)
async def user_erased(tx: Connection, event: UserErased) -> None:
    """Somebody has left: they hold nothing more, and are offered nothing. Here they were never more than a number."""
    await ban_follow(tx, event)


@consumers.on(ShowPublished)
async def show_published(tx: Connection, event: ShowPublished) -> None:
    """A show can be sold."""
    await actions.follow_show(tx, event)


@consumers.on(ShowChanged)
async def show_changed(tx: Connection, event: ShowChanged) -> None:
    """A show has moved or is off."""
    await actions.follow_show(tx, event)


@consumers.on(TeamChanged)
async def team_changed(tx: Connection, event: TeamChanged) -> None:
    """An organiser's team is another."""
    await actions_queues.team_heard(tx, event)


@consumers.on(ListingPublished)
async def listing_published(tx: Connection, event: ListingPublished) -> None:
    """Seats are on sale."""
    await actions.follow_listing(tx, event)


@consumers.on(ListingChanged)
async def listing_changed(tx: Connection, event: ListingChanged) -> None:
    """A price or a split rule is new."""
    await actions.follow_listing(tx, event)


@consumers.on(ListingWithdrawn)
async def listing_withdrawn(tx: Connection, event: ListingWithdrawn) -> None:
    """Seats left the sale."""
    await actions.close_listing(tx, event)


@consumers.on(TicketsTransferred)
async def tickets_transferred(tx: Connection, event: TicketsTransferred) -> None:
    """Places went to somebody else, who may sell them on."""
    await actions_transfers.follow_transfer(tx, event)


@consumers.on(PaymentAuthorized)
async def payment_authorized(tx: Connection, event: PaymentAuthorized) -> None:
    """The money is reserved: the order is confirmed, or the payment refused."""
    await actions.settle_payment(tx, event)


@consumers.on(PaymentRefunded)
async def payment_refunded(tx: Connection, event: PaymentRefunded) -> None:
    """Money is on its way back to the buyer."""
    await actions_refunds.note_refunded(tx, event)


@consumers.on(ClaimDecided)
async def claim_decided(tx: Connection, event: ClaimDecided) -> None:
    """A ticket failed at the door, and its buyer gets the money back."""
    await actions_claims.claim_decided(tx, event)


@consumers.on(ExpirationDue)
async def expiration_due(tx: Connection, event: ExpirationDue) -> None:
    """A deadline has passed."""
    await actions.expire_order(tx, event.order_id)
