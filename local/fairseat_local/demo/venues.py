"""The venues of the demo catalogue, read from venues.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from fairseat_common.money import MINOR_UNITS
from fairseat_local.demo import charts


@dataclass(frozen=True, kw_only=True)
class DemoVenue:
    """A real place. `chart` is as the API speaks it; `price_per_ten` and `price_step` count the main unit of money."""

    slug: str
    name: str
    city: str
    country: str
    timezone: str
    lat: float
    lon: float
    kind: str
    capacity: int
    currency: str
    region: str
    chart: charts.Chart
    price_per_ten: float
    price_step: float

    def body(self) -> dict[str, Any]:
        """What is sent to `POST /api/venues`."""
        names = ("name", "city", "country", "timezone", "lat", "lon", "capacity", "currency", "chart")
        return {name: getattr(self, name) for name in names}

    def minor_units(self, euros: float) -> int:
        """A price of so many EUR in this place's currency, rounded to its step, in minor units."""
        steps = max(1, round(euros * self.price_per_ten / 10 / self.price_step))
        return steps * round(self.price_step * 10.0 ** MINOR_UNITS[self.currency])


def read_table(name: str) -> dict[str, Any]:
    """One of this folder's TOML files."""
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def venues() -> dict[str, DemoVenue]:
    """Every venue by its slug, in the order of the file."""
    table = read_table("venues.toml")
    return {slug: _venue(slug, entry, table) for slug, entry in table["venues"].items()}


def _venue(slug: str, entry: dict[str, Any], table: dict[str, Any]) -> DemoVenue:
    country = table["countries"][entry["country"]]
    money = table["currencies"][country["currency"]]
    return DemoVenue(
        slug=slug,
        name=entry["name"],
        city=entry["city"],
        country=entry["country"],
        timezone=entry.get("timezone", country["timezone"]),
        lat=entry["lat"],
        lon=entry["lon"],
        kind=entry["kind"],
        capacity=entry["capacity"],
        currency=country["currency"],
        region=country["region"],
        chart=_chart(entry),
        price_per_ten=money["per_ten"],
        price_step=money["step"],
    )


def _chart(entry: dict[str, Any]) -> charts.Chart:
    capacity: int = entry["capacity"]
    match entry["kind"]:
        case "arena":
            return charts.arena(capacity, entry["floor"])
        case "theatre" | "hall":
            return charts.theatre(capacity, entry["tiers"])
        case "stadium":
            return charts.stadium(capacity)
        case "club":
            return charts.club(capacity)
        case kind:
            raise ValueError(f"venues.toml: {entry['name']} has the unknown kind {kind!r}")
