"""What a mail is, and how moments, places and money are told in it. What each kind says is in domain_buyers.py,
domain_sellers.py, domain_transfers.py and domain_followers.py: letters are written from facts alone; turning them into
HTML, text and headers comes after.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec
from babel.dates import format_date

from fairseat_common.clocks import own_clock, wall_clock
from fairseat_common.contracts import Money, OrderConfirmed, OrderRefundDue
from fairseat_common.languages import DEFAULT, language, mark, say, say_number
from fairseat_common.money import MINOR_UNITS, times

Kind: TypeAlias = Literal[
    "tickets", "sold", "hold-expired", "payment-failed", "hold-show-cancelled", "payment-refused", "refunded",
    "sale-refunded", "charge-returned", "dispute-opened", "dispute-won", "dispute-lost", "payout-sent",
    "payout-reversed", "waiting-offer", "transfer-offered", "transfer-withdrawn", "transfer-received",
    "transfer-accepted", "transfer-ended", "alert", "favourite-listed", "favourite-changed",
    "account-verify-email", "account-reset-password", "account-password-changed", "account-email-changed",
    "account-passkey-added", "account-passkey-removed", "account-sign-in-new", "account-banned", "account-restored",
    "account-erased", "account-key-created", "move-postponed", "move-rescheduled", "move-on-again", "move-cancelled",
    "move-kept", "listing-withdrawn", "own-show-cancelled",
]  # fmt: skip
Status: TypeAlias = Literal["queued", "sent", "skipped", "parked"]
"""A mail is skipped if its recipient does not want mails on its topic."""

_STATUSES = {"scheduled": mark("takes place"), "postponed": mark("postponed"), "cancelled": mark("cancelled")}
_FIGURES = {"en": (",", ".", True), "de": (".", ",", False), "fr": ("\u00a0", ",", False), "es": (".", ",", False)}
"""Between thousands, before decimals, and whether the currency comes first, in each language."""
LINE_LENGTH_MAX = 150
MINOR_UNITS_DEFAULT = 2

SUBJECTS: dict[Kind, str] = {
    "tickets": mark("Your tickets"),
    "sold": mark("Sold"),
    "hold-expired": mark("Your hold has ended"),
    "payment-failed": mark("Your payment did not go through"),
    "hold-show-cancelled": mark("The show is cancelled"),
    "payment-refused": mark("Your payment was not needed"),
    "refunded": mark("Your refund"),
    "sale-refunded": mark("A sale of yours is refunded"),
    "charge-returned": mark("A charge is given back"),
    "dispute-opened": mark("A payment is disputed"),
    "dispute-won": mark("A dispute is decided for you"),
    "dispute-lost": mark("A dispute is decided for the buyer"),
    "payout-sent": mark("Your payout is on its way"),
    "payout-reversed": mark("A payout came back"),
    "waiting-offer": mark("Seats are held for you"),
    "transfer-offered": mark("Tickets for you"),
    "transfer-withdrawn": mark("Tickets are no longer offered to you"),
    "transfer-received": mark("Your tickets"),
    "transfer-accepted": mark("Your tickets were accepted"),
    "transfer-ended": mark("Your tickets stay with you"),
    "alert": mark("Tickets at your price"),
    "favourite-listed": mark("First tickets on sale"),
    "favourite-changed": mark("A change"),
    "move-postponed": mark("Postponed"),
    "move-rescheduled": mark("A new date"),
    "move-on-again": mark("It takes place"),
    "move-cancelled": mark("Cancelled"),
    "move-kept": mark("You keep your tickets"),
    "listing-withdrawn": mark("Your listing was withdrawn"),
    "own-show-cancelled": mark("Your show was cancelled"),
    "account-verify-email": mark("Confirm your e-mail address"),
    "account-reset-password": mark("Set a new password"),
    "account-password-changed": mark("Your password was changed"),
    "account-email-changed": mark("Your account has another address"),
    "account-passkey-added": mark("A passkey was added"),
    "account-passkey-removed": mark("A passkey was removed"),
    "account-sign-in-new": mark("A new sign-in"),
    "account-banned": mark("Your account was closed"),
    "account-restored": mark("Your account is open again"),
    "account-erased": mark("Your account is deleted"),
    "account-key-created": mark("A key for programs was made"),
}
"""What each kind of mail is called before the show is known, or if it is about none."""


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


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed in an order, read from any of its events. It never changes after the hold."""

    order_id: UUID
    section: str
    row: str
    seats: tuple[str, ...]
    quantity: int
    unit_price: Money
    seller_fees: Money | None = None

    @classmethod
    def of(cls, order: OrderConfirmed | OrderRefundDue) -> Agreed:
        """What an event says of it."""
        return cls(**{name: getattr(order, name) for name in cls.__struct_fields__})


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
    offers: tuple[tuple[str, str], ...] = ()
    """Place and price of each listing that the letter is about."""


