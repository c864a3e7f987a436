"""Prometheus metrics that every service has.

What happens is counted where it happens. What has to be read from the database or the broker is read when somebody
asks for the metrics, by `Readings`. No label has an id in it: routes are templates, consumers and subjects are listed
in code, so that the number of series does not grow with the number of people.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.openmetrics.exposition import generate_latest

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "other"


class Metrics:
    """The metrics of one service, in a registry of its own so that several can share a process."""

    def __init__(self, service: str, release: str = "", commit: str = "") -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self._make_requests()
        self._make_deliveries()
        self._make_backlog()
        ProcessCollector(registry=self.registry)
        build = self.gauge("build_info", "The release that runs, always 1.", "release", "commit", "python")
        build.labels(service, release, commit, platform.python_version()).set(1)

    def _make_requests(self) -> None:
        self.requests = Histogram(
            "fairseat_request_seconds",
            "Time from the first byte of a request to the last byte of its answer; of a live page, to the first.",
            ["service", "method", "route", "status"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._in_flight = self.gauge("requests_in_flight", "Requests that are being answered.").labels(self._service)

    def _make_deliveries(self) -> None:
        self.deliveries = self.counter(
            "deliveries",
            "Events that a consumer took from the bus, by outcome: handled, repeated, refused, retried, parked.",
            "consumer",
            "outcome",
        )
        self.handling = Histogram(
            "fairseat_delivery_seconds",
            "Time from the moment of the fact that an event tells to the end of its first handling.",
            ["service", "consumer"],
            buckets=(*BUCKETS_S, 30.0, 60.0, 300.0),
            registry=self.registry,
        )
        self.events = self.counter("events", "Events that were sent, by subject.", "subject")

    def _make_backlog(self) -> None:
        self.outbox_waiting = self.gauge("outbox_waiting", "Events that were committed but not sent yet.")
        self.outbox_age_s = self.gauge("outbox_age_seconds", "Age of the oldest event that was not sent yet.")
        self.dead_letters = self.gauge(
            "dead_letters", "Events that a consumer could not digest and nobody has replayed.", "consumer"
        )
        self._dead: set[str] = set()

    def counter(self, name: str, says: str, *labels: str) -> Counter:
        """A counter `fairseat_<name>_total` of this registry; its first label is the service."""
        return Counter(f"fairseat_{name}", says, ["service", *labels], registry=self.registry)

    def begin_at_zero(self, counter: Counter, *values: str) -> None:
        """Show a counter for these values of its one label from the start: what begins at 1 was never seen to grow."""
        for value in values:
            counter.labels(self._service, value)

    def gauge(self, name: str, says: str, *labels: str) -> Gauge:
        """A gauge `fairseat_<name>` of this registry; its first label is the service."""
        return Gauge(f"fairseat_{name}", says, ["service", *labels], registry=self.registry)

    def watched(self, name: str, says: str, read: Callable[[], float]) -> None:
        """A gauge whose value is at hand in the process: `read` is called at each exposition and must be quick."""
        self.gauge(name, says).labels(self._service).set_function(read)

    def request_begins(self) -> None:
        """Count a request that is being answered."""
        self._in_flight.inc()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request that has begun before."""
        self._in_flight.dec()
        known = method if method in METHODS else OTHER_METHOD
        self.requests.labels(self._service, known, route, str(status)).observe(seconds)

    def delivery(self, consumer: str, outcome: str, count: int = 1) -> None:
        """Count delivered events."""
        self.deliveries.labels(self._service, consumer, outcome).inc(count)

    def handled(self, consumer: str, seconds: float) -> None:
        """Note how long after its fact an event was handled for the first time."""
        self.handling.labels(self._service, consumer).observe(max(seconds, 0.0))

    def sent(self, subject: str) -> None:
        """Count an event that the broker has acknowledged."""
        self.events.labels(self._service, subject).inc()

    def backlog(self, waiting: int, age_s: float, dead_letters: Mapping[str, int]) -> None:
        """Set the gauges that are read from the database; `dead_letters` by consumer, without those that have none."""
        self.outbox_waiting.labels(self._service).set(waiting)
        self.outbox_age_s.labels(self._service).set(age_s)
        for consumer in self._dead - dead_letters.keys():
            self.dead_letters.labels(self._service, consumer).set(0)
        for consumer, count in dead_letters.items():
            self.dead_letters.labels(self._service, consumer).set(count)
        self._dead |= dead_letters.keys()

    def exposition(self) -> bytes:
        """All metrics in the OpenMetrics text format."""
        exposition = generate_latest(self.registry)  # type: ignore[no-untyped-call]  # the library's function is not typed
        assert isinstance(exposition, bytes)
        return exposition
