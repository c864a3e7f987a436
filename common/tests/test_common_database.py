"""Migrations run once, whoever starts them; the runtime role can do its work and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from fairseat_common.database import Database, migrate, wait_for
from fairseat_common.database.migrations import COMMON_DIRECTORY, MigrationError, migration_files
from fairseat_common.testing.running import Servers

ROLE = "fairseat_scratch"
FIRST = "create table things (id int primary key); grant select, insert on things to :runtime;"
COMMON = [f"common/{file.name}" for file in migration_files(COMMON_DIRECTORY)]


@dataclass
class Scratch:
    """A database of its own, and a folder for migrations."""

    owner_url: str
    url: str
    folder: Path

    async def migrate(self) -> list[str]:
        return await migrate(self.owner_url, self.folder, ROLE)


@pytest_asyncio.fixture(loop_scope="session")
async def scratch(servers: Servers, tmp_path: Path) -> AsyncIterator[Scratch]:
    created = servers.postgres.create_service_database("scratch")
    (tmp_path / "0001_create_things.sql").write_text(FIRST)
    yield Scratch(created.owner_url, created.url, tmp_path)
    admin = await asyncpg.connect(servers.postgres.admin_url)
    await admin.execute("drop database fairseat_scratch with (force)")
    await admin.close()


async def test_migrating_twice_applies_everything_once(scratch: Scratch) -> None:
    assert await scratch.migrate() == [*COMMON, "service/0001_create_things.sql"]
    assert await scratch.migrate() == []
    (scratch.folder / "0002_add_name.sql").write_text("alter table things add name text;")
    assert await scratch.migrate() == ["service/0002_add_name.sql"]


async def test_processes_that_start_together_take_turns(scratch: Scratch) -> None:
    applied = await asyncio.gather(*(scratch.migrate() for _ in range(6)))
    assert sorted(map(len, applied)) == [0, 0, 0, 0, 0, len(COMMON) + 1]


@pytest.mark.parametrize("name", ["0003_skip_two.sql", "0002_noun.sql", "2_add_name.sql", "0002_Add_Name.sql"])
async def test_gaps_and_bad_names_are_refused(scratch: Scratch, name: str) -> None:
    (scratch.folder / name).write_text("select 1;")
    with pytest.raises(MigrationError, match="NNNN_verb_noun"):
        await scratch.migrate()


async def test_a_database_that_is_newer_is_refused(scratch: Scratch) -> None:
    second = scratch.folder / "0002_add_name.sql"
    second.write_text("alter table things add name text;")
    await scratch.migrate()
    second.unlink()
    with pytest.raises(MigrationError, match=r"newer than this release: 0002_add_name\.sql"):
        await scratch.migrate()


async def test_a_migration_that_fails_leaves_nothing(scratch: Scratch) -> None:
    broken = scratch.folder / "0002_add_name.sql"
    broken.write_text("alter table things add name text; select 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await scratch.migrate()
    broken.write_text("alter table things add name text;")
    assert await scratch.migrate() == ["service/0002_add_name.sql"]


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (id int)",
        "alter table things add mine int",
        "drop table things",
        "truncate outbox",
        "delete from outbox",
        "update outbox set payload = '{}'",
        "update outbox set version = 2",
        "delete from things",
        "update migrations set name = 'x'",
        "create schema mine",
    ],
)
async def test_the_runtime_role_may_not(scratch: Scratch, statement: str) -> None:
    await scratch.migrate()
    runtime = await asyncpg.connect(scratch.url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runtime.execute(statement)
    await runtime.close()


async def test_the_runtime_role_may_work(scratch: Scratch) -> None:
    await scratch.migrate()
    database = Database(scratch.url, size_max=2)
    await database.open()
    commits: list[int] = []
    database.after_commit(lambda: commits.append(1))
    async with database.transaction() as tx:
        await tx.execute("insert into things values (1)")
        await tx.execute("select outbox_prune('7 days', 10)")
        await tx.execute("update outbox set published_at = now()")
    assert commits == [1]
    with pytest.raises(asyncpg.UniqueViolationError):
        async with database.transaction() as tx:
            await tx.execute("insert into things values (1)")
    assert commits == [1]
    await database.close()
    with pytest.raises(ConnectionError):
        await database.ping()


async def test_a_copy_is_waited_for_and_not_for_ever() -> None:
    looks: list[int] = []

    async def third_time() -> str | None:
        looks.append(1)
        return "here" if len(looks) == 3 else None

    async def never() -> str | None:
        return None

    assert await wait_for(third_time) == "here"
    assert await wait_for(never, wait_s=0.05) is None
