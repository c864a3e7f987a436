"""A run in which payments is killed at moments that a test chooses, and what must hold in the end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fairseat_local.environment import WITH_DATABASE
from fairseat_local.faults.books import books_of, money_is_settled
from fairseat_local.faults.exploring import Explorer
from fairseat_local.faults.lines import Lines
from fairseat_local.faults.market import Json, Market
from fairseat_local.settling import settled
from fairseat_local.testing import WholeSystem

SETTINGS = {
    "RESTART_PAUSE_MAX_SECONDS": "0.1",
    "HOLDS_MAX": "1000",
    "ACCESS_TOKEN_SECONDS": "3600",
    "PAYOUT_DELAY_SECONDS": "0",
}


@dataclass
class Watched:
    """A run whose payments stands behind lines, at whose moments it can be killed."""

    system: WholeSystem
    explorer: Explorer
    lines: Lines
    market: Market

    def every_kill_was_one(self, *labels: str) -> None:
        """Each kill has ended the process, at a moment of its own; before and after everything that is named."""
        assert self.lines.survivors == []
        kills = self.explorer.kills
        assert len(kills) == len(set(kills))
        for side in ("before", "after"):
            assert set(labels) - {kill.label for kill in kills if kill.side == side} == set()

    async def audit(self) -> None:
        """Everything has come to rest, and the checker finds nothing."""
        await money_is_settled(self.system)
        running = self.system.running
        services = [running.environments["web"][f"{name.upper()}_URL"] for name in WITH_DATABASE]
        await settled(services, running.nats_url)
        checked = await asyncio.to_thread(self.system.check)
        assert checked.returncode == 0, checked.stdout + checked.stderr

    async def ends_are_equal(self, orders: list[Json]) -> None:
        """All orders ended as the last one did, whose life nobody disturbed."""
        ids = [order["id"] for order in orders]
        books = await books_of(self.system, ids)
        assert [order_id for order_id, found in zip(ids, books, strict=True) if found != books[-1]] == []


@contextmanager
def lines_around(data_dir: Path, like: Path | None = None) -> Iterator[tuple[WholeSystem, Explorer, Lines]]:
    """Every service a process, payments behind lines; `like` is the data of a stopped system to go on from."""
    explorer = Explorer(lambda: os.kill(system.pids()["payments"], signal.SIGKILL))
    with Lines(data_dir, explorer) as opened:
        system = WholeSystem(data_dir, processes=True, settings={**SETTINGS, **opened.settings}, like=like)
        system.start()
        yield system, explorer, opened
        system.stop()


@asynccontextmanager
async def watching(lines: tuple[WholeSystem, Explorer, Lines]) -> AsyncIterator[Watched]:
    """The run with a market to trade in."""
    market = await Market.open(lines[0])
    yield Watched(*lines, market)
    await market.close()


async def effects(market: Market, *kinds: str) -> Counter[tuple[str, str, int]]:
    """What the provider did, by kind, order and amount."""
    return Counter(
        (effect["kind"], effect["metadata"]["order_id"], effect["amount"])
        for effect in await market.journal()
        if effect["kind"] in kinds
    )


def once(orders: list[Json], *kinds: str) -> Counter[tuple[str, str, int]]:
    """Each of the effects once for each order, with all that it costs."""
    return Counter((kind, order["id"], order["total"]["amount"]) for order in orders for kind in kinds)
