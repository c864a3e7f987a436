"""What a seller may ask for: the rules that an offer of seats must meet. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from fairseat_common.contracts import Money, SplitRule
from fairseat_common.contracts.refusals import FieldError, Invalid
from fairseat_common.money import AMOUNT_MAX, MINOR_UNITS, step_of

SEATS_MAX = 100
"""Seats that one listing may have."""

Line = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Label = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
Notes = Annotated[str, Meta(max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)")]
SeatCount = Annotated[int, Meta(ge=1, le=SEATS_MAX)]
Code = Annotated[str, Meta(min_length=4, max_length=100, pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$(?!\n)")]
"""What is printed on a ticket that was bought elsewhere, usually as a barcode."""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a seller asks for one seat, in minor units."""

    amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class ShowOver(Invalid):
    """The show has begun, or was cancelled."""

    slug = "show-over"
    title = "This show is over"
    detail = "Seats can be listed and priced until a show begins, and not when it is cancelled."


class CurrencyMismatch(Invalid):
    """The price is in another currency than the show's."""

    slug = "currency-mismatch"
    title = "The price is in another currency"
    detail = "Ask for the show's own currency; `currency` says which it is."


class NewListing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seats that somebody offers: named ones of a row, or a number of places in a standing section.

    `in_hand_on` is the day by which the seller promises to have the tickets, `codes` are their original codes, one for
    each seat in the order of `seats`.
    """

    show_id: UUID
    section: Label
    unit_price: Price
    row: Line = ""
    seats: Annotated[tuple[Label, ...], Meta(min_length=1, max_length=SEATS_MAX)] | None = None
    quantity: SeatCount | None = None
    split: SplitRule = "any"
    notes: Notes = ""
    in_hand_on: date | None = None
    codes: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=SEATS_MAX)] | None = None

    def __repr__(self) -> str:
        """Without the codes, which must not reach a log."""
        return f"NewListing({self.show_id}, {self.section!r}, {self.row!r}, {self.seats or self.quantity!r})"


class Show(msgspec.Struct, frozen=True, kw_only=True):
    """This service's copy of a show, as of `now`, the database's time."""

    id: UUID
    venue_id: UUID
    starts_at: datetime
    status: str
    currency: str
    now: datetime
    house_id: UUID | None = None
    """The organiser who sells the house here, if one does: then only who holds a ticket can sell it on."""

    @property
    def over(self) -> bool:
        """Whether nothing can be listed any more. A postponed show has no date that could have passed."""
        return self.status == "cancelled" or (self.status == "scheduled" and self.starts_at <= self.now)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Where a listing's seats are: a row of a seated section, or a standing section (`seats` is empty)."""

    kind: str
    capacity: int
    position: int | None
    """Rows between this one and the front; None if the section has no such row."""
    seats: tuple[str, ...]


def seats_asked(wanted: NewListing, place: Row | None) -> tuple[str, ...]:
    """The seats that are to be listed, in the row's order; empty for places of a standing section.

    Raises Invalid, naming every field that is wrong.
    """
    errors: list[FieldError] = []
    if (wanted.seats is None) == (wanted.quantity is None):
        errors.append(FieldError("seats", "send either seats or quantity"))
    if place is None:
        errors.append(FieldError("section", "the venue has no such section"))
    elif place.kind == "standing":
        errors += _standing_errors(wanted)
    else:
        errors += _seated_errors(wanted, place)
    count = len(wanted.seats or ()) or wanted.quantity or 0
    if wanted.split == "pairs" and count % 2:
        errors.append(FieldError("split", "pairs need an even number of seats"))
    if errors or place is None:
        raise Invalid(None, *errors)
    asked = set(wanted.seats or ())
    return tuple(seat for seat in place.seats if seat in asked)


def _standing_errors(wanted: NewListing) -> list[FieldError]:
    errors = []
    if wanted.seats is not None:
        errors.append(FieldError("seats", "a standing section has no seats; send quantity"))
    if wanted.row:
        errors.append(FieldError("row", "a standing section has no rows"))
    return errors


def _seated_errors(wanted: NewListing, place: Row) -> list[FieldError]:
    if wanted.quantity is not None:
        return [FieldError("quantity", "a seated section has seats; name them")]
    if place.position is None:
        return [FieldError("row", "the section has no such row")]
    seats = wanted.seats or ()
    errors = [
        FieldError(f"seats[{index}]", "the row has no such seat")
        for index, seat in enumerate(seats)
        if seat not in place.seats
    ]
    if len(set(seats)) < len(seats):
        errors.append(FieldError("seats", "a seat is named twice"))
    return errors


def price_asked(price: Price, currency: str) -> Money:
    """A price in the show's currency.

    Raises CurrencyMismatch or, for a currency that nobody trades in and an amount that no card can pay, Invalid.
    """
    if price.currency not in MINOR_UNITS:
        raise Invalid(None, FieldError("unit_price.currency", f"{price.currency} is not a currency we trade in"))
    if price.currency != currency:
        raise CurrencyMismatch(currency=currency)
    if price.amount % (step := step_of(currency)):
        raise Invalid(None, FieldError("unit_price.amount", f"cards pay {currency} in steps of {step} minor units"))
    return Money(price.amount, price.currency)
