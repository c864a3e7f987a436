"""The SQL of looking at one's own listings: by show and by where they stand."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection
from tickets.domain_listings import Listing
from tickets.domain_listings_bulk import Selling, ShowSold
from tickets.store_listings import COLUMNS, listing_of

_STANDS: dict[Selling, str] = {
    "on-sale": "status = 'active' and available + held > 0",
    "promised": "status = 'active' and available + held > 0 and delivery = 'promised'",
    "sold": "sold > 0 and available + held = 0",
    "withdrawn": "status = 'withdrawn'",
}


async def listings_mine(
    tx: Connection, seller_id: UUID, show_id: UUID | None, selling: Selling | None, before: UUID | None, limit: int
) -> list[Listing]:
    """A seller's listings, newest first; of one show and at one stand only, if that is asked for."""
    stands = f"and {_STANDS[selling]}" if selling else ""
    rows = await tx.fetch(
        f"select {COLUMNS} from listings where seller_id = $1 and ($2::uuid is null or show_id = $2)"
        f" and ($3::uuid is null or id < $3) {stands} order by id desc limit $4",
        seller_id,
        show_id,
        before,
        limit,
    )
    return [listing_of(row) for row in rows]


async def shows_mine(tx: Connection, seller_id: UUID, limit: int) -> list[ShowSold]:
    """The shows for which somebody has listings, by date, coming ones first."""
    rows = await tx.fetch(
        "select l.show_id, count(*) as listings_count,"
        " count(*) filter (where l.status = 'active' and l.available + l.held > 0) as on_sale_count"
        " from listings l join shows s on s.id = l.show_id where l.seller_id = $1 group by l.show_id, s.starts_at"
        " order by s.starts_at < now(), s.starts_at, l.show_id limit $2",
        seller_id,
        limit,
    )
    return [ShowSold(**dict(row)) for row in rows]