class NotificationView(msgspec.Struct, frozen=True):
    """A mail, as its recipient sees it in a list."""

    id: UUID
    kind: Kind
    subject: str
    status: Status
    created_at: datetime


def subject_of(kind: Kind, show: Show) -> str:
    """What a mail about a show is called."""
    return one_line(f"{say(SUBJECTS[kind])}: {show.title}")


def greeting_of(person: Person) -> str:
    """The first line."""
    name = one_line(person.name)
    return say("Hello %(name)s,", name=name) if name else say("Hello,")


def show_facts(show: Show) -> tuple[tuple[str, str], ...]:
    """What, where and when, and whether it takes place."""
    when = moment_text(show.starts_at, show.timezone)
    if show.status != "scheduled":
        when = f"{when} — {say(_STATUSES.get(show.status, one_line(show.status)))}"
    return (
        (say("Show"), one_line(show.title)),
        (say("Venue"), one_line(f"{show.venue_name}, {show.city}")),
        (say("Starts"), when),
    )


def seats_text(section: str, row: str, seats: list[str] | tuple[str, ...]) -> str:
    """Where one sits, e.g. ``Block A, row 3, seats 12, 13``; a standing section has no rows."""
    names = ", ".join(seats)
    parts = [section]
    if row:
        parts.append(say("row %(row)s", row=row))
        parts.append(say_number("seat %(seats)s", "seats %(seats)s", len(seats), seats=names))
    else:
        parts.append(say_number("place %(seats)s", "places %(seats)s", len(seats), seats=names))
    return one_line(", ".join(parts), length_max=1000)


def price_lines(count: int, unit_price: Money, total: Money, label: str) -> tuple[tuple[str, str], ...]:
    """Price, fee and sum. The fee is what the sum has beyond the price, so that the lines add up in any case."""
    price = times(unit_price, count)
    fee = Money(total.amount - price.amount, total.currency)
    return (
        (f"{count} × {money_text(unit_price)}", money_text(price)),
        (say("Service fee"), money_text(fee)),
        (label, money_text(total)),
    )


def money_text(money: Money) -> str:
    """An amount with its currency's decimals, e.g. ``EUR 1,250.00`` or ``JPY 12,000``; in German ``1.250,00 EUR``."""
    decimals = MINOR_UNITS.get(money.currency, MINOR_UNITS_DEFAULT)
    group, point, currency_first = _FIGURES[language()]
    whole, part = divmod(abs(money.amount), 10**decimals)
    fraction = f"{point}{part:0{decimals}d}" if decimals else ""
    number = f"{'-' if money.amount < 0 else ''}{whole:,}".replace(",", group) + fraction
    return f"{money.currency} {number}" if currency_first else f"{number} {money.currency}"


def moment_text(at: datetime, timezone: str) -> str:
    """A moment as clocks show it at the venue, e.g. ``Saturday, 5 December 2026, 20:00 CET (Europe/Berlin)``.

    Where the recipient lives by another clock that is known, their time follows: ``— 14:00 your time``.
    """
    local = wall_clock(at, timezone)
    name = local.tzname() or ""
    zone = f"{name} ({timezone})" if name.isalpha() else f"({timezone}, UTC{local:%z})"
    zone = "UTC" if local.tzinfo is UTC else zone
    own = own_clock(at, timezone)
    if own is None:
        return f"{_clock(local)} {zone}"
    time = f"{own:%H:%M}" if own.date() == local.date() else _clock(own)
    return f"{_clock(local)} {zone} — {say('%(time)s your time', time=time)}"


def _clock(at: datetime) -> str:
    if language() == DEFAULT:
        return f"{at:%A}, {at.day} {at:%B %Y, %H:%M}"
    return f"{format_date(at, 'full', language())}, {at:%H:%M}"


def one_line(text: str, length_max: int = LINE_LENGTH_MAX) -> str:
    """The text without anything that would end a line or cannot be shown, cut to a length."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(shown.split())
    return line if len(line) <= length_max else f"{line[: length_max - 1]}…"
