"""Each event has its effect once, whatever the broker, the handler and the process do."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from fairseat_common.bus import Broker, BrokerUnavailable, Bus, Consumer, Consumers
from fairseat_common.bus.broker import Outgoing
from fairseat_common.contracts import ExpirationDue, encode
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database, migrate
from fairseat_common.ids import new_id
from fairseat_common.telemetry import Metrics, Tracing
from fairseat_common.testing.builders import now
from fairseat_common.testing.running import Servers, empty
from fairseat_common.testing.waiting import eventually

SERVICE = Path(__file__).parents[2] / "services/expiration/migrations"
DURABLE = "probe-expiration-due-v1"


@dataclass
class Probe:
    """A consumer that notes each event in a table, and does worse when it is told to."""

    database: Database
    broker: Broker
    bus: Bus
    consumer: Consumer
    refuse: set[UUID] = field(default_factory=set)
    fail: dict[UUID, int] = field(default_factory=dict)
    """How many deliveries of an order's event shall fail."""
    never_ends: bool = False
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while `never_ends`, and somebody waits in the handler."""
    task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Run the consumer."""
        self.task = asyncio.create_task(self.bus.run())

    async def stop(self) -> None:
        """End it as a service that leaves does."""
        assert self.task is not None
        self.task.cancel()
        await asyncio.wait([self.task])

    async def publish(self, event: ExpirationDue, event_id: UUID | None = None, data: bytes | None = None) -> UUID:
        identity = event_id or new_id()
        headers = {"ce-id": str(identity), "Nats-Msg-Id": str(new_id())}
        message = Outgoing(identity, event.subject, headers, encode(event) if data is None else data)
        await eventually(lambda: self._stored(message), 30)
        return identity

    async def _stored(self, message: Outgoing) -> bool:
        """Send again until the broker says that it has it, as a relay does."""
        try:
            return await self.broker.publish([message]) == [message.event_id]
        except BrokerUnavailable:
            return False

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        async with self.database.connection() as connection:
            return [tuple(row) for row in await connection.fetch(query)]

    async def effects(self) -> list[tuple[object, ...]]:
        return await self.rows("select order_id from deadlines order by ended_at")

    async def outcome(self, event_id: UUID) -> str:
        async with self.database.connection() as connection:
            query = "select outcome from inbox where consumer = $1 and event_id = $2"
            return str(await connection.fetchval(query, DURABLE, event_id) or "")


def due() -> ExpirationDue:
    return ExpirationDue(order_id=new_id(), due_at=now(), version=1, occurred_at=now())


@pytest_asyncio.fixture(loop_scope="session")
async def probe(servers: Servers, broker: Broker) -> AsyncIterator[Probe]:
    created = servers.postgres.create_service_database("expiration")
    await migrate(created.owner_url, SERVICE, "fairseat_expiration")
    database = Database(created.owner_url, size_max=6)
    await database.open()
    await empty(database)
    consumers = Consumers("probe")

    @consumers.on(ExpirationDue)
    async def expiration_due(tx: Connection, event: ExpirationDue) -> None:
        # A plain insert: a second effect would be an error.
        await tx.execute(
            "insert into deadlines values ($1, $2, 'closed', clock_timestamp())", event.order_id, event.due_at
        )
        if made.never_ends:
            made.entered.set()
            await asyncio.Event().wait()
        if event.order_id in made.refuse:
            raise NotFound
        if made.fail.get(event.order_id, 0):
            made.fail[event.order_id] -= 1
            raise KeyError("not yet")

    bus = Bus(consumers, database, broker, Metrics("probe"), Tracing("probe", ""))
    made = Probe(database, broker, bus, next(iter(consumers)))
    made.start()
    yield made
    await made.stop()
    await database.close()


async def test_repeated_deliveries_have_one_effect(probe: Probe) -> None:
    event = due()
    event_id = await probe.publish(event)
    for _ in range(5):
        await probe.publish(event, event_id)
    marker = await probe.publish(due())
    await eventually(lambda: probe.outcome(marker))
    assert (await probe.effects())[0] == (event.order_id,)
    assert len(await probe.effects()) == 2


async def test_parallel_deliveries_have_one_effect(probe: Probe) -> None:
    event, headers = due(), {"ce-id": str(new_id())}
    deliveries = [probe.bus.handle(probe.consumer, event.subject, headers, encode(event)) for _ in range(4)]
    assert await asyncio.gather(*deliveries) == [None] * 4
    assert await probe.effects() == [(event.order_id,)]


async def test_a_crash_between_commit_and_acknowledgement_repeats_nothing(probe: Probe) -> None:
    event, event_id = due(), new_id()
    # Handled and committed, never acknowledged: the broker delivers it as if nothing had happened.
    assert await probe.bus.handle(probe.consumer, event.subject, {"ce-id": str(event_id)}, encode(event)) is None
    await probe.publish(event, event_id)
    marker = await probe.publish(due())
    await eventually(lambda: probe.outcome(marker))
    assert len(await probe.effects()) == 2


async def test_who_leaves_hands_back_what_was_not_dealt_with(probe: Probe) -> None:
    probe.never_ends = True
    event_ids = [await probe.publish(due()) for _ in range(3)]
    await asyncio.wait_for(probe.entered.wait(), 30)
    await probe.stop()
    probe.never_ends = False
    probe.start()
    for event_id in event_ids:
        # The broker itself would deliver again after thirty seconds.
        await eventually(lambda event_id=event_id: probe.outcome(event_id), 10)  # type: ignore[misc]
    assert len(await probe.effects()) == 3


