"""The rules of refunds: every line of a confirmed order may go back once, with its price and its fee."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money, OrderRefundDue, OrderRefunded, RefundReason
from fairseat_common.contracts.refusals import Conflict, FieldError, Forbidden, Invalid
from orders.domain import Order, Status, event_of

RefundStatus = Literal["due", "refunded"]


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money of some lines of an order: due until payments has sent it back."""

    id: UUID
    order_id: UUID
    reason: RefundReason
    seats: tuple[str, ...]
    amount: Money
    status: RefundStatus
    created_at: datetime


class OrderNotRefundable(Conflict):
    """Nothing was bought by this order."""

    slug = "order-not-refundable"
    title = "There is nothing to refund"
    detail = "Only a confirmed order was paid for; a hold that ended cost nothing."


class RefundAboveCapture(Invalid):
    """Some of the lines were refunded before."""

    slug = "refund-above-capture"
    title = "That is more than was paid"
    detail = "A line is refunded once; `seats` says which of these were before."


class OperatorOnly(Forbidden):
    """Refunds by hand are the operator's."""

    slug = "operator-only"
    title = "Only an operator may do this"


def seats_to_refund(order: Order, asked: Sequence[str] | None, refunded: Collection[str]) -> tuple[str, ...]:
    """The seats of the order to refund, in its order; all that are left where none are named.

    Raises OrderNotRefundable, Invalid for seats that are not the order's, RefundAboveCapture.
    """
    if order.status not in (Status.CONFIRMED, Status.REFUNDED):
        raise OrderNotRefundable
    wanted = set(order.seats) - set(refunded) if asked is None else set(asked)
    if foreign := wanted - set(order.seats):
        raise Invalid(None, FieldError("seats", f"not in this order: {', '.join(sorted(foreign))}"))
    if again := wanted & set(refunded):
        raise RefundAboveCapture(seats=sorted(again))
    if not wanted:
        raise RefundAboveCapture(seats=sorted(refunded))
    return tuple(seat for seat in order.seats if seat in wanted)


def refund_due(
    order: Order, seats: tuple[str, ...], reason: RefundReason, refund_id: UUID, now: datetime
) -> tuple[Order, Refund, OrderRefundDue]:
    """Decide that these lines go back. Lines are alike, so the amount divides without a rest."""
    amount = Money(len(seats) * (order.total.amount // order.quantity), order.total.currency)
    changed = msgspec.structs.replace(
        order, lines_refunded=order.lines_refunded + len(seats), version=order.version + 1
    )
    refund = Refund(
        id=refund_id,
        order_id=order.id,
        reason=reason,
        seats=seats,
        amount=amount,
        status="due",
        created_at=now,
    )
    return changed, refund, event_of(OrderRefundDue, changed, now, **_facts(refund))


def refunded(order: Order, refund: Refund, others_due: bool, now: datetime) -> tuple[Order, Refund, OrderRefunded]:
    """The money is on its way; `others_due`: other refunds of the order are not, yet."""
    entire = order.lines_refunded == order.quantity and not others_due
    status = Status.REFUNDED if entire else order.status
    changed = msgspec.structs.replace(order, status=status, version=order.version + 1)
    done = msgspec.structs.replace(refund, status="refunded")
    return changed, done, event_of(OrderRefunded, changed, now, **_facts(refund), entire=entire)


def _facts(refund: Refund) -> dict[str, object]:
    return {
        "refund_id": refund.id,
        "refund_reason": refund.reason,
        "refund_seats": refund.seats,
        "refund_amount": refund.amount,
    }
