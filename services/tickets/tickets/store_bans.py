"""The SQL of bans, and of what operators look for among listings."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection
from tickets.domain_operations import ListingLine, ListingsWanted
from tickets.store_listings import COLUMNS, listing_of

_LIVE = "l.status = 'active' and (l.available > 0 or l.held > 0)"


async def banned_selling(tx: Connection) -> UUID | None:
    """A banned seller with something on sale."""
    seller_id = await tx.fetchval(
        "select b.user_id from banned_users b where b.banned"  # noqa: S608  # a constant
        f" and exists (select from listings l where l.seller_id = b.user_id and {_LIVE}) limit 1"
    )
    assert seller_id is None or isinstance(seller_id, UUID)
    return seller_id


async def listings_live(tx: Connection, seller_id: UUID, rows_max: int) -> list[UUID]:
    """Listings of a seller from which seats are on sale, or being paid for."""
    rows = await tx.fetch(
        f"select l.id from listings l where l.seller_id = $1 and {_LIVE} order by l.id limit $2",  # noqa: S608  # a constant
        seller_id,
        rows_max,
    )
    return [row["id"] for row in rows]


async def seats_close(tx: Connection, listing_id: UUID) -> list[UUID]:
    """Offer no seat of a listing any more; answers the seller's tickets of those that were free.

    A held seat stays its buyer's, and is withdrawn if the hold ends.
    """
    rows = await tx.fetch(
        "with closed as (update listing_seats set offered = false,"
        " state = case when state = 'free' then 'withdrawn' else state end"
        " where listing_id = $1 and state in ('free', 'held') returning ticket_id, state)"
        " select ticket_id from closed where state = 'withdrawn'",
        listing_id,
    )
    return [row["ticket_id"] for row in rows]


async def listings_search(
    tx: Connection, wanted: ListingsWanted, before: UUID | None, rows_max: int
) -> list[ListingLine]:
    """Listings of everybody, newest first, from after the listing `before` on."""
    rows = await tx.fetch(
        f"select {COLUMNS} from listings"  # noqa: S608  # a constant
        " where ($1::uuid is null or id = $1) and ($2::uuid is null or seller_id = $2)"
        " and ($3::uuid is null or show_id = $3) and ($4::text is null or status = $4)"
        " and ($5::uuid is null or id < $5) order by id desc limit $6",
        wanted.listing_id,
        wanted.seller_id,
        wanted.show_id,
        wanted.status,
        before,
        rows_max,
    )
    return [ListingLine.of(listing_of(row)) for row in rows]
