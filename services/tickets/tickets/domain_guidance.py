"""What a price is worth, told from the show's own sales and listings. Pure.

The model is small on purpose, and says what it is made of:

- Comparable is what lies in the same section; where that tells too little, sections that cost about as much count too.
- A row further back counts like one per cent of the price, as it does in the order of listings by value. By this
  measure each price is brought to the row that is asked about.
- A seat sold at a price or above speaks for that price; a seat that is on sale at that price or below speaks against
  it, since nobody has taken it yet. The chance is (for + 1) / (for + against + 2), Laplace's rule of succession: it is
  never certain, and never falls when the price does.
- The suggestion is the price with the greatest price times chance in the middle half of what was paid. Without enough
  sales it is the middle of what others ask, and there are no chances; with too few listings too there is none at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money
from fairseat_common.money import MINOR_UNITS, percent_of, step_of
from tickets.domain_prices import FeeRule

ENOUGH = 3
"""Sales, or listings, from which on something is said at all."""
ALIKE_PERCENT = 25
"""How far the middle price of another section may be away."""
SHOWN_MAX = 8
POINTS_MAX = 12

Basis = Literal["sales", "listings", "none"]


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A listing of the show that has seats left; `unit_price` in minor units, before the buyer's fee."""

    section: str
    row: str
    row_position: int
    unit_price: int
    available: int


class Sold(msgspec.Struct, frozen=True, kw_only=True):
    """A sale of the show that stands."""

    section: str
    row: str
    row_position: int
    unit_price: int
    quantity: int
    sold_at: datetime


class Comparable(msgspec.Struct, frozen=True, kw_only=True):
    """Seats that others sell now."""

    section: str
    row: str
    unit_price: Money
    all_in_unit_price: Money
    available: int


class ComparableSale(msgspec.Struct, frozen=True, kw_only=True):
    """Seats that were bought."""

    section: str
    row: str
    quantity: int
    unit_price: Money
    all_in_unit_price: Money
    sold_at: datetime


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """The middle half of the comparable prices."""

    low: Money
    high: Money


class Chance(msgspec.Struct, frozen=True, kw_only=True):
    """How likely a seat is to sell at a price, in whole per cent."""

    unit_price: Money
    chance_percent: int


