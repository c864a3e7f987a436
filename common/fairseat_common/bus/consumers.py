"""Runs a service's event handlers: each event once, in a transaction with everything it causes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from fairseat_common.bus import store
from fairseat_common.bus.broker import Broker, BrokerUnavailable
from fairseat_common.bus.declaring import Consumer, Consumers
from fairseat_common.cancelling import check_cancelled
from fairseat_common.contracts import Event, decode, stream_of
from fairseat_common.contracts.refusals import Refusal
from fairseat_common.database.pool import Connection, Database
from fairseat_common.telemetry import Metrics, Tracing, current_traceparent
from fairseat_common.telemetry.traces import note, recorded

log = structlog.get_logger(__name__)

FETCH_MAX = 64
FETCH_TIMEOUT_S = 5.0
LAST_FETCH_S = 0.03
HAND_BACK_MAX_S = 1.0
ATTEMPTS_MAX = 15
DELAY_FIRST_S = 0.05
DELAY_MAX_S = 30.0
RECONNECT_PAUSE_S = 0.25
NOTED = ("order_id", "payment_id", "listing_id", "show_id")
DATABASE_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
)


class Unreadable(Exception):
    """The event does not fit its contract: no number of attempts would change that."""


def note_event(event: Event) -> None:
    """Say in the span which order, payment or show an event is about."""
    note(**{name: str(value) for name in NOTED if (value := getattr(event, name, None)) is not None})


class Bus:
    """Runs consumers until cancelled."""

    def __init__(
        self, consumers: Consumers, database: Database, broker: Broker, metrics: Metrics, tracing: Tracing
    ) -> None:
        self._consumers = consumers
        self._database = database
        self._broker = broker
        self._metrics = metrics
        self._tracing = tracing

    async def run(self) -> None:
        """Run every consumer side by side."""
        async with asyncio.TaskGroup() as group:
            for consumer in self._consumers:
                group.create_task(self._consume(consumer), name=consumer.durable)

    async def _consume(self, consumer: Consumer) -> None:
        while True:
            check_cancelled()
            try:
                subject = consumer.event_type.subject
                subscription = await self._broker.pull(stream_of(subject), consumer.durable, subject)
                await self._deliver(consumer, subscription, self._broker.generation)
                await subscription.unsubscribe()
            except (BrokerUnavailable, NatsError, OSError) as error:
                log.debug("bus.waiting", consumer=consumer.durable, error=repr(error))
            await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _deliver(
        self, consumer: Consumer, subscription: JetStreamContext.PullSubscription, generation: int
    ) -> None:
        left: deque[Msg] = deque()
        try:
            # After a reconnection the server may have forgotten the consumer: leave, and set it up again.
            while self._broker.generation == generation:
                check_cancelled()
                try:
                    left.extend(await subscription.fetch(FETCH_MAX, timeout=FETCH_TIMEOUT_S))
                except TimeoutError:
                    continue
                if len(left) > 1 and await self._receive_together(consumer, left):
                    left.clear()
                while left:
                    await self._receive(consumer, left[0])
                    left.popleft()
        except asyncio.CancelledError:
            await self._hand_back(subscription, left)
            raise

    async def _hand_back(self, subscription: JetStreamContext.PullSubscription, left: deque[Msg]) -> None:
        """Give back what was fetched and not dealt with: another process has it at once, and not after `ACK_WAIT_S`."""
        with suppress(TimeoutError, NatsError, OSError):
            async with asyncio.timeout(HAND_BACK_MAX_S):
                with suppress(TimeoutError):
                    # What the broker had sent when the waiting for it was broken off.
                    left.extend(await subscription.fetch(FETCH_MAX, timeout=LAST_FETCH_S))
                for message in left:
                    with suppress(NatsError):
                        await message.nak()
                await subscription.unsubscribe()

    async def _receive_together(self, consumer: Consumer, messages: Sequence[Msg]) -> bool:
        """Handle a backlog in one transaction, which costs one commit instead of one each.

        False if anything at all is unusual: nothing has happened then, and each is handled for itself.
        """
        try:
            events = {UUID((m.headers or {})["ce-id"]): (m, decode(m.subject, m.data)) for m in messages}
            async with self._database.transaction() as tx:
                fresh = await store.inbox_enter_many(tx, consumer.durable, list(events))
                for event_id in fresh:
                    message, event = events[event_id]
                    with self._span(consumer, message):
                        await self._work(tx, consumer, event)
        except Exception as error:  # a refusal, a failing handler, a deadlock: found out one by one
            log.debug("bus.one_by_one", consumer=consumer.durable, error=repr(error))
            return False
        for message in messages:
            await self._answer(consumer, message, None)
        for event_id in fresh:
            self._handled(consumer, events[event_id][0].headers or {})
        self._metrics.delivery(consumer.durable, "repeated", len(messages) - len(fresh))
        return True

    async def _receive(self, consumer: Consumer, message: Msg) -> None:
        with self._span(consumer, message) as span:
            delay_s = await self.handle(consumer, message.subject, message.headers or {}, message.data)
            if delay_s is not None:
                span.set_status(Status(StatusCode.ERROR, "to be tried again"))
        await self._answer(consumer, message, delay_s)

    def _span(self, consumer: Consumer, message: Msg) -> AbstractContextManager[Span]:
        """The work on a delivery continues the trace of whatever caused the event."""
        headers = message.headers or {}
        return self._tracing.span(
            f"handle {message.subject}",
            headers,
            SpanKind.CONSUMER,
            **{
                "messaging.system": "nats",
                "messaging.destination.name": message.subject,
                "messaging.consumer.group.name": consumer.durable,
                "messaging.message.id": headers.get("ce-id", ""),
            },
        )

    async def _work(self, tx: Connection, consumer: Consumer, event: Event) -> None:
        """Call the handler; of a recorded trace the database knows for as long as the transaction lasts."""
        note_event(event)
        if self._consumers.hands_on_traces and recorded():
            await store.trace_set(tx, current_traceparent() or "")
        await consumer.handler(tx, event)

    def _handled(self, consumer: Consumer, headers: Mapping[str, str]) -> None:
        self._metrics.delivery(consumer.durable, "handled")
        with suppress(KeyError, ValueError):
            told_at_s = datetime.fromisoformat(headers["ce-time"]).timestamp()
            self._metrics.handled(consumer.durable, time.time() - told_at_s)

    async def _answer(self, consumer: Consumer, message: Msg, delay_s: float | None) -> None:
        try:
            if delay_s is None:
                await message.ack()
            else:
                await message.nak(delay=delay_s)
        except NatsError as error:
            # The broker delivers again, and the inbox knows the event.
            log.debug("bus.ack_lost", consumer=consumer.durable, error=repr(error))

    async def handle(self, consumer: Consumer, subject: str, headers: dict[str, str], data: bytes) -> float | None:
        """Handle one delivery. Answers None when it is done with, else after how many seconds to try again."""
        try:
            event_id = UUID(headers["ce-id"])
        except (KeyError, ValueError):
            log.error("bus.no_event_id", consumer=consumer.durable, subject=subject)
            return None
        try:
            outcome = await self._apply(consumer, event_id, subject, data)
        except DATABASE_AWAY as error:
            log.warning("bus.database_away", consumer=consumer.durable, error=repr(error))
            return 1.0
        except Exception as error:  # whatever a handler throws is counted, retried and finally parked
            return await self._failed(consumer, event_id, subject, headers, data, error)
        if outcome == "handled":
            self._handled(consumer, headers)
        else:
            self._metrics.delivery(consumer.durable, outcome)
        return None

    async def _apply(self, consumer: Consumer, event_id: UUID, subject: str, data: bytes) -> str:
        try:
            event = decode(subject, data)
        except (LookupError, msgspec.MsgspecError) as error:
            raise Unreadable(f"{type(error).__name__}: {error}") from error
        try:
            async with self._database.transaction() as tx:
                if not await store.inbox_enter(tx, consumer.durable, event_id, "handled"):
                    return "repeated"
                await self._work(tx, consumer, event)
            return "handled"
        except Refusal as refusal:
            # A definite no: the handler's work is rolled back, and asking again would change nothing.
            log.info("bus.refused", consumer=consumer.durable, event_id=str(event_id), refusal=refusal.slug)
            async with self._database.transaction() as tx:
                await store.inbox_enter(tx, consumer.durable, event_id, "refused")
            return "refused"

    async def _failed(
        self,
        consumer: Consumer,
        event_id: UUID,
        subject: str,
        headers: dict[str, str],
        data: bytes,
        error: Exception,
    ) -> float | None:
        hopeless = isinstance(error, Unreadable)
        try:
            async with self._database.transaction() as tx:
                attempts = await store.attempt_count(tx, consumer.durable, event_id, repr(error)[:2000])
                parked = hopeless or attempts >= ATTEMPTS_MAX
                if parked:
                    await self._park(tx, consumer, event_id, subject, headers, data, attempts, error)
        except DATABASE_AWAY:
            return 1.0
        self._metrics.delivery(consumer.durable, "parked" if parked else "retried")
        log.error(
            "bus.parked" if parked else "bus.retried",
            consumer=consumer.durable,
            event_id=str(event_id),
            attempts=attempts,
            exc_info=error,
        )
        return None if parked else min(DELAY_FIRST_S * 2**attempts, DELAY_MAX_S)

    async def _park(
        self,
        tx: Connection,
        consumer: Consumer,
        event_id: UUID,
        subject: str,
        headers: dict[str, str],
        data: bytes,
        attempts: int,
        error: Exception,
    ) -> None:
        payload = data.decode(errors="replace").replace("\x00", "�")
        if not await store.inbox_enter(tx, consumer.durable, event_id, "parked"):
            # Dealt with before: a repeated delivery, e.g. of a rebuild, changes nothing.
            return
        await store.dead_letter_add(
            tx, consumer.durable, event_id, subject, payload, headers, attempts, repr(error)[:2000]
        )
