"""Whose clock a text is written for: the time zone of its reader, beside that of the place it speaks of.

As with languages, what writes a text need not be told by each of its arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_own: ContextVar[str] = ContextVar("fairseat_own_clock", default="")


@contextmanager
def clock_of(timezone: str | None) -> Iterator[None]:
    """Write for somebody who lives in a time zone; None where that is not known."""
    token = _own.set(timezone or "")
    try:
        yield
    finally:
        _own.reset(token)


def wall_clock(moment: datetime, timezone: str) -> datetime:
    """The moment on the clocks of a time zone; UTC when the zone is unknown to this machine."""
    try:
        return moment.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return moment.astimezone(UTC)


def own_clock(moment: datetime, timezone: str) -> datetime | None:
    """The moment on the reader's own clock; None where that is not known, or shows the same as in `timezone`."""
    own = _own.get()
    if not own:
        return None
    here, there = wall_clock(moment, own), wall_clock(moment, timezone)
    return None if here.replace(tzinfo=None) == there.replace(tzinfo=None) else here
