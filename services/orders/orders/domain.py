"""The rules of orders: what a hold is, which transitions are legal, and the ways to say no."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec

from fairseat_common.contracts import CancelReason, Money, OrderCancelled, OrderConfirmed, OrderHeld
from fairseat_common.contracts.refusals import Conflict, Invalid, LimitReached

E = TypeVar("E", OrderHeld, OrderConfirmed, OrderCancelled)


class Status(StrEnum):
    """The states of an order. Legal: held -> confirmed | cancelled; confirmed -> refunded."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order. Everything but status, cancel_reason and version is fixed at the hold."""

    id: UUID
    status: Status
    buyer_id: UUID
    seller_id: UUID
    listing_id: UUID
    show_id: UUID
    section: str
    row: str
    seats: tuple[str, ...]
    positions: tuple[int, ...]
    quantity: int
    unit_price: Money
    fees: Money
    total: Money
    expires_at: datetime
    created_at: datetime
    version: int
    cancel_reason: CancelReason | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A request to hold `quantity` seats of a listing, with the ids that its order and event will have."""

    order_id: UUID
    event_id: UUID
    buyer_id: UUID
    listing_id: UUID
    quantity: int
    idempotency_key: str
    traceparent: str | None = None


class SeatsUnavailable(Conflict):
    """Others were faster, or the seats left the sale."""

    slug = "seats-unavailable"
    title = "These seats are gone"
    detail = "Somebody else holds or has bought them. Other listings of the show may still have seats."


class OwnListing(Conflict):
    """A seller cannot buy from themselves."""

    slug = "own-listing"
    title = "This is your own listing"
    detail = "You cannot buy the seats that you sell; withdraw the listing instead."


class ShowOver(Conflict):
    """The show has started, was postponed or cancelled."""

    slug = "show-over"
    title = "This show is not on sale"
    detail = "It has begun, or was postponed or cancelled."


class SplitNotAllowed(Invalid):
    """The seller sells only in pairs, or only all together."""

    slug = "split-not-allowed"
    title = "The seller does not split the seats like this"
    detail = "Choose a quantity that the listing's split rule allows: pairs, or all seats together."


class HoldLimit(LimitReached):
    """The buyer holds as much as one may hold for a show."""

    slug = "hold-limit"
    title = "You hold as many seats as you can"
    detail = "Pay for or give up one of your holds for this show first."


class OrderIsConfirmed(Conflict):
    """A confirmed order cannot be given up."""

    slug = "order-confirmed"
    title = "This order is confirmed"
    detail = "It is paid for; the tickets are yours. You can list them for sale."


class OrderNotHeld(Conflict):
    """Only a held order can be confirmed."""

    slug = "order-not-held"
    title = "This order is not held"
    detail = "The hold is over."


class AmountDiffers(Conflict):
    """An authorisation over another amount than the order's total confirms nothing."""

    slug = "amount-differs"
    title = "The amount is not the order's total"


def held(order: Order) -> OrderHeld:
    """The fact that a new order states."""
    return _event(OrderHeld, order, order.created_at)


def confirm(order: Order, amount: Money, now: datetime) -> tuple[Order, OrderConfirmed]:
    """Confirm a held order whose total has been authorised; raises OrderNotHeld or AmountDiffers.

    A hold past its deadline that nothing has ended still owns its seats, so it is confirmed.
    """
    if order.status is not Status.HELD:
        raise OrderNotHeld
    if amount != order.total:
        raise AmountDiffers
    confirmed = msgspec.structs.replace(order, status=Status.CONFIRMED, version=order.version + 1)
    return confirmed, _event(OrderConfirmed, confirmed, now)


def cancel(order: Order, reason: CancelReason, now: datetime) -> tuple[Order, OrderCancelled]:
    """End a hold; raises OrderIsConfirmed or OrderNotHeld."""
    if order.status is Status.CONFIRMED:
        raise OrderIsConfirmed
    if order.status is not Status.HELD:
        raise OrderNotHeld
    cancelled = msgspec.structs.replace(order, status=Status.CANCELLED, cancel_reason=reason, version=order.version + 1)
    return cancelled, _event(OrderCancelled, cancelled, now, reason=reason)


def is_overdue(order: Order, now: datetime) -> bool:
    """Whether a hold has passed its deadline, by the clock of the database that wrote it."""
    return order.status is Status.HELD and order.expires_at <= now


def _event(event_type: type[E], order: Order, now: datetime, **more: object) -> E:
    return msgspec.convert(
        {
            "order_id": order.id,
            "buyer_id": order.buyer_id,
            "seller_id": order.seller_id,
            "listing_id": order.listing_id,
            "show_id": order.show_id,
            "section": order.section,
            "row": order.row,
            "seats": order.seats,
            "quantity": order.quantity,
            "unit_price": order.unit_price,
            "fees": order.fees,
            "total": order.total,
            "expires_at": order.expires_at,
            "version": order.version,
            "occurred_at": now,
            **more,
        },
        event_type,
    )
