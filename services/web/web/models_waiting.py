"""What orders answers about the waiting list, as far as the pages need it."""

from datetime import datetime

from msgspec import Struct, field

from fairseat_common.contracts import Money


class Entry(Struct, frozen=True):
    """The reader's place in the line of a show; `status` is waiting, offered, bought, left, lapsed or ended."""

    id: str
    show_id: str
    number: int
    quantity: int
    status: str
    created_at: datetime
    max_price: Money | None = None
    sections: list[str] = field(default_factory=list)
    position: int | None = None
    ahead: int | None = None
    order_id: str | None = None
    offered_until: datetime | None = None


class Line(Struct, frozen=True):
    """How many groups wait for a show, how many people they are, and for how long an offer is held."""

    show_id: str
    groups: int = 0
    people: int = 0
    hold_s: int = 1800


class LineEvent(Struct, frozen=True):
    """One line of the public log of a line."""

    at: datetime
    what: str
    number: int
    quantity: int
    passed_over: list[int] = field(default_factory=list)
    passed_over_count: int = 0
