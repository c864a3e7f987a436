"""Events in: listings and sales, for the prices and counts that shows are listed with; people, for teams, and bans."""

from __future__ import annotations

from catalog import actions_offers, actions_teams
from fairseat_common.bans import ban_follow
from fairseat_common.bus import Consumers
from fairseat_common.contracts import (
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    OrderConfirmed,
    UserChanged,
    UserDeactivated,
    UserErased,
    UserReactivated,
    UserRegistered,
    UserVerified,
)
from fairseat_common.database import Connection

consumers = Consumers("catalog")


@consumers.on(ListingPublished)
async def listing_published(tx: Connection, event: ListingPublished) -> None:
    """Seats came on sale."""
    await actions_offers.follow_listing(tx, event)


@consumers.on(ListingChanged)
async def listing_changed(tx: Connection, event: ListingChanged) -> None:
    """A price changed."""
    await actions_offers.follow_listing(tx, event)


@consumers.on(ListingWithdrawn)
async def listing_withdrawn(tx: Connection, event: ListingWithdrawn) -> None:
    """Seats left the sale."""
    await actions_offers.follow_listing(tx, event)


@consumers.on(OrderConfirmed)
async def order_confirmed(tx: Connection, event: OrderConfirmed) -> None:
    """Seats were sold."""
    await actions_offers.follow_sale(tx, event.order_id, event.listing_id, event.show_id, event.quantity)


@consumers.on(UserRegistered)
async def user_registered(tx: Connection, event: UserRegistered) -> None:
    """Somebody can be taken into a team."""
    await actions_teams.person_heard(tx, event)


@consumers.on(UserChanged)
async def user_changed(tx: Connection, event: UserChanged) -> None:
    """Somebody has another name or address."""
    await actions_teams.person_heard(tx, event)


@consumers.on(UserVerified)
async def user_verified(tx: Connection, event: UserVerified) -> None:
    """An address was shown to be its account's."""
    await actions_teams.person_heard(tx, event)


@consumers.on(UserErased)
async def user_erased(tx: Connection, event: UserErased) -> None:
    """An account is gone, and with it its places in teams."""
    await actions_teams.person_erased(tx, event.user_id)
    await ban_follow(tx, event)


@consumers.on(UserDeactivated)
async def user_deactivated(tx: Connection, event: UserDeactivated) -> None:
    """Somebody was banned: what their token still says is good for nothing here."""
    await ban_follow(tx, event)


@consumers.on(UserReactivated)
async def user_reactivated(tx: Connection, event: UserReactivated) -> None:
    """A ban was lifted."""
    await ban_follow(tx, event)
