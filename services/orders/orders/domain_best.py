"""The rules of "best available": which seats are the best value, and when the next best are tried."""

from __future__ import annotations

from collections.abc import Sequence

from fairseat_common.contracts.refusals import Refusal
from fairseat_common.quotes import Quote
from orders.domain import NotOpenYet, OwnListing, PriceChanged, SeatsUnavailable, SplitNotAllowed
from orders.domain_waiting import FreeListing

ROW_UNKNOWN = 26
"""The place of a row whose name says nothing: somewhere in the middle."""
ROW_MAX = 100
ROW_STEPS = 100
"""How many rows further back a seat is worth half as much."""
LOST: tuple[type[Refusal], ...] = (SeatsUnavailable, SplitNotAllowed, OwnListing, PriceChanged, NotOpenYet)
"""Refusals that are about one listing: the next best one may do."""


def ranked(listings: Sequence[FreeListing]) -> list[FreeListing]:
    """Listings by value, the best first: the price, dearer by one part in a hundred for each row further back.

    tickets sorts by the same rule, from the chart; here the row's name has to say where it is.
    """
    return sorted(listings, key=lambda each: (each.all_in.amount * (ROW_STEPS + row_place(each.row)), each.listing_id))


def row_place(name: str) -> int:
    """How far back a row is by its name: 1 or A is the first, AA comes after Z."""
    plain = name.strip().upper()
    if plain.isascii() and plain.isdigit() and len(plain) <= 3:
        return min(int(plain) - 1, ROW_MAX) if int(plain) else 0
    if plain.isascii() and plain.isalpha() and len(set(plain)) == 1 and len(plain) <= 3:
        return min(26 * (len(plain) - 1) + ord(plain[0]) - ord("A"), ROW_MAX)
    return ROW_UNKNOWN if plain else 0


def quote_for(listing: FreeListing, expires_at: int) -> Quote:
    """The price at which the listing was chosen: should it become dearer before it is held, the hold keeps it."""
    return Quote(
        listing_id=listing.listing_id,
        listing_version=listing.version,
        unit_price=listing.unit_price,
        unit_fee=listing.unit_fee,
        unit_seller_fee=listing.unit_seller_fee,
        fee_rule=listing.fee_rule or 0,
        expires_at=expires_at,
    )
