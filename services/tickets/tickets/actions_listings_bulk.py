"""What sellers can do with many listings at once: look at them, change them, withdraw them."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts.refusals import Conflict, Forbidden, Invalid, NotFound, VersionStale
from fairseat_common.database import Connection, Database
from fairseat_common.web import Page, page_of
from tickets import actions_listings, store_browsing, store_listings, store_listings_bulk
from tickets.domain_browsing import ListingView, TakenSeats, listing_view
from tickets.domain_listings_bulk import (
    Bulk,
    BulkItem,
    BulkResult,
    Outcome,
    Selling,
    ShowSold,
    bulk_check,
    edit_of,
    refused,
)
from tickets.domain_prices import FeeRule

SHOWS_MAX = 200


async def listings_change(database: Database, seller_id: UUID, bulk: Bulk, rule: FeeRule) -> BulkResult:
    """Change or withdraw each listing, and tell of each; raises Invalid if the request makes no sense as a whole.

    Each listing is an edge of its own, with its own transaction: one that is refused keeps no other from changing, and
    no row stays locked for longer than for one of them.
    """
    bulk_check(bulk)
    versions = bulk.versions or [None] * len(bulk.ids)
    return BulkResult(
        items=[
            await _one(database, seller_id, listing_id, version, bulk, rule)
            for listing_id, version in zip(bulk.ids, versions, strict=True)
        ]
    )


async def _one(
    database: Database, seller_id: UUID, listing_id: UUID, version: int | None, bulk: Bulk, rule: FeeRule
) -> BulkItem:
    try:
        async with database.transaction() as tx:
            if bulk.change is None:
                await actions_listings.listing_withdraw(tx, seller_id, listing_id, version)
                return BulkItem(id=listing_id, outcome="withdrawn")
            return await _change(tx, seller_id, listing_id, version, bulk, rule)
    except (Conflict, Forbidden, Invalid, NotFound, VersionStale) as refusal:
        return refused(listing_id, refusal)


async def _change(
    tx: Connection, seller_id: UUID, listing_id: UUID, version: int | None, bulk: Bulk, rule: FeeRule
) -> BulkItem:
    """Edit a listing as a seller who has just read it."""
    assert bulk.change is not None, "withdrawals go another way"
    listing = await store_listings.listing_lock(tx, listing_id)
    if listing is None or listing.seller_id != seller_id:
        raise NotFound("There is no such listing of yours.")
    edit = edit_of(bulk.change, listing.unit_price)
    expected = listing.version if version is None else version
    view = await actions_listings.listing_edit(tx, seller_id, listing_id, expected, edit, rule)
    outcome: Outcome = "unchanged" if view.version == listing.version else "changed"
    return BulkItem(id=listing_id, outcome=outcome, version=view.version, unit_price=view.unit_price)


async def listings_mine(
    tx: Connection, seller_id: UUID, show_id: UUID | None, selling: Selling | None, before: UUID | None, limit: int
) -> Page[ListingView]:
    """A page of one's own listings, newest first."""
    found = await store_listings_bulk.listings_mine(tx, seller_id, show_id, selling, before, limit + 1)
    page = page_of(found, limit, lambda listing: (listing.id,))
    taken = await store_browsing.seats_taken_of(tx, [listing.id for listing in page.items])
    views = [listing_view(listing, seller_id, taken.get(listing.id, TakenSeats())) for listing in page.items]
    return Page(views, page.next_cursor)


async def shows_mine(tx: Connection, seller_id: UUID) -> Page[ShowSold]:
    """The shows for which somebody has listings, on one page."""
    return Page(await store_listings_bulk.shows_mine(tx, seller_id, SHOWS_MAX), None)
