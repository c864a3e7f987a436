"""The connection pool and its transactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Record: TypeAlias = asyncpg.Record
Connection: TypeAlias = "asyncpg.Connection[Record] | PoolConnectionProxy[Record]"

ACQUIRE_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 15.0
STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 5_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000


async def _keep(_connection: Any) -> None:
    """Nothing is left on a connection that would need a reset, so the round trip is saved."""


class Database:
    """One service's database.

    `transaction()` is how every edge works: it commits when the block ends and only then returns. `connection()`
    is for single statements, each a transaction of its own.
    """

    def __init__(self, url: str, *, application: str = "fairseat", size_max: int = 10) -> None:
        self._url = url
        self._application = application
        self._size_max = size_max
        self._pool: asyncpg.Pool[Record] | None = None
        self._listeners: list[Callable[[], None]] = []
        self.waiting = 0
        """How many wait for a connection right now."""

    async def open(self) -> None:
        """Connect; raises OSError or asyncpg.PostgresError when the server cannot be reached."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=self._size_max,
            max_queries=10_000_000,
            max_inactive_connection_lifetime=60,
            command_timeout=COMMAND_TIMEOUT_S,
            timeout=ACQUIRE_TIMEOUT_S,
            reset=_keep,
            server_settings={
                "application_name": self._application,
                "timezone": "UTC",
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
            },
        )

    async def close(self) -> None:
        """Give all connections back; waits for those in use, but not for long."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                async with asyncio.timeout(ACQUIRE_TIMEOUT_S):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    @property
    def url(self) -> str:
        """The connection string, for connections that live outside the pool."""
        return self._url

    def after_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every commit of a transaction; it must be quick and must not fail."""
        self._listeners.append(listener)

    def committed(self) -> None:
        """Tell the listeners; also called by those who commit on a connection of their own."""
        for listener in self._listeners:
            listener()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit mode."""
        if self._pool is None:
            raise ConnectionError("the database is not open")
        self.waiting += 1
        try:
            connection = await self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
        finally:
            self.waiting -= 1
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    @property
    def in_use(self) -> int:
        """How many connections somebody works with right now."""
        return self._pool.get_size() - self._pool.get_idle_size() if self._pool is not None else 0

    @property
    def size_max(self) -> int:
        """How many connections there can be."""
        return self._size_max

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection
        self.committed()

    async def ping(self) -> None:
        """Raise unless the server answers."""
        async with self.connection() as connection:
            await connection.execute("select 1")
