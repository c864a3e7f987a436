"""What a service shows of its surroundings: its database, its outbox, its consumers, its streams, its rules."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from fairseat_common.bus import Broker, Consumer
from fairseat_common.bus.store import backlog
from fairseat_common.contracts import stream_of
from fairseat_common.contracts.publishers import streams_of
from fairseat_common.database import Database
from fairseat_common.invariants import Invariant, report
from fairseat_common.telemetry import Metrics, Readings

BROKER_EVERY_S = 10.0


class Measuring:
    """The readings of one service that every service has."""

    def __init__(
        self, service: str, metrics: Metrics, readings: Readings, broker: Broker, database: Database | None
    ) -> None:
        self._service = service
        self._metrics = metrics
        self._readings = readings
        self._broker = broker
        self._database = database
        metrics.watched("broker_connected", "Whether the broker can be reached.", lambda: float(broker.connected))

    def of(self, consumers: Iterable[Consumer], invariants: Sequence[Invariant], invariants_s: float) -> None:
        """All that there is to see of a service with these consumers and rules; its rules every so many seconds."""
        self._consumers(consumers)
        if self._database is not None:
            self._backlog(self._database)
            self._invariants(self._database, invariants, invariants_s)

    def _backlog(self, database: Database) -> None:
        """The pool, the outbox, the dead letters, and the streams that are filled from it."""
        watched = self._metrics.watched
        watched("pool_in_use", "Database connections that somebody works with.", lambda: database.in_use)
        watched("pool_waiting", "How many wait for a database connection.", lambda: database.waiting)
        watched("pool_max", "How many database connections there can be.", lambda: database.size_max)

        async def read() -> None:
            async with database.connection() as connection:
                self._metrics.backlog(*await backlog(connection))

        # Always: whoever waits until all is quiet has to see what is, and it costs a millisecond.
        self._readings.add("backlog", read, every_s=0.0)
        self._streams()

    def _consumers(self, consumers: Iterable[Consumer]) -> None:
        """How far behind each consumer is, asked of the broker, whichever process works on it."""
        pending = self._metrics.gauge("consumer_pending", "Deliveries that are not acknowledged yet.", "consumer")
        known = [(stream_of(each.event_type.subject), each.durable) for each in consumers]

        async def read() -> None:
            for stream, durable in known:
                behind = await self._broker.pending(stream, durable)
                if behind is not None:
                    pending.labels(self._service, durable).set(behind)

        if known:
            self._readings.add("consumers", read, BROKER_EVERY_S)

    def _streams(self) -> None:
        """How full the streams are that this service publishes."""
        messages = self._metrics.gauge("stream_messages", "Events that a stream holds.", "stream")
        size = self._metrics.gauge("stream_bytes", "Bytes that a stream holds.", "stream")
        size_max = self._metrics.gauge("stream_bytes_max", "Bytes at which a stream drops its oldest.", "stream")

        async def read() -> None:
            for stream in streams_of(self._service):
                found = await self._broker.stream_size(stream)
                if found is not None:
                    for gauge, value in zip((messages, size, size_max), found, strict=True):
                        gauge.labels(self._service, stream).set(value)

        self._readings.add("streams", read, BROKER_EVERY_S)

    def _invariants(self, database: Database, invariants: Sequence[Invariant], every_s: float) -> None:
        """Whether the service's own rules hold; 0 seconds: only when an operator asks."""
        breaks = self._metrics.gauge("invariant_breaks", "Violations of a rule that must always hold.", "invariant")
        checked = self._metrics.gauge("invariants_checked_at_seconds", "When the rules were checked last (Unix time).")
        if not every_s:
            return

        async def read() -> None:
            found = await report(database, self._service, invariants)
            for each in found.invariants:
                if each.holds is not None:
                    breaks.labels(self._service, each.name).set(len(each.violations))
            checked.labels(self._service).set(time.time())

        self._readings.add("invariants", read, every_s)
