"""What the services need: memory, processor time of each kind of request, connections, and how the data grows.

`python -m bench.sizing` starts a marketplace of its own (at PORT, or a free one), each service as a process that
shares nothing with the others, sends it requests through the gateway, and prints tables: docs/sizing.md works with
them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from bench import usage
from bench.sizing_kinds import PURCHASE, Jobs, kinds_of
from bench.sizing_scene import SETTINGS, Result, Scene, load, scene
from bench.sizing_starts import Start, starts
from fairseat_common.bus import Broker
from fairseat_common.contracts.publishers import streams_of
from fairseat_local.environment import WITH_DATABASE
from fairseat_local.routes import SERVICES
from fairseat_local.testing import WholeSystem

SERVERS = ("postgres", "nats")
BESIDE = ("provider", "mail", "gateway")
IDLE_S = 5.0
STREAMS_EACH = 20
WARM_UP = 30

SIZES = """select pg_database_size(current_database())::float8 as whole,
    (pg_total_relation_size('outbox') + pg_total_relation_size('inbox'))::float8 as passing,
    (pg_current_wal_insert_lsn() - '0/0')::float8 as log"""


@dataclass
class Figures:
    """What was measured. Processor times are seconds, of one request, or of one second in which nobody asks."""

    starts: dict[str, Start] = field(default_factory=dict)
    idle_cpu: dict[str, float] = field(default_factory=dict)
    idle_memory: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, tuple[Result, dict[str, float]]] = field(default_factory=dict)
    memory: dict[str, usage.Memory] = field(default_factory=dict)
    connections: dict[str, tuple[int, int]] = field(default_factory=dict)
    """To PostgreSQL and to NATS, after the load."""
    growth: dict[str, float] = field(default_factory=dict)
    """Bytes per order, by what grows."""
    stream_kib: float = 0.0
    """Memory of web for each open page that is followed."""


class Meter:
    """Looks at the processes of a system."""

    def __init__(self, system: WholeSystem) -> None:
        self._system = system
        self.pids = {name: pid for name, pid in system.pids().items() if name in (*SERVICES, *SERVERS, *BESIDE)}

    def cpu(self) -> dict[str, float]:
        """Processor seconds of each part so far; the database with all of its processes."""
        return {name: usage.cpu_s(self._group(name)) for name in self.pids}

    def memory(self) -> dict[str, usage.Memory]:
        """MiB of each part."""
        found = {name: usage.memory(pid) for name, pid in self.pids.items() if name != "postgres"}
        all_of_it = usage.memory_shared(usage.family(self.pids["postgres"]))
        return {**found, "postgres": usage.Memory(all_of_it, all_of_it)}

    def connections(self) -> dict[str, tuple[int, int]]:
        """Connections of each service to PostgreSQL and to NATS."""
        ports = [self._system.running.ports[name] for name in SERVERS]
        return {
            name: (usage.connections(self.pids[name], ports[0]), usage.connections(self.pids[name], ports[1]))
            for name in SERVICES
        }

    def _group(self, name: str) -> list[int]:
        return usage.family(self.pids[name]) if name == "postgres" else [self.pids[name]]


async def measure(at: Scene, count: int, orders: int, say: Callable[[str], None]) -> Figures:
    """Everything but the starts: idle, each kind of request by itself, open pages, what orders leave behind."""
    meter, figures = Meter(at.system), Figures()
    await asyncio.to_thread(at.system.settle)
    figures.idle_memory = {name: each.now for name, each in meter.memory().items()}
    before = meter.cpu()
    await asyncio.sleep(IDLE_S)
    figures.idle_cpu = {name: (after - before[name]) / IDLE_S for name, after in meter.cpu().items()}
    for name, kind in kinds_of(at).items():
        say(name)
        number = orders if name == PURCHASE else count
        await load(kind(min(number, WARM_UP)))
        await asyncio.to_thread(at.system.settle)
        grown = await sizes(at.system)
        figures.kinds[name] = await _one_kind(meter, at.system, figures.idle_cpu, kind(number))
        if name == PURCHASE:
            after = await sizes(at.system)
            figures.growth = {what: (size - grown[what]) / orders for what, size in after.items()}
    say("open pages")
    figures.stream_kib = await _streams(at, meter)
    figures.memory, figures.connections = meter.memory(), meter.connections()
    return figures


async def _one_kind(
    meter: Meter, system: WholeSystem, idle: Mapping[str, float], jobs: Jobs
) -> tuple[Result, dict[str, float]]:
    """The load's own figures, and processor seconds per request of each part, until everything has come to rest."""
    before, began = meter.cpu(), time.perf_counter()
    result = await load(jobs)
    await asyncio.to_thread(system.settle)
    seconds, after = time.perf_counter() - began, meter.cpu()
    used = {name: max(0.0, after[name] - before[name] - idle[name] * seconds) for name in after}
    return result, {name: each / len(result.latencies_s) for name, each in used.items()}


