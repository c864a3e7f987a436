"""HTTP in: operators look for orders."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.params import FromQuery, QueryParameter

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from fairseat_common.web.operations import check_operator
from orders import actions_operations
from orders.domain import Status
from orders.domain_operations import OrderLine, OrdersWanted


@get("/operations/orders/orders")
async def orders_search(
    user: CurrentUser,
    database: OwnDatabase,
    order_id: FromQuery[UUID | None] = None,
    buyer_id: FromQuery[UUID | None] = None,
    show_id: FromQuery[UUID | None] = None,
    listing_id: FromQuery[UUID | None] = None,
    status: FromQuery[Status | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[OrderLine]:
    """Orders of everybody, newest first; of one buyer, show or listing, or in one state."""
    check_operator(user)
    position = position_in(cursor, tuple[UUID])
    wanted = OrdersWanted(order_id=order_id, buyer_id=buyer_id, show_id=show_id, listing_id=listing_id, status=status)
    async with database.connection() as connection:
        found = await actions_operations.orders_search(connection, wanted, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda order: [order.id])


ROUTES: list[Any] = [orders_search]
