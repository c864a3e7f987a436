"""What tickets answers to those who compare listings, as far as the pages need it."""

from datetime import date, datetime

from msgspec import Struct, field

from fairseat_common.contracts import Money
from web.models import Listing


class Offer(Listing, frozen=True):
    """A listing beside others: what similar seats went for, and what that makes of its price."""

    row_position: int = 0
    free_seats: list[str] = field(default_factory=list)
    aisle: bool = False
    deal: str | None = None
    typical_price: Money | None = None
    delivery: str = "instant"
    in_hand_on: date | None = None
    primary: bool = False
    """The organiser sells the seats for the first time."""
    opens_at: datetime | None = None
    """Nobody can hold them before."""


class SectionSummary(Struct, frozen=True):
    """What is on sale in a section that fits the filters, and what was sold there."""

    section: str
    listings_count: int = 0
    seats_count: int = 0
    lowest_price: Money | None = None
    typical_sold: Money | None = None
    sold_count: int = 0


class Sale(Struct, frozen=True):
    """What some seats were sold for."""

    section: str
    quantity: int
    all_in_unit_price: Money
    sold_at: datetime
    row: str = ""
