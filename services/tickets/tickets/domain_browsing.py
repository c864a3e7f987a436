"""What readers of listings ask for and see, and when a price is a good one. Pure.

Prices of different rows compare by their *score*: each row further back counts like one per cent of the price, as in
the order by value. A listing's price is judged against what similar seats go for: the middle score of the last
`SALES_RECENT` sales of its section (those that were refunded do not count), or, while fewer than `SALES_MIN` were
sold, of what is asked there now, if that are `ASKED_MIN` listings or more. Up to 80 per cent of it is a great deal,
up to 90 a good one, up to 105 a fair price; anything else, or nothing to compare with, has no name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from fairseat_common.contracts import Money, SplitRule
from fairseat_common.money import add, step_of
from tickets.domain_delivery import Delivery
from tickets.domain_listings import Listing, ListingStatus
from tickets.domain_prices import Prices

Sort = Literal["price", "value", "view", "section"]
Deal = Literal["great", "good", "fair"]
DEAL_PERCENT: Mapping[Deal, int] = {"great": 80, "good": 90, "fair": 105}
"""Up to which part of the usual score a price has the name, best first."""
SALES_RECENT = 30
SALES_MIN = 3
ASKED_MIN = 5
SECTIONS_MAX = 50
"""Sections that one question may name."""


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What a buyer looks for in a show. Prices are all-in, for one seat, in minor units; no sections: all of them.

    `aisle`: with a seat for sale at the end of its row. `deal`: at least as good a one.
    """

    show_id: UUID
    quantity: int | None = None
    sections: tuple[str, ...] = ()
    min_price: int | None = None
    max_price: int | None = None
    aisle: bool = False
    deal: Deal | None = None
    sort: Sort = "price"


class Seen(NamedTuple):
    """A listing as it was read; `on_sale_at` is the database's time if anybody could buy of it then, else None."""

    listing: Listing
    on_sale_at: datetime | None
    free_seats: tuple[str, ...]
    aisle: bool
    section_position: int
    """Sections of the chart between this one and the stage."""


class Reference(NamedTuple):
    """What seats of a section go for: middle scores and prices in minor units, and of how many they are the middle."""

    currency: str
    sold_score: int | None = None
    sold_price: int | None = None
    sold_count: int = 0
    asked_score: int | None = None
    asked_count: int = 0

    @property
    def usual_score(self) -> int | None:
        """The score to judge a price by; None where there is too little to compare with."""
        if self.sold_count >= SALES_MIN:
            return self.sold_score
        return self.asked_score if self.asked_count >= ASKED_MIN else None

    def ceiling(self, deal: Deal) -> int:
        """The highest score that still has the name; -1 where none has."""
        usual = self.usual_score
        return -1 if usual is None else usual * DEAL_PERCENT[deal] // 100


class SectionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What is on sale in a section, and what was sold there: `typical_sold` is the middle all-in price of a seat of
    the last `sold_count` sales, 30 at most.
    """

    section: str
    listings_count: int
    seats_count: int
    lowest_price: Money | None
    typical_sold: Money | None
    sold_count: int


class SaleView(msgspec.Struct, frozen=True, kw_only=True):
    """What some seats were sold for, without their people."""

    section: str
    row: str
    quantity: int
    all_in_unit_price: Money
    sold_at: datetime


def deal_of(listing: Listing, reference: Reference | None) -> Deal | None:
    """The name that the listing's price deserves."""
    if reference is None or reference.currency != listing.unit_price.currency:
        return None
    score = score_of(listing)
    return next((deal for deal in DEAL_PERCENT if score <= reference.ceiling(deal)), None)


def score_of(listing: Listing) -> int:
    """The all-in price by which listings of different rows compare."""
    return (listing.unit_price.amount + listing.unit_fee.amount) * (100 + listing.row_position)


def typical_price_of(listing: Listing, reference: Reference | None) -> Money | None:
    """What a seat in the listing's row would have gone for in recent sales; None while there are too few."""
    if reference is None or reference.sold_score is None or reference.sold_count < SALES_MIN:
        return None
    if reference.currency != listing.unit_price.currency:
        return None
    step = step_of(reference.currency)
    weight = (100 + listing.row_position) * step
    return Money((2 * reference.sold_score + weight) // (2 * weight) * step, reference.currency)


class ListingView(msgspec.Struct, frozen=True, kw_only=True):
    """A listing as its readers see it.

    Only its seller sees how many seats are held and sold, and which, `unit_net`: what a sold seat brings in, and
    `operator_reason`: why an operator withdrew it (null: none did).
    `quote` is for those who could buy: the price, signed, to be sent with the order. What follows from other listings
    and from sales stands only in answers to those who look, not to those who list: `free_seats` are the seats that can
    be held now, `aisle` says that one of them is at the end of its row, `typical_price` is what similar seats went
    for (null: too few were sold), `deal` what that makes of the price.

    `primary`: the organiser sells the seats for the first time; until `opens_at` nobody can hold them. `resale_rule` is
    the version of the organiser's rules that a resale was listed under (GET /api/shows/{id}/resale-rules).
    """

    id: UUID
    show_id: UUID
    seller_id: UUID
    section: str
    row: str
    row_position: int
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
    in_hand_on: date | None
    delivery: Delivery
    primary: bool
    opens_at: datetime | None
    resale_rule: int | None
    operator_reason: str | UnsetType | None = UNSET
    held: int | UnsetType = UNSET
    sold: int | UnsetType = UNSET
    held_seats: tuple[str, ...] | UnsetType = UNSET
    sold_seats: tuple[str, ...] | UnsetType = UNSET
    unit_seller_fee: Money | UnsetType = UNSET
    unit_net: Money | UnsetType = UNSET
    quote: str | UnsetType = UNSET
    free_seats: tuple[str, ...] | UnsetType = UNSET
    aisle: bool | UnsetType = UNSET
    deal: Deal | UnsetType | None = UNSET
    typical_price: Money | UnsetType | None = UNSET


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
        shared |= {"held": UNSET, "sold": UNSET, "unit_seller_fee": UNSET, "operator_reason": UNSET, "quote": quote}
    else:
        net = listing.unit_price.amount - listing.unit_seller_fee.amount
        shared |= {"unit_net": Money(net, listing.unit_price.currency)}
        shared |= {"held_seats": taken.held, "sold_seats": taken.sold} if taken is not None else {}
    return ListingView(**shared, all_in_unit_price=add(listing.unit_price, listing.unit_fee))


_LISTING_FIELDS = frozenset(Listing.__struct_fields__)


def compared(view: ListingView, seen: Seen, reference: Reference | None) -> ListingView:
    """The view with what follows from other listings and from sales."""
    return msgspec.structs.replace(
        view,
        free_seats=seen.free_seats,
        aisle=seen.aisle,
        deal=deal_of(seen.listing, reference),
        typical_price=typical_price_of(seen.listing, reference),
    )


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
