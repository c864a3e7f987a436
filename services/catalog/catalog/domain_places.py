"""The rules of places in words: cities that a query names (`in Berlin`), their other names, their addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from catalog.domain_search import fold

CITY_WORDS_MAX = 4
_BEFORE_A_CITY = frozenset({"in", "near", "around", "at"})

# What travellers and the people who live there call the same place, folded.
_NAMES = (
    ("munich", "munchen"), ("cologne", "koln"), ("vienna", "wien"), ("prague", "praha"), ("rome", "roma"),
    ("milan", "milano"), ("turin", "torino"), ("naples", "napoli"), ("florence", "firenze"), ("venice", "venezia"),
    ("lisbon", "lisboa"), ("seville", "sevilla"), ("brussels", "bruxelles", "brussel"), ("antwerp", "antwerpen"),
    ("copenhagen", "kobenhavn"), ("gothenburg", "goteborg"), ("warsaw", "warszawa"), ("krakow", "cracow"),
    ("geneva", "geneve", "genf"), ("nuremberg", "nurnberg"), ("hanover", "hannover"), ("bucharest", "bucuresti"),
    ("athens", "athina"), ("belgrade", "beograd"), ("kyiv", "kiev"), ("the hague", "den haag"),
    ("new york", "nyc", "new york city"), ("mexico city", "ciudad de mexico", "cdmx"),
)  # fmt: skip
_SAME_CITY = {name: names for names in _NAMES for name in names}


class NamedCity(msgspec.Struct, frozen=True):
    """A city that a query may name: its folded name, the words that say so, and the query without them."""

    key: str
    words: str
    rest: str


class City(msgspec.Struct, frozen=True, kw_only=True):
    """A city that has a venue: its time zone, the middle of its venues in degrees, and its shows ahead."""

    slug: str
    name: str
    country: str
    timezone: str
    lat: float
    lon: float
    venues_count: int
    shows_count: int


def same_city(key: str) -> list[str]:
    """The folded names under which a city may be known, the given one first."""
    return list(dict.fromkeys((key, *_SAME_CITY.get(key, ()))))


def other_names(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each word that is a city's name the other names of one word."""
    named = {word: tuple(name for name in same_city(word)[1:] if " " not in name) for word in words}
    return {word: names for word, names in named.items() if names}


def cities_named(query: str) -> list[NamedCity]:
    """What may be cities in a query, by `in`, `near` and their like before it; the longest names first."""
    tokens = list(re.finditer(r"[^\W_]+", query))
    words = [fold(token[0]) for token in tokens]
    found: list[NamedCity] = []
    for place, word in enumerate(words):
        if word not in _BEFORE_A_CITY:
            continue
        for count in range(min(CITY_WORDS_MAX, len(words) - place - 1), 0, -1):
            start, end = tokens[place], tokens[place + count]
            rest = " ".join((query[: start.start()] + " " + query[end.end() :]).split())
            key = " ".join(words[place + 1 : place + 1 + count])
            found.append(NamedCity(key, query[tokens[place + 1].start() : end.end()], rest))
    return sorted(found, key=lambda city: -city.key.count(" "))


def city_slug(key: str, country: str) -> str:
    """A city's own part of an address: `sao-paulo-br`; `key` is its folded name."""
    return f"{key.replace(' ', '-')}-{country.lower()}"


def city_of_slug(slug: str) -> tuple[str, str] | None:
    """The folded name and the country of a city's slug; None for what is no slug."""
    name, _, country = slug.rpartition("-")
    key = name.replace("-", " ")
    if not re.fullmatch("[a-z]{2}", country) or not key or fold(key) != key:
        return None
    return key, country.upper()
