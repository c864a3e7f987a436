"""A running service under test: its address, its database, its events, and clients that are signed in."""

from __future__ import annotations

import importlib
import importlib.util
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TypeVar, cast
from uuid import UUID

import httpx
import msgspec

from fairseat_common.bus import Broker, Consumers
from fairseat_common.contracts import Event, encode, stream_of
from fairseat_common.database import Database, migrate
from fairseat_common.ids import new_id
from fairseat_common.outbox.relay import outgoing
from fairseat_common.outbox.store import Row
from fairseat_common.testing.issuer import Issuer
from fairseat_common.testing.nats_server import NatsServer
from fairseat_common.testing.postgres_server import PostgresServer
from fairseat_common.testing.service_database import ServiceDatabase
from fairseat_common.testing.serving import Serving
from fairseat_common.web.asgi import ASGIApp

E = TypeVar("E", bound=Event)
TLS = ssl.create_default_context()
"""Shared, since making one takes longer than most requests."""
DELETED_BYTES_MAX = 1024 * 1024
"""A table that has grown beyond this is emptied by giving it new files."""
TABLES = """
select
    quote_ident(t.relname) as name, pg_relation_size(t.oid) as bytes,
    array(
        select quote_ident(r.relname)::text from pg_constraint c join pg_class r on r.oid = c.conrelid
        where c.confrelid = t.oid and c.contype = 'f'
    ) as referring
from pg_class t
where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and t.relname <> 'migrations'
"""
RESTART_SEQUENCES = """
select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
from pg_sequences where schemaname = 'public' and last_value is not null
"""


@dataclass
class Servers:
    """The real servers of a test run."""

    postgres: PostgresServer
    nats: NatsServer
    prepared: dict[str, ServiceDatabase] = field(default_factory=dict)
    """The databases that exist and are up to date, by service."""


@dataclass
class RunningService:
    """One service, running on a loopback port against real servers."""

    name: str
    url: str
    database: Database
    """Connected as the owner, so that tests can look at and prepare anything."""
    issuer: Issuer
    broker: Broker
    environ: dict[str, str]
    _serving: Serving
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(
        self, user_id: UUID | None = None, roles: Iterable[str] = ("user",), token: str | None = None
    ) -> httpx.AsyncClient:
        """A client: signed out, signed in as `user_id`, or with a token of the test's own making."""
        if user_id is not None:
            token = self.issuer.token(user_id, roles)
        cookies = {"fairseat": token} if token else None
        client = httpx.AsyncClient(base_url=self.url, cookies=cookies, timeout=30, verify=TLS)
        self._clients.append(client)
        return client

    async def publish(self, event: Event, event_id: UUID | None = None) -> UUID:
        """Publish an event as its owner would; with a known `event_id` it is a repeated delivery."""
        identity = event_id or new_id()
        row = Row(identity, event.subject, event.aggregate_id, encode(event), None, event.occurred_at.isoformat())
        message = outgoing("test", row)
        message.headers["Nats-Msg-Id"] = str(new_id())
        assert await self.broker.publish([message]) == [identity]
        return identity

    async def published(self, event_type: type[E]) -> list[E]:
        """What the service has said so far under this subject, in order, read from its outbox."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "select payload::text as payload from outbox where subject = $1 order by position", event_type.subject
            )
        return [msgspec.json.decode(row["payload"], type=event_type) for row in rows]

    async def heard(self, event_id: UUID) -> bool:
        """Whether the service has dealt with an event."""
        async with self.database.connection() as connection:
            return bool(await connection.fetchval("select count(*) from inbox where event_id = $1", event_id))

    async def stop(self) -> None:
        """Stop the service and everything that was made to look at it."""
        for client in self._clients:
            await client.aclose()
        await self._serving.stop()
        await self.database.close()


async def start_service(
    servers: Servers, issuer: Issuer, broker: Broker, name: str, environ: dict[str, str], keep_data: bool = False
) -> RunningService:
    """Start a service with an empty database (or with what is in it, to test a restart)."""
    module = importlib.import_module(f"{name}.main")
    created = await prepared_database(servers, name, Path(cast(str, module.__file__)).parent.parent / "migrations")
    database = Database(created.owner_url, application="test", size_max=4)
    await database.open()
    if not keep_data:
        await empty(database)
    settings = {
        "ENVIRONMENT": "local",
        "PUBLIC_URL": "http://localhost:8000",
        "DATABASE_URL": created.url,
        "NATS_URL": servers.nats.url,
        "JWKS_URL": issuer.jwks_url,
        "LOG_LEVEL": "warning",
        **environ,
    }
    create_app = cast(Callable[[dict[str, str]], ASGIApp], module.create_app)
    for stream in heard_by(name):  # whose publishers are not there, and would have made them
        await broker.ensure_stream(stream)
    serving = Serving(create_app(settings))
    await serving.start()
    return RunningService(name, serving.url, database, issuer, broker, settings, serving)


def heard_by(service: str) -> set[str]:
    """The streams that a service hears."""
    if importlib.util.find_spec(f"{service}.consumers") is None:
        return set()
    consumers: Consumers = importlib.import_module(f"{service}.consumers").consumers
    return {stream_of(consumer.event_type.subject) for consumer in consumers}


async def prepared_database(servers: Servers, name: str, migrations: Path) -> ServiceDatabase:
    """The service's database with its tables, made at the first use."""
    if name not in servers.prepared:
        created = servers.postgres.create_service_database(name)
        await migrate(created.owner_url, migrations, f"fairseat_{name}")
        servers.prepared[name] = created
    return servers.prepared[name]


async def empty(database: Database) -> None:
    """Remove all rows but the record of migrations, and count from one again.

    Tests leave few rows: deleting them takes a tenth of the time that new files for every table and index do.
    """
    async with database.connection() as connection:
        found = await connection.fetch(TABLES)
        names = [row["name"] for row in found]
        if any(row["bytes"] > DELETED_BYTES_MAX for row in found):
            await connection.execute(f"truncate {', '.join(names)} restart identity cascade")
            return
        referring = {row["name"]: set(row["referring"]) - {row["name"]} for row in found}
        deletes = [f"delete from {name}" for name in TopologicalSorter(referring).static_order()]  # noqa: S608
        await connection.execute("; ".join([*deletes, RESTART_SEQUENCES]))
