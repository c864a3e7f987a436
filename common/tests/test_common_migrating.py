"""What runs before a release starts: its tables are there, its role is let in, and nothing newer is touched."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from fairseat_common import migrating
from fairseat_common.testing.running import Servers

SERVICE = "migrated"
FIRST = "create table things (id int primary key); grant select, insert on things to :runtime;"


@dataclass
class Release:
    """A service in a folder, and its database; `run` is what the container before it does."""

    folder: Path
    url: str
    owner_url: str
    capsys: pytest.CaptureFixture[str]

    async def run(self) -> tuple[int, str]:
        """The exit code, and what it said."""
        code = await asyncio.to_thread(migrating.main, [SERVICE])
        return code, self.capsys.readouterr().err


@pytest_asyncio.fixture(loop_scope="session")
async def release(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Release]:
    created = servers.postgres.create_service_database(SERVICE)
    (tmp_path / SERVICE).mkdir()
    (tmp_path / SERVICE / "__init__.py").touch()
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_create_things.sql").write_text(FIRST)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, SERVICE, raising=False)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", created.owner_url)
    monkeypatch.setenv("MIGRATION_WAIT_SECONDS", "0")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield Release(tmp_path / "migrations", created.url, created.owner_url, capsys)
    admin = await asyncpg.connect(servers.postgres.admin_url)
    await admin.execute(f"drop database fairseat_{SERVICE} with (force)")
    await admin.close()


async def test_the_owner_lets_the_runtime_role_in_and_makes_its_tables(release: Release) -> None:
    owner = await asyncpg.connect(release.owner_url)
    await owner.execute(f"revoke all on database fairseat_{SERVICE} from fairseat_{SERVICE}")
    await owner.execute(f"grant connect on database fairseat_{SERVICE} to public")
    await owner.execute(f"revoke all on schema public from fairseat_{SERVICE}")
    await owner.close()
    code, said = await release.run()
    assert code == 0
    assert f"{SERVICE}: applied service/0001_create_things.sql" in said
    connection = await asyncpg.connect(release.url)
    await connection.execute("insert into things values (1)")
    assert not await connection.fetchval("select has_database_privilege('public', current_database(), 'connect')")
    await connection.close()
    assert await release.run() == (0, f"{SERVICE}: the database is up to date\n")


async def test_an_older_release_leaves_a_newer_database_as_it_is(release: Release) -> None:
    second = release.folder / "0002_add_name.sql"
    second.write_text("alter table things add name text;")
    assert (await release.run())[0] == 0
    second.unlink()
    code, said = await release.run()
    assert (code, "newer than this release and stays as it is: 0002_add_name.sql" in said) == (0, True)


async def test_two_histories_are_refused(release: Release) -> None:
    second = release.folder / "0002_add_name.sql"
    second.write_text("alter table things add name text;")
    await release.run()
    second.rename(release.folder / "0002_add_size.sql")
    code, said = await release.run()
    assert code == 1
    assert said.count("\n") == 1
    assert "has 0002_add_name.sql, which this release does not know, and lacks 0002_add_size.sql" in said


async def test_what_breaks_is_named_in_one_line(release: Release) -> None:
    (release.folder / "0002_add_name.sql").write_text("select 1 / 0;")
    assert await release.run() == (
        1,
        f"{SERVICE}: the database refuses: division by zero in service/0002_add_name.sql\n",
    )


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("", 2, "MIGRATION_DATABASE_URL is not set"),
        ("postgresql://nobody:none@127.0.0.1:1/none", 1, "the database was not there within 0 s"),
    ],
)
async def test_what_is_missing_is_said_in_one_line(
    release: Release, monkeypatch: pytest.MonkeyPatch, url: str, code: int, words: str
) -> None:
    monkeypatch.setenv("MIGRATION_DATABASE_URL", url)
    found, said = await release.run()
    assert (found, said.count("\n"), words in said) == (code, 1, True), said


async def test_a_role_that_comes_later_is_waited_for(
    release: Release, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = f"fairseat_{SERVICE}_late"
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{role}:x@localhost/none")
    monkeypatch.setenv("MIGRATION_WAIT_SECONDS", "30")
    running = asyncio.create_task(release.run())
    admin = await asyncpg.connect(servers.postgres.admin_url)
    await admin.execute(f"create role {role}")
    await admin.close()
    assert (await running)[0] == 0
