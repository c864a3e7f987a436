"""What operators look for among listings, and may do to them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money
from tickets.domain_listings import Listing, ListingStatus


class ListingsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which listings: one, of one seller, of one show, in one state; all of them together."""

    listing_id: UUID | None = None
    seller_id: UUID | None = None
    show_id: UUID | None = None
    status: ListingStatus | None = None


class ListingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A listing as an operator finds it."""

    id: UUID
    show_id: UUID
    seller_id: UUID
    section: str
    row: str
    seats: tuple[str, ...]
    available: int
    held: int
    sold: int
    unit_price: Money
    status: ListingStatus
    primary: bool
    created_at: datetime
    version: int

    @classmethod
    def of(cls, listing: Listing) -> ListingLine:
        """The line of a listing."""
        return cls(**{name: getattr(listing, name) for name in cls.__struct_fields__})
