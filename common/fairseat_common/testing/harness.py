"""One harness for every consumer of a service: each event twice, in any order, and a crash between the steps.

    async def test_consumers_settle_whatever_happens(start: StartService) -> None:
        orders = await start("orders")
        await Harness(orders, consumers).settles([show, listing, held], state=["orders", "seats"])

Handlers are called as the bus calls them, in this process, on the service's real database; the running service hears
nothing meanwhile, since nothing is published.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fairseat_common.bus import Broker, Bus, Consumer, Consumers
from fairseat_common.contracts import Event, encode
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.telemetry import Metrics, Tracing
from fairseat_common.testing.running import RunningService, empty

ROUNDS_MAX = 20
ORDERS_MAX = 24
State = dict[str, list[str]]


class Crash(Exception):
    """The process died after the handler's work and before the commit."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one consumer; the id is the same each time it is delivered."""

    consumer: Consumer
    event: Event
    event_id: UUID


class Harness:
    """Delivers events to a service's handlers in the ways in which a broker may deliver them."""

    def __init__(self, service: RunningService, consumers: Consumers) -> None:
        self._service = service
        self._consumers = {consumer.event_type: consumer for consumer in consumers}
        self._bus = Bus(
            consumers,
            service.database,
            Broker("nats://127.0.0.1:1", "harness"),
            Metrics("harness"),
            Tracing("harness", ""),
        )

    def deliveries(self, events: Sequence[Event]) -> list[Delivery]:
        """The deliveries of events that this service hears."""
        return [
            Delivery(self._consumers[type(event)], event, new_id())
            for event in events
            if type(event) in self._consumers
        ]

    async def deliver(self, delivery: Delivery) -> bool:
        """Deliver once, as the bus does; False if it would be delivered again later."""
        return await self._handle(delivery.consumer, delivery) is None

    async def deliver_and_crash(self, delivery: Delivery) -> None:
        """Deliver, and die between the handler and the commit: nothing of it may remain."""

        async def handle_and_crash(tx: Connection, event: Any) -> None:
            await delivery.consumer.handler(tx, event)
            raise Crash

        await self._handle(replace(delivery.consumer, handler=handle_and_crash), delivery)

    async def state(self, tables: Iterable[str], without: Sequence[str] = ()) -> State:
        """What the tables hold, as sorted rows without the columns that differ from run to run."""
        found = {}
        async with self._service.database.connection() as connection:
            for table in tables:
                rows = await connection.fetch(f"select to_jsonb(t) - $1::text[] as row from {table} t", list(without))  # noqa: S608
                found[table] = sorted(str(row["row"]) for row in rows)
        return found

    async def settles(
        self, events: Sequence[Event], state: Sequence[str], without: Sequence[str] = (), prepare: Sequence[str] = ()
    ) -> State:
        """Deliver in all orders, each event twice and with a crash before; the outcome must always be the same.

        `state` names the tables to compare, `without` the columns to leave out (times, random ids), `prepare` the
        statements that set the scene. Answers the state. Raises AssertionError where it depends on the deliveries.
        """
        deliveries = self.deliveries(events)
        assert deliveries, "the service hears none of these events"
        first: State | None = None
        for order in itertools.islice(itertools.permutations(deliveries), ORDERS_MAX):
            await self._scene(prepare)
            await self._until_quiet(order)
            reached = await self.state(state, without)
            first = first or reached
            names = [delivery.consumer.durable for delivery in order]
            assert reached == first, f"another outcome when delivered as {names}: {reached} is not {first}"
        assert first is not None
        return first

    async def _scene(self, prepare: Sequence[str]) -> None:
        await empty(self._service.database)
        async with self._service.database.transaction() as tx:
            for statement in prepare:
                await tx.execute(statement)

    async def _until_quiet(self, order: Sequence[Delivery]) -> None:
        """Deliver until everything is done with: what waits for another event is delivered again."""
        waiting = list(order)
        for _ in range(ROUNDS_MAX):
            for delivery in waiting:
                await self._crash_leaves_nothing(delivery)
            waiting = [delivery for delivery in waiting if not await self.deliver(delivery)]
            if not waiting:
                break
        assert not waiting, f"{[delivery.consumer.durable for delivery in waiting]} never came to an end"
        for delivery in order:
            assert await self.deliver(delivery), f"{delivery.consumer.durable} does not know its event any more"

    async def _crash_leaves_nothing(self, delivery: Delivery) -> None:
        tables = await self._tables()
        before = await self.state(tables)
        await self.deliver_and_crash(delivery)
        after = await self.state(tables)
        changed = [table for table in tables if before[table] != after[table]]
        assert not changed, f"a crash of {delivery.consumer.durable} left something in {changed}"

    async def _tables(self) -> list[str]:
        """Every table, but those in which the bus itself notes failures and refusals."""
        async with self._service.database.connection() as connection:
            rows = await connection.fetch(
                "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'"
            )
        own = {"delivery_attempts", "dead_letters", "inbox", "migrations"}
        return sorted({row["name"] for row in rows} - own)

    async def _handle(self, consumer: Consumer, delivery: Delivery) -> float | None:
        headers = {"ce-id": str(delivery.event_id)}
        return await self._bus.handle(consumer, delivery.event.subject, headers, encode(delivery.event))
