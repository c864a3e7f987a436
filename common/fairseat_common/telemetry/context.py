"""What is known about the work in progress: request id and trace."""

from __future__ import annotations

from contextvars import ContextVar

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

PROPAGATOR = TraceContextTextMapPropagator()

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the request in progress; goes into logs, problem documents and calls to other services."""


def current_traceparent() -> str | None:
    """The W3C traceparent of the work in progress, to hand to whoever works on it next."""
    carrier: dict[str, str] = {}
    PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")
