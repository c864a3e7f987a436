"""What sellers are told. Pure: a letter follows from the facts.

What a buyer paid on top of the seller's price is none of the seller's business: all amounts are the seller's own.
"""

from __future__ import annotations

from fairseat_common.contracts import (
    DisputeStage,
    ListingWithdrawn,
    Money,
    OrderConfirmed,
    OrderRefundDue,
    PayoutReversed,
    PayoutSent,
    RefundReason,
    ShowChanged,
)
from fairseat_common.languages import mark, say, say_number
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

BUTTON = mark("See your sales")
PAID_AFTER = mark(
    "You are paid after the show: the money is kept until it took place, and goes to your payout account a few days"
    " later."
)
REFUND_REASONS: dict[RefundReason, str] = {
    "show_cancelled": mark("The show was cancelled, so this sale is refunded to the buyer."),
    "gate": mark("The buyer's ticket was not accepted at the door, so this sale is refunded to the buyer."),
    "goodwill": mark("We have decided to refund this sale to the buyer."),
    "show_moved": mark(
        "The show moved and whoever has these seats does not come, so this sale is undone: the buyer is refunded. "
        "Seats that you were the first to sell can be listed again."
    ),
}
NOT_PAID_OUT = mark("It is not paid out. If it was before, it is taken off your next payout.")
DISPUTES: dict[DisputeStage, tuple[Kind, tuple[str, ...]]] = {
    "opened": (
        "dispute-opened",
        (
            mark("The buyer's bank has taken back the money for this sale, and looks into a complaint."),
            mark(
                "The sale is not paid out until that is decided. We answer the bank; there is nothing that you must do."
            ),
        ),
    ),
    "won": (
        "dispute-won",
        (
            mark("The bank has decided for you and returned the money for this sale."),
            mark("It is paid out as it would have been."),
        ),
    ),
    "lost": (
        "dispute-lost",
        (mark("The bank has decided for the buyer, who keeps the money for this sale."), NOT_PAID_OUT),
    ),
}
STAYS_SOLD = mark(
    "What was sold stays sold and is paid out as it would have been. Whoever holds seats may still pay for them."
)
REASON_MAX = 500


def sold_letter(person: Person, show: Show, order: OrderConfirmed, origin: str) -> Letter:
    """Seats were sold: for how much, and when that is paid."""
    what = say_number(
        "You sold %(number)s seat. Your own code is void now; the buyer has a new one.",
        "You sold %(number)s seats. Your own codes are void now; the buyer has new ones.",
        order.quantity,
    )
    return _sale(
        "sold", person, show, (what, say(PAID_AFTER)), Agreed.of(order), order.seats, say("You receive"), origin
    )


def sale_refunded_letter(person: Person, show: Show, order: OrderRefundDue, origin: str) -> Letter:
    """Some seats of a sale, or all, are refunded and bring in nothing."""
    paragraphs = (say(REFUND_REASONS[order.refund_reason]), say(NOT_PAID_OUT))
    seats = order.refund_seats
    return _sale("sale-refunded", person, show, paragraphs, Agreed.of(order), seats, say("Not paid out"), origin)


def disputed_letter(stage: DisputeStage, person: Person, show: Show, order: Agreed, origin: str) -> Letter:
    """A buyer's bank took the money of a sale back, or has decided who keeps it."""
    kind, texts = DISPUTES[stage]
    paragraphs = tuple(say(text) for text in texts)
    return _sale(kind, person, show, paragraphs, order, order.seats, say("Your part of the sale"), origin)


def payout_sent_letter(person: Person, payout: PayoutSent, origin: str) -> Letter:
    """Money left for the seller's account."""
    amount = money_text(payout.amount)
    what = say("We have sent %(amount)s to your payout account. Your bank shows it within a few days.", amount=amount)
    return _payout("payout-sent", person, payout, what, say("Paid out"), origin)


def payout_reversed_letter(person: Person, payout: PayoutReversed, origin: str) -> Letter:
    """Money came back that had left for the seller's account."""
    what = say(
        "The transfer of %(amount)s to your payout account was reversed. The money is still yours: it goes into "
        "your next payout. Please check that your payout account is in order.",
        amount=money_text(payout.amount),
    )
    return _payout("payout-reversed", person, payout, what, say("Came back"), origin)


def withdrawn_letter(person: Person, show: Show, listing: ListingWithdrawn, origin: str) -> Letter:
    """An operator took a listing out of the sale, and says why."""
    where = say("row %(row)s", row=listing.row) if listing.row else ""
    return Letter(
        subject=subject_of("listing-withdrawn", show),
        greeting=greeting_of(person),
        paragraphs=(
            say("We have taken a listing of yours out of the sale."),
            *_because(listing.operator_reason),
            say(STAYS_SOLD),
        ),
        facts=(*show_facts(show), (say("Seats"), one_line(", ".join(filter(None, (listing.section, where)))))),
        amounts=(),
        button=say("See your listings"),
        link=f"{origin}/listings",
    )


def show_cancelled_letter(person: Person, show: Show, changed: ShowChanged, origin: str) -> Letter:
    """An operator cancelled somebody's show, and says why."""
    return Letter(
        subject=subject_of("own-show-cancelled", show),
        greeting=greeting_of(person),
        paragraphs=(
            say("We have cancelled a show of yours."),
            *_because(changed.operator_reason),
            say("Everybody who bought tickets gets the whole price back. Nothing of it is paid out."),
        ),
        facts=show_facts(show),
        amounts=(),
        button=say("See the show"),
        link=f"{origin}/organise/shows/{show.id}",
    )


def _because(reason: str | None) -> tuple[str, ...]:
    """An operator's words, on one line."""
    return (say("The reason: %(reason)s", reason=one_line(reason, length_max=REASON_MAX)),) if reason else ()


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
        facts=(*show_facts(show), (say("Seats"), seats_text(order.section, order.row, seats))),
        amounts=_lines(order, len(seats), label),
        button=say(BUTTON),
        link=f"{origin}/sales",
    )


def _lines(order: Agreed, count: int, label: str) -> tuple[tuple[str, str], ...]:
    """Price, the platform's part and what is left, for `count` seats; lines are alike, so the fee divides exactly."""
    price = times(order.unit_price, count)
    kept = 0 if order.seller_fees is None else order.seller_fees.amount * count // order.quantity
    return (
        (f"{count} × {money_text(order.unit_price)}", money_text(price)),
        (say("Seller fee"), money_text(Money(-kept, price.currency))),
        (label, money_text(Money(price.amount - kept, price.currency))),
    )


def _payout(
    kind: Kind, person: Person, payout: PayoutSent | PayoutReversed, what: str, label: str, origin: str
) -> Letter:
    return Letter(
        subject=f"{say(SUBJECTS[kind])}: {money_text(payout.amount)}",
        greeting=greeting_of(person),
        paragraphs=(what,),
        facts=(
            (say("Transfer"), one_line(payout.transfer_id)),
            (say("Goes to"), say("The payout account that you have set up")),
        ),
        amounts=((label, money_text(payout.amount)),),
        button=say(BUTTON),
        link=f"{origin}/sales",
    )
