"""Facts that orders publishes."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from fairseat_common.contracts.base import Event, Money, published

CancelReason = Literal["buyer", "expired", "payment_failed", "show_cancelled"]


class _Order(Event, frozen=True, kw_only=True):
    """What the order events carry: the order as it was agreed at the hold.

    ``total`` = ``quantity`` x ``unit_price`` + ``fees``; none of it changes after the hold.
    """

    order_id: UUID
    buyer_id: UUID
    seller_id: UUID
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


@published
class OrderHeld(_Order, frozen=True, kw_only=True):
    """Seats are held for a buyer until ``expires_at``."""

    subject: ClassVar[str] = "orders.held.v1"
    aggregate: ClassVar[str] = "order_id"


@published
class OrderConfirmed(_Order, frozen=True, kw_only=True):
    """The payment is authorised and the seats are the buyer's: capture, and issue the tickets."""

    subject: ClassVar[str] = "orders.confirmed.v1"
    aggregate: ClassVar[str] = "order_id"


@published
class OrderCancelled(_Order, frozen=True, kw_only=True):
    """The hold is over and the seats are free again: release any authorisation."""

    subject: ClassVar[str] = "orders.cancelled.v1"
    aggregate: ClassVar[str] = "order_id"

    reason: CancelReason
