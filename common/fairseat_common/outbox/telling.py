"""What is to be seen of sending: how many events of which kind, what they tell, and how long each waited in the outbox.

Facts are counted here and not where they are written, since only what was committed comes this way. An event that is
sent twice (a crash between sending and marking) is counted twice: the ledger is exact, a metric need not be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from opentelemetry.trace import Span, SpanKind

from fairseat_common.contracts import Event, decode
from fairseat_common.outbox.store import Row
from fairseat_common.telemetry import Metrics, Tracing
from fairseat_common.telemetry.traces import traceparent_of

log = structlog.get_logger(__name__)

E = TypeVar("E", bound=Event)
RECORDED = frozenset("13579bdf")


class Telling:
    """Counts and traces what one service's relay sends."""

    def __init__(self, metrics: Metrics, tracing: Tracing) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self._listeners: dict[str, list[Callable[[Any], None]]] = {}
        self._untold: set[str] = set()
        """What could not be counted once; that is said once."""

    def on(self, event_type: type[E], count: Callable[[E], None]) -> None:
        """Have `count` called with each event of this type that was sent; it must be quick."""
        self._listeners.setdefault(event_type.subject, []).append(count)

    def begin(self, rows: Sequence[Row]) -> tuple[list[Row], dict[UUID, Span]]:
        """The rows to send; those of recorded traces with a span that began with the fact and continue from it."""
        spans: dict[UUID, Span] = {}
        begun = []
        for row in rows:
            span = self._span(row)
            if span is not None:
                spans[row.event_id] = span
                row = replace(row, traceparent=traceparent_of(span))  # noqa: PLW2901
            begun.append(row)
        return begun, spans

    def _span(self, row: Row) -> Span | None:
        # Most are not recorded, which the last figure of the flags says: these must not cost anything here.
        if not row.traceparent or row.traceparent[-1] not in RECORDED:
            return None
        at_s = datetime.fromisoformat(row.occurred_at).timestamp()
        headers = {"traceparent": row.traceparent}
        span = self._tracing.began(f"send {row.subject}", headers, at_s, SpanKind.PRODUCER)
        if span is not None:
            span.set_attributes(
                {
                    "messaging.system": "nats",
                    "messaging.destination.name": row.subject,
                    "messaging.message.id": str(row.event_id),
                }
            )
        return span

    def end(self, rows: Sequence[Row], spans: dict[UUID, Span], sent: Sequence[UUID]) -> None:
        """Note what the broker has acknowledged."""
        known = set(sent)
        for row in rows:
            if row.event_id not in known:
                continue
            self._metrics.sent(row.subject)
            if span := spans.get(row.event_id):
                span.end()
            self._tell(row)

    def _tell(self, row: Row) -> None:
        listeners = self._listeners.get(row.subject)
        if not listeners:
            return
        try:
            event = decode(row.subject, row.payload)
            for listener in listeners:
                listener(event)
        except Exception as error:  # a figure is missing then; what is sent must not wait for it
            if row.subject not in self._untold:
                self._untold.add(row.subject)
                log.warning("relay.not_counted", subject=row.subject, event_id=str(row.event_id), error=repr(error))
