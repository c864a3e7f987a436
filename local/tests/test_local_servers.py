"""The private servers keep what they were given, whatever happens to their processes."""

import os
import signal
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import nats
import pytest

from fairseat_common.testing.nats_server import NatsServer
from fairseat_common.testing.postgres_server import PostgresServer, create_service_database
from fairseat_common.testing.server_process import ServerFailedError, ServerProcess


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path / "postgres", fast=True)
    server.start()
    yield server
    server.remove()


def killed_and_started(server: ServerProcess) -> None:
    before = server.pid
    os.kill(before, signal.SIGKILL)
    server.start()
    assert server.pid != before


async def test_postgres_keeps_committed_rows_over_kill_9(postgres: PostgresServer) -> None:
    database = postgres.create_service_database("orders")
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
    killed_and_started(postgres)
    owner = await asyncpg.connect(database.owner_url)
    assert await owner.fetchval("SELECT id FROM kept") == 7
    await owner.close()


async def test_postgres_of_a_launcher_that_lost_track_is_ended_first(postgres: PostgresServer) -> None:
    second = PostgresServer(postgres.data_dir, fast=True)
    second.start()
    assert postgres.poll() == 0
    second.stop()


async def test_runtime_role_works_but_defines_nothing(postgres: PostgresServer) -> None:
    database = postgres.create_service_database("orders")
    assert database == postgres.create_service_database("orders")
    runtime = await asyncpg.connect(database.url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runtime.execute("CREATE TABLE forbidden (id int)")
    await runtime.close()


async def test_service_cannot_enter_the_database_of_another(postgres: PostgresServer) -> None:
    orders = postgres.create_service_database("orders")
    postgres.create_service_database("tickets")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(orders.url.removesuffix("orders") + "tickets")


async def test_service_database_by_somebody_who_is_no_superuser(postgres: PostgresServer, tmp_path: Path) -> None:
    admin = await asyncpg.connect(postgres.admin_url)
    await admin.execute("CREATE ROLE deputy LOGIN CREATEDB CREATEROLE PASSWORD 'secret'")
    await admin.close()
    deputy_url = f"postgresql://deputy:secret@127.0.0.1:{postgres.port}/postgres"
    database = create_service_database(deputy_url, "catalog", tmp_path / "deputy.json")
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("CREATE EXTENSION pg_trgm; CREATE TABLE shows (id int)")
    await owner.close()


def test_passwords_are_for_the_owner_only(postgres: PostgresServer) -> None:
    postgres.create_service_database("orders")
    assert stat.S_IMODE(postgres.passwords_file.stat().st_mode) == 0o600


def test_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "postgres", settings={"shared_buffers": "nonsense"}, fast=True)
    with pytest.raises(ServerFailedError, match="invalid value for parameter"):
        server.start()
    server.remove()


async def test_nats_keeps_messages_over_kill_9(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "nats")
    server.start()
    client = await nats.connect(server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    stream = client.jetstream()
    await stream.add_stream(name="kept", subjects=["kept.>"])
    await stream.publish("kept.one", b"1")
    killed_and_started(server)
    await client.close()
    client = await nats.connect(server.url)
    assert (await client.jetstream().stream_info("kept")).state.messages == 1
    await client.close()
    server.stop()
    assert server.poll() == 0
    server.remove()


def test_a_postmaster_that_is_dead_but_not_buried_is_not_in_the_way(tmp_path: Path) -> None:
    first = PostgresServer(tmp_path / "postgres", fast=True)
    first.start()
    second = PostgresServer(tmp_path / "postgres", port=first.port, fast=True)
    pid = first.pid
    os.kill(pid, signal.SIGKILL)
    # Nobody waits for the dead process until then, so it stays a zombie, which looks alive to a new postmaster.
    burial = threading.Timer(2.0, first.poll)
    burial.start()
    try:
        second.start()
        assert second.pid != pid
    finally:
        burial.cancel()
        second.remove()
