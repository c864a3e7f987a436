"""The rules of waiting rooms: who may set one, how fast people are let in, and the ways to say no. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts.refusals import Conflict, FieldError, Forbidden, Invalid, LimitReached

PER_MINUTE_MAX = 6_000
WINDOW_S_DEFAULT, WINDOW_S_MIN, WINDOW_S_MAX = 600, 10, 7_200
DOORS_BEFORE = timedelta(minutes=30)
DOORS_BEFORE_MAX = timedelta(days=60)
SAVED_S = 10
"""While nobody waits, as much pace is saved up as ten seconds have: the next few come straight through."""
BLOCK = 1_000
"""Places that are counted together."""
JOINS_MAX = 20
"""How often one account may join one room: each time it stands at the end."""
QUEUE_MAX_DEFAULT = 200_000

Happening = Literal["made", "joined", "opened", "admitted", "over", "left", "changed", "paused", "resumed", "ended"]
"""What the public log of a room tells."""


class EntryState(StrEnum):
    """The states of an entry. Legal: waiting -> admitted | left | ended; admitted -> over | left."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    OVER = "over"
    LEFT = "left"
    ENDED = "ended"


class RoomState(StrEnum):
    """Where a room stands: none; before its doors; people join and wait for the opening; they are let in one after the
    other; nobody waits, and who comes goes straight through; it is over, and everybody may hold seats."""

    NONE = "none"
    BEFORE = "before"
    GATHERING = "gathering"
    WAITING = "waiting"
    OPEN = "open"
    ENDED = "ended"


class Pace(msgspec.Struct, frozen=True):
    """What an organiser sets: when people can join (None: half an hour before the sale), how many are let in a minute,
    for how long each of them may hold seats, and whether nobody is let in for the moment."""

    per_minute: int
    window_s: int = WINDOW_S_DEFAULT
    doors_at: datetime | None = None
    paused: bool = False

    @property
    def interval(self) -> timedelta:
        """How long after one person the next is let in."""
        return timedelta(minutes=1) / self.per_minute


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """The waiting room of a show as it stands at `now`, by the database's clock.

    `opens_at` is when the sale begins, None while nothing is to be sold. `seed` is a secret until `opened_at`. `drawn`
    numbers were put into an order by it; `head` is the last place that was admitted; `paced_to` is up to when the pace
    has been used.
    """

    show_id: UUID
    pace: Pace
    seed: str
    commitment: str
    opens_at: datetime | None
    opened_at: datetime | None
    ended_at: datetime | None
    paced_to: datetime | None
    last_number: int
    drawn: int
    head: int
    waiting: int
    admitted: int
    admitted_total: int
    on_sale: bool
    over: bool
    now: datetime

    @property
    def doors_at(self) -> datetime | None:
        """When people can join; None while that is not known."""
        return self.pace.doors_at or (self.opens_at - DOORS_BEFORE if self.opens_at else None)

    @property
    def is_due(self) -> bool:
        """Whether the sale has begun and the room has not opened yet."""
        return self.opened_at is None and self.opens_at is not None and self.opens_at <= self.now

    @property
    def state(self) -> RoomState:
        """Where the room stands."""
        if self.ended_at is not None:
            return RoomState.ENDED
        if self.opened_at is not None:
            return RoomState.WAITING if self.waiting or self.pace.paused else RoomState.OPEN
        entered = self.doors_at is not None and self.doors_at <= self.now
        return RoomState.GATHERING if entered else RoomState.BEFORE


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's place in a room. `number` is public and never changes; `ahead` counts who waits before it, None while
    it does not wait or the order is not drawn yet."""

    show_id: UUID
    user_id: UUID | None
    number: int
    place: int | None
    state: EntryState
    joined_at: datetime
    admitted_at: datetime | None
    admitted_until: datetime | None
    ahead: int | None = None


class RoomEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the public log of a room. With `opened`, `number` says how many numbers were put into an order."""

    at: datetime
    what: Happening
    number: int | None
    per_minute: int | None
    window_s: int | None
    commitment: str | None
    seed: str | None
    position: int


class QueueFirst(Conflict):
    """The show has a waiting room, and the buyer was not let in, or the time is over."""

    slug = "queue-first"
    title = "This show has a waiting room"
    detail = "Join it first: POST /api/queues/{show_id}/entries. Who is admitted may hold seats for a while."


