"""What the services show at one moment, and what that says in comparison with an earlier one."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import aiohttp

LINE = re.compile(r"^(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
ASK_MAX_S = 3.0
KEPT = 60
APART_S = 2.0
BACK_S = 300.0

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Point:
    """One series at one moment."""

    labels: Labels
    value: float


@dataclass(slots=True)
class Sample:
    """All series of all services at one moment, by name; `missing` did not answer."""

    at: float
    series: dict[str, list[Point]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def points(self, name: str, **labels: str) -> Iterator[Point]:
        """The series of a name whose labels are these."""
        for point in self.series.get(name, ()):
            if all(point.labels.get(label) == value for label, value in labels.items()):
                yield point

    def total(self, name: str, **labels: str) -> float:
        """Their sum."""
        return sum(point.value for point in self.points(name, **labels))


def parsed(text: str) -> Iterator[tuple[str, Point]]:
    """The series of an exposition, without exemplars."""
    for line in text.splitlines():
        if (found := LINE.match(line)) and not line.startswith("#"):
            yield found["name"], Point(dict(LABEL.findall(found["labels"] or "")), float(found["value"]))


class Samples:
    """Asks the services when somebody looks, and remembers some minutes of what they said."""

    def __init__(self) -> None:
        self._kept: deque[Sample] = deque(maxlen=KEPT)
        self._asking = asyncio.Lock()

    async def look(self, urls: Mapping[str, str]) -> tuple[Sample, Sample]:
        """Now, and the oldest of the last BACK_S seconds to compare with (itself empty if there is none)."""
        async with self._asking:
            now = self._kept[-1] if self._kept and time.time() - self._kept[-1].at < APART_S else await self._ask(urls)
        earlier = next((each for each in self._kept if each is not now and now.at - each.at < BACK_S), Sample(0.0))
        return now, earlier

    async def _ask(self, urls: Mapping[str, str]) -> Sample:
        sample = Sample(time.time())
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_MAX_S)) as session:
            answers = await asyncio.gather(*(_exposition(session, url) for url in urls.values()))
        for name, text in zip(urls, answers, strict=True):
            if text is None:
                sample.missing.append(name)
                continue
            for series, point in parsed(text):
                sample.series.setdefault(series, []).append(point)
        self._kept.append(sample)
        return sample


async def _exposition(session: aiohttp.ClientSession, url: str) -> str | None:
    try:
        async with session.get(f"{url}/metrics") as answer:
            return await answer.text() if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
