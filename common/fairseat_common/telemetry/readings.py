"""Gauges that have to be read from somewhere else: the database, the broker.

They are read when somebody asks for the metrics, never more often than each of them says, and one at a time each. Who
asks waits for LOOK_MAX_S at most: with the database away the metrics come as quickly as ever, with the last values, and
`fairseat_reading_age_seconds` says how old these are. Where nobody asks, nothing is read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from fairseat_common.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

LOOK_MAX_S = 0.5
READING_MAX_S = 10.0


@dataclass(slots=True)
class _Reading:
    name: str
    read: Callable[[], Awaitable[None]]
    every_s: float
    read_at: float = -1e9
    task: asyncio.Task[None] | None = field(default=None)


class Readings:
    """The readings of one service."""

    def __init__(self, service: str, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._clock = clock
        self._readings: list[_Reading] = []
        self._began = clock()
        self._age_s = metrics.gauge("reading_age_seconds", "How old the gauges of a reading are.", "reading")

    def add(self, name: str, read: Callable[[], Awaitable[None]], every_s: float = 5.0) -> None:
        """Have `read` set its gauges when somebody asks, but not within `every_s` seconds of the last time."""
        reading = _Reading(name, read, every_s)
        self._readings.append(reading)
        self._age_s.labels(self._service, name).set_function(lambda: self._age_of(reading))

    def _age_of(self, reading: _Reading) -> float:
        return self._clock() - max(reading.read_at, self._began)

    async def fresh(self) -> None:
        """Read what is due; returns when that is done, or after LOOK_MAX_S while it goes on."""
        tasks = [task for reading in self._readings if (task := self._begun(reading)) is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=LOOK_MAX_S)

    def _begun(self, reading: _Reading) -> asyncio.Task[None] | None:
        if reading.task is not None and not reading.task.done():
            return reading.task
        if self._clock() - reading.read_at < reading.every_s:
            return None
        reading.task = asyncio.create_task(self._read(reading), name=f"reading {reading.name}")
        return reading.task

    async def _read(self, reading: _Reading) -> None:
        try:
            async with asyncio.timeout(READING_MAX_S):
                await reading.read()
        except Exception as error:  # whatever cannot be read now may be read the next time
            log.debug("readings.failed", service=self._service, reading=reading.name, error=repr(error))
        else:
            reading.read_at = self._clock()

    async def close(self) -> None:
        """End what is being read."""
        tasks = [reading.task for reading in self._readings if reading.task is not None and not reading.task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LOOK_MAX_S)
