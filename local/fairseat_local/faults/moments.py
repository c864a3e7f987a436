"""What a watched line tells: that something is about to become true at its other end, or has just become true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Side: TypeAlias = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Moment:
    """`label` is the same for all of its kind; `said` is what went over the line about it so far, both ways."""

    label: str
    side: Side
    said: bytes


Listener: TypeAlias = Callable[[Moment], bool]
"""Called in the line's own thread; answers whether the client was ended, so that nothing more must be passed on."""
