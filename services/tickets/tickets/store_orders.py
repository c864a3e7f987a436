"""The SQL of orders, as far as they are known here, and of the seats that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.contracts import OrderCancelled, OrderConfirmed, OrderHeld
from fairseat_common.database import Connection, Record
from tickets.domain_listings import Listing
from tickets.domain_orders import Claim, OrderStatus, Seat


async def order_apply(tx: Connection, event: OrderHeld | OrderConfirmed | OrderCancelled, status: OrderStatus) -> bool:
    """Take over what an event says of its order; False if something as new is known already."""
    answer = await tx.execute(
        "insert into orders (id, version, status, listing_id, buyer_id, seats) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (id) do update set version = excluded.version, status = excluded.status"
        " where orders.version < excluded.version",
        event.order_id,
        event.version,
        status,
        event.listing_id,
        event.buyer_id,
        list(event.seats),
    )
    return answer.endswith(" 1")


async def claims_on(tx: Connection, listing_id: UUID, seats: Sequence[str]) -> list[Claim]:
    """The orders that hold or have bought any of these seats."""
    rows = await tx.fetch(
        "select id as order_id, version, status, seats from orders"
        " where listing_id = $1 and status <> 'cancelled' and seats && $2::text[]",
        listing_id,
        list(seats),
    )
    return [Claim(**{**dict(row), "seats": tuple(row["seats"])}) for row in rows]


async def seats_get(tx: Connection, listing_id: UUID, seats: Sequence[str]) -> list[Seat]:
    """These seats of a listing, in their order of sale."""
    rows = await tx.fetch(
        "select seat, ticket_id, offered, state, order_id from listing_seats"
        " where listing_id = $1 and seat = any($2::text[]) order by position",
        listing_id,
        list(seats),
    )
    return [Seat(**dict(row)) for row in rows]


async def seats_update(tx: Connection, listing_id: UUID, seats: Sequence[Seat]) -> None:
    """Write what became of seats."""
    await tx.execute(
        "update listing_seats s set state = n.state, order_id = n.order_id"
        " from unnest($2::text[], $3::text[], $4::uuid[]) as n (seat, state, order_id)"
        " where s.listing_id = $1 and s.seat = n.seat",
        listing_id,
        [seat.seat for seat in seats],
        [seat.state for seat in seats],
        [seat.order_id for seat in seats],
    )


async def seats_taken(tx: Connection, listing: Listing, seats: Sequence[Seat]) -> set[str]:
    """Which of these seats are on sale in another listing, or have a ticket that is not the seller's own."""
    rows = await tx.fetch(
        "select seat from listing_seats where show_id = $1 and section = $2 and row = $3 and seat = any($4::text[])"
        " and state in ('free', 'held') and listing_id <> $5"
        " union select seat from tickets where show_id = $1 and section = $2 and row = $3 and seat = any($4::text[])"
        " and status in ('valid', 'used') and id <> all($6::uuid[])",
        listing.show_id,
        listing.section,
        listing.row,
        [seat.seat for seat in seats],
        listing.id,
        [seat.ticket_id for seat in seats],
    )
    return {row["seat"] for row in rows}


async def rivals(tx: Connection, listing: Listing, seats: Sequence[str]) -> list[Record]:
    """Where else these places are on sale: listing_id, seats, oldest listing first."""
    return await tx.fetch(
        "select listing_id, array_agg(seat) as seats from listing_seats where show_id = $1 and section = $2"
        " and row = $3 and seat = any($4::text[]) and state in ('free', 'held') and listing_id <> $5"
        " group by listing_id order by listing_id",
        listing.show_id,
        listing.section,
        listing.row,
        list(seats),
        listing.id,
    )
