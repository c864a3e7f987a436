"""The SQL of looking at listings."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fairseat_common.database import Connection, Record
from tickets.domain_browsing import Search, Seen, Sort, TakenSeats
from tickets.domain_listings import Listing
from tickets.store_listings import COLUMNS, listing_of

_SORT_KEYS: dict[Sort, tuple[str, ...]] = {
    "price": ("all_in", "id"),
    "value": ("value_score", "id"),
    "section": ("section", "all_in", "id"),
}
_AHEAD = "(status = 'postponed' or (status = 'scheduled' and starts_at > now()))"
_SORT_TYPES = {"all_in": "bigint", "value_score": "bigint", "section": "text", "id": "uuid"}


async def listing_see(tx: Connection, listing_id: UUID) -> Seen | None:
    """A listing as it is, and whether it is on sale."""
    row = await tx.fetchrow(
        f"select {COLUMNS}, case when status = 'active' and available > 0 and exists (select from shows s"
        f" where s.id = listings.show_id and {_AHEAD}) then now() end as on_sale_at"
        " from listings where id = $1",
        listing_id,
    )
    return None if row is None else _seen(row)


async def listings_browse(tx: Connection, search: Search, after: tuple[Any, ...] | None, limit: int) -> list[Seen]:
    """Listings of a show that can sell what is searched for, after a position; none once the show is over."""
    keys = _SORT_KEYS[search.sort]
    arguments: list[Any] = [search.show_id, limit]

    def bind(value: Any, kind: str) -> str:
        arguments.append(value)
        return f"${len(arguments)}::{kind}"

    where = ["show_id = $1", "status = 'active'", "available > 0"]
    where.append(f"exists (select from shows where id = $1 and {_AHEAD})")
    if search.quantity is not None:
        asked = bind(search.quantity, "int")
        where.append(f"available >= {asked}")
        where.append(f"case split when 'pairs' then {asked} % 2 = 0 when 'none' then {asked} = available else true end")
    if search.section is not None:
        where.append(f"section = {bind(search.section, 'text')}")
    if search.max_price is not None:
        where.append(f"all_in <= {bind(search.max_price, 'bigint')}")
    if after is not None:
        bound = ", ".join(bind(value, _SORT_TYPES[key]) for key, value in zip(keys, after, strict=True))
        where.append(f"({', '.join(keys)}) > ({bound})")
    # All parts of the statement are this module's own words; values are bound.
    what = f"select {COLUMNS}, now() as on_sale_at from listings"
    sql = f"{what} where {' and '.join(where)} order by {', '.join(keys)} limit $2"
    return [_seen(row) for row in await tx.fetch(sql, *arguments)]


async def listings_of_seller(
    tx: Connection, seller_id: UUID, show_id: UUID | None, before: UUID | None, limit: int
) -> list[Listing]:
    """A seller's listings of any status, newest first."""
    rows = await tx.fetch(
        f"select {COLUMNS} from listings where seller_id = $1 and ($2::uuid is null or show_id = $2)"
        " and ($3::uuid is null or id < $3) order by id desc limit $4",
        seller_id,
        show_id,
        before,
        limit,
    )
    return [listing_of(row) for row in rows]


async def seats_taken_of(tx: Connection, listing_ids: Sequence[UUID]) -> dict[UUID, TakenSeats]:
    """The held and sold seats of some listings; a listing without any is absent."""
    rows = await tx.fetch(
        "select listing_id, coalesce(array_agg(seat order by position) filter (where state = 'held'), '{}') as held,"
        " coalesce(array_agg(seat order by position) filter (where state = 'sold'), '{}') as sold"
        " from listing_seats where listing_id = any($1::uuid[]) and state in ('held', 'sold') group by listing_id",
        list(listing_ids),
    )
    return {row["listing_id"]: TakenSeats(tuple(row["held"]), tuple(row["sold"])) for row in rows}


def position_of(listing: Listing, sort: Sort) -> tuple[Any, ...]:
    """Where a listing stands in an order: the values of its sort keys."""
    all_in = listing.unit_price.amount + listing.unit_fee.amount
    if sort == "section":
        return (listing.section, all_in, listing.id)
    return (all_in if sort == "price" else all_in * (100 + listing.row_position), listing.id)


def _seen(row: Record) -> Seen:
    values: dict[str, Any] = dict(row)
    on_sale_at = values.pop("on_sale_at")
    return Seen(listing_of(values), on_sale_at)
