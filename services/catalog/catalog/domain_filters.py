"""What a search asks for: filters and order, as they are read from query parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypeAlias, TypeVar, get_args
from uuid import UUID

import msgspec

from catalog.domain import Category
from catalog.domain_places import same_city
from catalog.domain_search import fold, words_of
from catalog.domain_when import PRESETS, When
from fairseat_common.contracts import ShowStatus
from fairseat_common.contracts.refusals import FieldError, Invalid
from fairseat_common.money import AMOUNT_MAX, MINOR_UNITS

Sort = Literal["date", "relevance", "price", "distance"]
Choice = TypeVar("Choice", bound=str)

CATEGORIES: tuple[Category, ...] = get_args(Category)
STATUSES: tuple[ShowStatus, ...] = get_args(ShowStatus)
SORTS: tuple[Sort, ...] = get_args(Sort)

SortKey: TypeAlias = tuple[Any, ...]
"""Where a show stands in the order that was asked for: what the next page begins after."""

QUERY_CHARACTERS_MAX = 200
LIMIT_DEFAULT = 20
LIMIT_MAX = 100
RADIUS_KM_DEFAULT = 50.0
RADIUS_KM_MAX = 20_100.0  # half-way round the earth


class Near(msgspec.Struct, frozen=True):
    """Within so many kilometres of a point, in degrees."""

    lat: float
    lon: float
    radius_km: float


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What shows must be like. A day counts by the calendar of the venue, a moment by the clock; both ends count.

    `text` is the query as it was typed, `words` are those of it that shows must have. `when` are days in words; all
    of them must hold. `city_keys` are folded names, one of which must be the city's. Prices are all-in, in minor
    units of `currency`, and shows without one fit no price.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    category: Category | None = None
    city_keys: tuple[str, ...] = ()
    country: str | None = None
    near: Near | None = None
    when: tuple[When, ...] = ()
    day_from: date | None = None
    day_to: date | None = None
    moment_from: datetime | None = None
    moment_to: datetime | None = None
    status: ShowStatus | None = None
    venue_id: UUID | None = None
    performer_id: UUID | None = None
    currency: str | None = None
    price_min: int | None = None
    price_max: int | None = None


class Search(Filters, frozen=True, kw_only=True):
    """Filters with an order and a page's length."""

    sort: Sort = "date"
    limit: int = LIMIT_DEFAULT


FILTERS = (
    "q", "category", "city", "country", "near", "radius_km", "when", "from", "to", "status", "venue_id",
    "performer_id", "currency", "min_price", "max_price",
)  # fmt: skip
"""The names of the query parameters that narrow down."""


def filters_of(asked: Mapping[str, str | None]) -> Filters:
    """The filters that the query parameters ask for; an empty one is none. Raises Invalid with each wrong one."""
    errors: list[FieldError] = []
    filters = _filters(_Reader(asked, errors))
    if errors:
        raise Invalid(None, *errors)
    return filters


def search_of(asked: Mapping[str, str | None]) -> Search:
    """What the query parameters ask for; an empty one is as good as none. Raises Invalid with each wrong one."""
    errors: list[FieldError] = []
    reader = _Reader(asked, errors)
    filters = _filters(reader)
    search = Search(
        **{name: getattr(filters, name) for name in filters.__struct_fields__},
        sort=reader.choice("sort", SORTS) or "date",
        limit=int(reader.number("limit", LIMIT_DEFAULT, 1, LIMIT_MAX, whole=True)),
    )
    if search.sort == "price" and search.currency is None and "currency" not in reader.given:
        errors.append(FieldError("sort", "by price needs a currency: prices in different ones do not compare"))
    if search.sort == "distance" and search.near is None and "near" not in reader.given:
        errors.append(FieldError("sort", "by distance needs a point: near=lat,lon"))
    if errors:
        raise Invalid(None, *errors)
    return search


