"""What organisers and places allow with the tickets of a show: selling on, at which price, and giving away. Pure.

A cap in per cent counts from the seat's *face*: what it was first sold for here, by its organiser or by whoever brought
it in. For a seat that was never sold here it is the lowest price for which the organiser sells its section; where there
is none either, only a cap by amount binds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import Conflict, Invalid
from fairseat_common.money import step_of
from tickets.domain_prices import FeeRule


class PriceAboveCap(Invalid):
    """More is asked for a seat than the show's organiser, or the place, allows."""

    slug = "price-above-cap"
    title = "The price is above the cap for this show"
    detail = "The rules of this show limit the price of a resold seat; `cap` is the most that may be asked."


class ResaleNotAllowed(Conflict):
    """The show's organiser, or the place, wants no tickets sold on."""

    slug = "resale-not-allowed"
    title = "These tickets may not be sold on"
    detail = "The rules of this show do not allow resale."


class ResaleOver(Conflict):
    """The time in which tickets could be sold on has ended."""

    slug = "resale-over"
    title = "Resale has ended for this show"
    detail = "The rules of this show allowed resale until `resale_until`."


class NotTransferable(Conflict):
    """The show's organiser, or the place, wants no tickets given away."""

    slug = "not-transferable"
    title = "These tickets may not be given away"
    detail = "The rules of this show do not allow transfers to other people."


class SeatNotHeld(Conflict):
    """Only who holds a ticket can list it where the organiser sells the house."""

    slug = "seat-not-held"
    title = "You do not hold these tickets"
    detail = "The organiser sells this show here, so only the valid tickets that you hold can be listed."


class ResaleRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a show; version 0: nobody has set any. `by_venue` names those that the place demands."""

    version: int = 0
    resale: bool = True
    transferable: bool = True
    cap_percent: int | None = None
    cap_amount: Money | None = None
    buyer_fee_percent: int | None = None
    seller_fee_percent: int | None = None
    resale_until: datetime | None = None
    by_venue: tuple[str, ...] = ()


class Terms(NamedTuple):
    """What a listing is made under: its fees, and either the show's rules of resale or the organiser's first sale."""

    fees: FeeRule
    resale_rule: int | None = None
    primary: bool = False
    zone: str | None = None
    opens_at: datetime | None = None


class LimitsView(ResaleRules, frozen=True, kw_only=True):
    """The rules as somebody needs them who wants to list seats: `cap` is the most that may be asked for each of these,
    None without a limit. `held_only`: the organiser sells the house here, so only tickets that one holds can be listed.
    """

    show_id: UUID
    cap: Money | None
    held_only: bool


def check_resale(rules: ResaleRules, now: datetime) -> None:
    """Raise ResaleNotAllowed or ResaleOver unless tickets may be put on sale, or priced anew, now."""
    if not rules.resale:
        raise ResaleNotAllowed
    if rules.resale_until is not None and rules.resale_until <= now:
        raise ResaleOver(resale_until=rules.resale_until)


def check_price(rules: ResaleRules, price: Money, faces: Sequence[int | None]) -> None:
    """Raise PriceAboveCap if the price is more than may be asked for one of the seats with these first prices."""
    cap = cap_of(rules, faces, price.currency)
    if cap is not None and price.amount > cap.amount:
        raise PriceAboveCap(cap=cap)


def cap_of(rules: ResaleRules, faces: Sequence[int | None], currency: str) -> Money | None:
    """The most that may be asked for any of the seats, before the buyer's fee; None without a limit.

    Per cent are rounded down to what cards can pay, but never to nothing. Of two caps the lower one binds.
    """
    known = [face for face in faces if face is not None]
    caps = [] if rules.cap_amount is None else [rules.cap_amount.amount]
    if rules.cap_percent is not None and known:
        step = step_of(currency)
        caps.append(max(min(known) * rules.cap_percent // (100 * step) * step, step))
    return Money(min(caps), currency) if caps else None
