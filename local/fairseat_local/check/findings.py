"""What a check has found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairseat_local.check.reading import Reading


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the system: how much was looked at, and what is wrong, by a key that stays the same over looks."""

    count: int
    breaks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant, as reliability.md of the design names it, and how to look whether it holds."""

    invariant: str
    what: str
    look: Callable[[Reading], Awaitable[Look]]


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of a check. `count` 0 means that there was nothing to look at, which proves nothing."""

    invariant: str
    what: str
    count: int
    breaks: tuple[str, ...]
