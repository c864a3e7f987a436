"""What the books say when everything has come to rest, read where they are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from fairseat_local.testing import WholeSystem

UNDER_WAY = {
    "orders": [
        "select count(*) from orders where status = 'held'",
        "select count(*) from refunds where status = 'due'",
    ],
    "payments": [
        "select count(*) from attempts where status in ('started', 'challenged', 'authorized')",
        "select count(*) from refunds where status = 'due'",
        "select count(*) from payouts where status = 'due'",
        "select count(*) from outbox where published_at is null",
    ],
}
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


async def money_is_settled(system: WholeSystem) -> bool:
    """Whether no hold, payment, refund or payout is under way."""
    for service, questions in UNDER_WAY.items():
        async with opened(system, service) as connection:
            for question in questions:
                if await connection.fetchval(question):
                    return False
    return True


async def books_of(system: WholeSystem, order_id: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything about one order without ids and times, so that orders of the same kind and end are equal."""
    return {
        "order": await rows(system, "orders", ORDER, order_id),
        "attempts": await rows(system, "payments", KEPT, order_id),
        "refunds": await rows(system, "payments", REFUNDS, order_id),
        "lines": await rows(system, "payments", LINES, order_id),
        "accounts": await rows(system, "payments", ACCOUNTS, order_id),
    }
