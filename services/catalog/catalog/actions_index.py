"""Lists of everything that has a page of its own."""

from __future__ import annotations

from catalog import store_index
from catalog.domain_index import KINDS, RUN, Kind, Run, Start, Starts
from fairseat_common.database import Connection


async def read_starts(tx: Connection) -> Starts:
    """Where each run of names begins."""
    runs = []
    for kind in KINDS:
        behind = ["", *await store_index.refs_starts(tx, kind, RUN)]
        runs += [Start(kind, after) for after in behind]
    return Starts(runs)


async def read_run(tx: Connection, kind: Kind, after: str) -> Run:
    """The names of one run."""
    return Run(kind, await store_index.refs_page(tx, kind, after, RUN))
