"""Counts of what there is to choose from, remembered for a moment where counting takes long."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import perf_counter

import structlog

from catalog.actions_search import count_facets
from catalog.domain_facets import Facets
from catalog.domain_filters import Filters
from fairseat_common.database import Database

log = structlog.get_logger(__name__)

LONG_S = 0.015
"""Counting that took at least so long is remembered: that of wide searches in a big catalogue."""
FRESH_S = 2.0
KEPT_S = 5.0
"""After `FRESH_S` a reader still gets what is remembered, while it is counted anew; after this it is waited for."""
REMEMBERED_MAX = 200


@dataclass(frozen=True)
class _Remembered:
    facets: Facets
    counted_at: float


class FacetsMemory:
    """Counts for everybody who asks for the same at the same time, made once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[Filters, _Remembered] = {}
        self._counting: dict[Filters, asyncio.Task[Facets]] = {}

    async def read(self, filters: Filters) -> Facets:
        """The counts among shows that fit; at most `KEPT_S` old."""
        found = self._remembered.get(filters)
        age = perf_counter() - found.counted_at if found else KEPT_S
        if found and age < FRESH_S:
            return found.facets
        counting = self._counting.get(filters) or self._count(filters)
        if found and age < KEPT_S:
            return found.facets
        # One reader who goes away does not end what others wait for.
        return await asyncio.shield(counting)

    def _count(self, filters: Filters) -> asyncio.Task[Facets]:
        task = asyncio.create_task(self._counted(filters))
        self._counting[filters] = task
        task.add_done_callback(lambda done: self._ended(filters, done))
        return task

    def _ended(self, filters: Filters, task: asyncio.Task[Facets]) -> None:
        self._counting.pop(filters, None)
        if not task.cancelled() and (problem := task.exception()):
            log.warning("catalog.counting_failed", error=repr(problem))

    async def _counted(self, filters: Filters) -> Facets:
        started = perf_counter()
        async with self._database.connection() as connection:
            facets = await count_facets(connection, filters)
        now = perf_counter()
        self._remembered.pop(filters, None)
        if now - started >= LONG_S:
            self._remembered[filters] = _Remembered(facets, now)
            while len(self._remembered) > REMEMBERED_MAX:
                del self._remembered[next(iter(self._remembered))]
        return facets
