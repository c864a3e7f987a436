"""Sample values for the style guide: every component in every state."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fairseat_common.contracts import Money
from web.models import Show, VenueSummary
from web.pages_selling import Preview
from web.words import Words

_EURO = Money(12_950, "EUR")
_LONG = "The Extraordinarily Long Travelling Symphony Orchestra of the Northern Isles and Friends, with Guests"
COLOURS = (
    "ground",
    "surface",
    "sunken",
    "ink",
    "muted",
    "line",
    "edge",
    "accent",
    "accent-soft",
    "amber",
    "amber-soft",
    "danger",
    "danger-soft",
)


def samples() -> dict[str, Any]:
    """What the style guide's template shows."""
    return {
        "shows": _shows(),
        "amounts": [_EURO, Money(1_234_567, "USD"), Money(12_000, "JPY"), Money(45_250, "KWD"), Money(9_900, "CHF")],
        "bad": Words("Those seats have just gone.", "Somebody else was faster. The list below is up to date."),
        "warn": Words("This listing has changed meanwhile.", "The values below are the current ones."),
        "good": Words("Your seats are on sale.", "You find them in My listings."),
        "colours": COLOURS,
        "left": 433,
        "preview": Preview(Money(14_245, "EUR"), Money(12_302, "EUR")),
    }


def _shows() -> list[Show]:
    start = datetime.now(UTC) + timedelta(days=6)
    places = [
        VenueSummary("v1", "Royal Albert Hall", "London", "GB", "Europe/London"),
        VenueSummary("v2", "Nippon Budokan", "Tokyo", "JP", "Asia/Tokyo"),
        VenueSummary("v3", "Waldbühne", "Berlin", "DE", "Europe/Berlin"),
    ]
    kinds = ["concert", "theatre", "comedy", "sport", "family", "classical", "festival"]
    titles = [
        "Night Swim",
        "The Tempest",
        "An Evening of Small Regrets",
        "City v Rovers",
        _LONG,
        "Mahler 2",
        "عرض طويل 🎪 夏祭り",
    ]
    states = ["scheduled", "scheduled", "postponed", "scheduled", "scheduled", "cancelled", "scheduled"]
    return [
        Show(
            id=f"sample-{place}",
            title=titles[place],
            category=kind,
            venue=places[place % 3],
            starts_at=start + timedelta(days=place * 3),
            status=states[place],
            lowest_price=None if place == 3 else Money(4_500 + 1_370 * place, "EUR"),
        )
        for place, kind in enumerate(kinds)
    ]
