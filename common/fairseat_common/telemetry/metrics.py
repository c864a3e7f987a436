"""Prometheus metrics that every service has."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics.exposition import generate_latest

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one service, in a registry of its own so that several can share a process."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self.requests = Histogram(
            "fairseat_request_seconds",
            "Time from the first byte of a request to the last byte of its answer.",
            ["service", "method", "route", "status"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.deliveries = Counter(
            "fairseat_deliveries",
            "Events that a consumer took from the bus, by outcome: handled, repeated, refused, retried, parked.",
            ["service", "consumer", "outcome"],
            registry=self.registry,
        )
        self.handling = Histogram(
            "fairseat_delivery_seconds",
            "Time from the event's publication to the end of its handling.",
            ["service", "consumer"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.outbox_waiting = Gauge(
            "fairseat_outbox_waiting",
            "Events that were committed but not sent yet.",
            ["service"],
            registry=self.registry,
        )
        self.outbox_age_s = Gauge(
            "fairseat_outbox_age_seconds",
            "Age of the oldest event that was not sent yet.",
            ["service"],
            registry=self.registry,
        )
        self.dead_letters = Gauge(
            "fairseat_dead_letters",
            "Events that a consumer could not digest and nobody has replayed.",
            ["service"],
            registry=self.registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self.requests.labels(self._service, method, route, str(status)).observe(seconds)

    def delivery(self, consumer: str, outcome: str, count: int = 1) -> None:
        """Count delivered events."""
        self.deliveries.labels(self._service, consumer, outcome).inc(count)

    def backlog(self, waiting: int, age_s: float, dead_letters: int) -> None:
        """Set the gauges that are read from the database."""
        self.outbox_waiting.labels(self._service).set(waiting)
        self.outbox_age_s.labels(self._service).set(age_s)
        self.dead_letters.labels(self._service).set(dead_letters)

    def exposition(self) -> bytes:
        """All metrics in the OpenMetrics text format."""
        exposition = generate_latest(self.registry)  # type: ignore[no-untyped-call]  # the library's function is not typed
        assert isinstance(exposition, bytes)
        return exposition
