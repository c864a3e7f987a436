"""Search in a hundred thousand shows: latencies over HTTP at a steady pace beside pgbench running the same statements.

`python -m bench.search` prints the table. Words, corrections, filters and orders are asked for in turn, as people do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import msgspec
from rich.console import Console
from rich.table import Table

from bench.load import Result
from bench.stage import ROOT, SETTINGS
from catalog import actions, actions_search
from catalog.domain import ShowDraft
from catalog.domain_filters import search_of
from catalog.domain_venues import VenueDraft
from fairseat_common.database import Connection, migrate
from fairseat_common.testing.issuer import Issuer
from fairseat_common.testing.nats_server import NatsServer
from fairseat_common.testing.postgres_server import PostgresServer, installation
from fairseat_common.testing.server_process import free_port
from fairseat_local.demo.schedule import shows
from fairseat_local.demo.venues import venues

CONNECTIONS = 8
PACE_PER_S = 50
MANY_SHOWS = ROOT / "bench/many_shows.sql"
LISTINGS = """insert into listing_copies
select md5(o.show_id::text || n)::uuid, o.show_id, 4, o.lowest_amount + 500 * n, o.currency, false, 1
from show_offers o, generate_series(1, 13) n where o.lowest_amount is not null"""
"""About a million, thirteen for each show that has a price."""
READY_MAX_S = 60
ASKED: tuple[dict[str, str], ...] = (
    {"q": "velvet harbour"},
    {"q": "velvt harbor"},
    {"q": "zoe angstrom"},
    {"q": "next weekend in Berlin"},
    {"q": "uber arena"},
    {"q": "comedy in London"},
    {"category": "theatre", "when": "next-week"},
    {"city": "Paris"},
    {"near": "52.52,13.40", "radius_km": "30"},
    {"sort": "price", "currency": "EUR"},
    {"sort": "price", "currency": "EUR", "category": "comedy", "max_price": "8000"},
    {},
)


@dataclass
class Recorder:
    """A connection that notes what is asked of it."""

    connection: Connection
    asked: list[tuple[str, Sequence[Any]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.connection, name)

        async def noting(statement: str, *values: Any) -> Any:
            self.asked.append((statement, values))
            return await method(statement, *values)

        return noting


@dataclass
class Stage:
    """The running parts."""

    owner: Connection
    url: str
    port: int
    scratch: Path


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """PostgreSQL, the catalogue as a process, the demo's shows, a hundred thousand others and a million listings."""
    with tempfile.TemporaryDirectory(prefix="fairseat-bench-") as folder:
        scratch = Path(folder)
        postgres = PostgresServer(scratch / "postgres", settings=SETTINGS)
        nats = NatsServer(scratch / "nats")
        postgres.start()
        nats.start()
        try:
            async with Issuer() as issuer:
                created = postgres.create_service_database("catalog")
                await migrate(created.owner_url, ROOT / "services/catalog/migrations", "fairseat_catalog")
                owner = await asyncpg.connect(created.owner_url)
                await fill(owner)
                with _service(created.url, nats.url, issuer.jwks_url) as port:
                    await asyncio.to_thread(_wait_ready, port)
                    yield Stage(owner, created.url, port, scratch)
                await owner.close()
        finally:
            nats.stop()
            postgres.stop()


async def fill(owner: Connection) -> None:
    """The demo's venues and shows by the catalogue's own rules, then many more by plain SQL."""
    organiser = UUID(int=1)
    async with owner.transaction():
        houses = {}
        for slug, house in venues().items():
            houses[slug] = await actions.add_venue(owner, organiser, msgspec.convert(house.body(), VenueDraft))
        for show in shows(datetime.now(UTC).date()):
            draft = msgspec.convert(show.body(str(houses[show.venue.slug].id)), ShowDraft)
            await actions.announce_show(owner, organiser, draft)
    await owner.execute(MANY_SHOWS.read_text())
    await owner.execute(LISTINGS)
    await owner.execute("vacuum analyze")


@contextmanager
def _service(database_url: str, nats_url: str, jwks_url: str) -> Iterator[int]:
    port = free_port()
    environ = {**os.environ, "DATABASE_URL": database_url, "NATS_URL": nats_url, "JWKS_URL": jwks_url}
    command = [sys.executable, "-m", "fairseat_local.cli", "serve", "catalog", "--port", str(port)]
    service = subprocess.Popen(command, env={**environ, "LOG_LEVEL": "error"})
    try:
        yield port
    finally:
        service.terminate()
        service.wait(20)


def _wait_ready(port: int) -> None:
    deadline = time.monotonic() + READY_MAX_S
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("the catalogue is not ready")


