"""What operators look for among orders."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from fairseat_common.contracts import CancelReason, Money
from orders.domain import Status


class OrdersWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders: one, of one buyer, of one show, of one listing, in one state; all of them together."""

    order_id: UUID | None = None
    buyer_id: UUID | None = None
    show_id: UUID | None = None
    listing_id: UUID | None = None
    status: Status | None = None


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """An order as an operator finds it."""

    id: UUID
    status: Status
    buyer_id: UUID
    seller_id: UUID
    listing_id: UUID
    show_id: UUID
    show_title: str
    section: str
    row: str
    seats: tuple[str, ...]
    total: Money
    cancel_reason: CancelReason | None
    lines_refunded: int
    created_at: datetime
    expires_at: datetime
