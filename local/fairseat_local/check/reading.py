"""Reads the databases and the payment provider's journal, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg

CONNECT_MAX_S = 5.0
STATEMENT_MAX_S = 60.0
JOURNAL_PAGE = 100
JOURNAL_MAX_S = 10.0

Rows = list[asyncpg.Record]


@dataclass(frozen=True, slots=True, order=True)
class Hearer:
    """A durable consumer, the service that it belongs to and the subject that it hears."""

    durable: str
    service: str
    subject: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment as the provider's journal has it; amounts in minor units, the currency in capitals."""

    id: str
    order_id: str
    status: str
    received: int
    currency: str


class Reading:
    """One connection to each service's database, and one to the provider. A context manager."""

    def __init__(
        self,
        databases: Mapping[str, str],
        provider_url: str,
        provider_key: str,
        hearers: Sequence[Hearer],
        holds_max: int,
    ) -> None:
        self.hearers = tuple(hearers)
        self.holds_max = holds_max
        self.services = tuple(databases)
        self._databases = databases
        self._provider_url = provider_url.rstrip("/")
        self._provider_key = provider_key
        self._connections: dict[str, asyncpg.Connection[asyncpg.Record]] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Reading:
        """Connect; raises OSError or asyncpg.PostgresError."""
        try:
            for service, url in self._databases.items():
                connection = await asyncpg.connect(
                    url,
                    timeout=CONNECT_MAX_S,
                    command_timeout=STATEMENT_MAX_S,
                    server_settings={"application_name": "fairseat-check", "default_transaction_read_only": "on"},
                )
                self._stack.push_async_callback(connection.close)
                self._connections[service] = connection
            timeout = aiohttp.ClientTimeout(total=JOURNAL_MAX_S)
            headers = {"Authorization": f"Bearer {self._provider_key}"}
            self._http = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout, headers=headers))
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await self._stack.aclose()

    async def rows(self, service: str, query: str, *values: Any) -> Rows:
        """What a query finds in a service's database; nothing where the service is not part of the system."""
        if service not in self._connections:
            return []
        return list(await self._connections[service].fetch(query, *values))

    async def count(self, service: str, table: str, condition: str = "true") -> int:
        """How many rows there are."""
        rows = await self.rows(service, f"select count(*) as n from {table} where {condition}")  # noqa: S608
        return int(rows[0]["n"]) if rows else 0

    async def intents(self) -> list[Intent]:
        """Every payment in the provider's journal; raises aiohttp.ClientError or TimeoutError."""
        found: list[Intent] = []
        if not self._provider_url:
            return found
        params = {"limit": str(JOURNAL_PAGE)}
        while True:
            async with self._http.get(f"{self._provider_url}/v1/payment_intents", params=params) as answer:
                answer.raise_for_status()
                page = await answer.json()
            found += [_intent(one) for one in page["data"]]
            if not page["has_more"]:
                return found
            params["starting_after"] = page["data"][-1]["id"]


def _intent(one: Mapping[str, Any]) -> Intent:
    return Intent(
        id=one["id"],
        order_id=one["metadata"].get("order_id", ""),
        status=one["status"],
        received=one["amount_received"],
        currency=one["currency"].upper(),
    )
