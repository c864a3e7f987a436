"""What people are told who follow a show: by an alert, by saving it, or on its waiting list. Pure.

A letter never says that seats are left which are not: it names what was on sale when it was made, and says so.
"""

from __future__ import annotations

from fairseat_common.contracts import Money, OrderHeld
from fairseat_common.languages import mark, say, say_number
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

NOT_HELD = mark("Nobody holds them for you: they are gone once somebody else has them.")
CHANGES: dict[ShowChange, tuple[str, tuple[str, ...]]] = {
    "cancelled": (
        mark("Cancelled"),
        (
            mark("A show that you saved was cancelled. Your price alerts for it have ended."),
            mark("If you have bought tickets for it, your money comes back by itself."),
        ),
    ),
    "postponed": (
        mark("Postponed"),
        (
            mark("A show that you saved was postponed. We write again when it has a new date."),
            mark("Tickets that you have bought stay yours, and are valid on the new date."),
        ),
    ),
    "moved": (mark("New date"), (mark("A show that you saved has a new date."),)),
    "on-again": (mark("Takes place"), (mark("A show that you saved takes place after all."),)),
}
"""The first words of the subject, and what is said, for each change of a show."""


def alert_letter(person: Person, show: Show, fact: AlertFact, origin: str) -> Letter:
    """Listings came on sale that fit an alert."""
    found = say_number(
        "A listing fits your alert for %(wish)s.",
        "%(number)s listings fit your alert for %(wish)s.",
        fact.count,
        wish=wish_text(fact),
    )
    more = fact.count - len(fact.offers)
    told = say_number(
        "%(number)s more fits: the show's page has them all.",
        "%(number)s more fit: the show's page has them all.",
        more,
    )
    rest = (told,) if more > 0 else ()
    return Letter(
        subject=subject_of("alert", show),
        greeting=greeting_of(person),
        paragraphs=(found, *rest, say(NOT_HELD)),
        facts=show_facts(show),
        amounts=(),
        button=say("See the tickets"),
        link=f"{origin}/shows/{show.id}",
        offers=tuple(_offer(offer, fact.currency) for offer in fact.offers),
    )


def listed_letter(person: Person, show: Show, fact: ListedFact, origin: str) -> Letter:
    """A show that had nothing on sale has something."""
    return Letter(
        subject=subject_of("favourite-listed", show),
        greeting=greeting_of(person),
        paragraphs=(say("A show that you saved has tickets on sale."), say(NOT_HELD)),
        facts=show_facts(show),
        amounts=(),
        button=say("See the tickets"),
        link=f"{origin}/shows/{show.id}",
        offers=(_offer(fact.offer, fact.currency),),
    )


def changed_letter(person: Person, show: Show, fact: ChangedFact, origin: str) -> Letter:
    """A show takes place at another time, or not at all."""
    word, paragraphs = CHANGES[fact.change]
    before = ((say("Before"), moment_text(fact.was, show.timezone)),) if fact.change == "moved" else ()
    return Letter(
        subject=one_line(f"{say(word)}: {show.title}"),
        greeting=greeting_of(person),
        paragraphs=tuple(say(text) for text in paragraphs),
        facts=(*show_facts(show), *before),
        amounts=(),
        button=say("See the show"),
        link=f"{origin}/shows/{show.id}",
    )


def offered_letter(person: Person, show: Show, order: OrderHeld, origin: str) -> Letter:
    """Whoever waited for seats has some, if they are paid in time."""
    until = moment_text(order.expires_at, show.timezone)
    return Letter(
        subject=subject_of("waiting-offer", show),
        greeting=greeting_of(person),
        paragraphs=(
            say("Your turn on the waiting list has come. Seats are held for you until %(until)s.", until=until),
            say("Pay by then and they are yours. If you do not, they go to the next in line."),
        ),
        facts=(*show_facts(show), (say("Seats"), seats_text(order.section, order.row, order.seats))),
        amounts=price_lines(order.quantity, order.unit_price, order.total, say("Total, all-in")),
        button=say("Go on to payment"),
        link=f"{origin}/checkout/{order.order_id}",
    )


def wish_text(fact: AlertFact) -> str:
    """What an alert waits for: ``2 seats together in Block A, at most EUR 60.00 each, all-in``."""
    seats = say_number("one seat", "%(number)s seats together", fact.quantity)
    price = money_text(Money(fact.max_amount, fact.currency))
    if not fact.section:
        return say("%(seats)s, at most %(price)s each, all-in", seats=seats, price=price)
    section = one_line(fact.section)
    return say("%(seats)s in %(section)s, at most %(price)s each, all-in", seats=seats, section=section, price=price)


def _offer(offer: Offer, currency: str) -> tuple[str, str]:
    """Where the seats are, and what one costs."""
    row = (say("row %(row)s", row=offer.row),) if offer.row else ()
    place = one_line(", ".join((offer.section, *row)))
    price = money_text(Money(offer.amount, currency))
    return say("%(place)s · %(number)s on sale", place=place, number=offer.free), say("%(price)s each", price=price)