async def test_a_failing_handler_is_tried_again_until_it_succeeds(probe: Probe) -> None:
    event = due()
    probe.fail[event.order_id] = 2
    event_id = await probe.publish(event)
    await eventually(lambda: probe.outcome(event_id))
    assert await probe.effects() == [(event.order_id,)]
    assert probe.fail[event.order_id] == 0
    assert await probe.rows("select * from delivery_attempts") == []


async def test_delays_grow_and_what_never_succeeds_is_parked(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairseat_common.bus.consumers.ATTEMPTS_MAX", 4)
    event, event_id = due(), new_id()
    probe.fail[event.order_id] = 99
    headers = {"ce-id": str(event_id)}
    delays = [await probe.bus.handle(probe.consumer, event.subject, headers, encode(event)) for _ in range(4)]
    assert delays == [0.1, 0.2, 0.4, None]
    assert await probe.outcome(event_id) == "parked"
    assert await probe.effects() == []
    assert await probe.rows("select consumer, event_id, attempts, error from dead_letters") == [
        (DURABLE, event_id, 4, "KeyError('not yet')")
    ]


async def test_one_bad_event_in_a_backlog_stops_no_other(probe: Probe) -> None:
    events = [due() for _ in range(20)]
    probe.fail[events[7].order_id] = 1
    probe.refuse.add(events[9].order_id)
    ids = [await probe.publish(event) for event in events]
    poison = await probe.publish(due(), data=b'{"order_id": 7}')
    for event_id in (*ids, poison):
        await eventually(lambda event_id=event_id: probe.outcome(event_id))  # type: ignore[misc]
    assert len(await probe.effects()) == 19
    assert await probe.outcome(ids[9]) == "refused"
    assert await probe.outcome(poison) == "parked"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"order_id": 7}', b"\xff\x00\xfe"])
async def test_what_cannot_be_read_is_parked_at_once(probe: Probe, data: bytes) -> None:
    event_id = await probe.publish(due(), data=data)
    await eventually(lambda: probe.outcome(event_id))
    ((attempts, error),) = await probe.rows("select attempts, error from dead_letters")
    assert attempts == 1
    assert str(error).startswith("Unreadable(")


async def test_a_refusal_is_final_and_undoes_the_work(probe: Probe) -> None:
    event = due()
    probe.refuse.add(event.order_id)
    event_id = await probe.publish(event)
    await eventually(lambda: probe.outcome(event_id))
    assert await probe.outcome(event_id) == "refused"
    probe.refuse.clear()
    await probe.publish(event, event_id)
    marker = await probe.publish(due())
    await eventually(lambda: probe.outcome(marker))
    assert len(await probe.effects()) == 1


async def test_an_event_without_an_id_is_dropped(probe: Probe) -> None:
    event = due()
    message = Outgoing(new_id(), event.subject, {"Nats-Msg-Id": str(new_id())}, encode(event))
    await probe.broker.publish([message])
    marker = await probe.publish(due())
    await eventually(lambda: probe.outcome(marker))
    assert len(await probe.effects()) == 1


async def test_events_come_in_their_order(probe: Probe) -> None:
    events = [due() for _ in range(150)]
    for event in events:
        last = await probe.publish(event)
    await eventually(lambda: probe.outcome(last))
    assert await probe.effects() == [(event.order_id,) for event in events]


async def test_a_restarted_broker_is_found_again(probe: Probe, servers: Servers) -> None:
    first = await probe.publish(due())
    await eventually(lambda: probe.outcome(first))
    servers.nats.stop()
    servers.nats.start()
    second = await probe.publish(due())
    await eventually(lambda: probe.outcome(second), 30)


async def test_a_broker_that_stops_for_a_while_is_heard_again(probe: Probe, servers: Servers) -> None:
    """A question that was asked meanwhile is answered late, and nothing that comes after is lost over it."""
    assert await probe.broker.answers()
    reconnected = probe.broker.generation

    async def is_silent() -> bool:
        """A signal to stop takes its moment: the first answer may still come."""
        return not await probe.broker.answers()

    os.kill(servers.nats.pid, signal.SIGSTOP)
    try:
        await eventually(is_silent)
        event = due()
    finally:
        os.kill(servers.nats.pid, signal.SIGCONT)
    await eventually(probe.broker.answers)
    heard = await probe.publish(event)
    await eventually(lambda: probe.outcome(heard))
    assert probe.broker.generation == reconnected, "the connection has lived on"


async def test_a_broker_that_lost_everything_is_set_up_again(probe: Probe, servers: Servers) -> None:
    first = await probe.publish(due())
    await eventually(lambda: probe.outcome(first))
    servers.nats.stop()
    shutil.rmtree(servers.nats.data_dir / "jetstream")
    servers.nats.start()
    second = await probe.publish(due())
    await eventually(lambda: probe.outcome(second), 30)


async def test_a_database_that_is_away_counts_no_attempt(probe: Probe) -> None:
    event = due()
    closed = Bus(Consumers("probe"), Database("postgresql://127.0.0.1:9/none"), probe.broker, *silent())
    assert await closed.handle(probe.consumer, event.subject, {"ce-id": str(new_id())}, encode(event)) == 1.0
    assert await probe.rows("select * from delivery_attempts") == []


def silent() -> tuple[Metrics, Tracing]:
    return Metrics("silent"), Tracing("silent", "")


def test_two_handlers_for_one_event_are_a_mistake() -> None:
    consumers = Consumers("twice")

    async def handler(_tx: Connection, _event: ExpirationDue) -> None:
        return

    consumers.on(ExpirationDue)(handler)
    with pytest.raises(AssertionError, match="two handlers"):
        consumers.on(ExpirationDue)(handler)
