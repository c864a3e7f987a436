"""What is known of countries and cities without asking anybody: codes, time zones, positions.

Countries and their zones come from the tables of the IANA time zone database, positions from cities.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fairseat_local.importing.records import RecordError, line_of, quoted

_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", re.ASCII)
# Countries whose addresses name a state or province between city and country.
REGION_COUNTRIES = frozenset({"US", "CA", "AU", "BR", "MX", "IN"})
_REGION = re.compile(r"[A-Z]{2,3}", re.ASCII)


@dataclass(frozen=True)
class Location:
    """A venue as a line of text names it."""

    name: str
    city: str
    country: str


def plain(text: str) -> str:
    """A name without accents and case, for comparing."""
    taken_apart = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(c for c in taken_apart if unicodedata.category(c)[0] != "M").split())


def country_of(value: object) -> str:
    """The ISO 3166-1 code of a country that is given by its code or by its name. Raises RecordError."""
    text = line_of(value, "country")
    code = _countries().get(plain(text).removesuffix("."))
    if code is None:
        raise RecordError(f"the country {quoted(text)} is none that is known; a code such as DE is safest")
    return code


def zone_of(name: object) -> str | None:
    """A time zone's name, if the IANA database has it."""
    if not isinstance(name, str) or not _ZONE_NAME.fullmatch(name.strip()):
        return None
    return name.strip() if _rules(name.strip()) is not None else None


def venue_zone(country: str, *candidates: str | None) -> str | None:
    """The time zone of a venue: the country's if it keeps one time, or the first candidate that is kept there."""
    zones = _zones().get(country, [])
    rules = {_rules(zone) for zone in zones}
    if len(rules) == 1:
        return zones[0]
    return next((zone for zone in candidates if zone is not None and _rules(zone) in rules), None)


def city_position(city: str, country: str) -> tuple[float, float] | None:
    """The middle of a large city, in degrees."""
    return _cities().get((country, plain(city)))


def location_of(text: str) -> Location:
    """A venue from "name, city, country", or "name, street, 04109 city, region, country".

    The first part is the name, the last the country, the one before it the city; words with digits are postal codes,
    and where addresses name states, two or three capital letters are one. Raises RecordError.
    """
    parts = [part for part in (" ".join(piece.split()) for piece in text.split(",")) if part]
    if len(parts) < 3:
        raise RecordError(f"the location {quoted(text)} is not “name, city, country”")
    country = country_of(parts[-1])
    return Location(parts[0], _city_in(parts[1:-1], country, text), country)


def address_city(text: str) -> tuple[str, str]:
    """City and country from "street, 04109 city, country", as `location_of` does. Raises RecordError."""
    found = location_of(f"-, {text}")
    return found.city, found.country


def _city_in(parts: list[str], country: str, text: str) -> str:
    lines = [" ".join(word for word in part.split() if not any(map(str.isdigit, word))) for part in parts]
    if country in REGION_COUNTRIES and len(lines) > 1 and (_REGION.fullmatch(lines[-1]) or not lines[-1]):
        lines.pop()
    if not lines[-1]:
        raise RecordError(f"the location {quoted(text)} names no city")
    return lines[-1]


@cache
def _table(name: str) -> list[list[str]]:
    text = (resources.files("tzdata.zoneinfo") / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def _names() -> dict[str, dict[str, object]]:
    return tomllib.loads(resources.files(__package__).joinpath("places.toml").read_text(encoding="utf-8"))


@cache
def _countries() -> dict[str, str]:
    """Codes by plain names and by plain codes."""
    named = {plain(name): code for code, name in _table("iso3166.tab")}
    coded = {plain(code): code for code, _ in _table("iso3166.tab")}
    also = {plain(name): str(code) for name, code in _names()["countries"].items()}
    return named | also | coded


@cache
def _zones() -> dict[str, list[str]]:
    """The zones of each country, that with most people first."""
    found: dict[str, list[str]] = {}
    for row in _table("zone.tab"):
        found.setdefault(row[0], []).append(row[2])
    return found


@cache
def _rules(zone: str) -> str | None:
    """From now on, two zones with the same last line of their files show the same time; None without such a zone."""
    try:
        file = resources.files("tzdata.zoneinfo").joinpath(*zone.split("/"))
        data = file.read_bytes()
    except OSError:
        return None
    return data.rpartition(b"\n")[0].rpartition(b"\n")[2].decode("ascii") if data.startswith(b"TZif") else None


@cache
def _cities() -> dict[tuple[str, str], tuple[float, float]]:
    found = {}
    for country, cities in _names()["cities"].items():
        assert isinstance(cities, dict)
        for name, (lat, lon) in cities.items():
            found[country, plain(name)] = (float(lat), float(lon))
    return found
