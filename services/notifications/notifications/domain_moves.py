"""What holders of tickets are told when their show moves or is called off. Pure: a letter follows from the facts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID, uuid5

import msgspec

from fairseat_common.contracts import OrderKept, ShowChanged
from fairseat_common.languages import mark, say
from notifications.domain import (
    Kind,
    Letter,
    Person,
    Show,
    greeting_of,
    moment_text,
    one_line,
    seats_text,
    show_facts,
    subject_of,
)

MoveKind: TypeAlias = Literal["move-postponed", "move-rescheduled", "move-on-again", "move-cancelled"]

SAID: dict[MoveKind, tuple[str, ...]] = {
    "move-postponed": (
        mark("A show that you have tickets for is postponed. It has no new date yet; we write again when it has one."),
        mark("Your tickets stay yours and are good for the new date. You need not do anything."),
    ),
    "move-rescheduled": (
        mark("A show that you have tickets for has a new date."),
        mark("Your tickets are good for the new date, with the same codes. You need not do anything."),
    ),
    "move-on-again": (mark("A show that you have tickets for takes place after all, on its first date."),),
    "move-cancelled": (
        mark("A show that you have tickets for is cancelled. The tickets are void."),
        mark(
            "Whoever paid for them has all of the money back, fees included. It comes by itself, in a mail of its own."
        ),
    ),
}
GIVEN = mark("Your tickets were given to you: whether their money goes back is for whoever bought them to say.")


class MoveFact(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a show, for one holder: `orders` are what they bought, none for who was given tickets.

    `starts_at` is None while there is no new date; `refund_until` is there when the money can be chosen until then.
    """

    was: datetime
    starts_at: datetime | None
    refund_until: datetime | None
    orders: tuple[UUID, ...] = ()


def kind_of(before: Show, event: ShowChanged) -> MoveKind | None:
    """What holders have to know of a change; None if it is nothing of that kind."""
    if event.status == "cancelled":
        return "move-cancelled" if before.status != "cancelled" else None
    if event.status == "postponed":
        return "move-postponed" if before.status != "postponed" else None
    if before.status == "postponed" and event.refund_until is None:
        return "move-on-again"
    moves = before.status == "postponed" or before.starts_at != event.starts_at
    return "move-rescheduled" if moves else None


def fact_of(before: Show, event: ShowChanged) -> MoveFact:
    """The fact of a change. What tickets were bought for counts, not where the show stood in between."""
    off = event.status != "scheduled"
    return MoveFact(
        was=event.moved_from or before.starts_at,
        starts_at=None if off else event.starts_at,
        refund_until=None if event.status == "cancelled" else event.refund_until,
    )


def move_id(event: ShowChanged) -> UUID:
    """The identity of the fact that the show is as this version says."""
    return uuid5(event.show_id, f"move {event.version}")


def move_letter(kind: MoveKind, person: Person, show: Show, fact: MoveFact, origin: str) -> Letter:
    """The show moved, or does not take place; with both dates as clocks show them at the venue."""
    choice = _choice(show, fact)
    return Letter(
        subject=subject_of(kind, show),
        greeting=greeting_of(person),
        paragraphs=(*(say(text) for text in SAID[kind]), *choice),
        facts=_facts(kind, show, fact),
        amounts=(),
        button=say("Keep or refund") if choice and fact.orders else say("See your tickets"),
        link=f"{origin}{_path(bool(choice), fact)}",
    )


def _choice(show: Show, fact: MoveFact) -> tuple[str, ...]:
    if fact.refund_until is None:
        return ()
    if not fact.orders:
        return (say(GIVEN),)
    until = moment_text(fact.refund_until, show.timezone)
    return (
        say(
            "If you cannot come then, you can have all that you paid back, fees included. Choose until %(until)s.",
            until=until,
        ),
    )


def _facts(kind: MoveKind, show: Show, fact: MoveFact) -> tuple[tuple[str, str], ...]:
    first = show_facts(show)[:2]
    was = moment_text(fact.was, show.timezone)
    if kind == "move-on-again":
        return (*first, (say("Starts"), was))
    if kind == "move-cancelled":
        return (*first, (say("Would have been on"), was))
    now = moment_text(fact.starts_at, show.timezone) if fact.starts_at else say("No date yet")
    return (*first, (say("Before"), was), (say("Now"), now))


def _path(choice: bool, fact: MoveFact) -> str:
    if not choice or not fact.orders:
        return "/tickets"
    return f"/orders/{fact.orders[0]}/choice" if len(fact.orders) == 1 else "/orders"


def kept_letter(person: Person, show: Show, order: OrderKept, origin: str) -> Letter:
    """The buyer keeps the tickets of a show that moved, and can still think better of it."""
    kind: Kind = "move-kept"
    return Letter(
        subject=subject_of(kind, show),
        greeting=greeting_of(person),
        paragraphs=(
            say("You have chosen to keep your tickets. They are good for the new date."),
            say(
                "Until %(until)s you can still change your mind and have your money back.",
                until=moment_text(order.refund_until, show.timezone),
            ),
        ),
        facts=(
            *show_facts(show),
            (say("Before"), one_line(moment_text(order.moved_from, show.timezone))),
            (say("Seats"), seats_text(order.section, order.row, order.seats)),
        ),
        amounts=(),
        button=say("See your tickets"),
        link=f"{origin}/tickets",
    )
