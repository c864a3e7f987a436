"""What buyers are told. Pure: a letter follows from the facts. All amounts of a letter add up to its last one."""

from __future__ import annotations

from uuid import UUID

from msgspec.structs import replace

from fairseat_common.contracts import (
    CancelReason,
    OrderCancelled,
    OrderConfirmed,
    OrderPaymentRefused,
    OrderRefunded,
    PaymentRefunded,
    RefundReason,
    TicketsIssued,
)
from fairseat_common.languages import mark, say, say_number
from notifications.domain import (
    Agreed,
    Kind,
    Letter,
    Person,
    Show,
    greeting_of,
    money_text,
    price_lines,
    seats_text,
    show_facts,
    subject_of,
)

CARD_DAYS_MAX = 10
"""Days until money that was sent back is on the card; banks take five to ten."""
NOT_CHARGED = mark("You were not charged. If your bank shows a reserved amount, it is released by itself.")
LATE = mark("Your hold had ended before your payment arrived, but your seats were still free, so they are yours.")

ENDED: dict[Kind, str] = {
    "hold-expired": mark("The time to pay for your seats is over, so they went back on sale."),
    "payment-failed": mark("Your payment did not go through, so your seats went back on sale."),
    "hold-show-cancelled": mark("The show was cancelled, so your hold on the seats has ended."),
}
OFFER_LAPSED = mark(
    "Seats from the waiting list were held for you, but the time to pay for them is over. They go to the next in line."
)
REFUSED: dict[CancelReason | None, str] = {
    "expired": mark("Your payment came after your hold had ended, and the seats were no longer free."),
    "payment_failed": mark("Your payment came after your hold had ended."),
    "buyer": mark("Your payment came after you had given your hold up."),
    "show_cancelled": mark("The show was cancelled before your payment came."),
    None: mark("Your order did not need this payment."),
}
REFUND_REASONS: dict[RefundReason, str] = {
    "show_cancelled": mark("The show was cancelled, so you get your money back."),
    "gate": mark("Your ticket was not accepted at the door, so you get your money back."),
    "goodwill": mark("We have decided to give you your money back."),
    "show_moved": mark("The show moved, and a refund was chosen for these seats."),
}


def tickets_letter(person: Person, show: Show, issued: TicketsIssued, order: OrderConfirmed, origin: str) -> Letter:
    """The tickets exist, and this is the receipt. The codes stay on the site, where only their holder sees them."""
    places = sorted({(ticket.section, ticket.row) for ticket in issued.tickets})
    seats = [
        seats_text(section, row, [t.seat for t in issued.tickets if (t.section, t.row) == (section, row)])
        for section, row in places
    ]
    return Letter(
        subject=subject_of("tickets", show),
        greeting=greeting_of(person),
        paragraphs=(
            say("Your tickets are ready."),
            *((say(LATE),) if order.late else ()),
            say("Open them on your phone at the door: the code is on the ticket's page."),
        ),
        facts=(*show_facts(show), (say("Seats"), "; ".join(seats))),
        amounts=price_lines(order.quantity, order.unit_price, order.total, say("Total")),
        button=say("See your tickets"),
        link=f"{origin}/tickets",
    )


def cancelled_letter(kind: Kind, person: Person, show: Show, order: OrderCancelled, origin: str) -> Letter:
    """A hold ended, and it cost nothing."""
    if kind == "hold-expired" and order.waiting_entry_id is not None:
        letter = _unpaid(kind, person, show, order, OFFER_LAPSED, origin)
        return replace(letter, button=say("Wait for other seats"), link=f"{origin}/shows/{show.id}/waiting")
    return _unpaid(kind, person, show, order, ENDED[kind], origin)


def payment_refused_letter(person: Person, show: Show, order: OrderPaymentRefused, origin: str) -> Letter:
    """An authorised payment buys nothing, and it costs nothing."""
    return _unpaid("payment-refused", person, show, order, REFUSED[order.cancel_reason], origin)


def refunded_letter(person: Person, show: Show, order: OrderRefunded, origin: str) -> Letter:
    """Money of some seats, or of all, is on its way back."""
    scope = (
        say("Your whole order is refunded now.")
        if order.entire
        else say("Nothing changes for other seats of this order.")
    )
    return Letter(
        subject=subject_of("refunded", show),
        greeting=greeting_of(person),
        paragraphs=(
            say(REFUND_REASONS[order.refund_reason]),
            say(
                "%(amount)s went back to the card that you paid with. It is on your card within %(days)s days.",
                amount=money_text(order.refund_amount),
                days=CARD_DAYS_MAX,
            ),
            f"{_tickets_void(len(order.refund_seats))} {scope}",
        ),
        facts=(*show_facts(show), (say("Seats"), seats_text(order.section, order.row, order.refund_seats))),
        amounts=price_lines(len(order.refund_seats), order.unit_price, order.refund_amount, say("Refund")),
        button=say("See your order"),
        link=_order_page(origin, order.order_id),
    )


def charge_returned_letter(person: Person, show: Show, payment: PaymentRefunded, order: Agreed, origin: str) -> Letter:
    """A payment that buys nothing was charged all the same, and given back."""
    return Letter(
        subject=subject_of("charge-returned", show),
        greeting=greeting_of(person),
        paragraphs=(
            say(
                "Your card was charged %(amount)s by mistake: the payment bought nothing.",
                amount=money_text(payment.refunded),
            ),
            say("We have given all of it back. It is on your card within %(days)s days.", days=CARD_DAYS_MAX),
        ),
        facts=(*show_facts(show), (say("Seats"), seats_text(order.section, order.row, order.seats))),
        amounts=((say("Given back"), money_text(payment.refunded)),),
        button=say("See your order"),
        link=_order_page(origin, order.order_id),
    )


def _unpaid(
    kind: Kind, person: Person, show: Show, order: OrderCancelled | OrderPaymentRefused, what: str, origin: str
) -> Letter:
    return Letter(
        subject=subject_of(kind, show),
        greeting=greeting_of(person),
        paragraphs=(say(what), say(NOT_CHARGED)),
        facts=(*show_facts(show), (say("Seats"), seats_text(order.section, order.row, order.seats))),
        amounts=(),
        button=say("See what is on sale"),
        link=f"{origin}/shows/{show.id}",
    )


def _tickets_void(count: int) -> str:
    return say_number("The ticket for this seat is void.", "The tickets for these seats are void.", count)


def _order_page(origin: str, order_id: UUID) -> str:
    return f"{origin}/orders/{order_id}"
