"""What the books say when everything has come to rest, read where they are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from fairseat_local.faults.market import Patience
from fairseat_local.testing import WholeSystem

UNDER_WAY = {
    "orders": {
        "a hold": "orders t where status = 'held'",
        "a refund that orders waits for": "refunds t where status = 'due'",
    },
    "payments": {
        "a payment": "attempts t where status in ('started', 'challenged', 'authorized')",
        "a refund": "refunds t where status = 'due'",
        "a payout": "payouts t where status = 'due'",
        "news": "outbox t where published_at is null",
    },
}
SETTLED_MAX_S = 120.0
ORDER = "select status, total from orders where id = $1"
KEPT = "select status, amount from attempts where order_id = $1 and status not in ('failed', 'voided') order by id"
REFUNDS = "select status, amount, settled_by from refunds where order_id = $1 order by id"
LINES = "select status, price from sale_lines where order_id = $1 order by line"
ACCOUNTS = """
select split_part(account, ':', 1) as account, sum(amount)::bigint as balance, count(*) as lines
from ledger_lines where order_id = $1 group by 1 order by 1
"""


@asynccontextmanager
async def opened(system: WholeSystem, service: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """The database of a service, as its server's superuser."""
    address = urlsplit(system.running.admin_url)._replace(path=f"/fairseat_{service}").geturl()
    connection = await asyncpg.connect(address)
    try:
        yield connection
    finally:
        await connection.close()


async def rows(system: WholeSystem, service: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a question to the database of a service finds."""
    async with opened(system, service) as connection:
        return [tuple(row) for row in await connection.fetch(sql, *values)]


async def money_is_settled(system: WholeSystem, wait_s: float = SETTLED_MAX_S) -> None:
    """Wait until no hold, payment, refund or payout is under way."""
    patience = Patience(wait_s)
    while left := await _under_way(system):
        await patience.wait(f"under way: {left}")


async def _under_way(system: WholeSystem) -> list[tuple[str, str]]:
    """Each kind of thing that is under way, with the oldest of them."""
    found: list[tuple[str, str]] = []
    for service, kinds in UNDER_WAY.items():
        async with opened(system, service) as connection:
            for kind, which in kinds.items():
                row = await connection.fetchrow(f"select t::text from {which} limit 1")  # noqa: S608 -- our own words
                found += [(kind, row["t"])] if row else []
    return found


async def books_of(system: WholeSystem, order_id: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything about one order without ids and times, so that orders of the same kind and end are equal."""
    return {
        "order": await rows(system, "orders", ORDER, order_id),
        "attempts": await rows(system, "payments", KEPT, order_id),
        "refunds": await rows(system, "payments", REFUNDS, order_id),
        "lines": await rows(system, "payments", LINES, order_id),
        "accounts": await rows(system, "payments", ACCOUNTS, order_id),
    }
