"""What the services answer about organisers' venues, shows, teams and reports, as far as the pages need it."""

from datetime import date, datetime

from msgspec import Struct, field

from fairseat_common.contracts import Money
from web.models import Chart, Show, VenueSummary


class OwnShow(Show, frozen=True):
    """A show with who organises it and, where it has moved, for when its tickets were bought."""

    organiser_id: str = ""
    moved_from: datetime | None = None
    refund_until: datetime | None = None


class OwnVenue(VenueSummary, frozen=True):
    """A venue with everything that its organiser can change."""

    lat: float = 0.0
    lon: float = 0.0
    capacity: int = 0
    currency: str = "EUR"
    version: int = 1
    chart: Chart | None = None


class City(Struct, frozen=True):
    """A city with a venue, and the middle of its venues."""

    name: str
    country: str
    lat: float
    lon: float


class Member(Struct, frozen=True):
    """Somebody in the reader's team."""

    user_id: str
    name: str
    email: str
    verified: bool
    duties: list[str]


class Team(Struct, frozen=True):
    """A team that the reader is in."""

    organiser_id: str
    organiser_name: str
    duties: list[str]


class OnSale(Struct, frozen=True):
    """That a house is on sale, and from when on."""

    opens_at: datetime | None = None


class Rules(Struct, frozen=True):
    """The number of a show's rules, 0 for none yet, and of each rule that was set whose it is."""

    version: int = 0
    sources: dict[str, str] = field(default_factory=dict)


class Figures(Struct, frozen=True):
    """Seats and money of some sales."""

    sold: int
    refunded: int
    face: Money
    buyer_fees: Money
    seller_fees: Money


class KindFigures(Figures, frozen=True):
    """What was sold for the first time (primary), or again (resale)."""

    kind: str = "resale"


class DayFigures(Figures, frozen=True):
    """A day with sales."""

    day: date = date.min
    primary: int = 0
    resale: int = 0


class ZoneFigures(Figures, frozen=True):
    """A price zone of the first sale."""

    zone: str = ""


class SectionFigures(Figures, frozen=True):
    """A section, and what became of its places."""

    section: str = ""
    capacity: int = 0
    for_sale: int = 0
    held: int = 0
    with_buyers: int = 0
    not_offered: int = 0
    primary: int = 0
    resale: int = 0


class SalesReport(Struct, frozen=True):
    """What was sold of a show."""

    at: datetime
    timezone: str
    currency: str
    totals: Figures
    kinds: list[KindFigures] = field(default_factory=list)
    days: list[DayFigures] = field(default_factory=list)
    zones: list[ZoneFigures] = field(default_factory=list)
    sections: list[SectionFigures] = field(default_factory=list)


class GateFigures(Struct, frozen=True):
    """A door."""

    gate: str
    admitted: int
    refused: int


class QuarterFigures(Struct, frozen=True):
    """A quarter of an hour at the doors."""

    since: datetime
    admitted: int


class RefusalFigures(Struct, frozen=True):
    """How often codes were turned away for one reason."""

    result: str
    count: int


class AttendanceReport(Struct, frozen=True):
    """Who came to a show."""

    at: datetime
    timezone: str
    expected: int
    admitted: int
    gates: list[GateFigures] = field(default_factory=list)
    quarters: list[QuarterFigures] = field(default_factory=list)
    refusals: list[RefusalFigures] = field(default_factory=list)
