"""The SQL of shows that moved: how each seat of an order stands, what was chosen, and which sales a seat has had."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.contracts import ShowChanged, ShowPublished
from fairseat_common.database import Connection
from orders.domain import Order
from orders.domain_choices import Choice, Move, Place, Taken
from orders.store import ORDER_COLUMNS, order_of

# The seats of an order, each as it stands. A place that was sold on has a row of a younger listing with an order (ids
# sort by time); a place that was given away has left its buyer once more often than it came back since the purchase.
_PLACES = """
select s.seat, case
    when exists (select from refund_lines r where r.order_id = o.id and r.seat = s.seat) then 'refunded'
    when later.status in ('confirmed', 'refunded') then 'sold'
    when later.status = 'held' then 'selling'
    when (select count(*) filter (where g.from_id = o.buyer_id) > count(*) filter (where g.to_id = o.buyer_id)
          from given_seats g where g.show_id = s.show_id and g.section = s.section and g.row = s.row and g.seat = s.seat
          and g.given_at > o.confirmed_at) then 'given'
    else 'yours' end as state
from orders o
join seats s on s.show_id = o.show_id and s.listing_id = o.listing_id and s.position = any(o.positions)
left join lateral (
    select p.status from seats w join orders p on p.id = w.order_id
    where w.show_id = s.show_id and w.section = s.section and w.row = s.row and w.seat = s.seat
    and w.listing_id > s.listing_id and p.status in ('held', 'confirmed', 'refunded')
    order by p.status = 'held', w.listing_id limit 1) later on true
where o.id = $1 order by s.position
"""


async def move_apply(tx: Connection, event: ShowPublished | ShowChanged) -> None:
    """Follow the moves of a show whose copy has just been brought up to date, and is locked.

    Another start or a postponement is a new move with a choice of its own; another last day to choose is none.
    """
    await tx.execute(
        "update shows s set refund_until = $3, moved_from = $2, move_status = case when $3 is not null then $5 end,"
        " move_start = case when $3 is not null then $4 end, move = s.move + m.moves::int,"
        " moved_at = case when m.moves then clock_timestamp() else s.moved_at end"
        " from (select show_id, $3::timestamptz is not null"
        "  and (move_start, move_status) is distinct from ($4::timestamptz, $5::text) as moves"
        "  from shows where show_id = $1) m where s.show_id = m.show_id",
        event.show_id,
        event.moved_from,
        event.refund_until,
        event.starts_at,
        event.status,
    )


async def show_share(tx: Connection, show_id: UUID) -> None:
    """Let the show not move until the transaction ends."""
    await tx.execute("select from shows where show_id = $1 for share", show_id)


async def move_of(tx: Connection, show_id: UUID) -> tuple[Move, bool] | None:
    """The last move of a show and whether its choice is open, by this database's clock; None where there is none."""
    row = await tx.fetchrow(
        "select move, moved_from, starts_at, status, refund_until, moved_at, clock_timestamp() < refund_until as open"
        " from shows where show_id = $1 and refund_until is not null and status <> 'cancelled'",
        show_id,
    )
    if row is None:
        return None
    move = Move(
        number=row["move"],
        moved_from=row["moved_from"],
        starts_at=row["starts_at"],
        postponed=row["status"] == "postponed",
        refund_until=row["refund_until"],
        moved_at=row["moved_at"],
    )
    return move, row["open"]


async def taken_of(tx: Connection, order_id: UUID, move: int) -> Taken | None:
    """What was chosen for this move."""
    row = await tx.fetchrow("select choice, chosen_at from choices where order_id = $1 and move = $2", order_id, move)
    return Taken(row["choice"], row["chosen_at"]) if row else None


async def choice_write(tx: Connection, order_id: UUID, move: int, choice: Choice) -> None:
    """Note what was chosen; a refund stays one."""
    await tx.execute(
        "insert into choices (order_id, move, choice) values ($1, $2, $3)"
        " on conflict (order_id, move) do update set choice = excluded.choice, chosen_at = excluded.chosen_at"
        " where choices.choice = 'keep'",
        order_id,
        move,
        choice,
    )


async def places_of(tx: Connection, order_id: UUID) -> tuple[Place, ...]:
    """The seats of an order, each as it stands now."""
    rows = await tx.fetch(_PLACES, order_id)
    return tuple(Place(row["seat"], row["state"]) for row in rows)


async def places_lock(tx: Connection, order: Order) -> None:
    """Let nobody hold, sell or list the order's places until the transaction ends; locked as holds lock them."""
    await tx.execute(
        "select from seats where show_id = $1 and section = $2 and row = $3 and seat = any($4::text[])"
        " order by listing_id, position for update",
        order.show_id,
        order.section,
        order.row,
        list(order.seats),
    )


async def sales_lock(tx: Connection, order: Order) -> list[Order]:
    """Every confirmed order that has a place of this one, itself too, locked in the order of their ids."""
    rows = await tx.fetch(
        f"select {ORDER_COLUMNS} from orders where id in (select w.order_id from seats w"  # noqa: S608
        " where w.show_id = $1 and w.section = $2 and w.row = $3 and w.seat = any($4::text[])"
        " and w.order_id is not null) and status = 'confirmed' order by id for update",
        order.show_id,
        order.section,
        order.row,
        list(order.seats),
    )
    return [order_of(row) for row in rows]


async def lines_standing(tx: Connection, order: Order, seats: Sequence[str]) -> list[tuple[UUID, str]]:
    """The confirmed sales of these places whose money has not gone back: pairs of order and seat."""
    rows = await tx.fetch(
        "select o.id, w.seat from seats w join orders o on o.id = w.order_id"
        " where w.show_id = $1 and w.section = $2 and w.row = $3 and w.seat = any($4::text[])"
        " and o.status = 'confirmed'"
        " and not exists (select from refund_lines r where r.order_id = o.id and r.seat = w.seat)",
        order.show_id,
        order.section,
        order.row,
        list(seats),
    )
    return [(row["id"], row["seat"]) for row in rows]


async def places_leave_sale(tx: Connection, order: Order, seats: Sequence[str]) -> None:
    """Sell these locked places by no row any more: only by a listing that comes after this."""
    await tx.execute(
        "update seats set current = false where show_id = $1 and section = $2 and row = $3 and seat = any($4::text[])"
        " and current",
        order.show_id,
        order.section,
        order.row,
        list(seats),
    )
