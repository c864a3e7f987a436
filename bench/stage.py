"""What the benchmark runs on: a private PostgreSQL that really syncs, a broker, the orders service as a process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from fairseat_common.database import migrate
from fairseat_common.testing.issuer import Issuer
from fairseat_common.testing.nats_server import NatsServer
from fairseat_common.testing.postgres_server import PostgresServer
from fairseat_common.testing.server_process import free_port

ROOT = Path(__file__).parent.parent
READY_MAX_S = 30
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "autovacuum_naptime": "10s"}

# Turn n works on listing n: the same listing for all when there is only one.
FUNCTIONS = """
create sequence if not exists bench_turn;
create or replace function bench_uuid(kind int, n bigint) returns uuid immutable language sql
    return ('00000000-0000-' || lpad(kind::text, 4, '0') || '-8000-' || lpad(n::text, 12, '0'))::uuid;
create table if not exists bench_listings_total (n bigint);
create or replace function bench_listing(turn bigint) returns uuid stable language sql
    return bench_uuid(1, 1 + (turn - 1) % (select n from bench_listings_total));
create or replace function bench_show(turn bigint) returns uuid stable language sql
    return bench_uuid(2, 1 + (turn - 1) % (select n from bench_listings_total));
create or replace function bench_order(turn bigint) returns uuid immutable language sql return bench_uuid(3, turn);
create or replace function bench_buyer(n bigint) returns uuid immutable language sql return bench_uuid(4, n);
grant usage on sequence bench_turn to fairseat_orders;
grant select on bench_listings_total to fairseat_orders;
"""


@dataclass
class Stage:
    """The running parts."""

    owner: asyncpg.Connection[asyncpg.Record]
    url: str
    """Of the service's database, as its runtime role."""
    port: int
    issuer: Issuer
    scratch: Path

    async def set(self, listings: int, seats_each: int) -> None:
        """Empty the database and put so many listings on sale, each of a show of its own."""
        await self.owner.execute(
            "truncate orders, choices, refunds, refund_lines, seats, listings, shows, outbox, inbox, queues,"
            " queue_entries, queue_blocks; truncate bench_listings_total; alter sequence bench_turn restart"
        )
        await self.owner.execute("insert into bench_listings_total values ($1)", listings)
        await self.owner.execute(
            "insert into shows select bench_uuid(2, n), 'Show', now() + interval '30 days', 'scheduled', 1"
            " from generate_series(1, $1::bigint) n",
            listings,
        )
        await self.owner.execute(
            "insert into listings select bench_uuid(1, n), bench_uuid(2, n), bench_uuid(5, n), 'Floor', '', 5000, 500,"
            " 'EUR', 'any', $2, 'active', 1, 250, 1 from generate_series(1, $1::bigint) n",
            listings,
            seats_each,
        )
        await self.owner.execute(
            "insert into seats select bench_uuid(2, n), bench_uuid(1, n), s, 'Floor', '', s::text, true"
            " from generate_series(1, $1::bigint) n, generate_series(1, $2::int) s",
            listings,
            seats_each,
        )
        await self.owner.execute("vacuum analyze")
        await self.owner.execute("checkpoint")


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Start everything in a temporary folder, and end it."""
    with tempfile.TemporaryDirectory(prefix="fairseat-bench-") as folder:
        scratch = Path(folder)
        postgres = PostgresServer(scratch / "postgres", settings=SETTINGS)
        nats = NatsServer(scratch / "nats")
        postgres.start()
        nats.start()
        try:
            async with Issuer() as issuer, _service(postgres, nats, issuer, scratch) as running:
                yield running
        finally:
            nats.stop()
            postgres.stop()


@asynccontextmanager
async def _service(postgres: PostgresServer, nats: NatsServer, issuer: Issuer, scratch: Path) -> AsyncIterator[Stage]:
    created = postgres.create_service_database("orders")
    await migrate(created.owner_url, ROOT / "services/orders/migrations", "fairseat_orders")
    owner = await asyncpg.connect(created.owner_url)
    await owner.execute(FUNCTIONS)
    # A checkpoint before each round keeps one round's writes out of the next one's time.
    superuser = await asyncpg.connect(postgres.admin_url)
    await superuser.execute("grant pg_checkpoint to fairseat_orders_owner")
    await superuser.close()
    port = free_port()
    environ = {
        **os.environ,
        "DATABASE_URL": created.url,
        "NATS_URL": nats.url,
        "JWKS_URL": issuer.jwks_url,
        "HOLDS_MAX": "6",
        "LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "fairseat_local.cli", "serve", "orders", "--port", str(port)]
    service = await asyncio.to_thread(subprocess.Popen, command, env=environ)
    try:
        await asyncio.to_thread(_wait_ready, port, service)
        yield Stage(owner, created.url, port, issuer, scratch)
    finally:
        service.terminate()
        await asyncio.to_thread(service.wait, 20)
        await owner.close()


def _wait_ready(port: int, service: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_MAX_S
    while time.monotonic() < deadline:
        if service.poll() is not None:
            raise RuntimeError("the orders service did not start")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the orders service is not ready")
