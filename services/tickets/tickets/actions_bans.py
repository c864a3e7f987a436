"""What operators can do to what is on sale: withdraw a listing, or all that a banned seller has."""

from __future__ import annotations

from uuid import UUID

from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from tickets import store_bans, store_copies, store_listings, store_tickets
from tickets.domain_listings import listing_withdrawn
from tickets.domain_operations import ListingLine, ListingsWanted

BATCH_MAX = 20


async def withdraw_banned(database: Database) -> bool:
    """Withdraw some of what banned sellers have on sale; answers whether there may be more.

    A reconciler: it finds what a ban has to end, also what was listed a moment before this service heard of it.
    """
    async with database.transaction() as tx:
        seller_id = await store_bans.banned_selling(tx)
        if seller_id is None:
            return False
        await withdraw_all(tx, seller_id)
    return True


async def withdraw_all(tx: Connection, seller_id: UUID) -> bool:
    """Withdraw some of what a seller has on sale, held seats included; answers whether there may be more.

    Whoever holds a seat may still pay for it; if they do not, it is not on sale again.
    """
    listing_ids = await store_bans.listings_live(tx, seller_id, BATCH_MAX)
    for listing_id in listing_ids:
        await _close(tx, listing_id)
    return len(listing_ids) == BATCH_MAX


async def withdraw_one(tx: Connection, operator_id: UUID, listing_id: UUID, reason: str) -> ListingLine:
    """Withdraw a listing in an operator's name, and tell its seller why; done before, it is done. Raises NotFound."""
    if await _close(tx, listing_id, reason):
        await audit(tx, operator_id, "listing-withdrawn", str(listing_id), reason=reason)
    [line] = await listings_search(tx, ListingsWanted(listing_id=listing_id), None, 1)
    return line


async def listings_search(tx: Connection, wanted: ListingsWanted, before: UUID | None, limit: int) -> list[ListingLine]:
    """Listings of everybody, newest first, from after the listing `before` on."""
    return await store_bans.listings_search(tx, wanted, before, limit)


async def _close(tx: Connection, listing_id: UUID, reason: str | None = None) -> bool:
    """Take a listing out of the sale, whatever its seats are at; False if it is. Raises NotFound."""
    seen = await store_listings.listing_get(tx, listing_id)
    if seen is None:
        raise NotFound("There is no such listing.")
    await store_listings.row_lock(tx, seen.show_id, seen.section, seen.row)
    listing = await store_listings.listing_lock(tx, listing_id)
    assert listing is not None, "listings are never deleted"
    if listing.status == "withdrawn":
        return False
    freed = await store_bans.seats_close(tx, listing_id)
    await store_tickets.tickets_void_brought(tx, freed)
    withdrawn = await store_listings.listing_recount(tx, listing_id, listing.version + 1, "withdrawn", reason)
    await outbox.append(tx, listing_withdrawn(withdrawn, await store_copies.clock(tx)))
    return True
