"""The sample market in databases of a test server, read by the checker, and brought back after each test."""

from __future__ import annotations

import copy
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import asyncpg

from fairseat_common.contracts import OrderHeld
from fairseat_common.database import Database
from fairseat_common.testing.running import Servers, empty, prepared_database
from fairseat_common.testing.serving import Serving
from fairseat_local.check.findings import Finding
from fairseat_local.check.reading import Hearer, System
from fairseat_local.check.runner import check
from fairseat_local.sample.market import SERVICES, Sample
from fairseat_local.sample.provider import Lists
from fairseat_local.sample.writing import write

HEARERS = (
    Hearer("expiration-orders-held-v1", "expiration", "orders.held.v1"),
    Hearer("orders-payments-authorized-v1", "orders", "payments.authorized.v1"),
    Hearer("tickets-orders-confirmed-v1", "tickets", "orders.confirmed.v1"),
)
TABLES = """
select quote_ident(c.table_name) as name, string_agg(quote_ident(c.column_name), ', ') as columns
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
    and c.table_name <> 'migrations'
group by c.table_name
"""


@dataclass
class Market:
    """The sample, and how the checker reads it."""

    sample: Sample
    system: System

    @property
    def provider(self) -> Lists:
        """The provider's lists."""
        return self.sample.provider

    @property
    def sale(self) -> OrderHeld:
        """The order that was bought, and is as it was."""
        return self.sample.trades["bought"].order

    @property
    def hold(self) -> OrderHeld:
        """The order that is held."""
        return self.sample.trades["held"].order

    async def run(self, service: str, statement: str, *values: Any) -> None:
        """Break something: a statement in a service's database."""
        await self.sample.run(service, statement, *values)

    async def findings(self) -> list[Finding]:
        """What the checker finds broken at one look."""
        return [finding for finding in await check(self.system, settle_s=0) if finding.breaks]

    async def broken(self) -> set[str]:
        """The names of the broken invariants."""
        return {finding.invariant for finding in await self.findings()}

    async def breaks(self, invariant: str) -> str:
        """All that is said of an invariant."""
        found = [finding.breaks for finding in await self.findings() if finding.invariant == invariant]
        return "\n".join(line for lines in found for line in lines)


@dataclass
class Snapshot:
    """The rows of one database as the sample has them; bringing them back is faster than writing them again."""

    superuser: Any
    back: str

    @classmethod
    async def take(cls, servers: Servers, service: str) -> Snapshot:
        """Keep the rows as they are now."""
        url = urlsplit(servers.postgres.admin_url)._replace(path=f"/fairseat_{service}").geturl()
        superuser = await asyncpg.connect(url)
        # Rows come back as they were, whatever triggers and keys would say to a single one of them.
        await superuser.execute("set session_replication_role = replica")
        await superuser.execute("drop schema if exists saved cascade; create schema saved")
        tables = await superuser.fetch(TABLES)
        for table in tables:
            await superuser.execute(f"create table saved.{table['name']} as table public.{table['name']}")
        parts = [
            f"delete from public.{name};"  # noqa: S608
            f" insert into public.{name} ({columns}) overriding system value select {columns} from saved.{name};"
            for name, columns in tables
        ]
        return cls(superuser, "\n".join(parts))

    async def restore(self) -> None:
        """Bring them back."""
        await self.superuser.execute(self.back)

    async def drop(self) -> None:
        """Forget them."""
        await self.superuser.execute("drop schema saved cascade")
        await self.superuser.close()


@dataclass
class Written:
    """The sample, and its rows to come back to."""

    sample: Sample
    snapshots: list[Snapshot]

    @asynccontextmanager
    async def market(self) -> AsyncIterator[Market]:
        """The market as it was written, to be broken once."""
        for snapshot in self.snapshots:
            await snapshot.restore()
        lists = copy.deepcopy(self.sample.provider)
        provider = Serving(lists)
        await provider.start()
        urls = {name: database.url for name, database in self.sample.databases.items()}
        system = System(databases=urls, hearers=HEARERS, provider_url=provider.url)
        yield Market(replace(self.sample, provider=lists), system)
        await provider.stop()


@asynccontextmanager
async def written(servers: Servers) -> AsyncIterator[Written]:
    """Write the sample once, for as many tests as there are."""
    databases = {}
    for name in SERVICES:
        package = Path(cast(str, importlib.import_module(name).__file__)).parent
        created = await prepared_database(servers, name, package.parent / "migrations")
        databases[name] = Database(created.owner_url, size_max=2)
        await databases[name].open()
        await empty(databases[name])
    sample = await write(databases, Lists())
    snapshots = [await Snapshot.take(servers, name) for name in SERVICES]
    yield Written(sample, snapshots)
    for database in databases.values():
        await database.close()
    for snapshot in snapshots:
        await snapshot.drop()