class Guidance(msgspec.Struct, frozen=True, kw_only=True):
    """What the show's own figures say about a price. Prices are the seller's, before the buyer's fee, where not all-in.

    `basis` tells what the suggestion follows from; with `none` there is too little data for one. The counts are those
    of the seats that were compared; the lists show the nearest of them. `asked` is the chance at the price asked about,
    and `suggested_net` what the seller receives in all if every seat sells at the suggested price.
    """

    basis: Basis
    same_section: bool
    comparable: list[Comparable]
    sales: list[ComparableSale]
    seats_on_sale: int
    seats_sold: int
    suggested_price: Money | None
    suggested_net: Money | None
    range: Range | None
    chances: list[Chance]
    asked: Chance | None
    buyer_fee_percent: int
    seller_fee_percent: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a seller wants to know about; `unit_price` is the price thought of, in minor units."""

    show_id: UUID
    section: str
    row: str
    quantity: int
    unit_price: int | None


class Seats(msgspec.Struct, frozen=True, kw_only=True):
    """The seats that a price is wanted for; `unit_price` is what their seller thinks of, in minor units."""

    section: str
    row: str
    row_position: int
    currency: str
    quantity: int = 1
    unit_price: int | None = None


Told = Offered | Sold


def guidance(seats: Seats, offered: Sequence[Offered], sold: Sequence[Sold], rule: FeeRule) -> Guidance:
    """What listings and sales of the show say about a price for these seats."""
    listings = [one for one in offered if one.section == seats.section]
    sales = [one for one in sold if one.section == seats.section]
    wider = len(sales) < ENOUGH and len(listings) < ENOUGH
    if wider:
        alike = _sections_alike(seats.section, [*offered, *sold])
        listings = [one for one in offered if one.section in alike]
        sales = [one for one in sold if one.section in alike]
    basis: Basis = "sales" if len(sales) >= ENOUGH else "listings" if len(listings) >= ENOUGH else "none"
    model = _Model(seats, sales, listings)
    low, high = _middle_half(model.prices(sales if basis == "sales" else listings)) if basis != "none" else (0, 0)
    points = model.points() if basis == "sales" else []
    suggested = _suggested(basis, low, high, model, listings, seats.currency)
    return Guidance(
        basis=basis,
        same_section=not wider,
        comparable=[_comparable(one, seats.currency, rule) for one in _nearest(listings, seats)],
        sales=[_sale(one, seats.currency, rule) for one in _nearest(sales, seats)],
        seats_on_sale=sum(one.available for one in listings),
        seats_sold=sum(one.quantity for one in sales),
        suggested_price=suggested,
        suggested_net=_net(suggested, seats.quantity, rule) if suggested else None,
        range=Range(low=Money(low, seats.currency), high=Money(high, seats.currency)) if basis != "none" else None,
        chances=[Chance(unit_price=Money(p, seats.currency), chance_percent=model.chance(p)) for p in points],
        asked=_asked(seats, model) if basis == "sales" else None,
        buyer_fee_percent=rule.buyer_percent,
        seller_fee_percent=rule.seller_percent,
    )


class _Model:
    """Prices of comparable seats, each brought to the row that is asked about."""

    def __init__(self, seats: Seats, sales: Sequence[Sold], listings: Sequence[Offered]) -> None:
        self._seats = seats
        self._sold = [(self._brought(one), one.quantity) for one in sales]
        self._left = [(self._brought(one), one.available) for one in listings]

    def _brought(self, one: Told) -> int:
        """A price as it would be in the row asked about, to the smallest amount that cards pay."""
        step = step_of(self._seats.currency)
        parts = 100 + self._seats.row_position
        price = (2 * one.unit_price * (100 + one.row_position) + parts * step) // (2 * parts * step) * step
        return max(price, step)

    def prices(self, told: Sequence[Told]) -> list[int]:
        """The prices seat by seat, the lowest first."""
        counts = (one.quantity if isinstance(one, Sold) else one.available for one in told)
        return sorted(price for one, count in zip(told, counts, strict=True) for price in [self._brought(one)] * count)

    def chance(self, price: int) -> int:
        """How likely a seat sells at a price, in per cent."""
        speaks_for = sum(count for at, count in self._sold if at >= price)
        against = sum(count for at, count in self._left if at <= price)
        return 100 * (speaks_for + 1) // (speaks_for + against + 2)

    def points(self) -> list[int]:
        """Some of the prices at which the chance changes, from the lowest to the highest."""
        known = sorted({price for price, _ in self._sold + self._left})
        if len(known) <= POINTS_MAX:
            return known
        return [known[place * (len(known) - 1) // (POINTS_MAX - 1)] for place in range(POINTS_MAX)]


def _suggested(
    basis: Basis, low: int, high: int, model: _Model, listings: Sequence[Offered], currency: str
) -> Money | None:
    if basis == "none":
        return None
    price = _best(low, high, model) if basis == "sales" else _middle(model.prices(listings))
    return Money(_round(price, currency), currency)


def _net(price: Money, quantity: int, rule: FeeRule) -> Money:
    return Money((price.amount - percent_of(price, rule.seller_percent).amount) * quantity, price.currency)


def _asked(seats: Seats, model: _Model) -> Chance | None:
    if seats.unit_price is None:
        return None
    return Chance(unit_price=Money(seats.unit_price, seats.currency), chance_percent=model.chance(seats.unit_price))


def _best(low: int, high: int, model: _Model) -> int:
    """The price of the middle half that brings in most on average; of several the lowest."""
    candidates = sorted({low, high, *(point for point in model.points() if low <= point <= high)})
    return max(candidates, key=lambda price: (price * model.chance(price), -price))


def _sections_alike(section: str, told: Sequence[Told]) -> set[str]:
    """The section and those that cost about as much; all, if nothing is known of it and nothing tells them apart."""
    middles = {name: _middle(sorted(one.unit_price for one in told if one.section == name)) for name in _names(told)}
    own = middles.get(section)
    if own is None:
        return {section}
    return {name for name, middle in middles.items() if abs(middle - own) * 100 <= own * ALIKE_PERCENT}


def _names(told: Sequence[Told]) -> set[str]:
    return {one.section for one in told}


def _middle(prices: Sequence[int]) -> int:
    """The median, the lower one of two."""
    return prices[(len(prices) - 1) // 2]


def _middle_half(prices: Sequence[int]) -> tuple[int, int]:
    """The prices between which the middle half lies."""
    last = len(prices) - 1
    return prices[last // 4], prices[last - last // 4]


def _nearest(told: Sequence[Told], seats: Seats) -> list[Told]:
    """The nearest first: the same section, then by rows between, then by price."""
    ordered = sorted(
        told, key=lambda one: (one.section != seats.section, abs(one.row_position - seats.row_position), one.unit_price)
    )
    return ordered[:SHOWN_MAX]


def _round(price: int, currency: str) -> int:
    """A price as people write it: half units of the currency, whole ones from a hundred on; never nothing."""
    unit: int = 10 ** MINOR_UNITS[currency]
    step = max(unit if price >= 100 * unit else unit // 2, 1)
    return max(price // step * step, step_of(currency))


def _comparable(one: Told, currency: str, rule: FeeRule) -> Comparable:
    assert isinstance(one, Offered), "listings are compared as listings"
    price = Money(one.unit_price, currency)
    return Comparable(
        section=one.section,
        row=one.row,
        unit_price=price,
        all_in_unit_price=_all_in(price, rule),
        available=one.available,
    )


def _sale(one: Told, currency: str, rule: FeeRule) -> ComparableSale:
    assert isinstance(one, Sold), "sales are compared as sales"
    price = Money(one.unit_price, currency)
    return ComparableSale(
        section=one.section,
        row=one.row,
        quantity=one.quantity,
        unit_price=price,
        all_in_unit_price=_all_in(price, rule),
        sold_at=one.sold_at,
    )


def _all_in(price: Money, rule: FeeRule) -> Money:
    return Money(price.amount + percent_of(price, rule.buyer_percent).amount, price.currency)
