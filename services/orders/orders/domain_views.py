"""What a buyer sees of an order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from fairseat_common.contracts import CancelReason, Money, RefundReason
from orders.domain import Order, Status
from orders.domain_refunds import Refund, RefundStatus


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    """Money that goes back (due), or is on its way (refunded), for some seats of an order."""

    id: UUID
    seats: tuple[str, ...]
    amount: Money
    reason: RefundReason
    status: RefundStatus
    created_at: datetime


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order as its buyer sees it; amounts in minor units, times in UTC.

    `primary`: the organiser sold the seats for the first time; `resale_rule`: the version of the show's own rules that
    they were listed under.
    """

    id: UUID
    status: Status
    buyer_id: UUID
    listing_id: UUID
    show_id: UUID
    section: str
    row: str
    seats: tuple[str, ...]
    quantity: int
    unit_price: Money
    fees: Money
    total: Money
    expires_at: datetime
    created_at: datetime
    cancel_reason: CancelReason | None
    late: bool
    confirmed_at: datetime | None
    fee_rule: int | None
    primary: bool
    resale_rule: int | None
    waiting_entry_id: UUID | None
    refunds: list[RefundView]
    version: int


def view_of(order: Order, refunds: Sequence[Refund] = ()) -> OrderView:
    """The buyer's view of an order."""
    names = [name for name in OrderView.__struct_fields__ if name != "refunds"]
    return OrderView(refunds=[refund_view_of(refund) for refund in refunds], **{n: getattr(order, n) for n in names})


def refund_view_of(refund: Refund) -> RefundView:
    """A refund as buyer and operator see it."""
    return RefundView(**{name: getattr(refund, name) for name in RefundView.__struct_fields__})
