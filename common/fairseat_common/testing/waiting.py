"""The one way in which tests wait: for the state that they need, never for time to pass."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

WAIT_S = 30.0
"""Long, since it costs nothing where the state comes, and machines are shared."""
PAUSE_FIRST_S = 0.005
PAUSE_GROWTH = 1.25
PAUSE_MAX_S = 0.05
"""Pauses grow to this: looking costs time too, which those who are waited for need."""


async def eventually(look: Callable[[], Awaitable[T | None]], wait_s: float = WAIT_S) -> T:
    """What `look` answers once it is true; fails with its last answer after `wait_s` seconds.

    An AssertionError in `look` counts as not yet, and is what the test fails with if it stays.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    pause_s = PAUSE_FIRST_S
    while True:
        failure: AssertionError | None = None
        last: T | None = None
        try:
            last = await look()
        except AssertionError as error:
            failure = error
        if failure is None and last:
            return last
        if asyncio.get_running_loop().time() > deadline:
            raise failure or AssertionError(f"not within {wait_s} s; last seen: {last!r}")
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * PAUSE_GROWTH, PAUSE_MAX_S)
