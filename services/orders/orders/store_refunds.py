"""The SQL of refunds."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from orders.domain import Order
from orders.domain_refunds import Refund
from orders.store import ORDER_COLUMNS, order_of

_COLUMNS = "id, order_id, reason, seats, amount, currency, status, created_at"


async def orders_owed_lock(tx: Connection, rows_max: int) -> list[Order]:
    """Confirmed orders of cancelled shows with lines that nobody has refunded, locked; others' rows are left."""
    rows = await tx.fetch(
        f"select {ORDER_COLUMNS} from orders"  # noqa: S608
        " where status = 'confirmed' and lines_refunded < quantity"
        " and show_id in (select show_id from shows where status = 'cancelled')"
        " order by id limit $1 for update skip locked",
        rows_max,
    )
    return [order_of(row) for row in rows]


async def refunds_add(tx: Connection, refunds: Sequence[Refund]) -> None:
    """Write refunds and their lines; raises asyncpg.UniqueViolationError for a line that was refunded before."""
    await tx.executemany(
        "insert into refunds (id, order_id, reason, seats, amount, currency, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        [
            (r.id, r.order_id, r.reason, list(r.seats), r.amount.amount, r.amount.currency, r.created_at)
            for r in refunds
        ],
    )
    await tx.executemany(
        "insert into refund_lines (order_id, seat, refund_id) values ($1, $2, $3)",
        [(refund.order_id, seat, refund.id) for refund in refunds for seat in refund.seats],
    )


async def refund_lock(tx: Connection, refund_id: UUID) -> Refund | None:
    """A refund, locked."""
    row = await tx.fetchrow(f"select {_COLUMNS} from refunds where id = $1 for update", refund_id)  # noqa: S608
    return _refund(row) if row else None


async def refund_sent(tx: Connection, refund_id: UUID) -> None:
    """Note that the money is on its way."""
    await tx.execute(
        "update refunds set status = 'refunded', refunded_at = now() where id = $1 and status = 'due'", refund_id
    )


async def refunds_of(tx: Connection, order_ids: Sequence[UUID]) -> dict[UUID, list[Refund]]:
    """The refunds of each order, oldest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from refunds where order_id = any($1::uuid[]) order by id",  # noqa: S608
        list(order_ids),
    )
    found: dict[UUID, list[Refund]] = {}
    for row in rows:
        found.setdefault(row["order_id"], []).append(_refund(row))
    return found


async def lines_refunded_of(tx: Connection, order_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """The seats of each order that were refunded."""
    rows = await tx.fetch("select order_id, seat from refund_lines where order_id = any($1::uuid[])", list(order_ids))
    found: dict[UUID, set[str]] = {}
    for row in rows:
        found.setdefault(row["order_id"], set()).add(row["seat"])
    return found


def _refund(row: Record) -> Refund:
    return Refund(
        id=row["id"],
        order_id=row["order_id"],
        reason=row["reason"],
        seats=tuple(row["seats"]),
        amount=Money(row["amount"], row["currency"]),
        status=row["status"],
        created_at=row["created_at"],
    )
