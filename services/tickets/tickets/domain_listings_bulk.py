"""Many listings of one seller at once: what is wanted, and what became of each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from fairseat_common.contracts import Money, SplitRule
from fairseat_common.contracts.refusals import FieldError, Invalid, Refusal
from fairseat_common.money import AMOUNT_MAX, step_of
from tickets.domain import Notes, Price
from tickets.domain_listings import ListingEdit

BULK_MAX = 100

Outcome = Literal["changed", "unchanged", "withdrawn", "refused"]
Selling = Literal["on-sale", "promised", "sold", "withdrawn"]
"""Where a listing stands: something is free or held; the same before its codes came; all is sold; it was withdrawn."""


class BulkChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes in every listing; what is left out stays. `percent` is added to each price: -10 is ten off."""

    unit_price: Price | UnsetType = UNSET
    percent: Annotated[int, Meta(ge=-90, le=900)] | UnsetType = UNSET
    split: SplitRule | UnsetType = UNSET
    notes: Notes | UnsetType = UNSET


class Bulk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Listings, and either a change for all of them or their withdrawal.

    `versions`, one for each id, makes a repeated request change nothing twice: a listing that is not at its version any
    more is left as it is.
    """

    ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=BULK_MAX)]
    versions: Annotated[tuple[int, ...], Meta(max_length=BULK_MAX)] | None = None
    change: BulkChange | None = None
    withdraw: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why one listing stayed as it was: the problem that the same request for it alone would have had."""

    type: str
    title: str
    detail: str


class BulkItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one listing; `version` and `unit_price` are those after the change."""

    id: UUID
    outcome: Outcome
    version: int | None = None
    unit_price: Money | None = None
    problem: Problem | None = None


class BulkResult(msgspec.Struct, frozen=True, kw_only=True):
    """One item for each id, in the order of the request."""

    items: list[BulkItem]


class ShowSold(msgspec.Struct, frozen=True, kw_only=True):
    """A show for which somebody has listings."""

    show_id: UUID
    listings_count: int
    on_sale_count: int


def bulk_check(bulk: Bulk) -> None:
    """Raise Invalid unless exactly one thing is asked of each of these listings."""
    errors: list[FieldError] = []
    if len(set(bulk.ids)) < len(bulk.ids):
        errors.append(FieldError("ids", "a listing is named twice"))
    if bulk.versions is not None and len(bulk.versions) != len(bulk.ids):
        errors.append(FieldError("versions", "send one version for each id"))
    if bulk.withdraw == (bulk.change is not None):
        errors.append(FieldError("change", "send either a change or withdraw"))
    if bulk.change == BulkChange():
        errors.append(FieldError("change", "nothing is changed"))
    if bulk.change and bulk.change.unit_price is not UNSET and bulk.change.percent is not UNSET:
        errors.append(FieldError("change.percent", "send either a price or a percentage"))
    if errors:
        raise Invalid(None, *errors)


def edit_of(change: BulkChange, price: Money) -> ListingEdit:
    """What a change means for a listing at this price. Raises Invalid for a price that nobody could ask."""
    unit_price = change.unit_price
    if change.percent is not UNSET:
        unit_price = _raised(price, change.percent)
    return ListingEdit(unit_price=unit_price, split=change.split, notes=change.notes)


def _raised(price: Money, percent: int) -> Price:
    """A price with some per cent added, rounded half up to the smallest amount that cards pay."""
    step = step_of(price.currency)
    amount = (price.amount * (100 + percent) + 50 * step) // (100 * step) * step
    if not step <= amount <= AMOUNT_MAX:
        raise Invalid(None, FieldError("change.percent", "the price would be nothing, or more than one seat can cost"))
    return Price(amount, price.currency)


def refused(listing_id: UUID, refusal: Refusal) -> BulkItem:
    """What is said of a listing that stays as it was."""
    errors: Sequence[dict[str, str]] = refusal.members.get("errors", ())
    detail = "; ".join(error["message"] for error in errors) or refusal.said
    problem = Problem(type=refusal.slug, title=refusal.title, detail=detail)
    return BulkItem(id=listing_id, outcome="refused", problem=problem)
