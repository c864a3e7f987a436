"""What people follow: favourite shows, and alerts about listings at a price. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID, uuid5

import msgspec
from msgspec import Meta

from fairseat_common.contracts import Money, ShowChanged
from fairseat_common.contracts.refusals import Conflict, Invalid, NotFound
from fairseat_common.money import AMOUNT_MAX
from notifications.domain import Show

ALERTS_MAX = 50
"""Alerts of one account for shows that are still to come."""
FAVOURITES_MAX = 500
"""Favourite shows of one account."""
QUANTITY_MAX = 20
OFFERS_TOLD_MAX = 8
"""Listings that one mail names; it says how many more there are."""

AlertState: TypeAlias = Literal["watching", "muted", "ended"]
"""Ended: the show has begun or was cancelled. Muted: its owner has turned mails about alerts off."""
ShowChange: TypeAlias = Literal["cancelled", "postponed", "moved", "on-again"]


class ShowUnknown(NotFound):
    """Nobody has announced such a show."""

    detail = "There is no show with this id."


class ShowEnded(Invalid):
    """Nothing can be waited for any more."""

    slug = "show-over"
    title = "The show is over"
    detail = "This show has begun or was cancelled, so no alert can be set for it."


class AlertLimit(Conflict):
    """The account has as many alerts as one may have."""

    slug = "alert-limit"
    title = "You have as many alerts as you can"
    detail = f"An account has at most {ALERTS_MAX} alerts for shows to come. Remove one, then set this one again."


class FavouriteLimit(Conflict):
    """The account has as many favourites as one may have."""

    slug = "favourite-limit"
    title = "You have saved as many shows as you can"
    detail = f"An account saves at most {FAVOURITES_MAX} shows. Remove one, then save this one again."


class CurrencyMismatch(Invalid):
    """The price is not in the show's currency."""

    slug = "currency-mismatch"
    title = "The price is in another currency than the show's"


class PriceInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most that one seat may cost, all-in, in minor units."""

    amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class NewAlert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody waits for: seats that are sold together, none dearer than `max_price`, in any section or in one."""

    show_id: UUID
    max_price: PriceInput
    quantity: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
    section: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")] | None = None


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """An alert, as its owner sees it; `fitting` counts the listings that fit at this moment."""

    id: UUID
    show_id: UUID
    max_price: Money
    quantity: int
    section: str | None
    state: AlertState
    fitting: int
    created_at: datetime
    mailed_at: datetime | None


class FavouriteView(msgspec.Struct, frozen=True):
    """A show that somebody saved."""

    show_id: UUID
    created_at: datetime


class Offer(msgspec.Struct, frozen=True):
    """A listing with free places, as a letter names it; `amount` is the all-in price of one, in minor units."""

    section: str
    row: str
    free: int
    amount: int


class AlertFact(msgspec.Struct, frozen=True):
    """What an alert's mail is written from: the cheapest of `count` listings that newly fit."""

    quantity: int
    section: str
    max_amount: int
    currency: str
    count: int
    offers: tuple[Offer, ...]


class ListedFact(msgspec.Struct, frozen=True):
    """The first listing of a show that has none beside it."""

    currency: str
    offer: Offer


class ChangedFact(msgspec.Struct, frozen=True):
    """What happened to a show; `was` is when it was to start before."""

    change: ShowChange
    was: datetime


def change_of(before: Show, event: ShowChanged) -> ShowChange | None:
    """What a fan should know of a change to a show; None if it is nothing of that kind."""
    if event.status != before.status:
        changes: dict[str, ShowChange] = {"cancelled": "cancelled", "postponed": "postponed", "scheduled": "on-again"}
        return changes[event.status]
    return "moved" if event.starts_at != before.starts_at and event.status == "scheduled" else None


def change_id(event: ShowChanged) -> UUID:
    """Names one change of a show: whoever hears of it twice writes the same name."""
    return uuid5(event.show_id, f"version {event.version}")


def listed_id(show_id: UUID, day: datetime) -> UUID:
    """Names the first listings of a show on one day, in UTC: there is one mail about them."""
    return uuid5(show_id, f"listed {day:%Y-%m-%d}")
