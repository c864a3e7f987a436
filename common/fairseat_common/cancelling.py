"""Loops that end when they are told to."""

from __future__ import annotations

import asyncio


def check_cancelled() -> None:
    """Raise CancelledError if the current task was cancelled and somebody has swallowed that.

    `asyncio.wait_for`, which client libraries use, loses a cancellation on Python 3.11 when it arrives together with
    the result. A loop that runs until it is cancelled calls this at each turn.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
