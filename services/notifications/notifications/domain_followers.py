"""What people are told who follow a show: by an alert, by saving it, or on its waiting list. Pure.

A letter never says that seats are left which are not: it names what was on sale when it was made, and says so.
"""

from __future__ import annotations

from fairseat_common.contracts import Money, OrderHeld
from notifications.domain import (
    Letter,
    Person,
    Show,
    greeting_of,
    moment_text,
    money_text,
    one_line,
    price_lines,
    seats_text,
    show_facts,
    subject_of,
)
from notifications.domain_alerts import AlertFact, ChangedFact, ListedFact, Offer, ShowChange

NOT_HELD = "Nobody holds them for you: they are gone once somebody else has them."
CHANGES: dict[ShowChange, tuple[str, tuple[str, ...]]] = {
    "cancelled": (
        "Cancelled",
        (
            "A show that you saved was cancelled. Your price alerts for it have ended.",
            "If you have bought tickets for it, your money comes back by itself.",
        ),
    ),
    "postponed": (
        "Postponed",
        (
            "A show that you saved was postponed. We write again when it has a new date.",
            "Tickets that you have bought stay yours, and are valid on the new date.",
        ),
    ),
    "moved": ("New date", ("A show that you saved has a new date.",)),
    "on-again": ("Takes place", ("A show that you saved takes place after all.",)),
}
"""The first words of the subject, and what is said, for each change of a show."""


def alert_letter(person: Person, show: Show, fact: AlertFact, origin: str) -> Letter:
    """Listings came on sale that fit an alert."""
    found = "A listing fits" if fact.count == 1 else f"{fact.count} listings fit"
    more = fact.count - len(fact.offers)
    rest = (f"{more} more {'fits' if more == 1 else 'fit'}: the show's page has them all.",) if more > 0 else ()
    return Letter(
        subject=subject_of("alert", show),
        greeting=greeting_of(person),
        paragraphs=(f"{found} your alert for {wish_text(fact)}.", *rest, NOT_HELD),
        facts=show_facts(show),
        amounts=(),
        button="See the tickets",
        link=f"{origin}/shows/{show.id}",
        offers=tuple(_offer(offer, fact.currency) for offer in fact.offers),
    )


def listed_letter(person: Person, show: Show, fact: ListedFact, origin: str) -> Letter:
    """A show that had nothing on sale has something."""
    return Letter(
        subject=subject_of("favourite-listed", show),
        greeting=greeting_of(person),
        paragraphs=("A show that you saved has tickets on sale.", NOT_HELD),
        facts=show_facts(show),
        amounts=(),
        button="See the tickets",
        link=f"{origin}/shows/{show.id}",
        offers=(_offer(fact.offer, fact.currency),),
    )


def changed_letter(person: Person, show: Show, fact: ChangedFact, origin: str) -> Letter:
    """A show takes place at another time, or not at all."""
    word, paragraphs = CHANGES[fact.change]
    before = (("Before", moment_text(fact.was, show.timezone)),) if fact.change == "moved" else ()
    return Letter(
        subject=one_line(f"{word}: {show.title}"),
        greeting=greeting_of(person),
        paragraphs=paragraphs,
        facts=(*show_facts(show), *before),
        amounts=(),
        button="See the show",
        link=f"{origin}/shows/{show.id}",
    )


def offered_letter(person: Person, show: Show, order: OrderHeld, origin: str) -> Letter:
    """Whoever waited for seats has some, if they are paid in time."""
    until = moment_text(order.expires_at, show.timezone)
    return Letter(
        subject=subject_of("waiting-offer", show),
        greeting=greeting_of(person),
        paragraphs=(
            f"Your turn on the waiting list has come. Seats are held for you until {until}.",
            "Pay by then and they are yours. If you do not, they go to the next in line.",
        ),
        facts=(*show_facts(show), ("Seats", seats_text(order.section, order.row, order.seats))),
        amounts=price_lines(order.quantity, order.unit_price, order.total, "Total, all-in"),
        button="Go on to payment",
        link=f"{origin}/checkout/{order.order_id}",
    )


def wish_text(fact: AlertFact) -> str:
    """What an alert waits for: ``2 seats together in Block A, at most EUR 60.00 each, all-in``."""
    seats = "one seat" if fact.quantity == 1 else f"{fact.quantity} seats together"
    where = f" in {one_line(fact.section)}" if fact.section else ""
    return f"{seats}{where}, at most {money_text(Money(fact.max_amount, fact.currency))} each, all-in"


def _offer(offer: Offer, currency: str) -> tuple[str, str]:
    """Where the seats are, and what one costs."""
    place = one_line(f"{offer.section}, row {offer.row}" if offer.row else offer.section)
    return f"{place} · {offer.free} on sale", f"{money_text(Money(offer.amount, currency))} each"
