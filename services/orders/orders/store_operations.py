"""The SQL of what operators look for."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from orders.domain import Status
from orders.domain_operations import OrderLine, OrdersWanted


async def orders_search(tx: Connection, wanted: OrdersWanted, before: UUID | None, rows_max: int) -> list[OrderLine]:
    """Orders, newest first, from after the order `before` on."""
    rows = await tx.fetch(
        "select o.id, o.status, o.buyer_id, o.seller_id, o.listing_id, o.show_id, coalesce(s.title, '') as show_title,"
        " o.section, o.row, o.seats, o.total, o.currency, o.cancel_reason, o.lines_refunded, o.created_at, o.expires_at"
        " from orders o left join shows s on s.show_id = o.show_id"
        " where ($1::uuid is null or o.id = $1) and ($2::uuid is null or o.buyer_id = $2)"
        " and ($3::uuid is null or o.show_id = $3) and ($4::uuid is null or o.listing_id = $4)"
        " and ($5::text is null or o.status = $5) and ($6::uuid is null or o.id < $6)"
        " order by o.id desc limit $7",
        wanted.order_id,
        wanted.buyer_id,
        wanted.show_id,
        wanted.listing_id,
        wanted.status.value if wanted.status else None,
        before,
        rows_max,
    )
    return [_line(row) for row in rows]


def _line(row: Record) -> OrderLine:
    fields = dict(row)
    currency = fields.pop("currency")
    fields |= {"status": Status(row["status"]), "total": Money(row["total"], currency), "seats": tuple(row["seats"])}
    return OrderLine(**fields)
