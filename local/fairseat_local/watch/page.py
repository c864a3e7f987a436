"""The pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader

from fairseat_local.watch.log_lines import LogLine
from fairseat_local.watch.signals import Signals
from fairseat_local.watch.traces import Span, Summary, bars, summary

NONE = "–"

_templates = Environment(
    loader=PackageLoader("fairseat_local.watch"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def overview(seen: Signals, traces: Sequence[Summary], asked: str) -> str:
    """What the marketplace does; `asked` is what was looked for and is no id of a trace."""
    return _templates.get_template("overview.html").render(seen=seen, traces=traces, asked=asked)


def trace(trace_id: str, spans: Sequence[Span], lines: Sequence[LogLine]) -> str:
    """One trace as a waterfall, with its log lines."""
    services = list(dict.fromkeys(span.service for span in spans))
    return _templates.get_template("trace.html").render(
        trace_id=trace_id,
        bars=bars(spans),
        whole=summary(spans) if spans else None,
        hues={name: index * 360 // max(len(services), 1) + 165 for index, name in enumerate(services)},
        lines=lines,
    )


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return NONE
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _rate(value: float) -> str:
    return f"{value:.1f}" if value < 10 else _number(value)


def _share(value: float) -> str:
    return f"{100 * value:.1f} %" if value else "0 %"


def _money(minor: float, currency: str) -> str:
    return f"{minor / 100:,.2f}".replace(",", " ") + f" {currency}"


def _clock(nanoseconds: float) -> str:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).strftime("%H:%M:%S")


_templates.filters.update(duration=_duration, number=_number, rate=_rate, share=_share, money=_money, clock=_clock)
