"""What is to be seen of sending: what waits, what was given up, how long it took, and the trace it belongs to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Literal

from opentelemetry.trace import Span, SpanKind
from prometheus_client import Histogram

from fairseat_common.database import Database
from fairseat_common.telemetry import Metrics, Tracing
from notifications import store, store_webhook_sending

Outcome = Literal["sent", "postponed", "parked"]
SERVICE = "notifications"
BUCKETS_S = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)


class Seen:
    """The metrics and spans of mails and webhooks."""

    def __init__(self, metrics: Metrics, tracing: Tracing) -> None:
        self._tracing = tracing
        self._mails = metrics.gauge("mails", "Mails by state: queued, parked.", "state")
        self._oldest_s = metrics.gauge("mails_oldest_seconds", "For how long the oldest queued mail has been due.")
        self._webhooks = metrics.gauge(
            "webhook_deliveries", "Deliveries to webhooks by state: queued, late (due for a minute and more).", "state"
        )
        self._sent = Histogram(
            "fairseat_mail_seconds",
            "Time from the fact that a mail tells to the moment at which a mail server accepted it.",
            ["service"],
            buckets=BUCKETS_S,
            registry=metrics.registry,
        )
        self._tried = metrics.counter("mails_tried", "Tries to send a mail: sent, postponed, parked.", "outcome")
        self._called = metrics.counter("webhooks_tried", "Tries to call a webhook: delivered, failed.", "outcome")
        metrics.begin_at_zero(self._tried, "sent", "postponed", "parked")
        metrics.begin_at_zero(self._called, "delivered", "failed")

    def working(
        self, name: str, traceparent: str | None, attributes: Mapping[str, str]
    ) -> AbstractContextManager[Span]:
        """Sending continues the trace of the event that caused it."""
        return self._tracing.span(name, {"traceparent": traceparent or ""}, SpanKind.CLIENT, **attributes)

    def mail(self, outcome: Outcome, created_at_s: float) -> None:
        """Count a try to send a mail."""
        self._tried.labels(SERVICE, outcome).inc()
        if outcome == "sent":
            self._sent.labels(SERVICE).observe(max(time.time() - created_at_s, 0.0))

    def webhook(self, delivered: bool) -> None:
        """Count a try to call a webhook."""
        self._called.labels(SERVICE, "delivered" if delivered else "failed").inc()

    async def read(self, database: Database) -> None:
        """Set the gauges from the database; each question has an index of what is open, and an end to its counting."""
        async with database.connection() as connection:
            mails = await store.mail_backlog(connection)
            webhooks = await store_webhook_sending.backlog(connection)
        self._mails.labels(SERVICE, "queued").set(mails.queued)
        self._mails.labels(SERVICE, "parked").set(mails.parked)
        self._oldest_s.labels(SERVICE).set(mails.oldest_s)
        self._webhooks.labels(SERVICE, "queued").set(webhooks.queued)
        self._webhooks.labels(SERVICE, "late").set(webhooks.late)
