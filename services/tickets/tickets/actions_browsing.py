"""What anybody can do with listings: look."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.web import Page, page_of
from tickets import store_browsing
from tickets.domain_browsing import ListingView, Search, Seen, TakenSeats, listing_view, prices_of
from tickets.domain_prices import Quoting


async def listing_show(tx: Connection, listing_id: UUID, reader_id: UUID | None, quoting: Quoting) -> ListingView:
    """One listing, whatever its status; raises NotFound."""
    seen = await store_browsing.listing_see(tx, listing_id)
    if seen is None:
        raise NotFound("There is no such listing.")
    listing = seen.listing
    if listing.seller_id != reader_id:
        return _offered(seen, reader_id, quoting)
    taken = await store_browsing.seats_taken_of(tx, [listing.id])
    return listing_view(listing, reader_id, taken.get(listing.id, TakenSeats()))


async def listings_browse(
    tx: Connection,
    reader_id: UUID | None,
    search: Search,
    after: tuple[Any, ...] | None,
    limit: int,
    quoting: Quoting,
) -> Page[ListingView]:
    """A page of what a show's buyers can have now, in the order asked for."""
    found = await store_browsing.listings_browse(tx, search, after, limit + 1)
    page = page_of(found, limit, lambda seen: store_browsing.position_of(seen.listing, search.sort))
    return Page([_offered(seen, reader_id, quoting) for seen in page.items], page.next_cursor)


def _offered(seen: Seen, reader_id: UUID | None, quoting: Quoting) -> ListingView:
    """A listing as a reader sees it who may want to buy of it, with a quote if that is possible."""
    if seen.on_sale_at is None or seen.listing.seller_id == reader_id:
        return listing_view(seen.listing, reader_id)
    return listing_view(seen.listing, reader_id, quote=quoting.sign(prices_of(seen.listing), seen.on_sale_at))


async def listings_of_seller(
    tx: Connection, seller_id: UUID, show_id: UUID | None, before: UUID | None, limit: int
) -> Page[ListingView]:
    """A page of one's own listings of any status, newest first."""
    found = await store_browsing.listings_of_seller(tx, seller_id, show_id, before, limit + 1)
    page = page_of(found, limit, lambda listing: (listing.id,))
    taken = await store_browsing.seats_taken_of(tx, [listing.id for listing in page.items])
    views = [listing_view(listing, seller_id, taken.get(listing.id, TakenSeats())) for listing in page.items]
    return Page(views, page.next_cursor)
