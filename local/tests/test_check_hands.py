"""The checker finds what is wrong where tickets change hands, fault by planted fault."""

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


OLD = (
    "(select x.ticket_id from transfer_tickets x join transfers t on t.id = x.transfer_id where t.status = 'accepted')"
)
NEW = "(select new_ticket_id from transfer_tickets where new_ticket_id is not null)"
# What is said, and one thing that is not what it should be.
FAULTS = [
    ("is void", f"update tickets set status = 'void' where id = {OLD}"),
    ("no transfer says to whom", "update transfers set status = 'declined', to_id = null where status = 'accepted'"),
    ("no transfer says to whom", f"update tickets set replaced_by = null where id = {OLD}"),
    ("for another place", f"update tickets set seat = '77' where id = {NEW}"),
    ("which began before", f"update tickets set issued_at = issued_at - interval '1 second' where id = {NEW}"),
    ("which another order paid for", f"update tickets set order_id = gen_random_uuid() where id = {NEW}"),
    ("began at another moment", f"update tickets set issued_at = issued_at + interval '1 second' where id = {NEW}"),
    ("accepted by", f"update tickets set holder_id = gen_random_uuid() where id = {NEW}"),
    ("another moment", "update transfers set ended_at = now() where status = 'accepted'"),
    ("another address", "update users set email = 'somebody@example.com'"),
    ("same successor", f"update tickets set replaced_by = {NEW} where status = 'void' and replaced_by is not null"),
    ("which is void, or somebody else's", ("update tickets set status = 'void', ended_at = now()"
     " where id = (select ticket_id from transfer_tickets where open)")),
    ("which is valid, or somebody else's", "update transfers set from_id = gen_random_uuid() where status = 'offered'"),
    ("which is on sale", ("update listing_seats set ticket_id = (select ticket_id from transfer_tickets where open)"
     " where state = 'free'")),
    ("is open", "update transfer_tickets set open = true where new_ticket_id is null"),
    ("has a ticket for its receiver", ("update transfer_tickets x set new_ticket_id = x.ticket_id from transfers t"
     " where t.id = x.transfer_id and t.status = 'declined'")),
    ("past its end", "update transfers set expires_at = now() - interval '1 minute' where status = 'offered'"),
    ("was said last", "update transfers set status = 'cancelled' where status = 'declined'"),
    ("was said last", "delete from outbox where subject = 'tickets.transferred.v1'"),
]  # fmt: skip


# The same, behind the back of a constraint that forbids it: its index, and how to break it without.
UNGUARDED = [
    ("is valid", "tickets_one_per_place",
     f"update tickets set status = 'valid', ended_at = null, replaced_by = null where id = {OLD}"),
    ("whose code is the same", "tickets_serial_key",
     f"update tickets n set serial = o.serial from tickets o where o.id = {OLD} and n.id = {NEW}"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "statement"), FAULTS)
async def test_a_fault_where_tickets_change_hands_is_found(market: Market, said: str, statement: str) -> None:
    await market.run("tickets", statement)
    assert said in await market.breaks("S5")


@pytest.mark.parametrize(("said", "index", "statement"), UNGUARDED)
async def test_a_fault_behind_a_missing_guard_is_found(market: Market, said: str, index: str, statement: str) -> None:
    async with market.sample.databases["tickets"].connection() as connection:
        definition = await connection.fetchval("select pg_get_indexdef($1::regclass)", index)
        key = await connection.fetchval("select conname from pg_constraint where conname = $1", index)
        await connection.execute(f"alter table tickets drop constraint {index}" if key else f"drop index {index}")
        try:
            await connection.execute(statement)
            assert said in await market.breaks("S5")
        finally:
            await connection.execute("truncate tickets cascade")
            await connection.execute(
                f"alter table tickets add constraint {index} unique (serial)" if key else definition
            )


async def test_a_ticket_that_was_given_away_counts_as_its_orders(market: Market) -> None:
    """S4 sees through gifts: whoever has the place, its line is paid for, and a refund ends it."""
    assert await market.breaks("S4") == ""
    await market.run("tickets", f"update tickets set status = 'void', ended_at = now() where id = {NEW}")
    assert "a void ticket, with none in its place" in await market.breaks("S4")
