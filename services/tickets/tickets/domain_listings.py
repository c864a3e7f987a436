"""The rules of listings. Pure: time and ids come in as arguments, events go out as return values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from fairseat_common.contracts import ListingChanged, ListingPublished, ListingWithdrawn, Money, SplitRule
from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid
from tickets.domain import NewListing, Notes, Price, Show, price_asked
from tickets.domain_delivery import Delivery, delivery_asked
from tickets.domain_prices import fees_of
from tickets.domain_rules import Terms

SeatState = Literal["free", "held", "sold", "withdrawn"]
ListingStatus = Literal["active", "withdrawn"]


PlaceState = Literal["listed", "listed-by-you", "yours", "taken"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place that has a ticket, as somebody may know of it who wants to sell seats beside it."""

    row: str
    seat: str
    state: PlaceState


class SeatAlreadyListed(Conflict):
    """Some of the seats are on sale already, or somebody else holds their tickets."""

    slug = "seat-already-listed"
    title = "A seat is taken"
    detail = "Some of these seats are on sale already, belong to somebody else or were refunded; `seats` says which."


class SectionFull(Conflict):
    """A standing section has fewer places left than were asked for."""

    slug = "section-full"
    title = "The section is full"
    detail = "All other places of this section are on sale or sold; `available` says how many are left."


class ListingHeld(Conflict):
    """A buyer is about to pay for seats of the listing."""

    slug = "listing-held"
    title = "A buyer is holding seats of this listing"
    detail = "Try again when the hold has ended, in a few minutes."


class ListingEnded(Conflict):
    """The listing was withdrawn."""

    slug = "listing-withdrawn"
    title = "This listing was withdrawn"
    detail = "A withdrawn listing cannot be changed. List the seats again instead."


class ListingEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a seller changes; what is left out stays."""

    unit_price: Price | UnsetType = UNSET
    split: SplitRule | UnsetType = UNSET
    notes: Notes | UnsetType = UNSET


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A listing; `seats` are those on sale, held or sold, in the order of sale."""

    id: UUID
    show_id: UUID
    seller_id: UUID
    section: str
    row: str
    row_position: int
    seats: tuple[str, ...]
    available: int
    held: int
    sold: int
    unit_price: Money
    unit_fee: Money
    unit_seller_fee: Money
    fee_rule: int | None
    """The number of the rule that both fees follow; None for a listing that is older than the rules."""
    split: SplitRule
    notes: str
    status: ListingStatus
    version: int
    created_at: datetime
    in_hand_on: date | None = None
    """The day by which the seller has promised to have the tickets."""
    delivery: Delivery = "instant"
    """promised: until the codes come, and withdrawn if the day passes without them."""
    primary: bool = False
    """The organiser sells the seats for the first time."""
    zone: str | None = None
    """The price zone of a first sale."""
    opens_at: datetime | None = None
    """When a first sale begins."""
    resale_rule: int | None = None
    """The version of the show's rules that a resale was listed, or last priced, under."""
    operator_reason: str | None = None
    """Why an operator withdrew it, in words for its seller; None if none did."""


def listing_new(
    wanted: NewListing,
    show: Show,
    position: int,
    seats: tuple[str, ...],
    listing_id: UUID,
    seller_id: UUID,
    terms: Terms,
) -> tuple[Listing, ListingPublished]:
    """The listing of `seats`, which the seller may sell, and the event that tells of it.

    Raises CurrencyMismatch, Invalid.
    """
    price = price_asked(wanted.unit_price, show.currency)
    listing = Listing(
        id=listing_id,
        show_id=show.id,
        seller_id=seller_id,
        section=wanted.section,
        row=wanted.row,
        row_position=position,
        seats=seats,
        available=len(seats),
        held=0,
        sold=0,
        unit_price=price,
        **fees_of(price, terms.fees)._asdict(),
        split=wanted.split,
        notes=wanted.notes,
        status="active",
        version=1,
        created_at=show.now,
        in_hand_on=wanted.in_hand_on,
        delivery=delivery_asked(wanted, show),
        primary=terms.primary,
        zone=terms.zone,
        opens_at=terms.opens_at,
        resale_rule=terms.resale_rule,
    )
    return listing, ListingPublished(**_facts(listing, show.now))


def listing_edited(
    listing: Listing, edit: ListingEdit, terms: Terms, now: datetime
) -> tuple[Listing, ListingChanged | None]:
    """The listing after its seller's edit and the event; no event where nothing changes.

    A new price is asked under the `terms` of today; whatever else changes, the listing stays under its own. Raises
    ListingEnded, ListingHeld, CurrencyMismatch, Invalid.
    """
    check_editable(listing)
    changes: dict[str, Any] = {}
    if edit.unit_price is not UNSET:
        price = price_asked(edit.unit_price, listing.unit_price.currency)
        if price != listing.unit_price:
            changes |= {"unit_price": price, **fees_of(price, terms.fees)._asdict(), "resale_rule": terms.resale_rule}
    if edit.split is not UNSET:
        if edit.split == "pairs" and listing.available % 2:
            raise Invalid(None, FieldError("split", "pairs need an even number of seats"))
        changes["split"] = edit.split
    if edit.notes is not UNSET:
        changes["notes"] = edit.notes
    edited = msgspec.structs.replace(listing, **changes)
    if edited == listing:
        return listing, None
    edited = msgspec.structs.replace(edited, version=listing.version + 1)
    return edited, ListingChanged(**_facts(edited, now))


def check_editable(listing: Listing) -> None:
    """Raise ListingEnded or ListingHeld unless the seller may change or withdraw the listing now."""
    if listing.status == "withdrawn":
        raise ListingEnded
    if listing.held:
        raise ListingHeld


def listing_withdrawn(listing: Listing, now: datetime) -> ListingWithdrawn:
    """The event of a listing whose unsold seats have left the sale."""
    return ListingWithdrawn(**_facts(listing, now), operator_reason=listing.operator_reason)


def listing_shrunk(listing: Listing, now: datetime) -> ListingChanged:
    """The event of a listing that lost seats to an earlier sale or to a refund."""
    return ListingChanged(**_facts(listing, now))


def listing_moved(listing: Listing, now: datetime) -> ListingChanged:
    """The event of a listing whose sale opens at another time."""
    return ListingChanged(**_facts(listing, now))


def _facts(listing: Listing, now: datetime) -> dict[str, Any]:
    names: Sequence[str] = (
        "show_id", "seller_id", "section", "row", "seats", "unit_price", "unit_fee", "split", "notes", "version",
        "unit_seller_fee", "fee_rule", "resale_rule", "primary", "opens_at",
    )  # fmt: skip
    return {"listing_id": listing.id, "occurred_at": now} | {name: getattr(listing, name) for name in names}