async def _streams(at: Scene, meter: Meter) -> float:
    """KiB of web for each open page of a show that is followed."""
    url = f"{at.system.running.environments['auth']['WEB_URL']}/shows/{at.show['id']}/events"
    before = usage.memory(meter.pids["web"]).now
    answers = []
    try:
        for cookie in at.cookies:
            for _ in range(STREAMS_EACH):
                answers.append(await at.session.get(url, headers={"Cookie": cookie}))
        if any(answer.status != 200 for answer in answers):
            raise RuntimeError("not every page could be followed")
        return 1024 * (usage.memory(meter.pids["web"]).now - before) / len(answers)
    finally:
        for answer in answers:
            answer.close()


async def sizes(system: WholeSystem) -> dict[str, float]:
    """Bytes of each database (its rows that pass, outbox and inbox, apart), of the log that is written, of streams."""
    found: dict[str, float] = {}
    for service in WITH_DATABASE:
        connection = await asyncpg.connect(system.running.environments[service]["MIGRATION_DATABASE_URL"])
        try:
            row = await connection.fetchrow(SIZES)
        finally:
            await connection.close()
        assert row is not None, "a query without a table answers one row"
        found[f"{service}, kept"] = row["whole"] - row["passing"]
        found[f"{service}, outbox and inbox"] = row["passing"]
        found["write-ahead log"] = row["log"]
    broker = Broker(system.running.nats_url, "fairseat-sizing")
    await broker.open()
    try:
        for stream in (each for service in WITH_DATABASE for each in streams_of(service)):
            size = await broker.stream_size(stream)
            found[f"stream {stream}"] = size[1] if size else 0
    finally:
        await broker.close()
    return found


def print_starts(console: Console, found: Mapping[str, Start]) -> None:
    """One replica beside the others."""
    table = Table("one replica", "ready after", "processor for that", "MiB when ready", "ended after", title="Starting")
    for name, start in found.items():
        times = f"{start.ready_s:.1f} s", f"{start.cpu_s:.1f} s", f"{start.memory_mib:.0f}", f"{start.end_s:.1f} s"
        table.add_row(name, *times)
    console.print(table)


def print_standing(console: Console, figures: Figures) -> None:
    """What each part needs, whoever asks."""
    heads = ("MiB before", "MiB after", "at most", "millicores idle", "to PostgreSQL", "to NATS")
    table = Table("part", *heads, title="Memory and connections")
    for name, memory in figures.memory.items():
        counts = [str(count) for count in figures.connections.get(name, ("", ""))]
        before, idle = figures.idle_memory[name], 1000 * figures.idle_cpu[name]
        table.add_row(name, f"{before:.0f}", f"{memory.now:.0f}", f"{memory.most:.0f}", f"{idle:.0f}", *counts)
    console.print(table)
    console.print(f"Each open page that is followed: {figures.stream_kib:.0f} KiB of web")


def print_kinds(console: Console, figures: Figures) -> None:
    """Processor time of one request, by who spends it."""
    parts = [*SERVICES, "postgres", "nats", *BESIDE]
    table = Table("ms of processor per request", *parts, "a second", "p50 / p99 ms", title="Requests")
    for name, (result, spent) in figures.kinds.items():
        cells = [f"{1000 * spent[part]:.2f}" if spent[part] >= 0.000_05 else "" for part in parts]
        latency = f"{result.latency_ms(0.5):.0f} / {result.latency_ms(0.99):.0f}"
        table.add_row(name, *cells, f"{len(result.latencies_s) / result.seconds:.0f}", latency)
    console.print(table)


def print_growth(console: Console, figures: Figures) -> None:
    """What an order of one ticket leaves behind."""
    table = Table("what grows", "bytes per paid order", title="Data")
    for name, size in figures.growth.items():
        if size >= 1:
            table.add_row(name, f"{size:,.0f}")
    console.print(table)


async def run(system: WholeSystem, options: argparse.Namespace, console: Console) -> None:
    """Measure a system that has started, and print."""
    print_starts(console, await asyncio.to_thread(starts, system))
    places = (options.requests + options.orders + 2 * WARM_UP) * 2
    async with scene(system, options.buyers, places) as at:
        figures = await measure(at, options.requests, options.orders, lambda what: console.print(f"... {what}"))
        if at.repeated:
            console.print(f"{at.repeated} payments came before payments had heard of their order, and were repeated")
    print_standing(console, figures)
    print_kinds(console, figures)
    print_growth(console, figures)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.sizing", description=__doc__)
    parser.add_argument("--requests", type=int, default=600, help="of each kind")
    parser.add_argument("--orders", type=int, default=1000, help="paid, to see what they leave behind")
    parser.add_argument("--buyers", type=int, default=100)
    options = parser.parse_args()
    console = Console(width=200)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    console.print(f"Python {platform.python_version()}, {machine}, fsync on")
    with tempfile.TemporaryDirectory(prefix="fairseat-bench-") as folder:
        port = int(os.environ.get("PORT") or 0)
        system = WholeSystem(Path(folder) / "data", processes=True, settings=SETTINGS, port=port)
        # Servers that are not root's must get through.
        Path(folder).chmod(0o711)
        try:
            system.start()
            asyncio.run(run(system, options, console))
        finally:
            system.stop()


if __name__ == "__main__":
    main()
