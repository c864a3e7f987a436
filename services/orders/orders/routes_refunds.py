"""HTTP in: an operator gives money back."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.params import FromPath, JSONBody

from fairseat_common.audit import audit
from fairseat_common.database import Connection
from fairseat_common.web import create_once
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from orders import actions_refunds
from orders.domain_refunds import OperatorOnly
from orders.domain_views import RefundView, refund_view_of
from orders.routes import QUANTITY_MAX

Seat = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which seats of the order, all that are left by default, and why."""

    reason: Literal["gate", "goodwill"]
    seats: Annotated[list[Seat], msgspec.Meta(min_length=1, max_length=QUANTITY_MAX)] | None = None


@post("/api/orders/{order_id:uuid}/refunds")
async def refund_create(
    request: Request[Any, Any, Any],
    order_id: FromPath[UUID],
    data: JSONBody[NewRefund],
    user: CurrentUser,
    database: OwnDatabase,
) -> Response[RefundView]:
    """Refund lines of a confirmed order; their tickets are void at once, the money follows by itself."""
    if "operator" not in user.roles:
        raise OperatorOnly

    async def refund(tx: Connection) -> RefundView:
        made = await actions_refunds.refund_lines(tx, order_id, data.seats, data.reason)
        seats, amount = list(made.seats), f"{made.amount.amount} {made.amount.currency}"
        await audit(tx, user.id, "order-refunded", str(order_id), reason=data.reason, seats=seats, amount=amount)
        return refund_view_of(made)

    return await create_once(request, database, user.id, refund)


ROUTES: list[Any] = [refund_create]
