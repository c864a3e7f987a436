"""The SQL of the limit of tickets per account and show, where it is not part of a hold."""

from __future__ import annotations

from fairseat_common.database import Connection
from orders.domain import Order


async def within_limit(tx: Connection, order: Order) -> bool:
    """Whether a cancelled order, locked, may come back without its buyer having too many tickets of the show.

    It gets a new number then, so that a hold of the same moment, which does not see it, fails and looks again. Raises
    asyncpg.UniqueViolationError where such a hold was faster.
    """
    status = await tx.execute(
        "update orders set number = n.number_last + 1 from (select coalesce(max(o.number), 0) as number_last,"
        "  coalesce(sum(o.quantity - o.lines_refunded) filter (where o.status in ('held', 'confirmed')), 0) as tickets"
        "  from orders o where o.buyer_id = $2 and o.show_id = $3) n"
        " where id = $1 and (tickets_max is null or n.tickets + quantity <= tickets_max)",
        order.id,
        order.buyer_id,
        order.show_id,
    )
    return status == "UPDATE 1"