async def paced(port: int, requests: Sequence[bytes], per_s: float) -> Result:
    """Send requests at a steady pace, over as many connections as needed; each is timed from when it was due."""
    result = Result()
    started = time.perf_counter()
    due: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    senders = [asyncio.create_task(_sender(port, due, result)) for _ in range(CONNECTIONS)]
    for number, request in enumerate(requests):
        moment = started + number / per_s
        await asyncio.sleep(max(0.0, moment - time.perf_counter()))
        due.put_nowait((moment, request))
    await due.join()
    for sender in senders:
        sender.cancel()
    result.seconds = time.perf_counter() - started
    return result


async def _sender(port: int, due: asyncio.Queue[tuple[float, bytes]], result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            moment, request = await due.get()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))
            result.latencies_s.append(time.perf_counter() - moment)
            result.statuses[int(head[9:12])] += 1
            due.task_done()
    finally:
        writer.close()


def request_of(asked: Mapping[str, str]) -> bytes:
    """A complete GET request."""
    return f"GET /api/shows?{urlencode(asked)} HTTP/1.1\r\nhost: bench\r\n\r\n".encode()


async def script_of(connection: Connection, asked: Mapping[str, str]) -> str:
    """What the service asks its database for a search, prepared once for each client of pgbench."""
    recorder = Recorder(connection)
    await actions_search.find_shows(cast(Connection, recorder), search_of(asked), None, 21)
    prepared, run = [], []
    for number, (statement, values) in enumerate(recorder.asked):
        prepared.append(f"prepare q{number} as {' '.join(statement.split())};")
        given = ", ".join(literal(value) for value in values)
        run.append(f"execute q{number}{f'({given})' if given else ''};")
    ready = "\n\\set ready 1\n\\endif\n"
    return "\\if :ready = 0\n" + "\n".join(prepared) + ready + "\n".join(run) + "\n"


def literal(value: Any) -> str:
    """A value as SQL."""
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        return literal("{" + ",".join(str(each) for each in value) + "}")
    if isinstance(value, datetime | date):
        return literal(value.isoformat())
    return "'" + str(value).replace("'", "''") + "'"


def pgbench_ms(url: str, script: Path, seconds: int) -> list[float]:
    """The time of each transaction of a script, one client after the other, in milliseconds."""
    log = script.with_suffix(".log")
    command = [str(installation(None) / "bin/pgbench"), "-n", "-M", "simple", "-D", "ready=0", "-c", "1"]
    command += ["-T", str(seconds), "-l", f"--log-prefix={log}", "-f", str(script), url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"pgbench failed:\n{done.stdout}\n{done.stderr}")
    lines = [line for file in script.parent.glob(f"{log.name}.*") for line in file.read_text().splitlines()]
    return [int(line.split()[2]) / 1000 for line in lines]


async def measure(seconds: int) -> tuple[list[tuple[str, float, float, float, float]], Result]:
    """Each search by itself (name, HTTP p50 and p99, pgbench p50 and p99, ms), and all of them in turn at the pace."""
    rows = []
    async with stage() as running:
        for number, asked in enumerate(ASKED):
            requests = [request_of(asked)] * (PACE_PER_S * seconds)
            await paced(running.port, requests[:20], PACE_PER_S)
            alone = await paced(running.port, requests, PACE_PER_S)
            script = running.scratch / f"search{number}.sql"
            script.write_text(await script_of(running.owner, asked))
            times = sorted(await asyncio.to_thread(pgbench_ms, running.url, script, seconds))
            name = urlencode(asked) or "all shows"
            database = (statistics.median(times), times[int(len(times) * 0.99)])
            rows.append((name, alone.latency_ms(0.5), alone.latency_ms(0.99), *database))
        mixed = [request_of(ASKED[turn % len(ASKED)]) for turn in range(PACE_PER_S * seconds * 4)]
        together = await paced(running.port, mixed, PACE_PER_S)
    return rows, together


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.search", description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="how long each search is measured")
    options = parser.parse_args()
    console = Console(width=150)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    console.print(f"Python {platform.python_version()}, {machine}, {PACE_PER_S} requests per second")
    rows, together = asyncio.run(measure(options.seconds))
    table = Table("search in 100,000 shows, ms", "HTTP p50 / p99", "pgbench, same statements", "HTTP p50 is x of it")
    for name, half, most, database_half, database_most in rows:
        times = f"{database_half:.1f} / {database_most:.1f}"
        table.add_row(name, f"{half:.1f} / {most:.1f}", times, f"{half / database_half:.2f}")
    table.add_row("all in turn", f"{together.latency_ms(0.5):.1f} / {together.latency_ms(0.99):.1f}", "", "")
    console.print(table)
    if set(together.statuses) != {200}:
        raise RuntimeError(f"not every search was answered: {dict(together.statuses)}")


if __name__ == "__main__":
    main()
