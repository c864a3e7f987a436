"""What catalog answers about finding shows, as far as the pages need it."""

from datetime import date, datetime

from msgspec import Struct, field

from web.models import Chart, Show, VenueSummary


class Part(Struct, frozen=True):
    """Days or a city that a query names; `without` is the query without them."""

    kind: str
    words: str
    without: str
    city: str | None = None
    first: date | None = None
    last: date | None = None


class Correction(Struct, frozen=True):
    """A word that no show has, and the words that it was taken for."""

    word: str
    meant: list[str]


class Understood(Struct, frozen=True):
    """How a query was read."""

    parts: list[Part] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    corrected: list[Correction] = field(default_factory=list)


class Found(Struct, frozen=True):
    """A page of shows, and how the query was read."""

    items: list[Show]
    next_cursor: str | None = None
    understood: Understood | None = None


class CategoryCount(Struct, frozen=True):
    """A category with its shows."""

    category: str
    shows_count: int


class CityCount(Struct, frozen=True):
    """A city with its shows."""

    city: str
    country: str
    slug: str
    shows_count: int


class WhenCount(Struct, frozen=True):
    """Days in words with their shows."""

    when: str
    first: date
    last: date
    shows_count: int


class MonthCount(Struct, frozen=True):
    """A month ahead with its shows."""

    first: date
    last: date
    shows_count: int


class PriceBand(Struct, frozen=True):
    """Prices from and to, in minor units, both counting, with the shows that begin there."""

    currency: str
    min_price: int
    max_price: int | None
    shows_count: int


class Facets(Struct, frozen=True):
    """How many shows fit, and what there is to choose from."""

    total: int
    categories: list[CategoryCount] = field(default_factory=list)
    cities: list[CityCount] = field(default_factory=list)
    when: list[WhenCount] = field(default_factory=list)
    months: list[MonthCount] = field(default_factory=list)
    prices: list[PriceBand] = field(default_factory=list)


class Suggestion(Struct, frozen=True):
    """Something that may be meant."""

    kind: str
    id: str
    name: str
    place: str = ""
    shows_count: int = 0
    starts_at: datetime | None = None
    timezone: str | None = None


class Performer(Struct, frozen=True):
    """Somebody who plays."""

    id: str
    name: str


class City(Struct, frozen=True):
    """A city that has a venue."""

    slug: str
    name: str
    country: str
    timezone: str
    lat: float
    lon: float
    venues_count: int = 0
    shows_count: int = 0


class House(VenueSummary, frozen=True):
    """A venue with its position and its chart."""

    lat: float | None = None
    lon: float | None = None
    capacity: int | None = None
    chart: Chart | None = None


class Run(Struct, frozen=True):
    """Names of pages of one kind."""

    kind: str
    refs: list[str]


class Start(Struct, frozen=True):
    """Where a run of names begins."""

    kind: str
    after: str


class Starts(Struct, frozen=True):
    """All runs that there are."""

    runs: list[Start]
