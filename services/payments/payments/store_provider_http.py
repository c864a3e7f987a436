"""The line to the payment provider, with how long it takes and what it answers."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import urlsplit

import stripe
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode
from prometheus_client import Histogram

from fairseat_common.telemetry import Metrics, Tracing, current_traceparent
from fairseat_common.telemetry.metrics import BUCKETS_S
from fairseat_common.telemetry.traces import recorded

SERVICE = "payments"
NO_ANSWER = "none"
_ID = re.compile(r"^[a-z]+_(?=[A-Za-z0-9_]*[A-Z0-9])[A-Za-z0-9_]+$")


class MeasuredHttp(stripe.AIOHTTPClient):
    """The SDK's HTTP client, measured: `fairseat_provider_seconds` by what was asked and the class of its answer."""

    def __init__(self, metrics: Metrics, tracing: Tracing, **options: Any) -> None:
        super().__init__(**options)
        self._tracing = tracing
        self._seconds = Histogram(
            "fairseat_provider_seconds",
            "Time that the payment provider takes, by call and class of answer (2xx, 4xx, 5xx, none).",
            ["service", "call", "answer"],
            buckets=BUCKETS_S,
            registry=metrics.registry,
        )

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Ask; raises what the SDK raises without an answer."""
        call, answer, began = call_of(method, url), NO_ANSWER, time.perf_counter()
        try:
            with self._span(call) as span:
                found = await super().request_async(method, url, headers, post_data)
                answer = f"{found[1] // 100}xx"
                span.set_attribute("http.response.status_code", found[1])
                if found[1] >= 400:
                    span.set_status(Status(StatusCode.ERROR))
                return found
        finally:
            self._seconds.labels(SERVICE, call, answer).observe(time.perf_counter() - began)

    def _span(self, call: str) -> AbstractContextManager[Span]:
        """Part of the work that asks; what is asked time and again by the clock begins no trace of its own."""
        if not recorded():
            return nullcontext(INVALID_SPAN)
        return self._tracing.span(f"provider {call}", {"traceparent": current_traceparent() or ""}, SpanKind.CLIENT)


def call_of(method: str, url: str) -> str:
    """What is asked, without the ids of things: ``POST payment_intents/{id}/capture``."""
    parts = urlsplit(url).path.strip("/").split("/")[1:]
    return f"{method.upper()} {'/'.join('{id}' if _ID.match(part) else part for part in parts)}"
