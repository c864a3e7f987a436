"""What pages say about favourites, alerts and mails. Pure functions, no I/O."""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from fairseat_common.languages import mark, say, say_number
from web.models import Show
from web.models_saved import Alert
from web.money import country_currency

QUANTITIES = range(1, 9)
STATES: dict[str, tuple[str, str]] = {
    "watching": ("good", mark("Watching")),
    "muted": ("warn", mark("No mails")),
    "ended": ("", mark("Ended")),
}
"""Colour and words of an alert's state."""
MAIL_STATES: dict[str, tuple[str, str]] = {
    "queued": ("", mark("On its way")),
    "sent": ("good", mark("Sent")),
    "skipped": ("", mark("Not sent: turned off")),
    "parked": ("bad", mark("Could not be delivered")),
}
"""Colour and words of what became of a mail."""


class Topic(NamedTuple):
    """Something that mails are about: its field, its name, and what is told."""

    field: str
    name: str
    meaning: str


ALWAYS = (
    Topic("purchases", mark("Purchases"), mark("Your tickets and receipts, holds that end, refunds.")),
    Topic("money", mark("Money"), mark("Payouts, disputes, sales that are refunded.")),
)
TOPICS = (
    Topic(
        "alerts",
        mark("Price alerts"),
        mark("When tickets at your price come on sale; at most one mail in ten minutes for each."),
    ),
    Topic(
        "favourites", mark("Saved shows"), mark("When the first tickets are listed, or a show moves or is cancelled.")
    ),
    Topic(
        "waiting",
        mark("Waiting lists"),
        mark("When seats are held for you. Without it, look at the list yourself in time."),
    ),
    Topic(
        "transfers",
        mark("Ticket transfers"),
        mark("When somebody gives you tickets, or answers what you have offered."),
    ),
    Topic("sales", mark("Sales"), mark("When seats of yours are sold. Sales themselves go on without it.")),
)
TOPIC_NAMES = {
    "sales": "sales",
    "transfers": mark("ticket transfers"),
    "alerts": mark("price alerts"),
    "waiting": mark("waiting lists"),
    "favourites": mark("saved shows"),
}


def alert_currency(show: Show) -> str:
    """The currency in which seats of a show are sold."""
    if show.currency:
        return show.currency
    return show.lowest_price.currency if show.lowest_price else country_currency(show.venue.country)


def seats_text(alert: Alert) -> str:
    """What an alert waits for, without the price: ``2 seats together in Block A``."""
    seats = say_number("One seat", "%(number)s seats together", alert.quantity)
    return say("%(seats)s in %(section)s", seats=seats, section=alert.section) if alert.section else seats


def fitting_text(alert: Alert) -> str:
    """How many listings fit an alert at this moment; nothing where none does."""
    if not alert.fitting:
        return ""
    return say_number("%(number)s listing fits now", "%(number)s listings fit now", alert.fitting)


def with_message(path: str, code: str) -> str:
    """A path of ours with the code of a message, in place of one that it had."""
    parts = urlsplit(path)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "done"]
    return f"{parts.path}?{urlencode([*pairs, ('done', code)])}"
