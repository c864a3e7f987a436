"""The traces that were sent here (OTLP over HTTP), as many as fit, and how their spans lie in time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

TRACES_MAX = 400
SPANS_MAX = 400
ERROR = 2
HIDDEN = ("/static/",)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of work; times are Unix nanoseconds."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    start: int
    end: int
    error: str | None
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bar:
    """A span in the picture: how deep below what caused it, and where in the whole, in hundredths."""

    span: Span
    depth: int
    left: float
    width: float

    @property
    def milliseconds(self) -> float:
        """How long it took."""
        return (self.span.end - self.span.start) / 1e6


@dataclass(frozen=True, slots=True)
class Summary:
    """A trace in the list."""

    trace_id: str
    name: str
    start: int
    milliseconds: float
    spans: int
    services: Sequence[str]
    errors: int


class Traces:
    """The last traces, by id; the one that was heard of least recently is forgotten first."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[str, dict[str, Span]] = OrderedDict()

    def add(self, spans: Iterable[Span]) -> None:
        """Keep spans; one that comes twice is one."""
        for span in spans:
            known = self._by_id.setdefault(span.trace_id, {})
            self._by_id.move_to_end(span.trace_id)
            if len(known) < SPANS_MAX:
                known[span.span_id] = span
        while len(self._by_id) > TRACES_MAX:
            self._by_id.popitem(last=False)

    def spans(self, trace_id: str) -> list[Span]:
        """The spans of a trace, by their beginning."""
        return sorted(self._by_id.get(trace_id, {}).values(), key=lambda span: span.start)

    def newest(self, count: int) -> list[Summary]:
        """The newest traces without those of pictures and styles."""
        found = (summary(self.spans(trace_id)) for trace_id in reversed(self._by_id))
        shown = [each for each in found if not any(part in each.name for part in HIDDEN)]
        return sorted(shown, key=lambda each: -each.start)[:count]


def summary(spans: Sequence[Span]) -> Summary:
    """What the list says of a trace; `spans` by their beginning, at least one."""
    first = spans[0]
    end = max(span.end for span in spans)
    return Summary(
        first.trace_id,
        first.name,
        first.start,
        (end - first.start) / 1e6,
        len(spans),
        list(dict.fromkeys(span.service for span in spans)),
        sum(span.error is not None for span in spans),
    )


def bars(spans: Sequence[Span]) -> list[Bar]:
    """The waterfall: each span below the one that caused it, in the order of their beginnings."""
    if not spans:
        return []
    known = {span.span_id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in spans:
        children.setdefault(span.parent_id if span.parent_id in known else "", []).append(span)
    start, end = spans[0].start, max(span.end for span in spans)
    whole = max(end - start, 1)
    placed: list[Bar] = []
    waiting = [(span, 0) for span in reversed(children.get("", []))]
    while waiting:
        span, depth = waiting.pop()
        width = max(100 * (span.end - span.start) / whole, 0.25)
        placed.append(Bar(span, depth, min(100 * (span.start - start) / whole, 99.75), width))
        waiting += [(child, depth + 1) for child in reversed(children.get(span.span_id, []))]
    return placed


def decoded(body: bytes) -> list[Span]:
    """The spans of an export. Raises ValueError for anything else."""
    # Only whoever is sent traces pays for the library.
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it has no types of its own
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise ValueError("no export of traces") from error
    return [
        _span(span, service)
        for resource in request.resource_spans
        for service in [_attributes(resource.resource.attributes).get("service.name", "").removeprefix("fairseat-")]
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _span(span: Any, service: str) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        service=service,
        name=span.name,
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        error=(span.status.message or "error") if span.status.code == ERROR else None,
        attributes=_attributes(span.attributes),
    )


def _attributes(pairs: Any) -> dict[str, str]:
    return {pair.key: str(getattr(pair.value, pair.value.WhichOneof("value") or "string_value")) for pair in pairs}
