"""The SQL of looking at listings."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fairseat_common.database import Connection, Record
from tickets.domain_browsing import Search, Seen, Sort, TakenSeats, score_of
from tickets.domain_listings import Listing
from tickets.store_listings import COLUMNS, listing_of

_SORT_KEYS: dict[Sort, tuple[str, ...]] = {
    "price": ("all_in", "id"),
    "value": ("value_score", "id"),
    "section": ("section", "all_in", "id"),
    "view": ("section_position", "row_position", "all_in", "id"),
}
_AHEAD = "(status = 'postponed' or (status = 'scheduled' and starts_at > now()))"
_SORT_TYPES = {
    "all_in": "bigint", "value_score": "bigint", "section": "text", "id": "uuid", "section_position": "int",
    "row_position": "int",
}  # fmt: skip
SECTION_UNKNOWN = 32_767
"""Where a section stands that the chart no longer has: behind all others."""
_ON_SALE = "l.show_id = $1 and l.status = 'active' and l.available > 0"
# Whether the first or the last seat of the listing's row is for sale; standing places have no row.
_AISLE = (
    "exists (select from venue_rows r join listing_seats f on f.seat in (r.seats[1], r.seats[cardinality(r.seats)])"
    " where r.venue_id = (select venue_id from shows where id = l.show_id)"
    " and r.section = l.section and r.name = l.row and f.listing_id = l.id and f.state = 'free')"
)
_FREE = (
    "(select coalesce(array_agg(seat order by position), '{}') from listing_seats"
    " where listing_id = l.id and state = 'free')"
)
_POSITION = (
    "coalesce((select v.position from venue_sections v where v.name = l.section"
    f" and v.venue_id = (select venue_id from shows where id = l.show_id)), {SECTION_UNKNOWN})"
)
# What a reader sees of the listings in `found`; everything that is looked up, is looked up for these alone.
_SEEN = f"select l.*, {_FREE} as free_seats, {_AISLE} as aisle from found l"
# The sections that have listings, by one look into the index for each.
_SECTIONS = (
    "with recursive names (name) as ("
    f"(select l.section from listings l where {_ON_SALE} order by l.section limit 1) union all"
    f" select (select l.section from listings l where {_ON_SALE} and l.section > names.name order by l.section limit 1)"
    " from names where names.name is not null)"
    " select name from names where name is not null"
)


async def listing_see(tx: Connection, listing_id: UUID) -> Seen | None:
    """A listing as it is, and whether it is on sale."""
    row = await tx.fetchrow(
        f"with found as (select {COLUMNS}, case when status = 'active' and available > 0 and exists (select from"
        f" shows s where s.id = l.show_id and {_AHEAD}) then now() end as on_sale_at, {_POSITION} as section_position"
        f" from listings l where id = $1) {_SEEN}",
        listing_id,
    )
    return None if row is None else _seen(row)


class _Bound:
    """The values of a statement, and the words that name them."""

    def __init__(self, *first: Any) -> None:
        self.values = list(first)

    def __call__(self, value: Any, kind: str) -> str:
        self.values.append(value)
        return f"${len(self.values)}::{kind}"


def _wanted(search: Search, ceilings: Mapping[str, int], bind: _Bound) -> str:
    """The condition of a search on the listings `l` of show $1; `ceilings` by section are for its `deal`."""
    where = [_ON_SALE, f"exists (select from shows where id = $1 and {_AHEAD})"]
    if search.quantity is not None:
        asked = bind(search.quantity, "int")
        where.append(f"l.available >= {asked}")
        split = f"case l.split when 'pairs' then {asked} % 2 = 0 when 'none' then {asked} = l.available else true end"
        where.append(split)
    if search.sections:
        where.append(f"l.section = any({bind(list(search.sections), 'text[]')})")
    if search.min_price is not None:
        where.append(f"l.all_in >= {bind(search.min_price, 'bigint')}")
    if search.max_price is not None:
        where.append(f"l.all_in <= {bind(search.max_price, 'bigint')}")
    if search.aisle:
        where.append(_AISLE)
    if search.deal is not None:
        names, scores = bind(list(ceilings), "text[]"), bind(list(ceilings.values()), "bigint[]")
        where.append(
            f"exists (select from unnest({names}, {scores}) as d (name, score)"
            " where d.name = l.section and l.value_score <= d.score)"
        )
    return " and ".join(where)


async def listings_browse(
    tx: Connection, search: Search, ceilings: Mapping[str, int], after: tuple[Any, ...] | None, limit: int
) -> list[Seen]:
    """Listings of a show that can sell what is searched for, after a position; none once the show is over.

    `ceilings` are the highest scores by section that are as good a deal as is searched for.
    """
    keys = _SORT_KEYS[search.sort]
    bind = _Bound(search.show_id, limit)
    where = _wanted(search, ceilings, bind)
    named = [f"l.{key}" if key != "section_position" else "s.position" for key in keys]
    if after is not None:
        bound = ", ".join(bind(value, _SORT_TYPES[key]) for key, value in zip(keys, after, strict=True))
        where += f" and ({', '.join(named)}) > ({bound})"
    order = ", ".join(keys)
    found = _by_view(where) if search.sort == "view" else _by_index(where, ", ".join(named))
    rows = await tx.fetch(f"with found as materialized ({found}) {_SEEN} order by {order}", *bind.values)
    return [_seen(row) for row in rows]


def _by_index(where: str, order: str) -> str:
    """The first listings in the order of an index."""
    return (
        f"select {COLUMNS}, all_in, value_score, now() as on_sale_at, {_POSITION} as section_position"
        f" from listings l where {where} order by {order} limit $2"
    )


def _by_view(where: str) -> str:
    """The first listings from the stage outwards: the first ones of each section, then of them all.

    However many listings there are, no more are looked at than the limit for each section.
    """
    inner = f"select * from listings l where {where} and l.section = s.name order by row_position, all_in, id limit $2"
    columns = ", ".join(f"l.{name.strip()}" for name in COLUMNS.split(","))
    return (
        f"select {columns}, l.all_in, l.value_score, now() as on_sale_at, s.position as section_position from ("
        f" select n.name, coalesce(v.position, {SECTION_UNKNOWN}) as position from ({_SECTIONS}) n"
        " left join venue_sections v on v.name = n.name and v.venue_id = (select venue_id from shows where id = $1)"
        f") s cross join lateral ({inner}) l order by s.position, l.row_position, l.all_in, l.id limit $2"
    )


async def sections_summarise(tx: Connection, search: Search, ceilings: Mapping[str, int]) -> list[Record]:
    """Per section with listings that fit: section, listings_count, seats_count, lowest (all-in), currency."""
    bind = _Bound(search.show_id)
    where = _wanted(search, ceilings, bind)
    return await tx.fetch(
        "select l.section, count(*) as listings_count, sum(l.available) as seats_count, min(l.all_in) as lowest"
        f" from listings l where {where} group by l.section",
        *bind.values,
    )


async def sections_of(tx: Connection, show_id: UUID) -> list[str]:
    """The sections of a show's venue in the chart's order, then those of listings that the chart does not have."""
    rows = await tx.fetch(
        "select v.name from venue_sections v join shows s on s.venue_id = v.venue_id where s.id = $1"
        " order by v.position",
        show_id,
    )
    names = [row["name"] for row in rows]
    known = set(names)
    return names + [row["name"] for row in await tx.fetch(_SECTIONS, show_id) if row["name"] not in known]


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


def position_of(seen: Seen, sort: Sort) -> tuple[Any, ...]:
    """Where a listing stands in an order: the values of its sort keys."""
    listing = seen.listing
    all_in = listing.unit_price.amount + listing.unit_fee.amount
    if sort == "section":
        return (listing.section, all_in, listing.id)
    if sort == "view":
        return (seen.section_position, listing.row_position, all_in, listing.id)
    return (all_in if sort == "price" else score_of(listing), listing.id)


def _seen(row: Record) -> Seen:
    values: dict[str, Any] = dict(row)
    values.pop("all_in", None)
    values.pop("value_score", None)
    on_sale_at, free = values.pop("on_sale_at"), tuple(values.pop("free_seats"))
    aisle, position = values.pop("aisle"), values.pop("section_position")
    return Seen(listing_of(values), on_sale_at, free, aisle, position)
