"""The rules of orders: what a hold is, which transitions are legal, and the ways to say no."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec

from fairseat_common.contracts import (
    CancelReason,
    Event,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderPaymentRefused,
)
from fairseat_common.contracts.refusals import Conflict, Invalid, LimitReached
from fairseat_common.quotes import Quote

E = TypeVar("E", bound=Event)


class Status(StrEnum):
    """The states of an order. Legal: held -> confirmed | cancelled; cancelled (expired) -> confirmed, if the payment
    came late and the same seats were still free; confirmed -> refunded."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order. What was agreed is fixed at the hold; every change of the rest counts `version` up by one.

    `payment_id` is the payment that confirmed it; `late` says that its hold had ended by then. `lines_refunded` counts
    the seats whose money goes back. `waiting_entry_id` is who was offered the seats by the waiting list. `primary`: the
    organiser sold them for the first time; `resale_rule`: the version of the show's own rules that they were listed
    under.
    """

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
    seller_fees: Money
    fee_rule: int | None = None
    primary: bool = False
    resale_rule: int | None = None
    payment_id: UUID | None = None
    late: bool = False
    confirmed_at: datetime | None = None
    lines_refunded: int = 0
    waiting_entry_id: UUID | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A request to hold `quantity` seats of a listing, with the ids that its order and event will have.

    With a `quote` at the price that the buyer was shown, else at the listing's own.
    """

    order_id: UUID
    event_id: UUID
    buyer_id: UUID
    listing_id: UUID
    quantity: int
    idempotency_key: str
    traceparent: str | None = None
    quote: Quote | None = None


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


class NotOpenYet(Conflict):
    """The organiser's sale of these seats begins later."""

    slug = "not-open-yet"
    title = "The sale has not begun"
    detail = "These seats can be held from `opens_at` on."


class SplitNotAllowed(Invalid):
    """The seller sells only in pairs, or only all together."""

    slug = "split-not-allowed"
    title = "The seller does not split the seats like this"
    detail = "Choose a quantity that the listing's split rule allows: pairs, or all seats together."


class PriceChanged(Conflict):
    """The buyer's quote is over, and the listing costs more now."""

    slug = "price-changed"
    title = "The price has changed"
    detail = "The price that you were shown held for a while; `all_in_unit_price` is what a seat costs now."


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
    """Only a held order can be cancelled."""

    slug = "order-not-held"
    title = "This order is not held"
    detail = "The hold is over."


class Verdict(StrEnum):
    """What an authorised payment does: nothing (it was decided before), confirm, confirm if the seats are free, or
    buy nothing at all."""

    KNOWN = "known"
    CONFIRM = "confirm"
    RECLAIM = "reclaim"
    REFUSE = "refuse"


def held(order: Order) -> OrderHeld:
    """The fact that a new order states."""
    return event_of(OrderHeld, order, order.created_at)


def judge(order: Order, payment_id: UUID, amount: Money) -> Verdict:
    """What an authorisation of `amount` means for the order.

    A hold past its deadline that nothing has ended still owns its seats, so it is confirmed. One that ended by itself
    gets its seats back if they are free; one that its buyer gave up, or whose show is off, wants no payment.
    """
    if order.payment_id == payment_id:
        return Verdict.KNOWN
    if amount != order.total:
        return Verdict.REFUSE
    if order.status is Status.HELD:
        return Verdict.CONFIRM
    if order.status is Status.CANCELLED and order.cancel_reason == "expired":
        return Verdict.RECLAIM
    return Verdict.REFUSE


def confirm(order: Order, payment_id: UUID, now: datetime) -> tuple[Order, OrderConfirmed]:
    """The order is the buyer's: its seats are secured, and the payment may be captured."""
    late = order.status is not Status.HELD
    confirmed = msgspec.structs.replace(
        order,
        status=Status.CONFIRMED,
        cancel_reason=None,
        payment_id=payment_id,
        late=late,
        confirmed_at=now,
        version=order.version + 1,
    )
    return confirmed, event_of(OrderConfirmed, confirmed, now, late=late)


def refuse_payment(order: Order, payment_id: UUID, now: datetime) -> tuple[Order, OrderPaymentRefused]:
    """The payment buys nothing; the order stays as it is, and says so once more."""
    same = msgspec.structs.replace(order, version=order.version + 1)
    more = {"payment_id": payment_id, "cancel_reason": order.cancel_reason}
    return same, event_of(OrderPaymentRefused, same, now, **more)


def cancel(order: Order, reason: CancelReason, now: datetime) -> tuple[Order, OrderCancelled]:
    """End a hold; raises OrderIsConfirmed or OrderNotHeld.

    Giving up a hold that has expired says that no late payment is to bring it back.
    """
    if order.status in (Status.CONFIRMED, Status.REFUNDED):
        raise OrderIsConfirmed
    if order.status is not Status.HELD and (order.cancel_reason, reason) != ("expired", "buyer"):
        raise OrderNotHeld
    cancelled = msgspec.structs.replace(order, status=Status.CANCELLED, cancel_reason=reason, version=order.version + 1)
    return cancelled, event_of(OrderCancelled, cancelled, now, reason=reason)


def is_overdue(order: Order, now: datetime) -> bool:
    """Whether a hold has passed its deadline, by the clock of the database that wrote it."""
    return order.status is Status.HELD and order.expires_at <= now


def event_of(event_type: type[E], order: Order, now: datetime, **more: object) -> E:
    """An event that carries the whole order, and `more`."""
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
            "seller_fees": order.seller_fees,
            "fee_rule": order.fee_rule,
            "primary": order.primary,
            "resale_rule": order.resale_rule,
            "waiting_entry_id": order.waiting_entry_id,
            "expires_at": order.expires_at,
            "version": order.version,
            "occurred_at": now,
            **more,
        },
        event_type,
    )
