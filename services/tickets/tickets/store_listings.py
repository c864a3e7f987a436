"""The SQL of listings and their seats."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from tickets.domain_listings import Listing

COLUMNS = (
    "id, show_id, seller_id, section, row, row_position, seats, available, held, sold, unit_price, unit_fee,"
    ' unit_seller_fee, fee_rule, currency, split, notes, status, version, created_at, in_hand_on, delivery, "primary",'
    " zone, opens_at, resale_rule, operator_reason"
)


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

    A place whose buyer was refunded is not given out again, unless the show had moved.
    """
    rows = await tx.fetch(
        "select n::text as seat from generate_series(1, $3::int) as n where not exists ("
        " select from tickets t where t.show_id = $1 and t.section = $2 and t.row = '' and t.seat = n::text"
        " and t.status in ('valid', 'used')) and not exists (select from refunded_seats r where r.show_id = $1"
        " and r.section = $2 and r.row = '' and r.seat = n::text and not r.returned) order by n limit $4",
        show_id,
        section,
        capacity,
        count,
    )
    return [row["seat"] for row in rows]


async def listing_add(tx: Connection, listing: Listing) -> None:
    """Write a new listing."""
    await listings_add(tx, [listing])


async def listings_add(tx: Connection, listings: Sequence[Listing]) -> None:
    """Write new listings."""
    await tx.executemany(
        "insert into listings (id, show_id, seller_id, section, row, row_position, seats, available,"
        ' unit_price, unit_fee, unit_seller_fee, fee_rule, currency, split, notes, created_at, in_hand_on, "primary",'
        " zone, opens_at, resale_rule) values"
        " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        [_row(listing) for listing in listings],
    )


def _row(listing: Listing) -> tuple[Any, ...]:
    return (
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
        listing.in_hand_on,
        listing.primary,
        listing.zone,
        listing.opens_at,
        listing.resale_rule,
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
    return _listing(await tx.fetchrow(f"select {COLUMNS} from listings where id = $1", listing_id))


async def listing_lock(tx: Connection, listing_id: UUID) -> Listing | None:
    """A listing as it is, which nobody else changes until the transaction ends."""
    return _listing(await tx.fetchrow(f"select {COLUMNS} from listings where id = $1 for update", listing_id))


async def listing_update(tx: Connection, listing: Listing) -> None:
    """Write what the seller changed."""
    await tx.execute(
        "update listings set unit_price = $2, unit_fee = $3, unit_seller_fee = $4, fee_rule = $5, split = $6,"
        " notes = $7, version = $8, resale_rule = $9, changed_at = now() where id = $1",
        listing.id,
        listing.unit_price.amount,
        listing.unit_fee.amount,
        listing.unit_seller_fee.amount,
        listing.fee_rule,
        listing.split,
        listing.notes,
        listing.version,
        listing.resale_rule,
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


async def listing_recount(
    tx: Connection, listing_id: UUID, version: int, status: str, operator_reason: str | None = None
) -> Listing:
    """Let a listing's seats and counts follow from its seat rows, and set version and status.

    An operator's reason stays once it is there.
    """
    listing = _listing(
        await tx.fetchrow(
            "update listings set (seats, available, held, sold) = ("
            " select coalesce(array_agg(seat order by position) filter (where state <> 'withdrawn'), '{}'),"
            " count(*) filter (where state = 'free'), count(*) filter (where state = 'held'),"
            " count(*) filter (where state = 'sold') from listing_seats where listing_id = listings.id),"
            " version = $2, status = $3, operator_reason = coalesce($4, operator_reason), changed_at = now()"
            f" where id = $1 returning {COLUMNS}",
            listing_id,
            version,
            status,
            operator_reason,
        )
    )
    assert listing is not None, "the caller has locked the listing"
    return listing


def _listing(row: Record | None) -> Listing | None:
    return None if row is None else listing_of(row)


def listing_of(row: Record | Mapping[str, Any]) -> Listing:
    """A listing from a row of `COLUMNS`."""
    values: dict[str, Any] = dict(row)
    currency = values.pop("currency")
    values["seats"] = tuple(values["seats"])
    values["unit_price"] = Money(values["unit_price"], currency)
    values["unit_fee"] = Money(values["unit_fee"], currency)
    values["unit_seller_fee"] = Money(values["unit_seller_fee"], currency)
    return Listing(**values)
