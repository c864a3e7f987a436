"""Sends what the outbox holds, in order, and marks it as sent once the broker has it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog
from opentelemetry.trace import Span

from fairseat_common.bus.broker import Broker, BrokerUnavailable, Outgoing
from fairseat_common.cancelling import check_cancelled
from fairseat_common.contracts.publishers import streams_of
from fairseat_common.database.pool import Connection, Database
from fairseat_common.outbox import store
from fairseat_common.outbox.telling import Telling

log = structlog.get_logger(__name__)

BATCH_MAX = 256
POLL_S = 1.0
RETRY_S = 0.5
FLUSH_POLL_S = 0.02
RETENTION = timedelta(days=7)
PRUNE_EVERY_S = 600.0
PRUNE_ROWS_MAX = 10_000
LOCK_KEY = 7_231_002


class Relay:
    """One relay per service is active at a time, chosen by an advisory lock; others stand by.

    It is woken in process after each commit and looks by itself every second, so nothing depends on the wake-up.
    A row may be sent twice (a crash between sending and marking); `Nats-Msg-Id` and the inbox make that harmless.
    """

    def __init__(self, service: str, database: Database, broker: Broker, telling: Telling | None = None) -> None:
        self._service = service
        self._streams = streams_of(service)
        self._database = database
        self._broker = broker
        self._telling = telling
        self._wake = asyncio.Event()
        self._pruned_at = time.monotonic()
        database.after_commit(self._wake.set)

    async def run(self) -> None:
        """Relay until cancelled; a lost database or broker is waited for."""
        while True:
            check_cancelled()
            try:
                await self._lead()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("relay.database_lost", service=self._service, error=repr(error))
            await asyncio.sleep(RETRY_S)

    async def flush(self, wait_s: float) -> None:
        """Wait until nothing that was committed is left to send, or for `wait_s`; somebody's `run` must be running.

        For an orderly end: without it what was said last would be sent only once another process leads.
        """
        with suppress(TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with asyncio.timeout(wait_s):
                while await self._has_unsent():
                    self._wake.set()
                    await asyncio.sleep(FLUSH_POLL_S)

    async def _has_unsent(self) -> bool:
        async with self._database.connection() as connection:
            return bool(await store.unpublished(connection, 1))

    async def _lead(self) -> None:
        # The lock lives as long as this connection, so a crashed leader is followed at once.
        connection = await asyncpg.connect(self._database.url, timeout=5, command_timeout=15)
        try:
            await self._become_leader(connection)
            while True:
                check_cancelled()
                await self._turn(connection)
        finally:
            with suppress(Exception):
                await connection.close(timeout=2)

    async def _become_leader(self, connection: Connection) -> None:
        while True:
            if await connection.fetchval("select pg_try_advisory_lock($1)", LOCK_KEY):
                return
            await asyncio.sleep(POLL_S)

    async def _turn(self, connection: Connection) -> None:
        self._wake.clear()
        await self._keep_streams()
        rows = await store.unpublished(connection, BATCH_MAX)
        if rows:
            await self._send(connection, rows)
            return
        if time.monotonic() - self._pruned_at > PRUNE_EVERY_S:
            self._pruned_at = time.monotonic()
            await store.prune(connection, RETENTION, PRUNE_ROWS_MAX)
            await store.forget(connection, 2 * RETENTION)
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()

    async def _keep_streams(self) -> None:
        """Have our streams before there is anything to send, since others wait for them."""
        try:
            for stream in self._streams:
                await self._broker.keep_stream(stream)
        except BrokerUnavailable as error:
            log.debug("relay.no_streams", service=self._service, error=str(error))

    async def _send(self, connection: Connection, rows: Sequence[store.Row]) -> None:
        spans: dict[UUID, Span] = {}
        if self._telling is not None:
            rows, spans = self._telling.begin(rows)
        try:
            sent = await self._broker.publish([outgoing(self._service, row) for row in rows])
        except BrokerUnavailable as error:
            log.warning("relay.broker_unavailable", service=self._service, error=str(error))
            await asyncio.sleep(RETRY_S)
            return
        if sent:
            await store.mark_published(connection, sent)
            if self._telling is not None:
                self._telling.end(rows, spans, sent)
        if len(sent) < len(rows):
            await asyncio.sleep(RETRY_S)


def outgoing(service: str, row: store.Row) -> Outgoing:
    """The message for an outbox row: CloudEvents attributes in the headers, the event as the body."""
    headers = {
        "Nats-Msg-Id": str(row.event_id),
        "ce-specversion": "1.0",
        "ce-id": str(row.event_id),
        "ce-source": f"/fairseat/{service}",
        "ce-type": row.subject,
        "ce-subject": str(row.aggregate_id),
        "ce-time": row.occurred_at,
        "content-type": "application/json",
    }
    if row.traceparent:
        headers["traceparent"] = row.traceparent
    return Outgoing(event_id=row.event_id, subject=row.subject, headers=headers, data=row.payload)
