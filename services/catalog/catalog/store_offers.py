"""The SQL of the copies of listings and sales, and of what they add up to for each show."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection


async def offers_lock(tx: Connection, show_id: UUID) -> bool:
    """Lock what is on sale for a show; False where there is no such show."""
    return await tx.fetchval("select true from show_offers where show_id = $1 for update", show_id) is True


async def listing_put(
    tx: Connection, listing_id: UUID, show_id: UUID, seats: int, price: Money, *, withdrawn: bool, version: int
) -> bool:
    """Write the copy of a listing; False, and nothing written, where the copy is as new or newer."""
    status = await tx.execute(
        "insert into listing_copies (listing_id, show_id, seats, unit_amount, currency, withdrawn, version)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict (listing_id) do update"
        " set seats = excluded.seats, unit_amount = excluded.unit_amount, currency = excluded.currency,"
        " withdrawn = excluded.withdrawn, version = excluded.version"
        " where excluded.version > listing_copies.version",
        listing_id,
        show_id,
        seats,
        price.amount,
        price.currency,
        withdrawn,
        version,
    )
    return status.endswith(" 1")


async def sale_add(tx: Connection, order_id: UUID, listing_id: UUID, seats: int) -> None:
    """Note seats that were sold from a listing, once for each order."""
    await tx.execute(
        "insert into listing_sales (order_id, listing_id, seats) values ($1, $2, $3) on conflict do nothing",
        order_id,
        listing_id,
        seats,
    )


async def offers_sum_up(tx: Connection, show_id: UUID) -> None:
    """Count the listings of a show that still have a seat, and find the cheapest; the caller holds the lock."""
    await tx.execute(
        "update show_offers set (listings_count, lowest_amount) = ("
        " select count(*), min(l.unit_amount) from listing_copies l join shows s on s.id = l.show_id"
        " where l.show_id = $1 and not l.withdrawn and l.currency = s.currency"
        " and l.seats > coalesce((select sum(seats) from listing_sales where listing_id = l.listing_id), 0))"
        " where show_id = $1",
        show_id,
    )
