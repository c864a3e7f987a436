"""What pages say about favourites, alerts and mails. Pure functions, no I/O."""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from web.models import Show
from web.models_saved import Alert
from web.money import country_currency

QUANTITIES = range(1, 9)
STATES: dict[str, tuple[str, str]] = {
    "watching": ("good", "Watching"),
    "muted": ("warn", "No mails"),
    "ended": ("", "Ended"),
}
"""Colour and words of an alert's state."""
MAIL_STATES: dict[str, tuple[str, str]] = {
    "queued": ("", "On its way"),
    "sent": ("good", "Sent"),
    "skipped": ("", "Not sent: turned off"),
    "parked": ("bad", "Could not be delivered"),
}
"""Colour and words of what became of a mail."""


class Topic(NamedTuple):
    """Something that mails are about: its field, its name, and what is told."""

    field: str
    name: str
    meaning: str


ALWAYS = (
    Topic("purchases", "Purchases", "Your tickets and receipts, holds that end, refunds."),
    Topic("money", "Money", "Payouts, disputes, sales that are refunded."),
)
TOPICS = (
    Topic(
        "alerts", "Price alerts", "When tickets at your price come on sale; at most one mail in ten minutes for each."
    ),
    Topic("favourites", "Saved shows", "When the first tickets are listed, or a show moves or is cancelled."),
    Topic("waiting", "Waiting lists", "When seats are held for you. Without it, look at the list yourself in time."),
    Topic("transfers", "Ticket transfers", "When somebody gives you tickets, or answers what you have offered."),
    Topic("sales", "Sales", "When seats of yours are sold. Sales themselves go on without it."),
)
TOPIC_NAMES = {
    "sales": "sales",
    "transfers": "ticket transfers",
    "alerts": "price alerts",
    "waiting": "waiting lists",
    "favourites": "saved shows",
}


def alert_currency(show: Show) -> str:
    """The currency in which seats of a show are sold."""
    if show.currency:
        return show.currency
    return show.lowest_price.currency if show.lowest_price else country_currency(show.venue.country)


def seats_text(alert: Alert) -> str:
    """What an alert waits for, without the price: ``2 seats together in Block A``."""
    seats = "One seat" if alert.quantity == 1 else f"{alert.quantity} seats together"
    return f"{seats} in {alert.section}" if alert.section else seats


def fitting_text(alert: Alert) -> str:
    """How many listings fit an alert at this moment; nothing where none does."""
    if not alert.fitting:
        return ""
    return "1 listing fits now" if alert.fitting == 1 else f"{alert.fitting} listings fit now"


def with_message(path: str, code: str) -> str:
    """A path of ours with the code of a message, in place of one that it had."""
    parts = urlsplit(path)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "done"]
    return f"{parts.path}?{urlencode([*pairs, ('done', code)])}"
