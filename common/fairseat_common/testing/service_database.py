"""A service's database on any server: one database, an owner that migrates, a runtime role that only works in it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from fairseat_common.database.migrations import grant_use, owner_alone
from fairseat_common.testing.secret_file import SecretFile

T = TypeVar("T")

CONNECT_MAX_S = 10
CREATE_ROLE = "CREATE ROLE {role} LOGIN NOCREATEDB NOCREATEROLE"
CREATE_DATABASE = "CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'"
LOCK_KEY = 0x_FA15_EA7  # advisory lock: one creator at a time on one server


@dataclass(frozen=True)
class ServiceDatabase:
    """Where a service's data is: `url` for the runtime role (no DDL), `owner_url` for migrations."""

    name: str
    url: str
    owner_url: str


def create_service_database(admin_url: str, name: str, passwords_file: Path) -> ServiceDatabase:
    """Create database `fairseat_<name>` with its two roles where they are missing; may be repeated.

    `admin_url` is a superuser's, or one with CREATEDB and CREATEROLE. The roles' passwords are made once and kept in
    `passwords_file` (0600). Works with or without a running event loop, and blocks either way.
    """
    return _blocking(ensure_service_databases(admin_url, [name], passwords_file))[name]


async def ensure_service_databases(
    admin_url: str, names: Iterable[str], passwords_file: Path
) -> dict[str, ServiceDatabase]:
    """What `create_service_database` does, for several services and without blocking; by name."""
    secrets = SecretFile(passwords_file)
    admin = await asyncpg.connect(admin_url, timeout=CONNECT_MAX_S)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        return {name: await _ensure(admin, admin_url, name, secrets) for name in names}
    finally:
        await admin.close()


async def _ensure(admin: asyncpg.Connection[Any], admin_url: str, name: str, secrets: SecretFile) -> ServiceDatabase:
    database = f"fairseat_{name}"
    owner = f"{database}_owner"
    passwords = {role: secrets.get_or_create(role) for role in (owner, database)}
    for role, password in passwords.items():
        await _ensure_role(admin, role, password)
    await _ensure_database(admin, database, owner)
    owner_url = _with_login(admin_url, owner, passwords[owner], database)
    async with owner_alone(owner_url) as connection:
        await grant_use(connection, database)
    return ServiceDatabase(name, _with_login(admin_url, database, passwords[database], database), owner_url)


async def _ensure_role(admin: asyncpg.Connection[Any], role: str, password: str) -> None:
    """Names and passwords are our own letters, digits, `-` and `_`; DDL takes no parameters."""
    if await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await admin.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
        return
    await admin.execute(f"{CREATE_ROLE.format(role=role)} PASSWORD '{password}'")


async def _ensure_database(admin: asyncpg.Connection[Any], database: str, owner: str) -> None:
    if await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
        return
    if not await admin.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        await admin.execute(f"GRANT {owner} TO CURRENT_USER")  # else it may not give a database away
    await admin.execute(CREATE_DATABASE.format(database=database, owner=owner))


def _with_login(admin_url: str, role: str, password: str, database: str) -> str:
    """The same server (and options) with another login and database."""
    parts = urlsplit(admin_url)
    hosts = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password)}@{hosts}", path=f"/{database}"))


def _blocking(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end in a thread with a loop of its own; the caller may already be inside a loop."""
    outcome: list[T | BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(work))
        except BaseException as problem:
            outcome.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]
