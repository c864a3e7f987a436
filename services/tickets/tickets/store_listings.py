"""The SQL of listings and their seats."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from tickets.domain_listings import Listing, Search, Seen, Sort, TakenSeats

_COLUMNS = (
    "id, show_id, seller_id, section, row, row_position, seats, available, held, sold, unit_price, unit_fee,"
    " unit_seller_fee, fee_rule, currency, split, notes, status, version, created_at"
)
_SORT_KEYS: dict[Sort, tuple[str, ...]] = {
    "price": ("all_in", "id"),
    "value": ("value_score", "id"),
    "section": ("section", "all_in", "id"),
}
_AHEAD = "(status = 'postponed' or (status = 'scheduled' and starts_at > now()))"
_SORT_TYPES = {"all_in": "bigint", "value_score": "bigint", "section": "text", "id": "uuid"}


async def row_lock(tx: Connection, show_id: UUID, section: str, row: str) -> None:
    """Change what is on sale in a row, or in a standing section, as the only one until the transaction ends.

    To be taken before any listing is locked, and by all that lets go of a seat or ends a ticket.
    """
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{show_id}/{section}/{row}")


async def row_share(tx: Connection, show_id: UUID, section: str, row: str) -> None:
    """Put seats of a row on sale while others do so too, and nobody changes what is on sale there.

    Sellers do not wait for each other here: for one seat the unique indexes decide.
    """
    await tx.execute("select pg_advisory_xact_lock_shared(hashtextextended($1, 0))", f"{show_id}/{section}/{row}")


async def places_free(tx: Connection, show_id: UUID, section: str, capacity: int, count: int) -> list[str]:
    """Up to `count` of the lowest numbered places that nobody has a ticket for; fewer are left if fewer come.

    A place whose buyer was refunded is not given out again.
    """
    rows = await tx.fetch(
        "select n::text as seat from generate_series(1, $3::int) as n where not exists ("
        " select from tickets t where t.show_id = $1 and t.section = $2 and t.row = '' and t.seat = n::text"
        " and t.status in ('valid', 'used')) and not exists (select from refunded_seats r where r.show_id = $1"
        " and r.section = $2 and r.row = '' and r.seat = n::text) order by n limit $4",
        show_id,
        section,
        capacity,
        count,
    )
    return [row["seat"] for row in rows]


async def listing_add(tx: Connection, listing: Listing) -> None:
    """Write a new listing."""
    await tx.execute(
        "insert into listings (id, show_id, seller_id, section, row, row_position, seats, available,"
        " unit_price, unit_fee, unit_seller_fee, fee_rule, currency, split, notes, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        listing.id,
        listing.show_id,
        listing.seller_id,
        listing.section,
        listing.row,
        listing.row_position,
        list(listing.seats),
        listing.available,
        listing.unit_price.amount,
        listing.unit_fee.amount,
        listing.unit_seller_fee.amount,
        listing.fee_rule,
        listing.unit_price.currency,
        listing.split,
        listing.notes,
        listing.created_at,
    )


async def seats_add(tx: Connection, listing: Listing, ticket_ids: Sequence[UUID]) -> list[str]:
    """Put the listing's seats on sale; answers those that are. A missing one is in another listing.

    Without a conflict target, so that whatever constraint is there decides. Rows go in the order of the row's
    seats: two sellers of the same seats wait for each other in one direction only.
    """
    rows = await tx.fetch(
        "insert into listing_seats (listing_id, seat, position, show_id, section, row, ticket_id)"
        " select $1, seat, n, $2, $3, $4, ticket_id"
        " from unnest($5::text[], $6::uuid[]) with ordinality as t (seat, ticket_id, n) order by n"
        " on conflict do nothing returning seat",
        listing.id,
        listing.show_id,
        listing.section,
        listing.row,
        list(listing.seats),
        list(ticket_ids),
    )
    return [row["seat"] for row in rows]


async def listing_get(tx: Connection, listing_id: UUID) -> Listing | None:
    """A listing as it is."""
    return _listing(await tx.fetchrow(f"select {_COLUMNS} from listings where id = $1", listing_id))


async def listing_see(tx: Connection, listing_id: UUID) -> Seen | None:
    """A listing as it is, and whether it is on sale."""
    row = await tx.fetchrow(
        f"select {_COLUMNS}, case when status = 'active' and available > 0 and exists (select from shows s"
        f" where s.id = listings.show_id and {_AHEAD}) then now() end as on_sale_at"
        " from listings where id = $1",
        listing_id,
    )
    return None if row is None else _seen(row)


async def listing_lock(tx: Connection, listing_id: UUID) -> Listing | None:
    """A listing as it is, which nobody else changes until the transaction ends."""
    return _listing(await tx.fetchrow(f"select {_COLUMNS} from listings where id = $1 for update", listing_id))


async def listing_update(tx: Connection, listing: Listing) -> None:
    """Write what the seller changed."""
    await tx.execute(
        "update listings set unit_price = $2, unit_fee = $3, unit_seller_fee = $4, fee_rule = $5, split = $6,"
        " notes = $7, version = $8, changed_at = now() where id = $1",
        listing.id,
        listing.unit_price.amount,
        listing.unit_fee.amount,
        listing.unit_seller_fee.amount,
        listing.fee_rule,
        listing.split,
        listing.notes,
        listing.version,
    )


async def seats_withdraw(tx: Connection, listing_id: UUID, seats: Sequence[str]) -> list[UUID]:
    """Take free seats out of the sale; answers the seller's tickets for them."""
    rows = await tx.fetch(
        "update listing_seats set offered = false, state = 'withdrawn'"
        " where listing_id = $1 and seat = any($2::text[]) and state = 'free' returning ticket_id",
        listing_id,
        list(seats),
    )
    return [row["ticket_id"] for row in rows]


