"""Events in: what there is to sell a seat for, and what buyers do with the seats on sale."""

from __future__ import annotations

from fairseat_common.bans import ban_follow
from fairseat_common.bus import Consumers
from fairseat_common.contracts import (
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderRefundDue,
    ResaleRulesSet,
    ShowChanged,
    ShowPublished,
    TeamChanged,
    UserChanged,
    UserDeactivated,
    UserErased,
    UserReactivated,
    UserRegistered,
    UserVerified,
    VenuePublished,
)
from fairseat_common.database import Connection
from tickets import (
    actions_browsing,
    actions_copies,
    actions_orders,
    actions_people,
    actions_refunds,
    actions_rules,
    actions_teams,
)

consumers = Consumers("tickets")


@consumers.on(VenuePublished)
async def venue_published(tx: Connection, event: VenuePublished) -> None:
    """A venue and its chart are new or changed."""
    await actions_copies.venue_heard(tx, event)


@consumers.on(ShowPublished)
async def show_published(tx: Connection, event: ShowPublished) -> None:
    """Seats of this show can be listed from now on."""
    await actions_copies.show_heard(tx, event)


@consumers.on(ShowChanged)
async def show_changed(tx: Connection, event: ShowChanged) -> None:
    """A show has another date or status."""
    await actions_copies.show_heard(tx, event)


@consumers.on(TeamChanged)
async def team_changed(tx: Connection, event: TeamChanged) -> None:
    """Others work for an organiser, or may do something else there."""
    await actions_teams.team_heard(tx, event)


@consumers.on(UserRegistered)
async def user_registered(tx: Connection, event: UserRegistered) -> None:
    """An address has an account: tickets that wait for it can be seen."""
    await actions_people.user_heard(tx, event)


@consumers.on(UserVerified)
async def user_verified(tx: Connection, event: UserVerified) -> None:
    """The address is its owner's: tickets that wait for it can be accepted."""
    await actions_people.user_heard(tx, event)


@consumers.on(UserChanged)
async def user_changed(tx: Connection, event: UserChanged) -> None:
    """Somebody has another name."""
    await actions_people.user_heard(tx, event)


@consumers.on(UserErased)
async def user_erased(tx: Connection, event: UserErased) -> None:
    """Somebody is to be forgotten; a worker withdraws what they have on sale."""
    await actions_people.user_forget(tx, event)
    await ban_follow(tx, event)


@consumers.on(UserDeactivated)
async def user_deactivated(tx: Connection, event: UserDeactivated) -> None:
    """Somebody was banned: they list nothing more, and a worker withdraws what they have on sale."""
    await ban_follow(tx, event)


@consumers.on(UserReactivated)
async def user_reactivated(tx: Connection, event: UserReactivated) -> None:
    """A ban was lifted; what was withdrawn stays so."""
    await ban_follow(tx, event)


@consumers.on(OrderHeld)
async def order_held(tx: Connection, event: OrderHeld) -> None:
    """Seats of a listing are held: its seller cannot edit it meanwhile."""
    await actions_orders.order_heard(tx, event, "held")


@consumers.on(OrderConfirmed)
async def order_confirmed(tx: Connection, event: OrderConfirmed) -> None:
    """Seats change hands: the seller's tickets end, the buyer's begin."""
    await actions_orders.order_heard(tx, event, "confirmed")
    await actions_browsing.keep_sale(tx, event)


@consumers.on(OrderCancelled)
async def order_cancelled(tx: Connection, event: OrderCancelled) -> None:
    """A hold is over."""
    await actions_orders.order_heard(tx, event, "cancelled")


@consumers.on(OrderRefundDue)
async def order_refund_due(tx: Connection, event: OrderRefundDue) -> None:
    """Money of sold seats goes back: their tickets end."""
    await actions_refunds.refund_heard(tx, event)


@consumers.on(ResaleRulesSet)
async def rules_set(tx: Connection, event: ResaleRulesSet) -> None:
    """An organiser says how tickets of a show may be sold on and given away."""
    await actions_rules.rules_heard(tx, event)
