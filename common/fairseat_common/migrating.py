"""Brings one service's database up to date before its release starts: `python -m fairseat_common.migrating orders`.

It runs with the owner's login, which nothing else of a release has: it lets the runtime role in and applies the
migrations that are missing, one process at a time. Migrations stay compatible with the release that is running, so the
one before this can go on, and come back: a database that is newer than the release is left as it is, and that is said.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from fairseat_common.database.migrations import Migrated, MigrationError, grant_use, migrate_as, owner_alone
from fairseat_common.environment import Environ, Reader, SettingsError

WAIT_S = 60
POLL_S = 0.5
EXIT_SETTINGS = 2
PASSING = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    # Whoever makes databases and roles may not have come so far.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.UndefinedObjectError,
    # Somebody else migrates, or holds a table that is to be altered.
    asyncpg.LockNotAvailableError,
)
"""What is waited for, not longer than MIGRATION_WAIT_SECONDS."""


@dataclass(frozen=True, kw_only=True)
class MigratingSettings:
    """Where the database is, and for whom."""

    owner_url: str
    runtime_role: str
    """Who the service itself signs in as: by the name in DATABASE_URL, else `fairseat_<service>`."""
    wait_s: int

    @classmethod
    def read(cls, service: str, environ: Environ = None) -> MigratingSettings:
        """Raises SettingsError."""
        reader = Reader.of(environ)
        settings = cls(
            owner_url=reader.secret("MIGRATION_DATABASE_URL"),
            runtime_role=urlsplit(reader.secret("DATABASE_URL", "")).username or f"fairseat_{service}",
            wait_s=reader.number("MIGRATION_WAIT_SECONDS", WAIT_S, 0, 3600),
        )
        reader.check()
        return settings


def migrations_of(service: str) -> Path:
    """Where a service's migrations are: beside its package, or in it where it is installed. Raises SettingsError."""
    found = importlib.util.find_spec(service)
    if found is None or found.origin is None:
        raise SettingsError("there is no such service in this installation")
    package = Path(found.origin).parent
    for folder in (package.parent / "migrations", package / "migrations"):
        if folder.is_dir():
            return folder
    raise SettingsError(f"there are no migrations beside {package}, nor in it")


async def bring_up_to_date(settings: MigratingSettings, migrations: Path) -> Migrated:
    """Grant and migrate, and wait for a database that is not there yet. Raises MigrationError and what asyncpg does."""
    deadline = time.monotonic() + settings.wait_s
    while True:
        try:
            async with owner_alone(settings.owner_url) as owner:
                await grant_use(owner, settings.runtime_role)
                return await migrate_as(owner, migrations, settings.runtime_role)
        except PASSING:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(POLL_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """Migrate one service's database; 1 if that failed and 2 if the settings are wrong, with one line that says why."""
    parser = argparse.ArgumentParser(prog="fairseat_common.migrating", description=__doc__)
    parser.add_argument("service")
    service: str = parser.parse_args(arguments).service
    try:
        settings = MigratingSettings.read(service, os.environ)
        done = asyncio.run(bring_up_to_date(settings, migrations_of(service)))
    except SettingsError as problem:
        _say(service, str(problem))
        return EXIT_SETTINGS
    except MigrationError as problem:
        _say(service, f"the database cannot be migrated: {problem}")
        return 1
    except PASSING as problem:
        _say(service, f"the database was not there within {settings.wait_s} s: {_one_line(problem)}")
        return 1
    except asyncpg.PostgresError as problem:
        _say(service, f"the database refuses: {_one_line(problem)}")
        return 1
    for name in done.applied:
        _say(service, f"applied {name}")
    if done.ahead:
        _say(service, f"the database is newer than this release and stays as it is: {', '.join(done.ahead)}")
    _say(service, "the database is up to date")
    return 0


def _one_line(problem: BaseException) -> str:
    notes = getattr(problem, "__notes__", [])
    return " ".join(" ".join([str(problem) or type(problem).__name__, *notes]).split())


def _say(service: str, sentence: str) -> None:
    sys.stderr.write(f"{service}: {sentence}\n")


if __name__ == "__main__":
    sys.exit(main())
