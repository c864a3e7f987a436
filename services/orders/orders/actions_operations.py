"""What operators can see of orders."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection
from orders import store_operations
from orders.domain_operations import OrderLine, OrdersWanted


async def orders_search(tx: Connection, wanted: OrdersWanted, before: UUID | None, limit: int) -> list[OrderLine]:
    """Orders of everybody, newest first, from after the order `before` on."""
    return await store_operations.orders_search(tx, wanted, before, limit)
