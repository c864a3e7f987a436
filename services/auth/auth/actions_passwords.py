"""Passwords are hashed off the event loop, few at a time, and never by more than can wait."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fairseat_common.contracts.refusals import Unavailable

T = TypeVar("T")

# OWASP's recommendation for argon2id, Password Storage Cheat Sheet.
MEMORY_KIB = 19 * 1024
TIME_COST = 2
PARALLELISM = 1


class Passwords:
    """Hashes and verifies with at most `threads` threads; `waiting_max` more may wait, the next are refused."""

    def __init__(self, threads: int, waiting_max: int) -> None:
        self._hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
        self._threads = threads
        self._busy = asyncio.Semaphore(threads)
        self._present = 0
        self._present_max = threads + waiting_max
        self._pool: ThreadPoolExecutor | None = None
        self._nobody = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the threads while the service runs."""
        with ThreadPoolExecutor(self._threads, "passwords") as pool:
            self._pool = pool
            self._nobody = await self.hash(secrets.token_urlsafe())
            yield
            self._pool = None

    async def hash(self, password: str) -> str:
        """The password's argon2id hash; raises Unavailable when too many wait."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, known: str | None, password: str) -> bool:
        """Whether the password fits the hash.

        Without a known hash the answer is no after the same work, so that the time does not tell who has an
        account. Raises Unavailable when too many wait.
        """
        return await self._run(lambda: self._fits(known or self._nobody, password)) and known is not None

    def outdated(self, known: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(known)

    def _fits(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._pool is None or self._present >= self._present_max:
            raise Unavailable("Too many people are signing in at this moment. Please try again.")
        self._present += 1
        try:
            async with self._busy:
                return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._present -= 1
