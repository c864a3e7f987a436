"""Reads the databases and the payment provider's books, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg

from fairseat_local.check.provider import ANSWER_MAX_S, Books, Provider

CONNECT_MAX_S = 5.0
STATEMENT_MAX_S = 60.0
HOLDS_MAX_DEFAULT = 6
PAYOUT_DELAY_S_DEFAULT = 172_800

Rows = list[asyncpg.Record]


@dataclass(frozen=True, slots=True, order=True)
class Hearer:
    """A durable consumer, the service that it belongs to and the subject that it hears."""

    durable: str
    service: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class System:
    """Where everything is. `databases` are connection strings by service, of roles that may read all tables.

    Without `provider_url` the provider's books count as empty. `holds_max` and `payout_delay_s` are the settings that
    the services were told.
    """

    databases: Mapping[str, str]
    hearers: Sequence[Hearer]
    provider_url: str = ""
    provider_key: str = "sk_test_check"
    holds_max: int = HOLDS_MAX_DEFAULT
    payout_delay_s: int = PAYOUT_DELAY_S_DEFAULT


class Reading:
    """One connection to each service's database, and one to the provider. A context manager.

    What was asked is remembered until `forget`, so that the checks of one round share one picture.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.hearers = tuple(system.hearers)
        self.services = tuple(system.databases)
        self._connections: dict[str, asyncpg.Connection[asyncpg.Record]] = {}
        self._stack = AsyncExitStack()
        self._rows: dict[tuple[Any, ...], Rows] = {}
        self._books: Books | None = None

    async def __aenter__(self) -> Reading:
        """Connect; raises OSError or asyncpg.PostgresError."""
        try:
            for service, url in self.system.databases.items():
                connection = await asyncpg.connect(
                    url,
                    timeout=CONNECT_MAX_S,
                    command_timeout=STATEMENT_MAX_S,
                    server_settings={"application_name": "fairseat-check", "default_transaction_read_only": "on"},
                )
                self._stack.push_async_callback(connection.close)
                self._connections[service] = connection
            timeout = aiohttp.ClientTimeout(total=ANSWER_MAX_S)
            headers = {"Authorization": f"Bearer {self.system.provider_key}"}
            http = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout, headers=headers))
            self._provider = Provider(http, self.system.provider_url)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await self._stack.aclose()

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._rows.clear()
        self._books = None

    async def rows(self, service: str, query: str, *values: Any) -> Rows:
        """What a query finds in a service's database; nothing where the service is not part of the system."""
        if service not in self._connections:
            return []
        asked = (service, query, *values)
        if asked not in self._rows:
            self._rows[asked] = list(await self._connections[service].fetch(query, *values))
        return self._rows[asked]

    async def count(self, service: str, table: str, condition: str = "true") -> int:
        """How many rows there are."""
        rows = await self.rows(service, f"select count(*) as n from {table} where {condition}")  # noqa: S608
        return int(rows[0]["n"]) if rows else 0

    async def books(self) -> Books:
        """What the provider says; raises aiohttp.ClientError or TimeoutError."""
        if self._books is None:
            self._books = await self._provider.books()
        return self._books
