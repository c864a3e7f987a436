"""What the books say when everything has come to rest, read where they are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import asyncpg

from fairseat_local.faults.market import Patience
from fairseat_local.testing import WholeSystem

Book: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Found: TypeAlias = dict[str, list[tuple[Any, ...]]]
Counts: TypeAlias = dict[str, int]

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
STATUSES = "select status, count(*) from orders where show_id = $1 group by 1"
ORDER = "select status, total from orders where id = $1"
KEPT = "select status, amount from attempts where order_id = $1 and status not in ('failed', 'voided') order by id"
REFUNDS = "select status, amount, settled_by from refunds where order_id = $1 order by id"
LINES = "select status, price from sale_lines where order_id = $1 order by line"
ACCOUNTS = """
select split_part(account, ':', 1) as account, sum(amount)::bigint as balance, count(*) as lines
from ledger_lines where order_id = $1 group by 1 order by 1
"""


@asynccontextmanager
async def opened(system: WholeSystem, service: str) -> AsyncIterator[Book]:
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
    async with opened(system, "orders") as orders, opened(system, "payments") as payments:
        books = {"orders": orders, "payments": payments}
        patience = Patience(wait_s)
        while left := await _under_way(books):
            await patience.wait(f"under way: {left}")


async def _under_way(books: Mapping[str, Book]) -> list[tuple[str, str]]:
    """Each kind of thing that is under way, with the oldest of them."""
    found: list[tuple[str, str]] = []
    for service, kinds in UNDER_WAY.items():
        for kind, which in kinds.items():
            row = await books[service].fetchrow(f"select t::text from {which} limit 1")  # noqa: S608 -- our own words
            found += [(kind, row["t"])] if row else []
    return found


async def books_of(system: WholeSystem, order_ids: Sequence[str]) -> list[Found]:
    """Everything about each order without ids and times, so that orders of the same kind and end are equal."""
    async with opened(system, "orders") as orders, opened(system, "payments") as payments:
        return [await _books_of(orders, payments, order_id) for order_id in order_ids]


async def _books_of(orders: Book, payments: Book, order_id: str) -> Found:
    asked = {"order": (orders, ORDER)} | {
        name: (payments, sql)
        for name, sql in (("attempts", KEPT), ("refunds", REFUNDS), ("lines", LINES), ("accounts", ACCOUNTS))
    }
    return {name: [tuple(row) for row in await book.fetch(sql, order_id)] for name, (book, sql) in asked.items()}


async def order_statuses(system: WholeSystem, show_id: str, wanted: Counts, wait_s: float) -> None:
    """Wait until so many orders of a show have these statuses, and none any other."""
    async with opened(system, "orders") as orders:
        patience = Patience(wait_s)
        while (found := {row["status"]: row["count"] for row in await orders.fetch(STATUSES, show_id)}) != wanted:
            await patience.wait(f"orders of the show: {found}")
