"""What the services answer, as far as the pages need it. Unknown fields are left aside: services may grow."""

from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Struct, field

from fairseat_common.contracts import Money

Item = TypeVar("Item")


class Page(Struct, Generic[Item], frozen=True):
    """One page of a list and the way to the next."""

    items: list[Item]
    next_cursor: str | None = None


class User(Struct, frozen=True):
    """The person who is signed in."""

    id: str
    email: str
    name: str | None = None
    roles: list[str] = field(default_factory=list)


class CurrentUser(Struct, frozen=True):
    """Auth's answer to "who is this?"."""

    current_user: User | None = None


class Performer(Struct, frozen=True):
    """Who is on stage."""

    name: str
    id: str | None = None


class VenueSummary(Struct, frozen=True):
    """Where a show takes place, as shows carry it."""

    id: str
    name: str
    city: str
    country: str = ""
    timezone: str = "UTC"


class Row(Struct, frozen=True):
    """A row of a seated section."""

    name: str
    seats: list[str] = field(default_factory=list)


class Section(Struct, frozen=True):
    """A section of the seating chart; `kind` is seated or standing."""

    name: str
    kind: str = "seated"
    rows: list[Row] = field(default_factory=list)
    capacity: int | None = None


class Chart(Struct, frozen=True):
    """A venue's seating chart."""

    sections: list[Section] = field(default_factory=list)


class Venue(VenueSummary, frozen=True):
    """A venue with its chart."""

    capacity: int | None = None
    chart: Chart | None = None


class Show(Struct, frozen=True):
    """A show, the lowest all-in price at which it can be visited, and how many listings it has."""

    id: str
    title: str
    category: str
    venue: VenueSummary
    starts_at: datetime
    status: str = "scheduled"
    performers: list[str | Performer] = field(default_factory=list)
    image_url: str | None = None
    lowest_price: Money | None = None
    listings_count: int = 0
    version: int = 1
    currency: str | None = None
    moved_from: datetime | None = None
    refund_until: datetime | None = None
    """Until when whoever bought for `moved_from` may have the money back; both None unless the show has moved."""


class Listing(Struct, frozen=True):
    """Seats that one seller offers at one price."""

    id: str
    show_id: str
    section: str
    unit_price: Money
    all_in_unit_price: Money
    available: int
    seller_id: str = ""
    row: str | None = ""
    seats: list[str] = field(default_factory=list)
    split: str = "any"
    status: str = "active"
    version: int = 1
    notes: str | None = None
    held: int = 0
    sold: int = 0
    held_seats: list[str] = field(default_factory=list)
    sold_seats: list[str] = field(default_factory=list)
    quote: str = ""
    """The price as tickets has signed it, to be sent along with a hold."""
    unit_net: Money | None = None
    """What the seller receives for one seat."""


class Refund(Struct, frozen=True):
    """Some lines of an order that are paid back; `status` is due or refunded."""

    id: str
    seats: list[str]
    amount: Money
    reason: str
    status: str
    created_at: datetime


class Order(Struct, frozen=True):
    """Seats held for, or sold to, one buyer, at prices that no longer change."""

    id: str
    status: str
    listing_id: str
    show_id: str
    section: str
    seats: list[str]
    quantity: int
    unit_price: Money
    fees: Money
    total: Money
    expires_at: datetime
    row: str | None = ""
    buyer_id: str = ""
    cancel_reason: str | None = None
    version: int = 1
    created_at: datetime | None = None
    confirmed_at: datetime | None = None
    late: bool = False
    """Whether it was confirmed after its hold had ended."""
    fee_rule: int | None = None
    """Number of the rule that made the fees."""
    primary: bool = False
    """Whether the organiser sold the seats for the first time."""
    resale_rule: int | None = None
    """The version of the organiser's own rules that they were listed under."""
    refunds: list[Refund] = field(default_factory=list)


class Payment(Struct, frozen=True):
    """One attempt to pay an order; `status` is started, requires_action, authorized, captured, voided or failed."""

    id: str
    order_id: str
    status: str
    amount: Money | None = None
    action_url: str | None = None
    """Where the bank asks its customer to confirm."""
    reason: str | None = None


class Ticket(Struct, frozen=True):
    """The right to one seat at one show."""

    id: str
    show_id: str
    section: str
    seat: str
    status: str
    row: str | None = ""
    order_id: str | None = None


class TicketCode(Struct, frozen=True):
    """What the gate scans. `repr` is silent about it, so that it cannot reach a log."""

    code: str
    rotates_at: datetime | None = None

    def __repr__(self) -> str:
        return "TicketCode(...)"


class FieldError(Struct, frozen=True):
    """One message about one field of a body."""

    field: str
    message: str


class Problem(Struct, frozen=True):
    """RFC 9457 problem details with our stable `type` slug."""

    type: str = "unknown"
    title: str = ""
    status: int = 500
    detail: str = ""
    request_id: str = ""
    errors: list[FieldError] = field(default_factory=list)
