"""The log lines of a trace: the ends of the run's logs are searched, which are short enough for that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TAIL_BYTES = 8 * 1024 * 1024
LINES_MAX = 200
SAID = ("timestamp", "level", "event", "trace_id", "request_id", "exception")


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a log; `more` is what it says beside its event."""

    log: str
    at: str
    level: str
    event: str
    more: str
    exception: str


def lines_of(folder: Path, trace_id: str) -> list[LogLine]:
    """The lines of a trace in all logs of a folder, by time; LINES_MAX at most."""
    found = [line for path in sorted(folder.glob("*.log")) for line in _lines(path, trace_id)]
    return sorted(found, key=lambda line: line.at)[:LINES_MAX]


def _lines(path: Path, trace_id: str) -> Iterator[LogLine]:
    wanted = trace_id.encode()
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        for raw in file:
            if wanted not in raw:
                continue
            try:
                said = json.loads(raw)
            except ValueError:
                continue
            if isinstance(said, dict) and said.get("trace_id") == trace_id:
                more = " ".join(f"{name}={value}" for name, value in said.items() if name not in SAID)
                yield LogLine(
                    path.stem,
                    str(said.get("timestamp", "")),
                    str(said.get("level", "")),
                    str(said.get("event", "")),
                    more,
                    str(said.get("exception", "")),
                )
