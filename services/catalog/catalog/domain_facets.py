"""The rules of counting: what there is to choose from in a search, and how many shows each choice leads to.

Each count leaves the filter that it belongs to aside and keeps all others: so it is the number of shows that one
finds by choosing it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from catalog.domain import Category
from catalog.domain_places import city_slug
from catalog.domain_when import Preset, When, days_of, days_on_earth

OFFERED: tuple[Preset, ...] = ("today", "tomorrow", "weekend", "next-week", "month")
"""The days that a reader is offered to choose."""
SOON = timedelta(days=40)
"""No offered day is further away."""
MONTHS_MAX = 12
CITIES_MAX = 200
BANDS_MAX = 5
CURRENCIES_MAX = 5
LADDER = tuple(step * 10**power for power in range(2, 10) for step in (1, 2, 5))
"""Where price bands may begin and end, in minor units."""


class CategoryCount(msgspec.Struct, frozen=True):
    """A category and how many shows are in it."""

    category: Category
    shows_count: int


class CityCount(msgspec.Struct, frozen=True):
    """A city and how many shows are in it; `slug` is its part of an address."""

    city: str
    country: str
    slug: str
    shows_count: int


class WhenCount(msgspec.Struct, frozen=True):
    """Days in words, how many shows are then, and which days they are where it is UTC's today."""

    when: Preset
    first: date
    last: date
    shows_count: int


class MonthCount(msgspec.Struct, frozen=True):
    """A whole month ahead and how many shows are in it."""

    first: date
    last: date
    shows_count: int


class PriceBand(msgspec.Struct, frozen=True):
    """Lowest prices from `min_price` to `max_price`, both counting, in minor units; without an end to the top."""

    currency: str
    min_price: int
    max_price: int | None
    shows_count: int


class Facets(msgspec.Struct, frozen=True):
    """How many shows fit, and what there is to choose from: the fullest first, days and prices in their order."""

    total: int
    categories: list[CategoryCount]
    cities: list[CityCount]
    when: list[WhenCount]
    months: list[MonthCount]
    prices: list[PriceBand]


class CityShows(msgspec.Struct, frozen=True):
    """How many shows are at one venue, and the city that it is in."""

    key: str
    city: str
    country: str
    shows: int


class DayShows(msgspec.Struct, frozen=True):
    """How many shows are on a day at venues where `turn` (0, 1, 2: yesterday, today, tomorrow by UTC) it is today."""

    day: date
    turn: int
    shows: int


def cities_counted(venues: Iterable[CityShows]) -> list[CityCount]:
    """The cities of venues, fullest first."""
    counts: Counter[tuple[str, str]] = Counter()
    names: dict[tuple[str, str], str] = {}
    for venue in venues:
        city = (venue.key, venue.country)
        counts[city] += venue.shows
        names[city] = min(names.get(city, venue.city), venue.city)
    ordered = sorted(counts, key=lambda city: (-counts[city], city))[:CITIES_MAX]
    return [CityCount(names[city], city[1], city_slug(*city), counts[city]) for city in ordered]


def days_counted(days: Iterable[DayShows], utc_today: date) -> tuple[list[WhenCount], list[MonthCount]]:
    """How many shows are on the days that are offered, each by its venue's own calendar, and in the months after."""
    known = list(days)
    soon = [each for each in known if each.day <= utc_today + SOON]
    offered = []
    for preset in OFFERED:
        ranges = days_on_earth(When(preset), utc_today)
        count = sum(each.shows for each in soon if ranges[each.turn][0] <= each.day <= ranges[each.turn][1])
        offered.append(WhenCount(preset, *ranges[1], count))
    return offered, _months(known, utc_today)


def _months(days: Iterable[DayShows], utc_today: date) -> list[MonthCount]:
    counts: Counter[tuple[int, int]] = Counter()
    for each in days:
        if (each.day.year, each.day.month) > (utc_today.year, utc_today.month):
            counts[each.day.year, each.day.month] += each.shows
    months = []
    for year, month in sorted(counts)[:MONTHS_MAX]:
        first, last = days_of(When("in-month", (month, year)), date.min)
        months.append(MonthCount(first, last, counts[year, month]))
    return months


def bands_of(rungs: Iterable[tuple[str, int, int]]) -> list[PriceBand]:
    """A few bands per currency, the commonest currency first, from `(currency, rung of LADDER, shows)`.

    Rung n holds prices from LADDER[n - 1] up to below LADDER[n]. Neighbours are put together, the emptiest first,
    until few enough are left.
    """
    by_currency: dict[str, Counter[int]] = {}
    for currency, rung, shows in rungs:
        by_currency.setdefault(currency, Counter())[rung] += shows
    ordered = sorted(by_currency, key=lambda currency: (-by_currency[currency].total(), currency))
    return [band for currency in ordered[:CURRENCIES_MAX] for band in _bands(currency, by_currency[currency])]


def _bands(currency: str, rungs: Counter[int]) -> list[PriceBand]:
    bands = [[rung, rung, shows] for rung, shows in sorted(rungs.items())]
    while len(bands) > BANDS_MAX:
        # The two neighbours that together hold the fewest.
        at = min(range(len(bands) - 1), key=lambda index: bands[index][2] + bands[index + 1][2])
        bands[at : at + 2] = [[bands[at][0], bands[at + 1][1], bands[at][2] + bands[at + 1][2]]]
    # Bands touch: each begins where the one before it ends, so that nothing lies between two of them.
    starts = [0, *(LADDER[first - 1] for first, _, _ in bands[1:])]
    ends: list[int | None] = [*(start - 1 for start in starts[1:]), None]
    return [PriceBand(currency, start, end, band[2]) for start, end, band in zip(starts, ends, bands, strict=True)]
