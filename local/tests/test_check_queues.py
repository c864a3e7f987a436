"""The checker finds what is wrong with a waiting room, fault by planted fault."""

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


SOLD_SHOW = (
    "insert into shows (show_id, title, starts_at, status, version, queued)"
    " select distinct show_id, 'The Lanterns', now() + interval '1 day', 'scheduled', 1, true from listings;"
    " insert into queues (show_id, per_minute, window_s, seed, commitment, created_at)"
    " select distinct show_id, 1, 600, repeat('a', 64), repeat('b', 64), now() - interval '1 year' from listings"
)
FAULTS = [
    ("Q1", "update queue_log set seed = repeat('a', 64) where what = 'opened'"),
    ("Q1", "update queue_log set commitment = repeat('a', 64) where what = 'made'"),
    ("Q1", "update queue_entries set place = 9 - place"),
    ("Q2", "update queue_entries set place = 9 - place"),
    ("Q3", SOLD_SHOW),
]


@pytest.mark.parametrize(("invariant", "statements"), FAULTS)
async def test_a_fault_in_a_waiting_room_is_found(market: Market, invariant: str, statements: str) -> None:
    for statement in statements.split("; "):
        await market.run("orders", statement)
    assert invariant in await market.broken()
