"""Events in: listings and sales, for the prices and counts that shows are listed with."""

from __future__ import annotations

from catalog import actions_offers
from fairseat_common.bus import Consumers
from fairseat_common.contracts import ListingChanged, ListingPublished, ListingWithdrawn, OrderConfirmed
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
