"""What tickets and payments answer to sellers, as far as the pages need it."""

from datetime import date, datetime

from msgspec import Struct, field

from fairseat_common.contracts import Money
from web.models import Listing


class OwnListing(Listing, frozen=True):
    """A listing as its seller sees it."""

    in_hand_on: date | None = None
    """The day by which the seller has promised to have the tickets."""
    delivery: str = "instant"
    """promised until the codes come, else instant."""
    primary: bool = False
    """The organiser sells the seats for the first time, bound by no cap."""
    operator_reason: str | None = None
    """Why an operator withdrew it; None if none did."""


class Chance(Struct, frozen=True):
    """How likely a seat is to sell at a price."""

    unit_price: Money
    chance_percent: int


class PriceRange(Struct, frozen=True):
    """The middle half of comparable prices."""

    low: Money
    high: Money


class Comparable(Struct, frozen=True):
    """Seats that others sell (`available`), or sold (`quantity`)."""

    section: str
    row: str
    unit_price: Money
    all_in_unit_price: Money
    available: int = 0
    quantity: int = 0
    sold_at: datetime | None = None


class Guidance(Struct, frozen=True):
    """What the show's own figures say about a price; `basis` is sales, listings or none."""

    basis: str = "none"
    same_section: bool = True
    comparable: list[Comparable] = field(default_factory=list)
    sales: list[Comparable] = field(default_factory=list)
    seats_on_sale: int = 0
    seats_sold: int = 0
    suggested_price: Money | None = None
    suggested_net: Money | None = None
    range: PriceRange | None = None
    chances: list[Chance] = field(default_factory=list)
    asked: Chance | None = None


class Place(Struct, frozen=True):
    """A place that has a ticket: listed, listed-by-you, yours or taken."""

    row: str
    seat: str
    state: str


class ShowSold(Struct, frozen=True):
    """A show for which the reader has listings."""

    show_id: str
    listings_count: int
    on_sale_count: int = 0


class BulkProblem(Struct, frozen=True):
    """Why one listing stayed as it was."""

    type: str
    title: str
    detail: str = ""


class BulkItem(Struct, frozen=True):
    """What became of one listing: changed, unchanged, withdrawn or refused."""

    id: str
    outcome: str
    problem: BulkProblem | None = None


class BulkResult(Struct, frozen=True):
    """What became of each listing."""

    items: list[BulkItem]


class SellerTotals(Struct, frozen=True):
    """What all of a seller's seats bring in, in one currency, by where that money is."""

    currency: str
    seats: int
    escrow: Money
    payable: Money
    paid: Money
    disputed: Money


class SalesSummary(Struct, frozen=True):
    """All sales in sums, and how many seconds after a show begins its money is released."""

    totals: list[SellerTotals] = field(default_factory=list)
    payout_delay_s: int | None = None
