"""How catalog follows what is on sale, so that a list of shows can tell prices without asking anybody."""

from __future__ import annotations

from uuid import UUID

from catalog import store_offers
from fairseat_common.contracts import ListingChanged, ListingPublished, ListingWithdrawn
from fairseat_common.database import Connection
from fairseat_common.money import add


async def follow_listing(tx: Connection, event: ListingPublished | ListingChanged | ListingWithdrawn) -> None:
    """Copy a listing as it is now, unless the copy is newer, and sum up its show."""
    # Events of one show arrive side by side: first the lock, then the look at what the others have written.
    known = await store_offers.offers_lock(tx, event.show_id)
    fresh = await store_offers.listing_put(
        tx,
        event.listing_id,
        event.show_id,
        len(event.seats),
        add(event.unit_price, event.unit_fee),
        withdrawn=isinstance(event, ListingWithdrawn),
        version=event.version,
    )
    if known and fresh:
        await store_offers.offers_sum_up(tx, event.show_id)


async def follow_sale(tx: Connection, order_id: UUID, listing_id: UUID, show_id: UUID, seats: int) -> None:
    """Seats of a listing were sold: it may have none left."""
    known = await store_offers.offers_lock(tx, show_id)
    await store_offers.sale_add(tx, order_id, listing_id, seats)
    if known:
        await store_offers.offers_sum_up(tx, show_id)
