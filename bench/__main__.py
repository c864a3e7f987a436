"""Holds per second over HTTP beside pgbench with the same work, alternating, and printed as a table with ratios."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import msgspec
from rich.console import Console
from rich.table import Table

from bench import load, pgbench
from bench.stage import Stage, stage

CONNECTIONS = 64
BUYERS = 2000
SCENARIOS: dict[str, Callable[[int], tuple[int, int]]] = {
    "distinct listings": lambda orders: (orders, 2),
    "one listing": lambda orders: (1, orders * 2),
}
HTTP, SAME, PLAIN = "HTTP", "pgbench, same statement", "pgbench, plain statements"


def uuid_of(kind: int, number: int) -> UUID:
    """The ids that the database's bench_uuid makes."""
    return UUID(f"00000000-0000-{kind:04d}-8000-{number:012d}")


def requests_of(running: Stage, listings: int, orders: int) -> list[bytes]:
    """Prepared requests: two seats each, every buyer in turn."""
    cookies = [f"fairseat={running.issuer.token(uuid_of(6, n), lifetime_s=3600)}" for n in range(BUYERS)]
    prepared = []
    for turn in range(orders):
        body = msgspec.json.encode({"listing_id": uuid_of(1, 1 + turn % listings), "quantity": 2})
        prepared.append(load.post("/api/orders", body, cookies[turn % BUYERS], f"bench-{turn}"))
    return prepared


async def http_rate(running: Stage, listings: int, seats: int, orders: int, latencies: list[str]) -> float:
    """Orders per second over HTTP; every one must be a 201."""
    await running.set(listings, seats)
    requests = requests_of(running, listings, orders)
    result = await load.run("127.0.0.1", running.port, requests, CONNECTIONS)
    if set(result.statuses) != {201}:
        raise RuntimeError(f"not every hold was made: {dict(result.statuses)}")
    latencies.append(f"{result.latency_ms(0.5):.1f} / {result.latency_ms(0.99):.1f}")
    return orders / result.seconds


async def pgbench_rate(running: Stage, listings: int, seats: int, orders: int, script: Path) -> float:
    """Orders per second by pgbench; every transaction must have made one."""
    await running.set(listings, seats)
    rate = await asyncio.to_thread(pgbench.run, running.url, script, CONNECTIONS, orders)
    made = await running.owner.fetchval("select count(*) from orders")
    if made < orders * 0.99:
        raise RuntimeError(f"pgbench made {made} orders of {orders}")
    return rate


async def measure(pairs: int, orders: int) -> tuple[dict[str, dict[str, list[float]]], dict[str, list[str]]]:
    """Rates per scenario and kind, and HTTP latencies."""
    rates: dict[str, dict[str, list[float]]] = {name: {HTTP: [], SAME: [], PLAIN: []} for name in SCENARIOS}
    latencies: dict[str, list[str]] = {name: [] for name in SCENARIOS}
    async with stage() as running:
        scripts = {SAME: running.scratch / "same.sql", PLAIN: running.scratch / "plain.sql"}
        scripts[SAME].write_text(pgbench.same_statement())
        scripts[PLAIN].write_text(pgbench.PLAIN)
        for name, shape in SCENARIOS.items():
            listings, seats = shape(orders)
            await http_rate(running, listings, seats, orders, [])  # warm up
            for _ in range(pairs):
                rates[name][HTTP].append(await http_rate(running, listings, seats, orders, latencies[name]))
                for kind, script in scripts.items():
                    rates[name][kind].append(await pgbench_rate(running, listings, seats, orders, script))
    return rates, latencies


def spread(values: Sequence[float], decimals: int = 0) -> str:
    """Minimum, median and maximum."""
    return " / ".join(f"{value:,.{decimals}f}" for value in (min(values), statistics.median(values), max(values)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="how often each is measured, in turn")
    parser.add_argument("--orders", type=int, default=4992, help="holds per measurement")
    options = parser.parse_args()
    console = Console(width=150)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    console.print(f"Python {platform.python_version()}, {machine}, {CONNECTIONS} connections, fsync on")
    rates, latencies = asyncio.run(measure(options.pairs, options.orders))
    table = Table(
        "holds per second, two seats each", "kind", "min / median / max", "HTTP is x of it: min / median / max"
    )
    for name, kinds in rates.items():
        for kind, values in kinds.items():
            ratios = [http / value for http, value in zip(kinds[HTTP], values, strict=True)]
            table.add_row(name, kind, spread(values), "" if kind == HTTP else spread(ratios, 2))
        table.add_row(name, "HTTP latency, ms: p50 / p99", latencies[name][len(latencies[name]) // 2], "")
    console.print(table)


if __name__ == "__main__":
    main()
