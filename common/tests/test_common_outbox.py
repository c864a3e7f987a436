"""The outbox loses nothing, invents nothing, and has one relay at a time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from fairseat_common import outbox
from fairseat_common.bus import Broker
from fairseat_common.contracts import ExpirationDue
from fairseat_common.database import Database, migrate
from fairseat_common.ids import new_id
from fairseat_common.outbox import Relay
from fairseat_common.outbox.relay import LOCK_KEY
from fairseat_common.testing.builders import now
from fairseat_common.testing.running import Servers, empty
from fairseat_common.testing.waiting import eventually

SERVICE = Path(__file__).parents[2] / "services/expiration/migrations"


def due(version: int = 1, order_id: UUID | None = None) -> ExpirationDue:
    return ExpirationDue(order_id=order_id or new_id(), due_at=now(), version=version, occurred_at=now())


@pytest_asyncio.fixture(loop_scope="session")
async def database(servers: Servers) -> AsyncIterator[Database]:
    created = servers.postgres.create_service_database("expiration")
    await migrate(created.owner_url, SERVICE, "fairseat_expiration")
    opened = Database(created.owner_url, size_max=6)
    await opened.open()
    await empty(opened)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def heard(broker: Broker) -> AsyncIterator[list[UUID]]:
    """The ids of orders in the order in which the broker got their events."""
    ids: list[UUID] = []

    async def note(_subject: str, data: bytes) -> None:
        ids.append(msgspec.json.decode(data, type=ExpirationDue).order_id)

    async with broker.listen(["expiration.>"], note):
        yield ids


@pytest_asyncio.fixture(loop_scope="session")
async def relay(database: Database, broker: Broker) -> AsyncIterator[Relay]:
    running = Relay("expiration", database, broker)
    task = asyncio.create_task(running.run())
    yield running
    task.cancel()
    await asyncio.wait([task])


async def holds(condition: Callable[[], bool]) -> bool:
    return condition()


async def unsent(database: Database) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval("select count(*) from outbox where published_at is null") or 0)


async def test_a_transaction_held_open_while_others_commit_loses_nothing(
    database: Database, heard: list[UUID], relay: Relay
) -> None:
    early, late = due(), [due() for _ in range(5)]
    async with database.transaction() as slow:
        await outbox.append(slow, early)
        for event in late:
            async with database.transaction() as tx:
                await outbox.append(tx, event)
        await eventually(lambda: holds(lambda: len(heard) == 5))
        assert early.order_id not in heard
    await eventually(lambda: holds(lambda: early.order_id in heard))
    assert heard == [event.order_id for event in late] + [early.order_id]


async def test_a_rollback_publishes_nothing(database: Database, heard: list[UUID], relay: Relay) -> None:
    with suppress(LookupError):
        async with database.transaction() as tx:
            await outbox.append(tx, due())
            raise LookupError
    marker = due()
    async with database.transaction() as tx:
        await outbox.append(tx, marker)
    await eventually(lambda: holds(lambda: marker.order_id in heard))
    assert heard == [marker.order_id]


async def test_an_aggregates_events_keep_their_order(database: Database, heard: list[UUID], relay: Relay) -> None:
    events = [due() for _ in range(600)]
    async with database.transaction() as tx:
        await outbox.append_many(tx, events)
    await eventually(lambda: holds(lambda: len(heard) >= 600))
    assert heard == [event.order_id for event in events]

    async def all_marked() -> bool:
        return not await unsent(database)

    await eventually(all_marked)


async def test_an_aggregate_has_each_version_once(database: Database) -> None:
    first = due()
    async with database.transaction() as tx:
        await outbox.append(tx, first)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with database.transaction() as tx:
            await outbox.append(tx, due(order_id=first.order_id))


async def test_of_two_relays_one_leads_and_the_other_takes_over(
    database: Database, broker: Broker, heard: list[UUID]
) -> None:
    relays = [Relay("expiration", database, broker) for _ in range(2)]
    tasks = [asyncio.create_task(each.run()) for each in relays]

    async def leaders() -> int:
        async with database.connection() as connection:
            return int(
                await connection.fetchval(
                    "select count(*) from pg_locks l join pg_database d on d.oid = l.database and"
                    " d.datname = current_database() where locktype = 'advisory' and objid = $1 and granted",
                    LOCK_KEY,
                )
                or 0
            )

    await eventually(leaders)
    events = [due() for _ in range(50)]
    async with database.transaction() as tx:
        await outbox.append_many(tx, events)
    await eventually(lambda: holds(lambda: len(heard) >= 50))
    assert heard == [event.order_id for event in events]
    assert await leaders() == 1
    async with database.connection() as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = $1", LOCK_KEY
        )
    follower = due()
    async with database.transaction() as tx:
        await outbox.append(tx, follower)
    await eventually(lambda: holds(lambda: follower.order_id in heard))
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


PROGRAM = """
import asyncio, sys
from fairseat_common.bus import Broker
from fairseat_common.database import Database
from fairseat_common.outbox import Relay

async def main():
    database, broker = Database(sys.argv[1], size_max=2), Broker(sys.argv[2], "relay")
    await database.open()
    await broker.open()
    await Relay("expiration", database, broker).run()

asyncio.run(main())
"""


async def test_a_relay_killed_with_9_is_followed(
    database: Database, broker: Broker, servers: Servers, heard: list[UUID]
) -> None:
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, database.url, servers.nats.url)
    first, second = due(), due()
    async with database.transaction() as tx:
        await outbox.append(tx, first)
    await eventually(lambda: holds(lambda: first.order_id in heard), 20)
    os.kill(killed.pid, signal.SIGKILL)
    await killed.wait()
    async with database.transaction() as tx:
        await outbox.append(tx, second)
    task = asyncio.create_task(Relay("expiration", database, broker).run())
    await eventually(lambda: holds(lambda: second.order_id in heard))
    task.cancel()
    await asyncio.wait([task])


async def test_a_broker_that_is_away_costs_time_and_no_event(
    database: Database, servers: Servers, heard: list[UUID], relay: Relay
) -> None:
    servers.nats.stop()
    events = [due() for _ in range(3)]
    async with database.transaction() as tx:
        await outbox.append_many(tx, events)
    assert await unsent(database) == 3
    servers.nats.start()

    async def sent() -> bool:
        return not await unsent(database)

    await eventually(sent, 30)


async def test_only_old_rows_are_pruned(database: Database) -> None:
    async with database.transaction() as tx:
        await outbox.append_many(tx, [due() for _ in range(3)])
        await tx.execute(
            "update outbox set published_at = now() - make_interval(days => (position % 3)::int * 8)"
            " where position % 3 < 2"
        )
        await tx.execute("select outbox_prune('7 days', 100)")
        left = await tx.fetch("select published_at from outbox order by position")
    assert len(left) == 2
