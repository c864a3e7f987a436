"""What orders answers about a show that moved."""

from datetime import datetime

from msgspec import Struct, field

from fairseat_common.contracts import Money


class ChoiceSeat(Struct, frozen=True):
    """A seat of the order, and whether it is still the buyer's: yours, given, selling, sold or refunded."""

    seat: str
    state: str


class Choice(Struct, frozen=True):
    """What there is to choose for an order. `starts_at` is None while a postponed show has no new date."""

    order_id: str
    show_id: str
    moved_from: datetime
    refund_until: datetime
    open: bool
    refundable: Money
    starts_at: datetime | None = None
    choice: str | None = None
    chosen_at: datetime | None = None
    seats: list[ChoiceSeat] = field(default_factory=list)
