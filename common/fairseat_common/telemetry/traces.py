"""Traces that cross HTTP and the bus (W3C trace context)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased

from fairseat_common.telemetry.context import PROPAGATOR


class Tracing:
    """One service's tracer. Without an endpoint spans are not recorded, but their ids still travel."""

    def __init__(self, service: str, otlp_endpoint: str = "") -> None:
        sampler = ParentBased(ALWAYS_ON) if otlp_endpoint else ALWAYS_OFF
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": f"fairseat-{service}"}),
            sampler=sampler,
            shutdown_on_exit=False,
        )
        if otlp_endpoint:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces", timeout=5)
            self._provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=2048))
        self._tracer = self._provider.get_tracer("fairseat")

    @contextmanager
    def span(self, name: str, headers: Mapping[str, str], **attributes: str) -> Iterator[None]:
        """Work under a span that continues the trace named in `headers` (traceparent), if any."""
        context = PROPAGATOR.extract(headers) if "traceparent" in headers else None
        with self._tracer.start_as_current_span(name, context=context, attributes=attributes):
            yield

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()
