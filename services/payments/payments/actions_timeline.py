"""The way of an order's money, for the two it is between."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Database
from payments import domain_timeline, store_reports
from payments.domain_timeline import Role, Timeline


async def timeline_of(database: Database, order_id: UUID, user_id: UUID, delay: timedelta) -> Timeline:
    """The timeline of a confirmed order. Raises NotFound for anybody who neither bought nor sold it."""
    async with database.connection() as connection:
        buyer_id = await store_reports.buyer_of(connection, order_id)
        sale = await store_reports.sale_of(connection, order_id)
    if sale is None or user_id not in (buyer_id, sale.seller_id):
        raise NotFound
    role: Role = "buyer" if user_id == buyer_id else "seller"
    return domain_timeline.timeline(sale, role, delay)
