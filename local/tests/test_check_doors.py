"""The checker finds what is wrong at the doors and with the guarantee, fault by planted fault."""

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


USED = "(select id from tickets where status = 'used')"
# The invariant, what is said, where, and one thing that is not what it should be.
FAULTS = [
    ("S11", "scans let it in", "tickets", "delete from scans"),
    ("S11", "is valid, and 1 scans", "tickets",
     "update tickets set status = 'valid', ended_at = null where status = 'used'"),
    ("S11", "is on sale", "tickets", f"update listing_seats set ticket_id = {USED} where state = 'free'"),
    ("G1", "is not refunded", "orders", "update refund_lines set seat = 'x'"),
    ("M3", "the ledger has an entry penalty", "tickets", "update claims set penalty_amount = null"),
    ("M3", "moves", "tickets", "update claims set penalty_amount = 7"),
    ("M6", "is owed", "payments", "delete from payables where kind = 'penalty'"),
]  # fmt: skip


@pytest.mark.parametrize(("invariant", "said", "service", "statement"), FAULTS)
async def test_a_fault_at_the_door_is_found(
    market: Market, invariant: str, said: str, service: str, statement: str
) -> None:
    await market.run(service, statement)
    assert said in await market.breaks(invariant)
