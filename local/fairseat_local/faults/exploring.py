"""Kill a process at every moment of a life, one moment per life, until a life has none that is new.

Lives of the same kind (a purchase, a payout) are lived one after the other. Each is ended at its first moment at
which none before it was ended: the first life at its first moment, the second at its second, and so on. Unlike a
list that a rehearsal makes, this needs no two lives to be alike: whatever happens in some of them only is found, too.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from fairseat_common.testing.waiting import eventually
from fairseat_local.faults.moments import Moment, Side

T = TypeVar("T")
log = logging.getLogger("fairseat.faults")

NAMELESS_MAX = 2
LIFE_MAX_S = 120.0
QUIET_LIVES = 2

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

    def has(self, *ids: str) -> None:
        """It is about these objects as well; in PostgreSQL's protocol an id is 16 bytes."""
        for each in ids:
            self.names |= {each.encode(), UUID(each).bytes}

    def is_named(self, said: bytes) -> bool:
        """Whether something that was said is about this life."""
        return any(name in said for name in self.names)


class Explorer:
    """A listener of lines: `end` is called, from their thread, to kill the process in the present life.

    What names no life (that a webhook was heard, say) may be of any: of each kind, the first NAMELESS_MAX of a life
    count, while what is known to be of this life counts whatever its number.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._guard = threading.Lock()
        self._present: Life | None = None
        self._counts: Counter[tuple[str, Side]] = Counter()
        self._planned: list[Kill] = []
        self.past: list[Life] = []
        self.done: list[Kill] = []
        """Planned kills that have happened."""

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

    def plan(self, *kills: Kill) -> None:
        """Watch no life, and end the process at these moments, counted from now on."""
        self.finish()
        with self._guard:
            self._planned, self.done = list(kills), []
            self._counts.clear()

    def __call__(self, moment: Moment) -> bool:
        """Note a moment, and end the process if it is new to all lives."""
        with self._guard:
            life = self._present
            if life is None:
                return self._is_planned(moment)
            if life.killed_at:
                return False
            named = life.is_named(moment.said)
            if not named and any(past.is_named(moment.said) for past in self.past):
                return False
            return self._lived(life, moment, named)

    def _is_planned(self, moment: Moment) -> bool:
        self._counts[moment.label, moment.side] += 1
        here = Kill(moment.label, self._counts[moment.label, moment.side], moment.side)
        if here not in self._planned:
            return False
        self.done.append(here)
        self._end()
        return True

    def _lived(self, life: Life, moment: Moment, named: bool) -> bool:
        self._counts[moment.label, moment.side] += 1
        here = Kill(moment.label, self._counts[moment.label, moment.side], moment.side)
        life.lived.append(here)
        if named:
            life.names.update(OBJECT_ID.findall(moment.said) if moment.label.startswith("POST") else ())
        if here in self.kills or (not named and here.nth > NAMELESS_MAX):
            return False
        life.killed_at = here
        self._end()
        return True

    def _now(self) -> list[Life]:
        return [self._present] if self._present else []


async def explore(
    explorer: Explorer,
    live: Callable[[Life], Awaitable[T]],
    lives_max: int,
    prepare: Callable[[], Awaitable[None]] | None = None,
) -> list[asyncio.Future[T]]:
    """Live one life after the other until two in a row have nothing new. Raises AssertionError after `lives_max`.

    A life whose process was killed goes on while others begin: the answer is all of them, to be waited for. `prepare`
    is called before each life, unwatched.
    """
    lives: list[asyncio.Future[T]] = []
    quiet = 0
    while quiet < QUIET_LIVES:
        assert len(lives) < lives_max, f"no end after {', '.join(map(str, explorer.kills))}"
        if prepare is not None:
            explorer.finish()
            await prepare()
        life = explorer.begin()
        living = asyncio.ensure_future(live(life))
        lives.append(living)

        async def decided(life: Life = life, living: asyncio.Future[T] = living) -> bool:
            return life.killed_at is not None or living.done()

        await eventually(decided, LIFE_MAX_S)
        log.info("life %d of %d moments: %s", len(lives), len(life.lived), life.killed_at or "lived")
        if life.killed_at is not None:
            quiet = 0
        else:
            quiet += 1
            living.result()
    explorer.finish()
    return lives
