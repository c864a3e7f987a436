"""What readers of listings ask for and see. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from fairseat_common.contracts import Money, SplitRule
from fairseat_common.money import add
from tickets.domain_listings import Listing, ListingStatus
from tickets.domain_prices import Prices

Sort = Literal["price", "value", "section"]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What a buyer looks for in a show; `max_price` is all-in, for one seat, in minor units."""

    show_id: UUID
    quantity: int | None = None
    section: str | None = None
    max_price: int | None = None
    sort: Sort = "price"


class Seen(NamedTuple):
    """A listing as it was read; `on_sale_at` is the database's time if anybody could buy of it then, else None."""

    listing: Listing
    on_sale_at: datetime | None


class ListingView(msgspec.Struct, frozen=True, kw_only=True):
    """A listing as its readers see it.

    Only its seller sees how many seats are held and sold, and which, and `unit_net`: what a sold seat brings in.
    `quote` is for those who could buy: the price, signed, to be sent with the order.
    """

    id: UUID
    show_id: UUID
    seller_id: UUID
    section: str
    row: str
    seats: tuple[str, ...]
    available: int
    unit_price: Money
    unit_fee: Money
    all_in_unit_price: Money
    split: SplitRule
    notes: str
    status: ListingStatus
    version: int
    created_at: datetime
    held: int | UnsetType = UNSET
    sold: int | UnsetType = UNSET
    held_seats: tuple[str, ...] | UnsetType = UNSET
    sold_seats: tuple[str, ...] | UnsetType = UNSET
    unit_seller_fee: Money | UnsetType = UNSET
    unit_net: Money | UnsetType = UNSET
    quote: str | UnsetType = UNSET


class TakenSeats(NamedTuple):
    """The seats of a listing that are held and that are sold, in the order in which they are sold."""

    held: tuple[str, ...] = ()
    sold: tuple[str, ...] = ()


def listing_view(
    listing: Listing, reader_id: UUID | None, taken: TakenSeats | None = None, quote: str | UnsetType = UNSET
) -> ListingView:
    """What `reader_id` (None: signed out) may see; `taken` is for the seller, `quote` for anybody else."""
    shared = {name: getattr(listing, name) for name in ListingView.__struct_fields__ if name in _LISTING_FIELDS}
    if reader_id != listing.seller_id:
        shared |= {"held": UNSET, "sold": UNSET, "unit_seller_fee": UNSET, "quote": quote}
    else:
        net = listing.unit_price.amount - listing.unit_seller_fee.amount
        shared |= {"unit_net": Money(net, listing.unit_price.currency)}
        shared |= {"held_seats": taken.held, "sold_seats": taken.sold} if taken is not None else {}
    return ListingView(**shared, all_in_unit_price=add(listing.unit_price, listing.unit_fee))


_LISTING_FIELDS = frozenset(Listing.__struct_fields__)


def prices_of(listing: Listing) -> Prices:
    """What a quote of the listing says."""
    return Prices(
        listing_id=listing.id,
        listing_version=listing.version,
        unit_price=listing.unit_price,
        unit_fee=listing.unit_fee,
        unit_seller_fee=listing.unit_seller_fee,
        fee_rule=listing.fee_rule,
    )