async def listing_recount(tx: Connection, listing_id: UUID, version: int, status: str) -> Listing:
    """Let a listing's seats and counts follow from its seat rows, and set version and status."""
    listing = _listing(
        await tx.fetchrow(
            "update listings set (seats, available, held, sold) = ("
            " select coalesce(array_agg(seat order by position) filter (where state <> 'withdrawn'), '{}'),"
            " count(*) filter (where state = 'free'), count(*) filter (where state = 'held'),"
            " count(*) filter (where state = 'sold') from listing_seats where listing_id = listings.id),"
            f" version = $2, status = $3, changed_at = now() where id = $1 returning {_COLUMNS}",
            listing_id,
            version,
            status,
        )
    )
    assert listing is not None, "the caller has locked the listing"
    return listing


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
    what = f"select {_COLUMNS}, now() as on_sale_at from listings"
    sql = f"{what} where {' and '.join(where)} order by {', '.join(keys)} limit $2"
    return [_seen(row) for row in await tx.fetch(sql, *arguments)]


async def listings_of_seller(
    tx: Connection, seller_id: UUID, show_id: UUID | None, before: UUID | None, limit: int
) -> list[Listing]:
    """A seller's listings of any status, newest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from listings where seller_id = $1 and ($2::uuid is null or show_id = $2)"
        " and ($3::uuid is null or id < $3) order by id desc limit $4",
        seller_id,
        show_id,
        before,
        limit,
    )
    return [_listing_of(row) for row in rows]


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


def _listing(row: Record | None) -> Listing | None:
    return None if row is None else _listing_of(row)


def _seen(row: Record) -> Seen:
    values: dict[str, Any] = dict(row)
    on_sale_at = values.pop("on_sale_at")
    return Seen(_listing_of(values), on_sale_at)


def _listing_of(row: Record | Mapping[str, Any]) -> Listing:
    values: dict[str, Any] = dict(row)
    currency = values.pop("currency")
    values["seats"] = tuple(values["seats"])
    values["unit_price"] = Money(values["unit_price"], currency)
    values["unit_fee"] = Money(values["unit_fee"], currency)
    values["unit_seller_fee"] = Money(values["unit_seller_fee"], currency)
    return Listing(**values)