class DoorsClosed(Conflict):
    """Nobody can join yet."""

    slug = "doors-closed"
    title = "The waiting room is not open yet"
    detail = "You can join from `doors_at` on. Whoever joins before the sale opens has the same chance."


class QueueOver(Conflict):
    """The room is over."""

    slug = "queue-over"
    title = "The waiting room is over"
    detail = "Nobody has to wait for this show any more."


class SaleIsOpen(Conflict):
    """A room has to stand before people come."""

    slug = "sale-is-open"
    title = "The sale has begun, or has no time"
    detail = "A waiting room is set before the sale opens: first put the house on sale from a time on."


class QueueFull(LimitReached):
    """As many wait as a room can hold."""

    slug = "queue-full"
    title = "The waiting room is full"
    detail = "Very many people wait already. Please look again in a few minutes."


class JoinLimit(LimitReached):
    """The account has joined the room very often."""

    slug = "queue-joins"
    title = "You have joined this waiting room very often"
    detail = "One account can join one waiting room twenty times."


class DutyMissing(Forbidden):
    """Neither organiser nor in the team with the duty that is needed."""

    slug = "duty-missing"
    title = "This is for the organiser's team"
    detail = "Only the show's organiser, members of the team with the duty that this needs, and operators may do this."


def check_manages(user_id: UUID, roles: Collection[str], organiser_id: UUID | None, duties: Collection[str]) -> None:
    """Raise DutyMissing unless somebody is an operator, the organiser, or manages in the organiser's team."""
    own = organiser_id == user_id and "organiser" in roles
    if not (own or "operator" in roles or "manage" in duties):
        raise DutyMissing(duty="manage")


def paced_for(pace: Pace, opens_at: datetime | None) -> Pace:
    """The pace as it is kept; raises Invalid for doors that open after the sale, or months before."""
    if pace.doors_at is None or opens_at is None:
        return msgspec.structs.replace(pace, doors_at=None)
    if not timedelta(0) <= opens_at - pace.doors_at <= DOORS_BEFORE_MAX:
        raise Invalid(None, FieldError("doors_at", "name a time before the sale, by at most sixty days"))
    return msgspec.structs.replace(pace, doors_at=pace.doors_at.astimezone(UTC))


def repaced_for(room: Room, pace: Pace) -> Pace:
    """The same for a room that stands: once it has opened, its doors have been."""
    if room.opened_at is not None:
        return msgspec.structs.replace(pace, doors_at=room.pace.doors_at)
    return paced_for(pace, room.opens_at)


def commitment_of(seed: str) -> str:
    """What is published when the seed is drawn, in hexadecimal: whoever knows it can tell whether it was another."""
    return hashlib.sha256(seed.encode()).hexdigest()


def drawn(seed: str, count: int) -> list[int]:
    """The numbers from 1 to `count` in the order that the seed puts them into: whoever knows it can do the same.

    How many there are is hashed too, since nobody knows it before the opening: so nobody who knew the seed could choose
    when to join.
    """
    return sorted(range(1, count + 1), key=lambda n: hashlib.sha256(f"{seed}:{count}:{n}".encode()).digest())


def due(room: Room) -> int:
    """How many may be let in now. One at the opening, then one for each interval; ten seconds' worth is saved up."""
    if room.opened_at is None or room.paced_to is None or room.ended_at or room.pace.paused or not room.on_sale:
        return 0
    return max(0, (room.now - _floor(room.paced_to, room)) // room.pace.interval)


def _floor(paced_to: datetime, room: Room) -> datetime:
    """From when on pace that was not used still counts; at least one person's."""
    return max(paced_to, room.now - max(room.pace.interval, timedelta(seconds=SAVED_S)))


def paced(room: Room, count: int) -> datetime:
    """Up to when the pace has been used once `count` people more have been let in."""
    assert room.paced_to is not None, "it has opened"
    return _floor(room.paced_to, room) + count * room.pace.interval


def repaced(room: Room, pace: Pace) -> datetime | None:
    """The same when the pace is another from now on: what was saved up at the old one counts for one person at most."""
    if room.paced_to is None:
        return None
    return max(room.paced_to, room.now - pace.interval)


def wait_s(room: Room, ahead: int) -> int | None:
    """How many seconds somebody has still to wait at the set pace; None while nobody is let in."""
    if room.opened_at is None or room.paced_to is None or room.pace.paused or not room.on_sale:
        return None
    turn = _floor(room.paced_to, room) + (ahead + 1) * room.pace.interval
    return max(0, -int((room.now - turn) // timedelta(seconds=1)))