def _filters(reader: _Reader) -> Filters:
    text = reader.text("q")
    city = fold(reader.text("city"))
    preset = reader.choice("when", PRESETS)
    day_from, moment_from = reader.moment("from")
    day_to, moment_to = reader.moment("to")
    category, near = reader.choice("category", CATEGORIES), reader.near()
    price_min, price_max = reader.price("min_price"), reader.price("max_price")
    return Filters(
        text=text,
        words=words_of(text),
        category=category,
        city_keys=tuple(same_city(city)) if city else (),
        country=reader.country(),
        near=near,
        when=(When(preset),) if preset else (),
        day_from=day_from,
        day_to=day_to,
        moment_from=moment_from,
        moment_to=moment_to,
        status=reader.choice("status", STATUSES),
        venue_id=reader.id("venue_id"),
        performer_id=reader.id("performer_id"),
        currency=reader.choice("currency", tuple(MINOR_UNITS)),
        price_min=price_min,
        price_max=price_max,
    )


class _Reader:
    """Reads query parameters and notes what is wrong with them."""

    def __init__(self, asked: Mapping[str, str | None], errors: list[FieldError]) -> None:
        self.given = {name: value.strip() for name, value in asked.items() if value is not None and value.strip()}
        self._errors = errors

    def _wrong(self, name: str, message: str) -> None:
        self._errors.append(FieldError(name, message))

    def text(self, name: str) -> str:
        value = self.given.get(name, "")
        if len(value) > QUERY_CHARACTERS_MAX:
            self._wrong(name, f"has more than {QUERY_CHARACTERS_MAX} characters")
            return ""
        return value

    def choice(self, name: str, choices: Sequence[Choice]) -> Choice | None:
        value = self.given.get(name)
        chosen = next((choice for choice in choices if choice == value), None)
        if value is not None and chosen is None:
            self._wrong(name, f"is none of {', '.join(choices)}")
        return chosen

    def id(self, name: str) -> UUID | None:
        value = self.given.get(name)
        try:
            return UUID(value) if value is not None else None
        except ValueError:
            self._wrong(name, "is not an id")
            return None

    def number(self, name: str, default: float, low: float, high: float, *, whole: bool = False) -> float:
        value = self.given.get(name)
        if value is None:
            return default
        number = _number(value, whole=whole)
        if number is None or not low <= number <= high:
            self._wrong(name, f"must be a {'whole ' if whole else ''}number from {low:g} to {high:g}")
            return default
        return number

    def moment(self, name: str) -> tuple[date | None, datetime | None]:
        """A day (2027-05-01) or a moment with its offset (2027-05-01T20:00:00Z)."""
        value = self.given.get(name)
        if value is None:
            return None, None
        try:
            return msgspec.convert(value, date), None
        except msgspec.ValidationError:
            pass
        try:
            # A plus sign that was not escaped arrives as a space.
            moment = msgspec.convert(value.replace(" ", "+"), datetime)
            if moment.tzinfo is not None:
                return None, moment
        except msgspec.ValidationError:
            pass
        self._wrong(name, "is neither a day such as 2027-05-01 nor a moment such as 2027-05-01T20:00:00Z")
        return None, None

    def country(self) -> str | None:
        """An ISO 3166 code, such as DE."""
        value = self.given.get("country")
        if value is None or re.fullmatch("[A-Z]{2}", value):
            return value
        self._wrong("country", "is no code of two letters, such as DE")
        return None

    def price(self, name: str) -> int | None:
        """An amount in minor units, which means nothing without its currency."""
        if name not in self.given:
            return None
        amount = int(self.number(name, 0, 0, AMOUNT_MAX, whole=True))
        if "currency" not in self.given:
            self._wrong(name, "needs a currency, such as currency=EUR")
        return amount

    def near(self) -> Near | None:
        radius_km = self.number("radius_km", RADIUS_KM_DEFAULT, 0.1, RADIUS_KM_MAX)
        value = self.given.get("near")
        if value is None:
            if "radius_km" in self.given:
                self._wrong("near", "is missing: radius_km needs a point")
            return None
        parts = [_number(part) for part in value.split(",")]
        match parts:
            case [float() as lat, float() as lon] if -90 <= lat <= 90 and -180 <= lon <= 180:
                return Near(lat, lon, radius_km)
        self._wrong("near", "must be a latitude and a longitude, such as 52.52,13.40")
        return None


def _number(text: str, *, whole: bool = False) -> float | None:
    """A plain decimal number; None for anything else, such as inf, nan, 1e3 or digits of other scripts."""
    pattern = r"-?[0-9]{1,15}" if whole else r"-?[0-9]{1,9}(\.[0-9]{1,12})?"
    text = text.strip()
    return float(text) if re.fullmatch(pattern, text) else None
