"""What anybody can do with listings: look, compare, and see what seats were sold for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fairseat_common.contracts import Money, OrderConfirmed
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.web import Page, page_of
from tickets import store_browsing, store_copies, store_sold
from tickets.domain_browsing import (
    ListingView,
    Reference,
    SaleView,
    Search,
    SectionSummary,
    Seen,
    TakenSeats,
    compared,
    listing_view,
    prices_of,
)
from tickets.domain_prices import Quoting


async def listing_show(tx: Connection, listing_id: UUID, reader_id: UUID | None, quoting: Quoting) -> ListingView:
    """One listing, whatever its status; raises NotFound."""
    seen = await store_browsing.listing_see(tx, listing_id)
    if seen is None:
        raise NotFound("There is no such listing.")
    listing = seen.listing
    references = await store_sold.references_of(tx, listing.show_id, [listing.section])
    if listing.seller_id != reader_id:
        return _offered(seen, reader_id, quoting, references.get(listing.section))
    taken = await store_browsing.seats_taken_of(tx, [listing.id])
    view = listing_view(listing, reader_id, taken.get(listing.id, TakenSeats()))
    return compared(view, seen, references.get(listing.section))


async def listings_browse(
    tx: Connection,
    reader_id: UUID | None,
    search: Search,
    after: tuple[Any, ...] | None,
    limit: int,
    quoting: Quoting,
) -> Page[ListingView]:
    """A page of what a show's buyers can have now, in the order asked for."""
    references = await _references(tx, search)
    found = await store_browsing.listings_browse(tx, search, _ceilings(search, references), after, limit + 1)
    page = page_of(found, limit, lambda seen: store_browsing.position_of(seen, search.sort))
    if search.deal is None:
        names = list(dict.fromkeys(seen.listing.section for seen in page.items))
        references = await store_sold.references_of(tx, search.show_id, names) if names else {}
    views = [_offered(seen, reader_id, quoting, references.get(seen.listing.section)) for seen in page.items]
    return Page(views, page.next_cursor)


async def _references(tx: Connection, search: Search) -> dict[str, Reference]:
    """What seats go for in every section, where the search is for good deals."""
    if search.deal is None:
        return {}
    names = search.sections or await store_browsing.sections_of(tx, search.show_id)
    return await store_sold.references_of(tx, search.show_id, names)


def _ceilings(search: Search, references: dict[str, Reference]) -> dict[str, int]:
    """The highest scores that are as good a deal as is searched for, by section."""
    if search.deal is None:
        return {}
    deal = search.deal
    return {name: reference.ceiling(deal) for name, reference in references.items()}


def _offered(seen: Seen, reader_id: UUID | None, quoting: Quoting, reference: Reference | None) -> ListingView:
    """A listing as a reader sees it who may want to buy of it, with a quote if that is possible."""
    view = compared(listing_view(seen.listing, reader_id), seen, reference)
    if seen.on_sale_at is None or seen.listing.seller_id == reader_id:
        return view
    quote = quoting.sign(prices_of(seen.listing), seen.on_sale_at)
    return compared(listing_view(seen.listing, reader_id, quote=quote), seen, reference)


async def listings_of_seller(
    tx: Connection, seller_id: UUID, show_id: UUID | None, before: UUID | None, limit: int
) -> Page[ListingView]:
    """A page of one's own listings of any status, newest first."""
    found = await store_browsing.listings_of_seller(tx, seller_id, show_id, before, limit + 1)
    page = page_of(found, limit, lambda listing: (listing.id,))
    taken = await store_browsing.seats_taken_of(tx, [listing.id for listing in page.items])
    views = [listing_view(listing, seller_id, taken.get(listing.id, TakenSeats())) for listing in page.items]
    return Page(views, page.next_cursor)


async def sections_summarise(tx: Connection, search: Search) -> Page[SectionSummary]:
    """Every section of the show's venue from the stage outwards: what fits the search there, and what was sold.

    Raises NotFound for a show that is not known.
    """
    show = await store_copies.show_get(tx, search.show_id)
    if show is None:
        raise NotFound("There is no such show.")
    names = await store_browsing.sections_of(tx, show.id)
    references = await store_sold.references_of(tx, show.id, names)
    ceilings = _ceilings(search, references)
    counted = {row["section"]: row for row in await store_browsing.sections_summarise(tx, search, ceilings)}
    summaries = []
    for name in names:
        row, known = counted.get(name), references.get(name, Reference(show.currency))
        summaries.append(
            SectionSummary(
                section=name,
                listings_count=row["listings_count"] if row else 0,
                seats_count=row["seats_count"] if row else 0,
                lowest_price=Money(row["lowest"], show.currency) if row else None,
                typical_sold=None if known.sold_price is None else Money(known.sold_price, known.currency),
                sold_count=known.sold_count,
            )
        )
    return Page(summaries)


async def sales_browse(
    tx: Connection, show_id: UUID, sections: Sequence[str], before: tuple[datetime, UUID] | None, limit: int
) -> Page[SaleView]:
    """A page of what was sold for a show and not refunded, newest first."""
    found = await store_sold.sales_page(tx, show_id, sections, before, limit + 1)
    page = page_of(found, limit, lambda row: (row["sold_at"], row["order_id"]))
    views = [
        SaleView(
            section=row["section"],
            row=row["row"],
            quantity=row["quantity"],
            all_in_unit_price=Money(row["all_in"], row["currency"]),
            sold_at=row["sold_at"],
        )
        for row in page.items
    ]
    return Page(views, page.next_cursor)


async def keep_sale(tx: Connection, event: OrderConfirmed) -> None:
    """Remember what seats were sold for, for those who compare prices later."""
    await store_sold.sale_keep(tx, event)
