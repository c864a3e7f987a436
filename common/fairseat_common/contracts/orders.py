"""Facts that orders publishes."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from fairseat_common.contracts.base import Event, Money, published

CancelReason = Literal["buyer", "expired", "payment_failed", "show_cancelled"]
RefundReason = Literal["show_cancelled", "gate", "goodwill", "show_moved"]
"""Why a buyer gets money back: the show is off, a ticket failed at the door, an operator decided so, or the show was
postponed or moved to another day and the buyer does not want to come then."""


class _Order(Event, frozen=True, kw_only=True):
    """What the order events carry: the order as it was agreed at the hold.

    ``total`` = ``quantity`` x ``unit_price`` + ``fees``; none of it changes after the hold. ``seller_fees`` is what the
    platform keeps of the seller's part, ``fee_rule`` the version of the rule that made both fees. Every seat of an
    order is a line with the same price and fees, so all of them divide by ``quantity`` without a rest.
    ``waiting_entry_id`` names the entry of the waiting list that was offered these seats; None: the buyer chose them.
    ``resale_rule`` is the version of the organiser's rules that the listing was made under, ``primary`` says that the
    organiser sold the seats for the first time.
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
    seller_fees: Money | None = None
    fee_rule: int | None = None
    waiting_entry_id: UUID | None = None
    resale_rule: int | None = None
    primary: bool = False


@published
class OrderHeld(_Order, frozen=True, kw_only=True):
    """Seats are held for a buyer until ``expires_at``."""

    subject: ClassVar[str] = "orders.held.v1"
    aggregate: ClassVar[str] = "order_id"


@published
class OrderConfirmed(_Order, frozen=True, kw_only=True):
    """The payment is authorised and the seats are the buyer's: capture, and issue the tickets.

    ``late`` says that the hold had ended before, and the same seats were still free.
    """

    subject: ClassVar[str] = "orders.confirmed.v1"
    aggregate: ClassVar[str] = "order_id"

    late: bool = False


@published
class OrderCancelled(_Order, frozen=True, kw_only=True):
    """The hold is over and the seats are free again. A payment under way is decided about when it is authorised."""

    subject: ClassVar[str] = "orders.cancelled.v1"
    aggregate: ClassVar[str] = "order_id"

    reason: CancelReason


@published
class OrderPaymentRefused(_Order, frozen=True, kw_only=True):
    """A payment was authorised for an order that does not want it: void it, or give back what was charged.

    Said once for each such payment; the state of the order stays as it was. ``cancel_reason`` says why its hold had
    ended, if it had.
    """

    subject: ClassVar[str] = "orders.payment_refused.v1"
    aggregate: ClassVar[str] = "order_id"

    payment_id: UUID
    cancel_reason: CancelReason | None


class _Refund(_Order, frozen=True, kw_only=True):
    """What the refund events carry: some lines of a confirmed order, each refunded once, with price and fee."""

    refund_id: UUID
    refund_reason: RefundReason
    refund_seats: tuple[str, ...]
    refund_amount: Money


@published
class OrderRefundDue(_Refund, frozen=True, kw_only=True):
    """Lines of a confirmed order are to be refunded; their tickets are void from now on."""

    subject: ClassVar[str] = "orders.refund_due.v1"
    aggregate: ClassVar[str] = "order_id"


@published
class OrderRefunded(_Refund, frozen=True, kw_only=True):
    """The money of a refund is on its way back to the buyer's card. ``entire``: no line of the order is left."""

    subject: ClassVar[str] = "orders.refunded.v1"
    aggregate: ClassVar[str] = "order_id"

    entire: bool


@published
class OrderKept(_Order, frozen=True, kw_only=True):
    """The show moved, and the buyer keeps the tickets of a confirmed order."""

    subject: ClassVar[str] = "orders.kept.v1"
    aggregate: ClassVar[str] = "order_id"

    moved_from: datetime
    refund_until: datetime


@published
class SalesSwitched(Event, frozen=True, kw_only=True):
    """An operator stopped all sales, or let them go on."""

    subject: ClassVar[str] = "sales.switched.v1"
    aggregate: ClassVar[str] = "switch_id"

    switch_id: UUID
    open: bool
    reason: str
