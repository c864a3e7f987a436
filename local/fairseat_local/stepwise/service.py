"""One service without its bus: its database, its handlers, and what it has said so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from fairseat_common.bus import Broker, Bus, Consumer, Consumers
from fairseat_common.contracts import Event, decode
from fairseat_common.database import Database
from fairseat_common.telemetry import Metrics, Tracing


@dataclass(frozen=True)
class Said:
    """An event as it stands in its publisher's outbox."""

    id: UUID
    event: Event
    payload: bytes


@dataclass(frozen=True)
class Delivery:
    """An event on its way to one consumer of one service."""

    service: Service
    consumer: Consumer
    said: Said

    async def make(self) -> bool:
        """Deliver as the bus does: inbox, handler and outbox in one transaction; False if it is to come again."""
        headers = {"ce-id": str(self.said.id)}
        pause = await self.service.bus.handle(self.consumer, self.said.event.subject, headers, self.said.payload)
        return pause is None


@dataclass
class Service:
    """A service that does only what it is told."""

    name: str
    database: Database
    consumers: Consumers
    bus: Bus = field(init=False)
    _position: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        broker = Broker("nats://127.0.0.1:1", "stepwise")
        self.bus = Bus(self.consumers, self.database, broker, Metrics("stepwise"), Tracing("stepwise", ""))

    async def said(self) -> list[Said]:
        """What the service has said since it was asked last."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "select position, event_id, subject, payload::text as payload from outbox where position > $1"
                " order by position",
                self._position,
            )
        if rows:
            self._position = rows[-1]["position"]
        return [
            Said(row["event_id"], decode(row["subject"], row["payload"].encode()), row["payload"].encode())
            for row in rows
        ]

    def deliveries_of(self, said: Said) -> list[Delivery]:
        """Where an event has to go in this service."""
        return [
            Delivery(self, consumer, said) for consumer in self.consumers if consumer.event_type is type(said.event)
        ]

    def forget(self) -> None:
        """Begin anew, after the database was emptied."""
        self._position = 0
