"""Kill a process at every moment of a life, one moment per life, until a life has none that is new.

Lives of the same kind (a purchase, a payout) are lived one after the other. Each is ended at its first moment at
which none before it was ended: the first life at its first moment, the second at its second, and so on. Unlike a
list that a rehearsal makes, this needs no two lives to be alike: whatever happens in some of them only is found, too.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from fairseat_local.faults.moments import Moment, Side

OBJECT_ID = re.compile(rb"\b(?:pi|re|tr|trr|acct|ch)_[A-Za-z0-9]{8,}")


@dataclass(frozen=True, slots=True, order=True)
class Kill:
    """Where a life was ended: at its `nth` moment of this kind, counted from 1."""

    label: str
    nth: int
    side: Side

    def __str__(self) -> str:
        return f"{self.side} {self.label} ({self.nth})"


@dataclass
class Life:
    """One purchase, say: the ids by which its moments are known, its moments so far, and where it was ended."""

    names: set[bytes] = field(default_factory=set)
    lived: list[Kill] = field(default_factory=list)
    killed_at: Kill | None = None

    def is_named(self, said: bytes) -> bool:
        """Whether something that was said is about this life."""
        return any(name in said for name in self.names)


class Explorer:
    """A listener of lines: `end` is called, from their thread, to kill the process in the present life."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._guard = threading.Lock()
        self._present: Life | None = None
        self._counts: Counter[tuple[str, Side]] = Counter()
        self.past: list[Life] = []

    @property
    def kills(self) -> list[Kill]:
        """All moments at which a life was ended, in order."""
        return [life.killed_at for life in (*self.past, *self._now()) if life.killed_at]

    def begin(self) -> Life:
        """A new life; that of before goes on, and is not watched any more."""
        with self._guard:
            self.past += self._now()
            self._present = Life()
            self._counts.clear()
            return self._present

    def finish(self) -> None:
        """Watch nothing."""
        with self._guard:
            self.past += self._now()
            self._present = None

    def __call__(self, moment: Moment) -> bool:
        """Note a moment, and end the process if it is new to all lives."""
        with self._guard:
            life = self._present
            if life is None or life.killed_at or not self._is_of(life, moment.said):
                return False
            self._counts[moment.label, moment.side] += 1
            here = Kill(moment.label, self._counts[moment.label, moment.side], moment.side)
            life.lived.append(here)
            if not moment.label.startswith("commit"):
                life.names.update(OBJECT_ID.findall(moment.said))
            if here in self.kills:
                return False
            life.killed_at = here
            self._end()
            return True

    def _is_of(self, life: Life, said: bytes) -> bool:
        """What names no life at all is the present one's."""
        return life.is_named(said) or not any(past.is_named(said) for past in self.past)

    def _now(self) -> list[Life]:
        return [self._present] if self._present else []
