"""The one way in which tests wait: for the state that they need, never for time to pass."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

WAIT_S = 10.0
POLL_S = 0.01


async def eventually(look: Callable[[], Awaitable[T | None]], wait_s: float = WAIT_S) -> T:
    """What `look` answers once it is true; fails with its last answer after `wait_s` seconds.

    An AssertionError in `look` counts as not yet, and is what the test fails with if it stays.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
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
        await asyncio.sleep(POLL_S)
