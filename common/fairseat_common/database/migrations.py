"""Numbered, forward-only SQL migrations, run by the owner of the database under an advisory lock."""

from __future__ import annotations

import re
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
    one transaction. Safe to call from several processes at once.
    """
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(owner_url, timeout=10)
    try:
        await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
        await connection.execute("select pg_advisory_lock($1)", LOCK_KEY)
        await connection.execute(
            "create table if not exists migrations ("
            " source text, name text, applied_at timestamptz not null default now(), primary key (source, name))"
        )
        applied = await _apply(connection, "common", COMMON_DIRECTORY, runtime_role)
        applied += await _apply(connection, "service", directory, runtime_role)
        return applied
    finally:
        await connection.close()


async def _apply(
    connection: asyncpg.Connection[asyncpg.Record], source: str, directory: Path, runtime_role: str
) -> list[str]:
    rows = await connection.fetch("select name from migrations where source = $1", source)
    known = {row["name"] for row in rows}
    files = migration_files(directory)
    missing = known - {file.name for file in files}
    if missing:
        raise MigrationError(f"the database is newer than this release: {', '.join(sorted(missing))}")
    applied = []
    for file in files:
        if file.name in known:
            continue
        # A migration names the runtime role as :runtime, so that it can grant exactly what the service needs.
        sql = file.read_text().replace(":runtime", f'"{runtime_role}"')
        async with connection.transaction():
            await connection.execute(sql)
            await connection.execute("insert into migrations (source, name) values ($1, $2)", source, file.name)
        applied.append(f"{source}/{file.name}")
    return applied
