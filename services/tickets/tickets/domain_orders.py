"""How the seats of a listing follow from the orders that are known. Pure.

The state of a seat is computed from all orders on it each time, never stepped from the last state: events may come
twice and in any order, and the same orders always give the same seats.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from tickets.domain_listings import SeatState

OrderStatus = Literal["held", "confirmed", "cancelled"]


class ListingUnknown(Exception):
    """An order names a listing that never was: no answer to a caller, but a fault that somebody must look at."""


class SeatContested(Exception):
    """An order claims a place that another order still has. Heard again when that one has ended."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """An order that is held or confirmed, with its seats."""

    order_id: UUID
    version: int
    status: OrderStatus
    seats: tuple[str, ...]


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A seat of a listing; `ticket_id` is the seller's ticket for it."""

    seat: str
    ticket_id: UUID
    offered: bool
    state: SeatState
    order_id: UUID | None


def seat_followed(seat: Seat, claims: Sequence[Claim], taken: Collection[str]) -> Seat:
    """The seat as the claims on it say.

    A sale stands in any case. A hold on a seat that its seller has taken out of the sale meanwhile counts too, unless
    the place is `taken`: listed again, or another's.
    """
    mine = [claim for claim in claims if seat.seat in claim.seats]
    claim = max(mine, key=lambda c: (c.status == "confirmed", c.version, c.order_id), default=None)
    state: SeatState = "free" if seat.offered else "withdrawn"
    order_id = None
    if claim is not None and (claim.status == "confirmed" or seat.seat not in taken):
        state = "sold" if claim.status == "confirmed" else "held"
        order_id = claim.order_id
    return msgspec.structs.replace(seat, state=state, order_id=order_id)
