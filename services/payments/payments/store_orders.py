"""The SQL of copies: orders, and the shows that they are for."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import Money, ShowChanged, ShowPublished
from fairseat_common.database import Connection, Record
from payments.domain import Order


async def order_apply(tx: Connection, order: Order) -> Order:
    """Take an order's news, unless something newer is known; answers the copy, which stays locked."""
    await tx.execute(
        "insert into orders (id, buyer_id, version, status, cancel_reason, amount, currency, expires_at,"
        " show_id, seller_id, section, row, seats, quantity, unit_price, fees, seller_fees, fee_rule)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
        " on conflict (id) do update set version = excluded.version, status = excluded.status,"
        " cancel_reason = excluded.cancel_reason, expires_at = excluded.expires_at,"
        " show_id = excluded.show_id, seller_id = excluded.seller_id, section = excluded.section,"
        " row = excluded.row, seats = excluded.seats,"
        " quantity = excluded.quantity, unit_price = excluded.unit_price, fees = excluded.fees,"
        " seller_fees = excluded.seller_fees, fee_rule = excluded.fee_rule"
        " where orders.version < excluded.version",
        order.id,
        order.buyer_id,
        order.version,
        order.status,
        order.cancel_reason,
        order.total.amount,
        order.total.currency,
        order.expires_at,
        order.show_id,
        order.seller_id,
        order.section,
        order.row,
        list(order.seats),
        order.quantity,
        order.unit_price.amount,
        order.fees.amount,
        order.seller_fees.amount,
        order.fee_rule,
    )
    return await order_lock(tx, order.id)


async def order_find(tx: Connection, order_id: UUID) -> Order | None:
    """The copy of an order."""
    row = await tx.fetchrow("select * from orders where id = $1", order_id)
    return _order(row) if row else None


async def order_lock(tx: Connection, order_id: UUID) -> Order:
    """The copy of an order, which does not change until the transaction ends."""
    row = await tx.fetchrow("select * from orders where id = $1 for no key update", order_id)
    assert row is not None, f"an attempt names order {order_id}"
    return _order(row)


async def show_apply(tx: Connection, show: ShowPublished | ShowChanged) -> None:
    """Take a show's news, unless something newer is known."""
    await tx.execute(
        "insert into shows (show_id, title, starts_at, status, version, country, moved_from)"
        " values ($1, $2, $3, $4, $5, $6, $7)"
        " on conflict (show_id) do update set title = excluded.title, starts_at = excluded.starts_at,"
        " status = excluded.status, version = excluded.version, country = excluded.country,"
        " moved_from = excluded.moved_from where shows.version < excluded.version",
        show.show_id,
        show.title,
        show.starts_at,
        show.status,
        show.version,
        show.country.upper(),
        show.moved_from,
    )


def _order(row: Record) -> Order:
    currency = row["currency"]
    return Order(
        id=row["id"],
        buyer_id=row["buyer_id"],
        version=row["version"],
        status=row["status"],
        cancel_reason=row["cancel_reason"],
        total=Money(row["amount"], currency),
        expires_at=row["expires_at"],
        show_id=row["show_id"],
        seller_id=row["seller_id"],
        section=row["section"],
        row=row["row"],
        seats=tuple(row["seats"]),
        quantity=row["quantity"],
        unit_price=Money(row["unit_price"], currency),
        fees=Money(row["fees"], currency),
        seller_fees=Money(row["seller_fees"], currency),
        fee_rule=row["fee_rule"],
    )
