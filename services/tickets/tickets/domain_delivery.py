"""When a seller has the tickets: a promised day, and the original codes that keep the promise. Pure.

Days are counted in UTC: a promise holds until its day has ended there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid
from tickets.domain import SEATS_MAX, Code, NewListing, Show

Delivery = Literal["instant", "promised"]


class CodeTaken(Conflict):
    """A code stands for another place of the show already."""

    slug = "code-already-registered"
    title = "A code is registered already"
    detail = "A code counts for one place of a show; `seats` says whose codes are taken. Check them and send all again."


class CodesKept(Conflict):
    """A seat has another code, which its buyer relies on."""

    slug = "code-kept"
    title = "A code cannot be changed any more"
    detail = "Some of these seats are held or sold, or were bought here, and keep the codes they have; see `seats`."


class Codes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The original codes of a listing's seats, in the order in which the listing names them."""

    codes: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=SEATS_MAX)]

    def __repr__(self) -> str:
        """Without the codes, which must not reach a log."""
        return f"Codes({len(self.codes)})"


def delivery_asked(wanted: NewListing, show: Show) -> Delivery:
    """How the seats will be delivered. Raises Invalid for a day that promises nothing, or that comes too late."""
    day = wanted.in_hand_on
    if day is None:
        return "instant"
    if wanted.codes is not None:
        raise Invalid(None, FieldError("in_hand_on", "tickets whose codes are sent along are in hand; leave one out"))
    if day < today(show.now):
        raise Invalid(None, FieldError("in_hand_on", "the day has passed"))
    if show.status == "scheduled" and day >= today(show.starts_at):
        raise Invalid(None, FieldError("in_hand_on", "the day must lie before the show"))
    return "promised"


def codes_asked(codes: Sequence[str], seats: Sequence[str]) -> dict[str, str]:
    """Each seat with its code; `seats` are in the order of the codes. Raises Invalid."""
    if len(codes) != len(seats):
        count = len(seats)
        raise Invalid(None, FieldError("codes", f"send one code for each seat: {count}, not {len(codes)}"))
    if len(set(codes)) < len(codes):
        raise Invalid(None, FieldError("codes", "a code is there twice"))
    return dict(zip(seats, codes, strict=True))


def codes_check(wanted: Mapping[str, str], stored: Mapping[str, str]) -> None:
    """Raise CodesKept or CodeTaken unless every seat has the code that was sent for it."""
    kept = [seat for seat, code in wanted.items() if stored.get(seat, code) != code]
    if kept:
        raise CodesKept(seats=kept)
    taken = [seat for seat in wanted if seat not in stored]
    if taken:
        raise CodeTaken(seats=taken)


def lapsed(in_hand_on: date | None, delivery: Delivery, now: datetime) -> bool:
    """Whether a promise has passed without being kept."""
    return delivery == "promised" and in_hand_on is not None and in_hand_on < today(now)


def today(moment: datetime) -> date:
    """The day by which promises are counted."""
    return moment.astimezone(UTC).date()
