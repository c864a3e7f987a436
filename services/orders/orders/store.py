"""The SQL of orders and of the copies; that of seats is in store_seats.py, that of claims in store_claims.py."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fairseat_common.contracts import (
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    Money,
    ShowChanged,
    ShowPublished,
)
from fairseat_common.database import Connection, Record
from orders.domain import Order, Status

# The one thing that is ever put into a statement's text here; every value is a parameter (hence the S608s below).
ORDER_COLUMNS = (
    "id, status, buyer_id, seller_id, listing_id, show_id, section, row, seats, positions, quantity,"
    " unit_price, fees, total, currency, expires_at, created_at, version, cancel_reason,"
    ' seller_fees, fee_rule, "primary", resale_rule, payment_id, late, confirmed_at, lines_refunded, waiting_entry_id'
)


def order_of(row: Record) -> Order:
    """An order from a row with ORDER_COLUMNS; a hold that a buyer has just made comes without the last of them."""
    currency = row["currency"]
    return Order(
        id=row["id"],
        status=Status(row["status"]),
        buyer_id=row["buyer_id"],
        seller_id=row["seller_id"],
        listing_id=row["listing_id"],
        show_id=row["show_id"],
        section=row["section"],
        row=row["row"],
        seats=tuple(row["seats"]),
        positions=tuple(row["positions"]),
        quantity=row["quantity"],
        unit_price=Money(row["unit_price"], currency),
        fees=Money(row["fees"], currency),
        total=Money(row["total"], currency),
        expires_at=row["expires_at"],
        created_at=row["created_at"],
        version=row["version"],
        cancel_reason=row["cancel_reason"],
        seller_fees=Money(row["seller_fees"], currency),
        fee_rule=row["fee_rule"],
        primary=row["primary"],
        resale_rule=row["resale_rule"],
        payment_id=row["payment_id"],
        late=row["late"],
        confirmed_at=row["confirmed_at"],
        lines_refunded=row["lines_refunded"],
        waiting_entry_id=row.get("waiting_entry_id"),
    )


async def now_read(tx: Connection) -> datetime:
    """The clock that every deadline is written and compared by: this database's."""
    now = await tx.fetchval("select now()")
    assert isinstance(now, datetime)
    return now


async def order_read(tx: Connection, order_id: UUID) -> Order | None:
    """An order, without a lock."""
    row = await tx.fetchrow(f"select {ORDER_COLUMNS} from orders where id = $1", order_id)  # noqa: S608
    return order_of(row) if row else None


async def order_by_key(tx: Connection, buyer_id: UUID, key: str) -> Order | None:
    """The order that a buyer's Idempotency-Key made."""
    row = await tx.fetchrow(
        f"select {ORDER_COLUMNS} from orders where buyer_id = $1 and idempotency_key = $2",  # noqa: S608
        buyer_id,
        key,
    )
    return order_of(row) if row else None


async def order_lock(tx: Connection, order_id: UUID) -> Order | None:
    """An order, locked; read after the lock was obtained, so it is as others left it."""
    row = await tx.fetchrow(
        f"select {ORDER_COLUMNS} from orders where id = $1 for update",  # noqa: S608
        order_id,
    )
    return order_of(row) if row else None


async def orders_overdue_lock(tx: Connection, grace_s: float, rows_max: int) -> list[Order]:
    """Holds of one show that are past their deadline by more than `grace_s`, locked.

    Of one show, since what is done with them may wait for others who free seats of it. Rows that others work on are
    left.
    """
    rows = await tx.fetch(
        f"select {ORDER_COLUMNS} from orders"  # noqa: S608
        " where status = 'held' and expires_at < now() - make_interval(secs => $1) and show_id = (select show_id"
        "  from orders where status = 'held' and expires_at < now() - make_interval(secs => $1)"
        "  order by expires_at limit 1 for update skip locked)"
        " order by expires_at limit $2 for update skip locked",
        grace_s,
        rows_max,
    )
    return [order_of(row) for row in rows]


async def orders_held_of_show_lock(tx: Connection, show_id: UUID) -> list[Order]:
    """All holds of a show, locked in one order so that two callers cannot deadlock."""
    rows = await tx.fetch(
        f"select {ORDER_COLUMNS} from orders"  # noqa: S608
        " where show_id = $1 and status = 'held' order by id for update",
        show_id,
    )
    return [order_of(row) for row in rows]


async def orders_page(tx: Connection, buyer_id: UUID, before: UUID | None, limit: int) -> list[Order]:
    """A buyer's orders, newest first."""
    rows = await tx.fetch(
        f"select {ORDER_COLUMNS} from orders"  # noqa: S608
        " where buyer_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3",
        buyer_id,
        before,
        limit,
    )
    return [order_of(row) for row in rows]


async def order_update(tx: Connection, order: Order) -> None:
    """Write a transition; the version guards against a change that was not seen."""
    status = await tx.execute(
        "update orders set status = $2, cancel_reason = $3, version = $4, payment_id = $5, late = $6,"
        " lines_refunded = $7, confirmed_at = $8 where id = $1 and version = $4 - 1",
        order.id,
        order.status.value,
        order.cancel_reason,
        order.version,
        order.payment_id,
        order.late,
        order.lines_refunded,
        order.confirmed_at,
    )
    assert status == "UPDATE 1", f"order {order.id} changed under its lock"


async def show_apply(tx: Connection, event: ShowPublished | ShowChanged) -> bool:
    """Bring the copy of a show up to date; False if the event is not newer."""
    status = await tx.execute(
        "insert into shows (show_id, title, starts_at, status, version, organiser_id) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (show_id) do update set title = excluded.title, starts_at = excluded.starts_at,"
        " status = excluded.status, version = excluded.version,"
        " organiser_id = coalesce(excluded.organiser_id, shows.organiser_id) where shows.version < excluded.version",
        event.show_id,
        event.title,
        event.starts_at,
        event.status,
        event.version,
        event.organiser_id,
    )
    return status.endswith(" 1")


async def show_is_over(tx: Connection, show_id: UUID) -> bool:
    """Whether no seat of a show will be sold any more."""
    found = await tx.fetchval(
        "select status = 'cancelled' or (status = 'scheduled' and starts_at <= now()) from shows where show_id = $1",
        show_id,
    )
    return bool(found)


async def listing_apply(
    tx: Connection, event: ListingPublished | ListingChanged | ListingWithdrawn, status: str
) -> bool:
    """Bring the copy of a listing up to date; False if the event is not newer."""
    done = await tx.execute(
        "insert into listings (listing_id, show_id, seller_id, section, row, unit_price, unit_fee, currency,"
        ' split, seats_total, status, version, unit_seller_fee, fee_rule, "primary", opens_at, resale_rule)'
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
        " on conflict (listing_id) do update set unit_price = excluded.unit_price, unit_fee = excluded.unit_fee,"
        " unit_seller_fee = excluded.unit_seller_fee, fee_rule = excluded.fee_rule,"
        " opens_at = excluded.opens_at, resale_rule = excluded.resale_rule,"
        " split = excluded.split, seats_total = greatest(listings.seats_total, excluded.seats_total),"
        " status = excluded.status, version = excluded.version where listings.version < excluded.version",
        event.listing_id,
        event.show_id,
        event.seller_id,
        event.section,
        event.row,
        event.unit_price.amount,
        event.unit_fee.amount,
        event.unit_price.currency,
        event.split,
        len(event.seats),
        status,
        event.version,
        event.unit_seller_fee.amount if event.unit_seller_fee else 0,
        event.fee_rule,
        event.primary,
        event.opens_at,
        event.resale_rule,
    )
    return done.endswith(" 1")
