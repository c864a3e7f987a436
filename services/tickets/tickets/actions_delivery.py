"""Keeping promises: registering original codes, and withdrawing what was promised and never came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from fairseat_common import outbox
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from tickets import store_browsing, store_copies, store_delivery, store_listings, store_refunds, store_tickets
from tickets.domain import ShowOver
from tickets.domain_browsing import ListingView, TakenSeats, listing_view
from tickets.domain_delivery import codes_asked, codes_check, lapsed
from tickets.domain_listings import Listing, ListingEnded, listing_withdrawn

log = structlog.get_logger(__name__)

LAPSE_MAX = 20
LEASE = timedelta(seconds=60)


async def codes_register(tx: Connection, listing: Listing, codes: Mapping[str, str]) -> Listing:
    """Register the code of each seat of a locked listing. Raises CodeTaken, CodesKept."""
    await store_delivery.codes_release(tx, listing.show_id, list(codes.values()))
    await store_delivery.codes_clear(tx, listing)
    await store_delivery.codes_add(tx, listing, codes)
    codes_check(codes, await store_delivery.codes_of(tx, listing))
    await store_delivery.listing_coded(tx, listing.id)
    return msgspec.structs.replace(listing, delivery="instant")


async def codes_put(tx: Connection, seller_id: UUID, listing_id: UUID, codes: Sequence[str]) -> ListingView:
    """Register the codes of a listing, in the order of its seats; the same ones again change nothing.

    Raises NotFound, ListingEnded, ShowOver, Invalid, CodeTaken, CodesKept.
    """
    listing = await store_listings.listing_get(tx, listing_id)
    if listing is None or listing.seller_id != seller_id:
        raise NotFound("There is no such listing of yours.")
    await store_listings.row_share(tx, listing.show_id, listing.section, listing.row)
    locked = await store_listings.listing_lock(tx, listing_id)
    assert locked is not None, "listings are never deleted"
    if not locked.seats:
        raise ListingEnded
    show = await store_copies.show_get(tx, locked.show_id)
    assert show is not None, "a listing has a show"
    wanted = codes_asked(codes, locked.seats)
    if show.over:
        raise ShowOver
    coded = await codes_register(tx, locked, wanted)
    taken = await store_browsing.seats_taken_of(tx, [listing_id])
    return listing_view(coded, seller_id, taken.get(listing_id, TakenSeats()))


async def promises_lapse(database: Database) -> bool:
    """Withdraw some listings whose promised day has passed without codes; True while there may be more."""
    async with database.connection() as connection:
        due = await store_delivery.promises_lease(connection, LAPSE_MAX, LEASE)
    for listing_id in due:
        try:
            async with database.transaction() as tx:
                await promise_lapse(tx, listing_id)
        except Exception as error:  # one listing that breaks must not keep the others on sale
            log.error("promise.broke", listing_id=str(listing_id), exc_info=error)
    return len(due) == LAPSE_MAX


async def promise_lapse(tx: Connection, listing_id: UUID) -> None:
    """Withdraw a listing unless its promise was kept meanwhile."""
    listing, now = await listing_locked(tx, listing_id)
    if listing.status == "active" and lapsed(listing.in_hand_on, listing.delivery, now):
        await listing_retract(tx, listing, now)


async def listing_locked(tx: Connection, listing_id: UUID) -> tuple[Listing, datetime]:
    """A listing that may be withdrawn now, with its row locked before it; and the time."""
    seen = await store_listings.listing_get(tx, listing_id)
    assert seen is not None, "listings are never deleted"
    await store_listings.row_lock(tx, seen.show_id, seen.section, seen.row)
    listing = await store_listings.listing_lock(tx, listing_id)
    assert listing is not None, "listings are never deleted"
    return listing, await store_copies.clock(tx)


async def listing_retract(tx: Connection, listing: Listing, now: datetime) -> None:
    """Withdraw a locked listing without its seller.

    Where an order holds seats of it, the hold stands, and so does a sale that follows; the seats do not come back on
    sale when the hold ends.
    """
    freed = await store_listings.seats_withdraw(tx, listing.id, listing.seats)
    await store_refunds.held_retract(tx, listing.id)
    await store_tickets.tickets_void_brought(tx, freed)
    left = await store_listings.listing_recount(tx, listing.id, listing.version + 1, "withdrawn")
    await outbox.append(tx, listing_withdrawn(left, now))
