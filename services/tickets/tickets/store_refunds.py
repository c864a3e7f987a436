"""The SQL of refunded seats: whose money went back, and what of them is still on sale."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.contracts import OrderRefundDue
from fairseat_common.database import Connection, Record


async def order_sell(tx: Connection, event: OrderRefundDue) -> bool:
    """Note that the order was confirmed, which a refund implies; True if that was not known yet."""
    answer = await tx.execute(
        "insert into orders (id, version, status, listing_id, buyer_id, seats) values ($1, $2, 'confirmed', $3, $4, $5)"
        " on conflict do nothing",
        event.order_id,
        event.version,
        event.listing_id,
        event.buyer_id,
        list(event.seats),
    )
    if answer.endswith(" 1"):
        return True
    status = await tx.fetchval("select status from orders where id = $1 for update", event.order_id)
    await tx.execute(
        "update orders set version = greatest(version, $2), status = 'confirmed' where id = $1",
        event.order_id,
        event.version,
    )
    return bool(status != "confirmed")


async def seats_refund(tx: Connection, event: OrderRefundDue) -> None:
    """Note which seats of the order are refunded; those of a show that moved can be listed again."""
    await tx.execute(
        "insert into refunded_seats (order_id, seat, refund_id, show_id, section, row, returned)"
        " select $1, seat, $2, $3, $4, $5, $7 from unnest($6::text[]) as seat on conflict do nothing",
        event.order_id,
        event.refund_id,
        event.show_id,
        event.section,
        event.row,
        list(event.refund_seats),
        event.refund_reason == "show_moved",
    )


async def seats_refunded(tx: Connection, order_id: UUID) -> set[str]:
    """The refunded seats of an order."""
    rows = await tx.fetch("select seat from refunded_seats where order_id = $1", order_id)
    return {row["seat"] for row in rows}


async def places_refunded(tx: Connection, show_id: UUID, section: str, row: str, seats: Sequence[str]) -> set[str]:
    """Which of these places were refunded to anybody, and are not to be listed again."""
    rows = await tx.fetch(
        "select seat from refunded_seats where show_id = $1 and section = $2 and row = $3 and seat = any($4::text[])"
        " and not returned",
        show_id,
        section,
        row,
        list(seats),
    )
    return {row["seat"] for row in rows}


async def tickets_void_refunded(tx: Connection, order_id: UUID, seats: Sequence[str]) -> list[UUID]:
    """End the order's tickets for these seats, used ones too, without successors; answers their ids.

    A seat that was sold on since is somebody else's, by another order: that ticket stays as it is.
    """
    rows = await tx.fetch(
        "update tickets set status = 'void', ended_at = coalesce(ended_at, now()), version = version + 1"
        " where order_id = $1 and seat = any($2::text[]) and status in ('valid', 'used') returning id",
        order_id,
        list(seats),
    )
    return [row["id"] for row in rows]


async def offers_of(tx: Connection, ticket_ids: Sequence[UUID]) -> list[Record]:
    """Where seats are on sale, free or held, by these tickets: listing_id, seats, oldest listing first."""
    return await tx.fetch(
        "select listing_id, array_agg(seat) as seats from listing_seats where ticket_id = any($1::uuid[])"
        " and offered and state in ('free', 'held') group by listing_id order by listing_id",
        list(ticket_ids),
    )


async def held_retract(tx: Connection, listing_id: UUID) -> None:
    """Let the held seats of a listing not come back on sale when their holds end."""
    await tx.execute("update listing_seats set offered = false where listing_id = $1 and state = 'held'", listing_id)
