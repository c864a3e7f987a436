"""Waiting rooms: what orders answers, as far as the pages need it."""

from datetime import datetime

from msgspec import Struct


class Queue(Struct, frozen=True):
    """The waiting room of a show; `state` is none, before, gathering, waiting, open or ended, as of `now`.

    `measured_per_minute` were let in during the last minute. `seed` is known from the opening on, and `drawn` numbers
    were put into an order by it.
    """

    show_id: str
    state: str
    now: datetime
    doors_at: datetime | None = None
    opens_at: datetime | None = None
    opened_at: datetime | None = None
    per_minute: int | None = None
    measured_per_minute: int = 0
    window_seconds: int | None = None
    paused: bool = False
    waiting: int = 0
    admitted: int = 0
    admitted_total: int = 0
    joined: int = 0
    drawn: int = 0
    commitment: str | None = None
    seed: str | None = None


class QueueEntry(Struct, frozen=True):
    """The reader's place in a room; `state` is waiting, admitted, over, left or ended."""

    show_id: str
    number: int
    state: str
    joined_at: datetime
    now: datetime
    position: int | None = None
    ahead: int | None = None
    wait_seconds: int | None = None
    admitted_at: datetime | None = None
    admitted_until: datetime | None = None


class QueueEvent(Struct, frozen=True):
    """One line of the public log of a room."""

    at: datetime
    what: str
    position: int
    number: int | None = None
    per_minute: int | None = None
    window_seconds: int | None = None
    commitment: str | None = None
    seed: str | None = None
