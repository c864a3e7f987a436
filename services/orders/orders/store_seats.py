"""The SQL of seats: which row sells a physical place, and who owns it."""

# ruff: noqa: S608 -- statements are put together from the stores' own words only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.contracts import ListingChanged, ListingPublished
from fairseat_common.database import Connection
from orders.domain import Order
from orders.store_transfers import HEIRS


async def seats_add(tx: Connection, event: ListingPublished | ListingChanged) -> None:
    """Make the seats of a listing sellable, unless somebody else has them.

    First the rows by which the same places were sold before are locked. An older one that is free gives way: the place
    was withdrawn and listed anew (ids sort by time). So does one whose confirmed buyer now sells it, or whoever was
    given it by them. One that is held, or was sold to somebody else, stays, and the new row only waits beside it.
    """
    await _lock_places(tx, event)
    await tx.execute(
        "update seats s set current = false"
        " where s.show_id = $1 and s.section = $2 and s.row = $3 and s.seat = any($4::text[]) and s.current"
        " and s.listing_id < $5 and (s.order_id is null or exists (select from orders o where o.id = s.order_id"
        f" and o.status = 'confirmed' and $6 in {HEIRS}))",
        *_places(event),
        event.listing_id,
        event.seller_id,
    )
    await tx.execute(
        "insert into seats (show_id, listing_id, position, section, row, seat, current)"
        " select $1, $5, coalesce((select max(position) from seats where show_id = $1 and listing_id = $5), 0) + n,"
        " $2, $3, t.seat, not exists (select from seats o where o.show_id = $1 and o.section = $2 and o.row = $3"
        " and o.seat = t.seat and o.current)"
        " from unnest($4::text[]) with ordinality as t (seat, n)"
        " where not exists (select from seats o where o.show_id = $1 and o.listing_id = $5 and o.seat = t.seat)",
        *_places(event),
        event.listing_id,
    )


async def seats_narrow(tx: Connection, listing_id: UUID, show_id: UUID, seats: Sequence[str]) -> list[str]:
    """Take the free seats that a listing no longer names out of the sale; answers which."""
    rows = await tx.fetch(
        "update seats set current = false where show_id = $1 and listing_id = $2 and order_id is null and current"
        " and seat <> all($3::text[]) returning seat",
        show_id,
        listing_id,
        list(seats),
    )
    return [row["seat"] for row in rows]


async def seats_release(tx: Connection, order: Order) -> list[UUID]:
    """Free the seats of a cancelled order; only those that it owns. Answers which listings sell them from now on.

    Where the place has been listed anew in the meantime, it is sold by the newest active listing from now on.
    """
    await tx.execute(
        "update seats set order_id = null"
        " where show_id = $1 and listing_id = $2 and position = any($3::int[]) and order_id = $4",
        order.show_id,
        order.listing_id,
        list(order.positions),
        order.id,
    )
    status = await tx.fetchval("select status from listings where listing_id = $1", order.listing_id)
    if status == "active":
        return [order.listing_id]
    places = (order.show_id, order.section, order.row, list(order.seats))
    await tx.execute(
        "update seats set current = false where show_id = $1 and section = $2 and row = $3 and seat = any($4::text[])"
        " and listing_id = $5 and order_id is null",
        *places,
        order.listing_id,
    )
    return await places_renew(tx, *places)


async def seats_reclaim(tx: Connection, order: Order) -> bool:
    """Give a cancelled order its seats back, if all of them are free and the show is still on sale."""
    free = await tx.fetch(
        "select position from seats s"
        " where s.show_id = $1 and s.listing_id = $2 and s.position = any($3::int[])"
        " and s.order_id is null and s.current"
        " and exists (select from shows w where w.show_id = $1 and w.status = 'scheduled' and w.starts_at > now())"
        " order by s.position for update of s",
        order.show_id,
        order.listing_id,
        list(order.positions),
    )
    if len(free) < order.quantity:
        return False
    status = await tx.execute(
        "update seats set order_id = $4 where show_id = $1 and listing_id = $2 and position = any($3::int[])"
        " and order_id is null and current",
        order.show_id,
        order.listing_id,
        list(order.positions),
        order.id,
    )
    assert status == f"UPDATE {order.quantity}", f"seats of {order.id} changed under their lock"
    return True


async def places_renew(tx: Connection, show_id: UUID, section: str, row: str, seats: Sequence[str]) -> list[UUID]:
    """Let places that no row sells be sold by their newest active listing, if there is one; answers by which."""
    rows = await tx.fetch(
        "update seats s set current = true from ("
        " select distinct on (w.seat) w.listing_id, w.position from seats w join listings l using (listing_id)"
        " where w.show_id = $1 and w.section = $2 and w.row = $3 and w.seat = any($4::text[])"
        " and w.order_id is null and l.status = 'active'"
        " and not exists (select from seats c where c.show_id = $1 and c.section = $2 and c.row = $3"
        " and c.seat = w.seat and c.current) order by w.seat, w.listing_id desc) n"
        " where s.show_id = $1 and s.listing_id = n.listing_id and s.position = n.position returning s.listing_id",
        show_id,
        section,
        row,
        list(seats),
    )
    return list({found["listing_id"] for found in rows})


async def _lock_places(tx: Connection, event: ListingPublished | ListingChanged) -> None:
    await tx.execute(
        "select from seats where show_id = $1 and section = $2 and row = $3 and seat = any($4::text[]) and current"
        " order by listing_id, position for update",
        *_places(event),
    )


def _places(event: ListingPublished | ListingChanged) -> tuple[UUID, str, str, list[str]]:
    return event.show_id, event.section, event.row, list(event.seats)
