"""The rules of the waiting list: who is offered what, in which order, and the ways to say no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import Conflict, LimitReached
from orders.domain import Order, Status

GROUP_MAX = 8
"""The biggest group that can wait for seats together."""
ENTRIES_PER_PERSON_MAX = 50
LINE_MAX = 20_000


class EntryStatus(StrEnum):
    """The states of an entry. Legal: waiting -> offered | left | ended; offered -> bought | lapsed | left | ended;
    lapsed, left -> bought, where a payment came late and the same seats were still free."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOUGHT = "bought"
    LEFT = "left"
    LAPSED = "lapsed"
    ENDED = "ended"


OfferEnd = Literal["bought", "left", "lapsed", "ended"]
"""How an offer ends: paid for; refused together with the place in line; not taken; or its show was cancelled."""
Happening = Literal["joined", "offered", OfferEnd]
"""What the public log of a line tells."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Seats that a person would take: so many of one listing, for at most `max_price` each, all-in, in one of the
    `sections` (none: in any)."""

    user_id: UUID
    show_id: UUID
    quantity: int
    max_price: Money | None = None
    sections: tuple[str, ...] = ()


class Promise(msgspec.Struct, frozen=True):
    """What joins are told and offers keep to: how long seats are held, and how many holds and tickets a person may
    have."""

    hold_s: int
    holds_max: int
    tickets_max: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A person's place in the line of a show.

    `number` counts who has joined the line and never changes; `ahead` counts who waits before this entry now, None when
    it does not wait. `offered_until` is when the offered seats go to the next.
    """

    id: UUID
    user_id: UUID
    show_id: UUID
    number: int
    quantity: int
    max_price: Money | None
    sections: tuple[str, ...]
    status: EntryStatus
    order_id: UUID | None
    created_at: datetime
    offered_until: datetime | None = None
    ahead: int | None = None


class LineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the public log. `passed_over` are numbers (the first of them) of those who waited before an offered
    entry and whom these seats did not fit; they keep their places."""

    at: datetime
    what: Happening
    number: int
    quantity: int
    passed_over: tuple[int, ...]
    passed_over_count: int
    position: int


class FreeListing(msgspec.Struct, frozen=True, kw_only=True):
    """A listing as a hold needs it; prices are for one seat. `opens_at` is set while its sale has not begun."""

    listing_id: UUID
    show_id: UUID
    seller_id: UUID
    section: str
    row: str
    unit_price: Money
    unit_fee: Money
    unit_seller_fee: Money
    fee_rule: int | None
    version: int
    primary: bool = False
    resale_rule: int | None = None
    opens_at: datetime | None = None

    @property
    def all_in(self) -> Money:
        """What a buyer pays for one seat."""
        return Money(self.unit_price.amount + self.unit_fee.amount, self.unit_price.currency)


class FreeSeat(msgspec.Struct, frozen=True):
    """A seat that nobody has, locked."""

    position: int
    seat: str


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who waits, with the listings that fit them, the cheapest first."""

    entry_id: UUID
    user_id: UUID
    number: int
    quantity: int
    hold_s: int
    holds_max: int
    listing_ids: tuple[UUID, ...]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Seats of one listing for one entry."""

    candidate: Candidate
    listing_id: UUID
    seats: tuple[FreeSeat, ...]


class SeatsAvailable(Conflict):
    """There is nothing to wait for."""

    slug = "seats-available"
    title = "There are seats for you right now"
    detail = "Hold them instead of waiting: `listing_id` is the cheapest listing that fits."


class AlreadyWaiting(Conflict):
    """One place in a line per person."""

    slug = "already-waiting"
    title = "You are on this waiting list"
    detail = "Leave it first if you want to join with another wish; `entry_id` is your place."


class TooManyLines(LimitReached):
    """The person waits for very many shows."""

    slug = "waiting-limit"
    title = "You are on very many waiting lists"
    detail = "Leave one of them first."


class LineFull(LimitReached):
    """The line of the show is as long as it can be."""

    slug = "waiting-list-full"
    title = "This waiting list is full"
    detail = "Please look again in a while: people leave, and seats are found for them."


def plan(candidates: Sequence[Candidate], free: dict[UUID, list[FreeSeat]]) -> list[Offer]:
    """Who gets which seats: each in turn the cheapest listing that still has enough, or none and keeps the place.

    Takes what it gives out of `free`.
    """
    offers = []
    for candidate in candidates:
        for listing_id in candidate.listing_ids:
            seats = free.get(listing_id, [])
            if len(seats) >= candidate.quantity:
                given, free[listing_id] = tuple(seats[: candidate.quantity]), seats[candidate.quantity :]
                offers.append(Offer(candidate=candidate, listing_id=listing_id, seats=given))
                break
    return offers


def order_of_offer(offer: Offer, listings: Mapping[UUID, FreeListing], order_id: UUID, now: datetime) -> Order:
    """The order that holds the offered seats, at the listing's price, for as long as was promised at the join."""
    listing, quantity = listings[offer.listing_id], offer.candidate.quantity
    currency = listing.unit_price.currency
    return Order(
        id=order_id,
        status=Status.HELD,
        buyer_id=offer.candidate.user_id,
        seller_id=listing.seller_id,
        listing_id=listing.listing_id,
        show_id=listing.show_id,
        section=listing.section,
        row=listing.row,
        seats=tuple(seat.seat for seat in offer.seats),
        positions=tuple(seat.position for seat in offer.seats),
        quantity=quantity,
        unit_price=listing.unit_price,
        fees=Money(quantity * listing.unit_fee.amount, currency),
        total=Money(quantity * listing.all_in.amount, currency),
        seller_fees=Money(quantity * listing.unit_seller_fee.amount, currency),
        fee_rule=listing.fee_rule,
        primary=listing.primary,
        resale_rule=listing.resale_rule,
        expires_at=now + timedelta(seconds=offer.candidate.hold_s),
        created_at=now,
        version=1,
        waiting_entry_id=offer.candidate.entry_id,
    )
