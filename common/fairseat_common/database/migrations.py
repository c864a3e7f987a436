"""Numbered, forward-only SQL migrations, run by the owner of the database under an advisory lock."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

LOCK_KEY = 7_231_001
LOCK_TIMEOUT = "10s"
COMMON_DIRECTORY = Path(__file__).parent / "migrations"
_NAME = re.compile(r"^\d{4}_[a-z]+(_[a-z0-9]+)+\.sql$")


class MigrationError(Exception):
    """The migrations on disk and in the database do not fit; the message says how."""


def migration_files(directory: Path) -> list[Path]:
    """The migrations of a directory in order; a gap or a bad name is an error."""
    files = sorted(directory.glob("*.sql"))
    for number, file in enumerate(files, start=1):
        if not _NAME.match(file.name) or int(file.name[:4]) != number:
            raise MigrationError(f"{file.name} should be number {number:04d}, named NNNN_verb_noun.sql")
    return files


async def migrate(owner_url: str, directory: Path, runtime_role: str) -> list[str]:
    """Bring the database up to date and let `runtime_role` work in it. Answers what was applied.

    First the common tables (outbox, inbox, dead letters, idempotency keys), then the service's own. Each file is
    one transaction. Safe to call from several processes at once. Raises MigrationError, also where the database is
    newer than this release.
    """
    async with owner_alone(owner_url) as owner:
        done = await migrate_as(owner, directory, runtime_role)
    if done.ahead:
        raise MigrationError(f"the database is newer than this release: {', '.join(done.ahead)}")
    return done.applied


@dataclass(frozen=True)
class Migrated:
    """What was applied now, as `service/0002_add_name.sql`, and by name what the database has from a later release."""

    applied: list[str]
    ahead: list[str]


@asynccontextmanager
async def owner_alone(owner_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """The owner's connection with the lock that lets one at a time migrate; who else has it is waited for."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(owner_url, timeout=10)
    try:
        await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
        await connection.execute("select pg_advisory_lock($1)", LOCK_KEY)
        yield connection
    finally:
        await connection.close()


async def migrate_as(owner: asyncpg.Connection[asyncpg.Record], directory: Path, runtime_role: str) -> Migrated:
    """What `migrate` does, by whoever holds the lock. A database that a later release has migrated is left as it is."""
    await owner.execute(
        "create table if not exists migrations ("
        " source text, name text, applied_at timestamptz not null default now(), primary key (source, name))"
    )
    common = await _apply(owner, "common", COMMON_DIRECTORY, runtime_role)
    service = await _apply(owner, "service", directory, runtime_role)
    return Migrated(common.applied + service.applied, common.ahead + service.ahead)


async def grant_use(owner: asyncpg.Connection[asyncpg.Record], runtime_role: str) -> None:
    """The owner lets nobody but the runtime role into its database, and lets that role create nothing."""
    database = await owner.fetchval("select quote_ident(current_database())")
    role = await owner.fetchval("select quote_ident($1)", runtime_role)
    await owner.execute(f"""
        revoke all on database {database} from public;
        grant connect on database {database} to {role};
        revoke all on schema public from public;
        grant usage on schema public to {role};
    """)


async def _apply(
    connection: asyncpg.Connection[asyncpg.Record], source: str, directory: Path, runtime_role: str
) -> Migrated:
    rows = await connection.fetch("select name from migrations where source = $1", source)
    known = {row["name"] for row in rows}
    files = migration_files(directory)
    missing = sorted(known - {file.name for file in files})
    new = [file for file in files if file.name not in known]
    if missing and new:
        raise MigrationError(
            f"the database has {missing[0]}, which this release does not know, and lacks {new[0].name}, which it brings"
        )
    for file in new:
        # A migration names the runtime role as :runtime, so that it can grant exactly what the service needs.
        sql = file.read_text().replace(":runtime", f'"{runtime_role}"')
        try:
            async with connection.transaction():
                await connection.execute(sql)
                await connection.execute("insert into migrations (source, name) values ($1, $2)", source, file.name)
        except asyncpg.PostgresError as problem:
            problem.add_note(f"in {source}/{file.name}")
            raise
    return Migrated([f"{source}/{file.name}" for file in new], missing)
