"""What mails say. A letter is written from facts alone; turning it into HTML, text and headers comes after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from fairseat_common.contracts import Money, OrderCancelled, OrderConfirmed, TicketsIssued
from fairseat_common.money import MINOR_UNITS, times

Kind: TypeAlias = Literal["tickets", "sold", "hold-expired", "payment-failed"]
Status: TypeAlias = Literal["queued", "sent", "parked"]

LINE_LENGTH_MAX = 150
RETRY_FIRST_S = 1.0
RETRY_MAX_S = 60.0
MINOR_UNITS_DEFAULT = 2

SUBJECTS: dict[Kind, str] = {
    "tickets": "Your tickets",
    "sold": "Sold",
    "hold-expired": "Your hold has ended",
    "payment-failed": "Your payment did not go through",
}
"""What each kind of mail is called before the show is known."""


class Person(msgspec.Struct, frozen=True):
    """Who gets the mail. `name` may be empty."""

    email: str
    name: str


class Show(msgspec.Struct, frozen=True):
    """The show that a mail is about."""

    id: UUID
    title: str
    venue_name: str
    city: str
    timezone: str
    starts_at: datetime
    status: str


class Letter(msgspec.Struct, frozen=True):
    """A mail in words: everything on one line each, nothing encoded yet."""

    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    """Label and value, e.g. ("Seats", "12, 13")."""
    amounts: tuple[tuple[str, str], ...]
    """Receipt lines; the last one is the sum."""
    button: str
    link: str


class NotificationView(msgspec.Struct, frozen=True):
    """A mail, as its recipient sees it in a list."""

    id: UUID
    kind: Kind
    subject: str
    status: Status
    created_at: datetime


def tickets_letter(person: Person, show: Show, issued: TicketsIssued, order: OrderConfirmed, origin: str) -> Letter:
    """To the buyer: the tickets exist. The codes stay on the site, where only their holder sees them."""
    places = sorted({(ticket.section, ticket.row) for ticket in issued.tickets})
    seats = [
        seats_text(section, row, [t.seat for t in issued.tickets if (t.section, t.row) == (section, row)])
        for section, row in places
    ]
    return Letter(
        subject=_subject("tickets", show),
        greeting=_greeting(person),
        paragraphs=(
            "Your tickets are ready.",
            "Open them on your phone at the door: the code is on the ticket's page.",
        ),
        facts=(*_show_facts(show), ("Seats", "; ".join(seats))),
        amounts=(
            (f"{order.quantity} × {money_text(order.unit_price)}", money_text(times(order.unit_price, order.quantity))),
            ("Service fee", money_text(order.fees)),
            ("Total", money_text(order.total)),
        ),
        button="See your tickets",
        link=f"{origin}/tickets",
    )


def sold_letter(person: Person, show: Show, order: OrderConfirmed, origin: str) -> Letter:
    """To the seller. What the buyer paid on top of the seller's price is none of the seller's business."""
    seats = "seat" if order.quantity == 1 else "seats"
    price = times(order.unit_price, order.quantity)
    return Letter(
        subject=_subject("sold", show),
        greeting=_greeting(person),
        paragraphs=(f"You sold {order.quantity} {seats}. Your own code is void now; the buyer has a new one.",),
        facts=(*_show_facts(show), ("Seats", seats_text(order.section, order.row, order.seats))),
        amounts=(
            (f"{order.quantity} × {money_text(order.unit_price)}", money_text(price)),
            ("Sold for", money_text(price)),
        ),
        button="See your listings",
        link=f"{origin}/listings",
    )


def cancelled_letter(kind: Kind, person: Person, show: Show, order: OrderCancelled, origin: str) -> Letter:
    """To the buyer: the seats are free again, and it cost nothing."""
    what = {
        "hold-expired": "The time to pay for your seats is over, so they went back on sale.",
        "payment-failed": "Your payment did not go through, so your seats went back on sale.",
    }[kind]
    return Letter(
        subject=_subject(kind, show),
        greeting=_greeting(person),
        paragraphs=(what, "You were not charged. If your bank shows a reserved amount, it is released by itself."),
        facts=(*_show_facts(show), ("Seats", seats_text(order.section, order.row, order.seats))),
        amounts=(),
        button="See what is on sale",
        link=f"{origin}/shows/{show.id}",
    )


def _subject(kind: Kind, show: Show) -> str:
    return one_line(f"{SUBJECTS[kind]}: {show.title}")


def _greeting(person: Person) -> str:
    name = one_line(person.name)
    return f"Hello {name}," if name else "Hello,"


def _show_facts(show: Show) -> tuple[tuple[str, str], ...]:
    when = moment_text(show.starts_at, show.timezone)
    if show.status != "scheduled":
        when = f"{when} — {one_line(show.status)}"
    return (
        ("Show", one_line(show.title)),
        ("Venue", one_line(f"{show.venue_name}, {show.city}")),
        ("Starts", when),
    )


def seats_text(section: str, row: str, seats: list[str] | tuple[str, ...]) -> str:
    """Where one sits, e.g. ``Block A, row 3, seats 12, 13``; a standing section has no rows."""
    what = "place" if not row else "seat"
    parts = [section, f"row {row}"] if row else [section]
    plural = "" if len(seats) == 1 else "s"
    return one_line(", ".join([*parts, f"{what}{plural} {', '.join(seats)}"]), length_max=1000)


def money_text(money: Money) -> str:
    """An amount with its currency's decimals, e.g. ``EUR 1,250.00`` or ``JPY 12,000``."""
    decimals = MINOR_UNITS.get(money.currency, MINOR_UNITS_DEFAULT)
    whole, part = divmod(abs(money.amount), 10**decimals)
    fraction = f".{part:0{decimals}d}" if decimals else ""
    sign = "-" if money.amount < 0 else ""
    return f"{money.currency} {sign}{whole:,}{fraction}"


def moment_text(at: datetime, timezone: str) -> str:
    """A moment as clocks show it at the venue, e.g. ``Saturday, 5 December 2026, 20:00 CET (Europe/Berlin)``."""
    try:
        local = at.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{_clock(at.astimezone(UTC))} UTC"
    name = local.tzname() or ""
    zone = f"{name} ({timezone})" if name.isalpha() else f"({timezone}, UTC{local:%z})"
    return f"{_clock(local)} {zone}"


def _clock(at: datetime) -> str:
    return f"{at:%A}, {at.day} {at:%B %Y, %H:%M}"


def one_line(text: str, length_max: int = LINE_LENGTH_MAX) -> str:
    """The text without anything that would end a line or cannot be shown, cut to a length."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(shown.split())
    return line if len(line) <= length_max else f"{line[: length_max - 1]}…"


def retry_after_s(attempts: int) -> float:
    """How long to wait after so many failed attempts: 1, 2, 4, ... seconds, at most a minute."""
    doublings = min(max(attempts - 1, 0), 30)
    return float(min(RETRY_FIRST_S * 2**doublings, RETRY_MAX_S))
