"""What is to be seen of a service: gauges that cost nothing while nobody looks, traces over the outbox, log lines."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision
from opentelemetry.trace import SpanKind

from fairseat_common.contracts import OrderHeld, encode
from fairseat_common.ids import new_id
from fairseat_common.outbox import Telling
from fairseat_common.outbox.store import Row
from fairseat_common.settings import Settings
from fairseat_common.telemetry import Metrics, Readings, Tracing, configure_logs, current_traceparent, readings
from fairseat_common.telemetry.traces import AtMost, answered, note
from fairseat_common.testing.builders import listing_published, order_held, show_published
from fairseat_common.testing.serving import Serving
from fairseat_common.web.edge import Edge, answer, read_body

AT = "2026-11-23T03:00:00.000000Z"


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, {"service": "probe", **labels})


async def test_gauges_are_read_when_somebody_looks_and_not_more_often() -> None:
    clock, metrics, reads = Clock(), Metrics("probe"), []

    async def read() -> None:
        reads.append(clock.now)

    seen = Readings("probe", metrics, clock)
    seen.add("things", read, every_s=5.0)
    assert reads == []
    for _ in range(3):
        await asyncio.gather(seen.fresh(), seen.fresh())
    assert reads == [100.0]
    clock.now += 6
    assert value(metrics, "fairseat_reading_age_seconds", reading="things") == 6.0
    await seen.fresh()
    assert reads == [100.0, 106.0]


async def test_metrics_come_at_once_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the values from before; only one at a time waits for what does not come."""
    monkeypatch.setattr(readings, "LOOK_MAX_S", 0.01)
    metrics, begun = Metrics("probe"), 0
    gauge = metrics.gauge("things", "Things.")
    stuck = asyncio.Event()

    async def read() -> None:
        nonlocal begun
        begun += 1
        if begun > 1:
            await stuck.wait()
            raise ConnectionError
        gauge.labels("probe").set(7)

    seen = Readings("probe", metrics)
    seen.add("things", read, every_s=0.0)
    for _ in range(4):
        async with asyncio.timeout(5):
            await seen.fresh()
    assert (begun, value(metrics, "fairseat_things")) == (2, 7.0)
    stuck.set()
    await seen.fresh()
    await seen.close()


def test_what_tracing_costs_has_a_bound() -> None:
    clock = Clock()
    sampler = AtMost(ALWAYS_ON, 3, clock)

    def begun(count: int) -> int:
        decisions = [sampler.should_sample(None, number, "GET").decision for number in range(count)]
        return decisions.count(Decision.RECORD_AND_SAMPLE)

    assert begun(10) == 3
    clock.now += 1
    assert begun(10) == 3


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[str, Callable[[], list[Any]]]]:
    """Somebody who takes traces by OTLP over HTTP: the address, and all spans with their services so far."""
    taken: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for moment in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{moment}.complete"})
            return
        body = await read_body(receive, 10**7)
        if dict(scope["headers"]).get(b"content-encoding") == b"gzip":
            body = gzip.decompress(body)
        export = ExportTraceServiceRequest.FromString(body)
        taken.extend(span for each in export.resource_spans for scope in each.scope_spans for span in scope.spans)
        await answer(send, 200, b"", "application/x-protobuf")

    server = Serving(app)
    await server.start()
    yield server.url, lambda: taken
    await server.stop()


def row_of(event: OrderHeld, traceparent: str | None) -> Row:
    return Row(new_id(), event.subject, event.order_id, encode(event), traceparent, AT)


async def test_a_trace_goes_on_through_the_outbox() -> None:
    async with receiver() as (url, taken):
        first, second = Tracing("one", url), Tracing("two", url)
        metrics, counted = Metrics("probe"), list[int]()
        telling = Telling(metrics, first)
        telling.on(OrderHeld, lambda event: counted.append(event.quantity))
        held = order_held(quantity=2) if False else order_held(listing_published(show_published()))
        with first.span("GET", {}, SpanKind.SERVER) as span:
            row = row_of(held, current_traceparent())
            answered(span, "POST", "/api/orders/{order_id}", 500)
        silent = row_of(held, None)
        begun, spans = telling.begin([row, silent])
        with second.span("handle", {"traceparent": begun[0].traceparent or ""}, SpanKind.CONSUMER):
            note(order_id=str(held.order_id))
        telling.end(begun, spans, [row.event_id])
        await asyncio.to_thread(first.close)
        await asyncio.to_thread(second.close)
        found = {span.name: span for span in taken()}

    request, sent, handled = found["POST /api/orders/{order_id}"], found[f"send {held.subject}"], found["handle"]
    assert len({span.trace_id for span in (request, sent, handled)}) == 1
    assert (sent.parent_span_id, handled.parent_span_id) == (request.span_id, sent.span_id)
    assert request.status.code == 2, "an error of ours is marked"
    assert {each.key: each.value.string_value for each in handled.attributes} == {
        "fairseat.order_id": str(held.order_id)
    }
    assert counted == [held.quantity], "what the broker has not acknowledged is not counted"
    assert value(metrics, "fairseat_events_total", subject=held.subject) == 1
    assert begun[1] == silent


async def test_every_line_of_a_trace_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    tracing, log = Tracing("probe"), io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", log)
        configure_logs("info")
        with tracing.span("handle", {}):
            structlog.get_logger("probe").info("something.happened", number=1)
            traceparent = current_traceparent() or ""
    configure_logs("info")
    line = json.loads(log.getvalue())
    assert line["trace_id"] == traceparent.split("-")[1]
    assert (line["event"], line["level"]) == ("something.happened", "info")
    tracing.close()


def test_no_method_and_no_path_of_a_stranger_becomes_a_series() -> None:
    metrics = Metrics("probe")
    for number in range(50):
        metrics.request_begins()
        metrics.request(f"BREW{number}", "unmatched", 405, 0.001)
    text = metrics.exposition().decode()
    assert text.count("fairseat_request_seconds_count{") == 1
    assert 'fairseat_requests_in_flight{service="probe"} 0.0' in text


async def test_a_live_page_takes_until_it_begins_however_long_its_reader_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, metrics = Clock(), Metrics("probe")
    monkeypatch.setattr(time, "perf_counter", clock)

    async def live(scope: Any, _receive: Any, send: Any) -> None:
        clock.now += 0.25
        media_type = b"text/html" if scope["path"] == "/page" else b"text/event-stream"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", media_type)]})
        clock.now += 60

    served = Edge(live, Settings.read({}), metrics, Tracing("probe"), {}, {})
    for path in ("/live", "/page"):
        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "headers": []}
        await served(scope, silent, silent)
    took = [value(metrics, f"fairseat_request_seconds_{each}", method="GET", route="unmatched", status="200")
            for each in ("sum", "count")]  # fmt: skip
    assert took == [60.5, 2]


async def silent(*_: Any) -> Any:
    """Neither says nor hears anything."""


def test_parked_events_go_back_to_zero() -> None:
    metrics = Metrics("probe")
    metrics.backlog(1, 2.0, {"a": 2, "b": 1})
    metrics.backlog(0, 0.0, {"b": 1})
    assert [value(metrics, "fairseat_dead_letters", consumer=each) for each in ("a", "b")] == [0, 1]
