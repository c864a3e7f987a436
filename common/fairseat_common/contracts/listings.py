"""Facts that tickets publishes: listings, and the admission tickets that change hands."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts.base import Event, Money, published

SplitRule = Literal["any", "pairs", "none"]


class _Listing(Event, frozen=True, kw_only=True):
    """What the listing events carry: the listing as it is after the fact.

    ``seats`` are the seats still offered by the listing or sold from it, in the order in which they are sold;
    a general admission place is a seat with a running number and an empty row. ``unit_fee`` is the buyer's fee
    for one seat, computed once, here: what the buyer pays for a seat is ``unit_price`` + ``unit_fee``.
    ``unit_seller_fee`` is what the platform keeps of ``unit_price``; both fees follow rule number ``fee_rule``.
    ``resale_rule`` is the version of the show's own rules that it was listed under. ``primary``: the organiser sells
    the seat for the first time, from ``opens_at`` on.
    """

    listing_id: UUID
    show_id: UUID
    seller_id: UUID
    section: str
    row: str
    seats: tuple[str, ...]
    unit_price: Money
    unit_fee: Money
    split: SplitRule
    notes: str
    unit_seller_fee: Money | None = None
    fee_rule: int | None = None
    resale_rule: int | None = None
    primary: bool = False
    opens_at: datetime | None = None


@published
class ListingPublished(_Listing, frozen=True, kw_only=True):
    """Seats were put on sale."""

    subject: ClassVar[str] = "listings.published.v1"
    aggregate: ClassVar[str] = "listing_id"


@published
class ListingChanged(_Listing, frozen=True, kw_only=True):
    """A listing's price, split rule or notes changed. Holds made before keep their price."""

    subject: ClassVar[str] = "listings.changed.v1"
    aggregate: ClassVar[str] = "listing_id"


@published
class ListingWithdrawn(_Listing, frozen=True, kw_only=True):
    """The unsold seats of a listing left the sale; ``seats`` are those sold before, often none.

    ``operator_reason`` is what an operator who withdrew it tells its seller; None where nobody but the seller, or a
    rule, did.
    """

    subject: ClassVar[str] = "listings.withdrawn.v1"
    aggregate: ClassVar[str] = "listing_id"

    operator_reason: str | None = None


class IssuedTicket(msgspec.Struct, frozen=True):
    """One admission ticket, for one seat."""

    ticket_id: UUID
    section: str
    row: str
    seat: str


@published
class TicketsIssued(Event, frozen=True, kw_only=True):
    """The buyer's tickets of a confirmed order exist; the seller's codes are void."""

    subject: ClassVar[str] = "tickets.issued.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    show_id: UUID
    holder_id: UUID
    tickets: tuple[IssuedTicket, ...]
