"""The checker finds what is wrong with a waiting list, fault by planted fault."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fairseat_common.testing.running import Servers
from fairseat_local.sample.trying import Market, Written, written


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample_written(servers: Servers) -> AsyncIterator[Written]:
    async with written(servers) as sample:
        yield sample


@pytest_asyncio.fixture(loop_scope="session")
async def market(sample_written: Written) -> AsyncIterator[Market]:
    async with sample_written.market() as market:
        yield market


ON_SALE = (
    "insert into shows (show_id, title, starts_at, status, version)"
    " select show_id, 'The Lanterns', now() + interval '1 day', 'scheduled', 1 from listings"
)
FAULTS = [
    ("W1", "update waiting_entries set status = 'lapsed' where status = 'offered'"),
    ("W1", "update orders set waiting_entry_id = null where status = 'held'"),
    ("W1", "update waiting_entries set user_id = gen_random_uuid() where status = 'bought'"),
    ("W1", "update waiting_entries set quantity = 7 where status = 'offered'"),
    ("W1", "update orders set status = 'cancelled', cancel_reason = 'buyer' where status = 'held'"),
    ("W2", f"{ON_SALE}; update waiting_entries set quantity = 2 where status = 'waiting'"),
    ("W2", f"{ON_SALE}; update waiting_entries set quantity = 1, max_price = 5500, currency = 'EUR' where number = 1"),
    ("W3", "update waiting_entries set quantity = 2 where status = 'waiting'"),
]
SOUND = [
    f"{ON_SALE}; update waiting_entries set quantity = 1, max_price = 100, currency = 'EUR' where number = 1",
    f"{ON_SALE}; update waiting_entries set quantity = 1, sections = '{{Balcony}}' where number = 1",
    f"{ON_SALE}; update waiting_entries set quantity = 1, user_id = l.seller_id from listings l where number = 1",
]


@pytest.mark.parametrize(("invariant", "statements"), FAULTS)
async def test_a_fault_in_a_waiting_list_is_found(market: Market, invariant: str, statements: str) -> None:
    for statement in statements.split("; "):
        await market.run("orders", statement)
    assert invariant in await market.broken()


@pytest.mark.parametrize("statements", SOUND)
async def test_who_waits_for_something_else_may_wait(market: Market, statements: str) -> None:
    for statement in statements.split("; "):
        await market.run("orders", statement)
    assert not {"W1", "W2", "W3"} & await market.broken()
