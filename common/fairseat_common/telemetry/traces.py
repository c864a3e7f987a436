"""Traces that cross HTTP and the bus (W3C trace context).

Whether a trace is recorded is decided where it begins, and travels with it: through services, the outbox and the bus. A
trace that is not recorded costs next to nothing and still has its id, which every log line says.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, TraceState
from opentelemetry.util.types import Attributes

from fairseat_common.telemetry.context import PROPAGATOR

SPANS_WAITING_MAX = 2048
EXPORT_EVERY_MS = 1000
EXPORT_TIMEOUT_S = 5
SERVER_ERROR = 500
CONTINUED_FACTOR = 10
"""How many spans continue the traces of others, for each trace that may begin here."""


class Tracing:
    """One service's tracer. Without an endpoint spans are not recorded, but their ids still travel.

    `ratio` is the part of all traces that begin here which is recorded, `per_second_max` how many of those at most
    (0: as many as there are).
    """

    def __init__(
        self, service: str, otlp_endpoint: str = "", ratio: float = 1.0, per_second_max: int = 0, release: str = ""
    ) -> None:
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": f"fairseat-{service}", "service.version": release}),
            sampler=_sampler(ratio, per_second_max) if otlp_endpoint else ALWAYS_OFF,
            shutdown_on_exit=False,
        )
        if otlp_endpoint:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_S)
            self._provider.add_span_processor(
                BatchSpanProcessor(exporter, max_queue_size=SPANS_WAITING_MAX, schedule_delay_millis=EXPORT_EVERY_MS)
            )
        self._tracer = self._provider.get_tracer("fairseat")

    @contextmanager
    def span(
        self, name: str, headers: Mapping[str, str], kind: SpanKind = SpanKind.INTERNAL, **attributes: str
    ) -> Iterator[Span]:
        """Work under a span that continues the trace named in `headers` (traceparent), if any.

        What it raises marks the span as an error.
        """
        context = _context_of(headers)
        with self._tracer.start_as_current_span(name, context=context, kind=kind, attributes=attributes) as span:
            yield span

    def began(self, name: str, headers: Mapping[str, str], at_s: float, kind: SpanKind) -> Span | None:
        """A span that began at `at_s` (Unix time) and that the caller ends; None unless its trace is recorded."""
        context = _context_of(headers)
        if context is None or not trace.get_current_span(context).get_span_context().trace_flags.sampled:
            return None
        return self._tracer.start_span(name, context=context, kind=kind, start_time=int(at_s * 1e9))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def traceparent_of(span: Span) -> str:
    """What continues the trace after a span."""
    carrier: dict[str, str] = {}
    PROPAGATOR.inject(carrier, context=trace.set_span_in_context(span, Context()))
    return carrier.get("traceparent", "")


def note(**attributes: str | int) -> None:
    """Say something about the work in progress in its span; ids of things, never anything about a person."""
    span = trace.get_current_span()
    if span.is_recording():
        for name, value in attributes.items():
            span.set_attribute(f"fairseat.{name}", value)


def happened(what: str) -> None:
    """Note a moment of the work in progress in its span."""
    trace.get_current_span().add_event(what)


def recorded() -> bool:
    """Whether the trace of the work in progress is kept."""
    return trace.get_current_span().get_span_context().trace_flags.sampled


def answered(span: Span, method: str, route: str, status: int) -> None:
    """Name a request's span after its route, with how it ended."""
    if not span.is_recording():
        return
    span.update_name(f"{method} {route}")
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= SERVER_ERROR or status == 0:
        span.set_status(Status(StatusCode.ERROR))


class AtMost(Sampler):
    """Records what `inner` would, but no more than so many traces a second: what it costs has a bound."""

    def __init__(self, inner: Sampler, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        self._per_second = per_second
        self._clock = clock
        self._second = -1
        self._count = 0

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Whether to record a trace that begins."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._count = second, 0
        if self._count >= self._per_second:
            return SamplingResult(Decision.DROP)
        result = self._inner.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        self._count += result.decision is Decision.RECORD_AND_SAMPLE
        return result

    def get_description(self) -> str:
        """For the SDK's own logs."""
        return f"AtMost({self._per_second}/s, {self._inner.get_description()})"


def _sampler(ratio: float, per_second_max: int) -> Sampler:
    """A stranger's request may say that its trace is recorded, so what others have decided has a bound as well."""
    begun = TraceIdRatioBased(ratio)
    if not per_second_max:
        return ParentBased(begun)
    return ParentBased(
        AtMost(begun, per_second_max), remote_parent_sampled=AtMost(ALWAYS_ON, per_second_max * CONTINUED_FACTOR)
    )


def _context_of(headers: Mapping[str, str]) -> Context | None:
    return PROPAGATOR.extract(headers) if headers.get("traceparent") else None
