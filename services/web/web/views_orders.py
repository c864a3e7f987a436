"""Where an order stands and what it cost, line by line, for the person who bought. Pure functions, no I/O."""

from datetime import datetime
from typing import NamedTuple

from fairseat_common.contracts import Money
from fairseat_common.languages import say, say_number
from web.models import Order, Payment, Refund
from web.views import place_text

UNDER_WAY = frozenset({"started", "authorized"})
"""Payments that the bank has said yes to, or may have, and that orders has yet to decide about."""
ASKED = "requires_action"
"""A payment whose bank asks its customer first."""
RECEIPT_CHARS = 12


class Stage(NamedTuple):
    """Where an order stands for the person who looks: one word, and whether the page should watch for changes."""

    name: str
    moving: bool


def order_stage(order: Order, payments: list[Payment], *, overdue: bool) -> Stage:
    """The one word for an order and its payments.

    While held: `held`, `bank` (the bank asks its customer), `paying`, or `late` (the deadline has passed and the seats
    are about to be let go). Confirmed: `confirmed`, `refund_due`, `part_due`, `part_refunded`; then `refunded`.
    Cancelled: `deciding` or `releasing` while a payment is under way, then why it was cancelled.
    """
    if order.status == "held":
        return _held(payments, overdue)
    if order.status == "cancelled":
        return _cancelled(order, payments)
    if order.status == "confirmed" and order.refunds:
        due = any(refund.status != "refunded" for refund in order.refunds)
        if whole_refunded(order):
            return Stage("refund_due", True)
        return Stage("part_due", True) if due else Stage("part_refunded", False)
    return Stage(order.status, False)


def _held(payments: list[Payment], overdue: bool) -> Stage:
    statuses = {payment.status for payment in payments}
    if statuses & (UNDER_WAY | {"captured"}):
        return Stage("paying", True)
    if ASKED in statuses and not overdue:
        return Stage("bank", True)
    return Stage("late" if overdue else "held", True)


def _cancelled(order: Order, payments: list[Payment]) -> Stage:
    """A payment that is under way is decided about: it may still find its seats if only the time had run out."""
    reason = order.cancel_reason or "cancelled"
    if any(payment.status in UNDER_WAY for payment in payments):
        return Stage("deciding" if reason in {"expired", "payment_failed"} else "releasing", True)
    return Stage(reason, False)


def payment_released(payments: list[Payment]) -> bool:
    """Whether a payment came for an order that could not take it, and was let go without a charge."""
    return any(payment.status == "voided" for payment in payments)


def payment_returned(payments: list[Payment]) -> bool:
    """Whether a card was charged for an order that was not confirmed; the charge goes back whole."""
    return any(payment.status == "captured" for payment in payments)


def challenge_over(payments: list[Payment]) -> bool:
    """Whether the newest attempt to pay failed, as far as is known."""
    return bool(payments) and payments[0].status == "failed"


def whole_refunded(order: Order) -> bool:
    """Whether no seat of the order is left that is not refunded, or about to be."""
    return {seat for refund in order.refunds for seat in refund.seats} >= set(order.seats)


def kept_seats(order: Order) -> list[str]:
    """The seats that are still the buyer's."""
    gone = {seat for refund in order.refunds for seat in refund.seats}
    return [seat for seat in order.seats if seat not in gone]


def refund_place(order: Order, refund: Refund) -> str:
    """The seats of a refund, `whole order` if it is about all of them."""
    if set(refund.seats) >= set(order.seats):
        return say("whole order")
    if order.row:
        return place_text("", order.row, refund.seats).removeprefix(", ")
    return say_number("%(number)s place", "%(number)s places", len(refund.seats))


def all_in(order: Order) -> Money:
    """What one seat of an order costs with its share of the fees."""
    return Money(order.total.amount // order.quantity, order.total.currency)


def subtotal(order: Order) -> Money:
    """The seats of an order without the fees."""
    return Money(order.unit_price.amount * order.quantity, order.unit_price.currency)


class Receipt(NamedTuple):
    """What was bought and what it came to. `subtotal` + `fees` = `total`; `total` - the refunds = `balance`."""

    number: str
    at: datetime | None
    subtotal: Money
    fees: Money
    total: Money
    refunds: list[Refund]
    balance: Money


def receipt_number(order: Order) -> str:
    """A number that a person can read out: the random end of the order's id in groups of four."""
    tail = order.id.replace("-", "")[-RECEIPT_CHARS:].upper()
    return "-".join(tail[place : place + 4] for place in range(0, len(tail), 4))


def receipt_of(order: Order) -> Receipt:
    """The receipt of a confirmed order.

    Raises ValueError when its lines do not add up: better none than a wrong one.
    """
    net = subtotal(order)
    if net.amount + order.fees.amount != order.total.amount:
        raise ValueError(f"order {order.id} does not add up")
    back = sum(refund.amount.amount for refund in order.refunds)
    balance = Money(order.total.amount - back, order.total.currency)
    if balance.amount < 0:
        raise ValueError(f"order {order.id} was refunded more than it cost")
    at = order.confirmed_at or order.created_at
    return Receipt(receipt_number(order), at, net, order.fees, order.total, order.refunds, balance)


def refunded(order: Order) -> Money:
    """What goes back to the buyer, whether it has left already or not."""
    return Money(sum(refund.amount.amount for refund in order.refunds), order.total.currency)


def negative(amount: Money) -> Money:
    """The same amount, taken away."""
    return Money(-amount.amount, amount.currency)
