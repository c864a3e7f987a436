"""Background work that looks by itself what is due: safe to run twice, in two processes, and after any crash."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import asyncpg
import structlog

from fairseat_common.cancelling import check_cancelled
from fairseat_common.database import Database

log = structlog.get_logger(__name__)

AWAY_PAUSE_S = 1.0


class Job(Protocol):
    """Something that runs for as long as its service does; it is started again if it breaks."""

    name: str

    async def run(self) -> None:
        """Run until cancelled."""


class Worker:
    """Calls `turn` again and again: at once while it answers True (there was work), else after `poll_s` seconds.

    With a database the worker is also woken after each commit, so that new work does not wait for the poll. A turn that
    commits with `database.transaction()` would then wake itself for ever: take leases on a `connection()`.
    """

    def __init__(
        self, name: str, turn: Callable[[], Awaitable[bool]], poll_s: float, database: Database | None = None
    ) -> None:
        self.name = name
        self._turn = turn
        self._poll_s = poll_s
        self._wake = asyncio.Event()
        if database is not None:
            database.after_commit(self._wake.set)

    async def run(self) -> None:
        """Work until cancelled; a lost database is waited for."""
        while True:
            check_cancelled()
            self._wake.clear()
            try:
                if await self._turn():
                    continue
            except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
                log.warning("worker.waiting", worker=self.name, error=repr(error))
                await asyncio.sleep(AWAY_PAUSE_S)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._wake.wait()
