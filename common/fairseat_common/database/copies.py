"""Reading one's copy of another service's facts, which may arrive a moment after the caller learnt of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

COPY_WAIT_S = 2.0
COPY_POLL_FIRST_S = 0.01
COPY_POLL_MAX_S = 0.1


async def wait_for(look: Callable[[], Awaitable[T | None]], wait_s: float = COPY_WAIT_S) -> T | None:
    """What `look` finds, asking again for up to `wait_s` seconds; None if it never does.

    `look` must open and end its own transaction each time: nothing is held open while waiting.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    pause_s = COPY_POLL_FIRST_S
    while (found := await look()) is None:
        if asyncio.get_running_loop().time() + pause_s > deadline:
            return None
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, COPY_POLL_MAX_S)
    return found
