"""What sellers are told. Pure: a letter follows from the facts.

What a buyer paid on top of the seller's price is none of the seller's business: all amounts are the seller's own.
"""

from __future__ import annotations

from fairseat_common.contracts import (
    DisputeStage,
    Money,
    OrderConfirmed,
    OrderRefundDue,
    PayoutReversed,
    PayoutSent,
    RefundReason,
)
from fairseat_common.money import times
from notifications.domain import (
    SUBJECTS,
    Agreed,
    Kind,
    Letter,
    Person,
    Show,
    greeting_of,
    money_text,
    one_line,
    seats_text,
    show_facts,
    subject_of,
)

BUTTON = "See your sales"
PAID_AFTER = (
    "You are paid after the show: the money is kept until it took place, and goes to your payout account a few days"
    " later."
)
REFUND_REASONS: dict[RefundReason, str] = {
    "show_cancelled": "The show was cancelled, so this sale is refunded to the buyer.",
    "gate": "The buyer's ticket was not accepted at the door, so this sale is refunded to the buyer.",
    "goodwill": "We have decided to refund this sale to the buyer.",
}
NOT_PAID_OUT = "It is not paid out. If it was before, it is taken off your next payout."
DISPUTES: dict[DisputeStage, tuple[Kind, tuple[str, ...]]] = {
    "opened": (
        "dispute-opened",
        (
            "The buyer's bank has taken back the money for this sale, and looks into a complaint.",
            "The sale is not paid out until that is decided. We answer the bank; there is nothing that you must do.",
        ),
    ),
    "won": (
        "dispute-won",
        ("The bank has decided for you and returned the money for this sale.", "It is paid out as it would have been."),
    ),
    "lost": (
        "dispute-lost",
        ("The bank has decided for the buyer, who keeps the money for this sale.", NOT_PAID_OUT),
    ),
}


def sold_letter(person: Person, show: Show, order: OrderConfirmed, origin: str) -> Letter:
    """Seats were sold: for how much, and when that is paid."""
    seats = "seat" if order.quantity == 1 else "seats"
    what = f"You sold {order.quantity} {seats}. Your own code is void now; the buyer has a new one."
    return _sale("sold", person, show, (what, PAID_AFTER), Agreed.of(order), order.seats, "You receive", origin)


def sale_refunded_letter(person: Person, show: Show, order: OrderRefundDue, origin: str) -> Letter:
    """Some seats of a sale, or all, are refunded and bring in nothing."""
    paragraphs = (REFUND_REASONS[order.refund_reason], NOT_PAID_OUT)
    seats = order.refund_seats
    return _sale("sale-refunded", person, show, paragraphs, Agreed.of(order), seats, "Not paid out", origin)


def disputed_letter(stage: DisputeStage, person: Person, show: Show, order: Agreed, origin: str) -> Letter:
    """A buyer's bank took the money of a sale back, or has decided who keeps it."""
    kind, paragraphs = DISPUTES[stage]
    return _sale(kind, person, show, paragraphs, order, order.seats, "Your part of the sale", origin)


def payout_sent_letter(person: Person, payout: PayoutSent, origin: str) -> Letter:
    """Money left for the seller's account."""
    amount = money_text(payout.amount)
    what = f"We have sent {amount} to your payout account. Your bank shows it within a few days."
    return _payout("payout-sent", person, payout, what, "Paid out", origin)


def payout_reversed_letter(person: Person, payout: PayoutReversed, origin: str) -> Letter:
    """Money came back that had left for the seller's account."""
    what = (
        f"The transfer of {money_text(payout.amount)} to your payout account was reversed. The money is still yours:"
        " it goes into your next payout. Please check that your payout account is in order."
    )
    return _payout("payout-reversed", person, payout, what, "Came back", origin)


def _sale(
    kind: Kind,
    person: Person,
    show: Show,
    paragraphs: tuple[str, ...],
    order: Agreed,
    seats: tuple[str, ...],
    label: str,
    origin: str,
) -> Letter:
    return Letter(
        subject=subject_of(kind, show),
        greeting=greeting_of(person),
        paragraphs=paragraphs,
        facts=(*show_facts(show), ("Seats", seats_text(order.section, order.row, seats))),
        amounts=_lines(order, len(seats), label),
        button=BUTTON,
        link=f"{origin}/sales",
    )


def _lines(order: Agreed, count: int, label: str) -> tuple[tuple[str, str], ...]:
    """Price, the platform's part and what is left, for `count` seats; lines are alike, so the fee divides exactly."""
    price = times(order.unit_price, count)
    kept = 0 if order.seller_fees is None else order.seller_fees.amount * count // order.quantity
    return (
        (f"{count} × {money_text(order.unit_price)}", money_text(price)),
        ("Seller fee", money_text(Money(-kept, price.currency))),
        (label, money_text(Money(price.amount - kept, price.currency))),
    )


def _payout(
    kind: Kind, person: Person, payout: PayoutSent | PayoutReversed, what: str, label: str, origin: str
) -> Letter:
    return Letter(
        subject=f"{SUBJECTS[kind]}: {money_text(payout.amount)}",
        greeting=greeting_of(person),
        paragraphs=(what,),
        facts=(("Transfer", one_line(payout.transfer_id)), ("To", "The payout account that you have set up")),
        amounts=((label, money_text(payout.amount)),),
        button=BUTTON,
        link=f"{origin}/sales",
    )
