"""Puts a service together: database, broker, verifier, telemetry, and the ASGI application around its routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import asyncpg
import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler

from fairseat_common.bus import Broker, Bus, Consumers, Login
from fairseat_common.contracts.refusals import Refusal, SignInRequired
from fairseat_common.database import Database, migrate
from fairseat_common.invariants import Invariant
from fairseat_common.outbox import Relay, Telling
from fairseat_common.settings import Settings
from fairseat_common.telemetry import Metrics, Readings, Tracing, configure_logs
from fairseat_common.telemetry.metrics import CONTENT_TYPE as METRICS_TYPE
from fairseat_common.web import problems
from fairseat_common.web.asgi import ASGIApp
from fairseat_common.web.auth import SignedIn, Verifier, signed_in
from fairseat_common.web.edge import Edge, FrontHandler
from fairseat_common.web.limits import Limiter
from fairseat_common.web.measuring import Measuring
from fairseat_common.web.openapi import Described, Known, document_of
from fairseat_common.web.operations import operations
from fairseat_common.web.reaching import reach
from fairseat_common.web.strict import StrictRequest
from fairseat_common.web.versions import version_in
from fairseat_common.web.watching import SIGNED_IN, Watch
from fairseat_common.workers import Job

log = structlog.get_logger(__name__)

START_TRIES_MAX = 40
START_PAUSE_S = 0.5
RESTART_PAUSE_S = 1.0
STOP_TIMEOUT_S = 8.0
FLUSH_MAX_S = 5.0
RELAY = "relay"
JSON = "application/json"


class Service:
    """What every service is built from. `main.py` makes one, hands its parts around, and asks it for the app.

    `migrations` is None for a service without data of its own; it then has no database either.
    """

    def __init__(self, name: str, settings: Settings, migrations: Path | None = None) -> None:
        configure_logs(settings.log_level)
        self.name = name
        self.settings = settings
        self.metrics = Metrics(name, settings.release, settings.commit)
        self.readings = Readings(name, self.metrics)
        self.tracing = Tracing(
            name, settings.otlp_endpoint, settings.trace_ratio, settings.traces_per_second_max, settings.release
        )
        self.telling = Telling(self.metrics, self.tracing)
        """Who wants to count facts of this service as they are sent, says so here."""
        login = Login(user=settings.nats_user, password=settings.nats_password, ca_file=settings.nats_ca_file)
        self.broker = Broker(settings.nats_url, f"fairseat-{name}", login, settings.nats_replicas)
        self.verifier = Verifier(settings.jwks_url)
        self._migrations = migrations
        self._database: Database | None = None
        if migrations is not None:
            self._database = Database(settings.database_url, application=f"fairseat-{name}", size_max=settings.pool_max)
        self._watch = Watch(self._database) if self._database is not None else None
        self._measuring = Measuring(name, self.metrics, self.readings, self.broker, self._database)
        self._relay = Relay(name, self._database, self.broker, self.telling) if self._database is not None else None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def database(self) -> Database:
        """The service's own database."""
        assert self._database is not None, f"{self.name} owns no data"
        return self._database

    def app(
        self,
        routes: Sequence[ControllerRouterHandler],
        *,
        consumers: Consumers | None = None,
        workers: Sequence[Job] = (),
        provide: Mapping[str, Any] | None = None,
        front: Mapping[tuple[str, str], FrontHandler] | None = None,
        bodies: Mapping[str, int] | None = None,
        openapi: Described | None = None,
        invariants: Sequence[Invariant] = (),
        lifespans: Iterable[Callable[[], Any]] = (),
        configure: Callable[[AppConfig], AppConfig] | None = None,
    ) -> ASGIApp:
        """The complete ASGI application.

        `provide` are further values that routes can ask for by name (beside ``database``, ``user``, ``visitor``,
        ``if_match``); `front` are hot routes dispatched before the router, described by `openapi`;
        `bodies` are paths that take more than the setting allows, in bytes (their routes say so too);
        `invariants` are what operators can have checked in the service's database at any moment;
        `lifespans` are async context managers held open while the service runs.
        """
        started = list(lifespans)
        self._measuring.of(consumers or (), invariants, self.settings.invariants_s)
        if self._database is not None:
            routes = [*routes, *operations(self.name, consumers, invariants)]

        @asynccontextmanager
        async def lifespan(_app: Litestar) -> AsyncIterator[None]:
            async with self._running(consumers, workers), _all(started):
                yield

        litestar = Litestar(
            route_handlers=list(routes),
            request_class=StrictRequest,
            dependencies=self._dependencies(provide or {}),
            lifespan=[lifespan],
            openapi_config=_openapi_config(self.name),
            exception_handlers={
                Refusal: self._refused,
                HTTPException: problems.answer_http,
                Exception: problems.answer_crash,
            },
            request_max_body_size=self.settings.body_max_bytes,
            on_app_init=[configure] if configure else [],
            logging_config=None,
        )
        document = _openapi_page(litestar, self.settings.access_cookie, front or {}, openapi or Described())
        own = {"/healthz": self._healthz, "/readyz": self._readyz, "/metrics": self._metrics_page}
        return Edge(
            cast(ASGIApp, litestar),
            self.settings,
            self.metrics,
            self.tracing,
            front or {},
            {**own, "/openapi.json": document},
            bodies,
            self.verifier,
            Limiter(self.name, self.settings.rates, self.metrics),
        )

    def _dependencies(self, more: Mapping[str, Any]) -> dict[str, Provide]:
        async def user(request: Request[Any, Any, Any]) -> SignedIn:
            found = await signed_in(self.verifier, self.settings.access_cookie, request.headers)
            request.scope["state"][SIGNED_IN] = found
            return found

        async def visitor(request: Request[Any, Any, Any]) -> SignedIn | None:
            with suppress(SignInRequired):
                return await signed_in(self.verifier, self.settings.access_cookie, request.headers)
            return None

        async def if_match(request: Request[Any, Any, Any]) -> int:
            return version_in(request.headers.get("if-match"))

        provided = {"user": Provide(user), "visitor": Provide(visitor), "if_match": Provide(if_match)}
        if self._database is not None:
            provided["database"] = _constant(self._database)
        return provided | {name: _constant(value) for name, value in more.items()}

    def _refused(self, request: Request[Any, Any, Any], refusal: Refusal) -> Response[bytes]:
        if self._watch is not None:
            self._watch.note(request, refusal)
        return problems.answer_refusal(request, refusal)

    @asynccontextmanager
    async def _running(self, consumers: Consumers | None, workers: Sequence[Job]) -> AsyncIterator[None]:
        if self._database is not None:
            await self._open_database(self._database)
        await self.broker.open()
        jobs: list[tuple[str, Callable[[], Awaitable[None]]]] = [(worker.name, worker.run) for worker in workers]
        if self._database is not None:
            assert self._watch is not None, "it comes with the database"
            assert self._relay is not None, "it comes with the database"
            jobs.append((RELAY, self._relay.run))
            jobs.append((self._watch.name, self._watch.run))
            if consumers is not None:
                bus = Bus(consumers, self._database, self.broker, self.metrics, self.tracing)
                jobs.append(("bus", bus.run))
        self._tasks = [asyncio.create_task(_keep_running(self.name, name, job), name=name) for name, job in jobs]
        try:
            yield
        finally:
            await self._stop()

    async def _open_database(self, database: Database) -> None:
        for attempt in range(1, START_TRIES_MAX + 1):
            try:
                if self.settings.migration_database_url and self._migrations is not None:
                    role = urlsplit(self.settings.database_url).username or ""
                    await migrate(self.settings.migration_database_url, self._migrations, role)
                await database.open()
                return
            except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError) as error:
                if attempt == START_TRIES_MAX:
                    raise
                log.warning("service.waiting_for_database", service=self.name, error=repr(error))
                await asyncio.sleep(START_PAUSE_S)

    async def _stop(self) -> None:
        """End all work; what it has said by then is sent before the relay ends as well."""
        await _ended([task for task in self._tasks if task.get_name() != RELAY])
        if self._relay is not None and self.broker.connected:
            await self._relay.flush(FLUSH_MAX_S)
        await _ended(self._tasks)
        await self.readings.close()
        await self.broker.close()
        if self._database is not None:
            await self._database.close()
        await asyncio.to_thread(self.tracing.close)  # it waits for whoever takes the spans

    async def _healthz(self) -> tuple[int, str, bytes]:
        return 200, JSON, b'{"status":"ok"}'

    async def _readyz(self) -> tuple[int, str, bytes]:
        """Ready when the database answers; a missing broker delays events but loses none, so it is only told."""
        try:
            if self._database is not None:
                await self._database.ping()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return 503, JSON, b'{"status":"not ready","database":false}'
        return 200, JSON, msgspec.json.encode({"status": "ready", "broker": self.broker.connected})

    async def _metrics_page(self) -> tuple[int, str, bytes]:
        await self.readings.fresh()
        return 200, METRICS_TYPE, self.metrics.exposition()


def _openapi_config(name: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title=f"Fairseat {name}",
        version="1",
        path="/_openapi",
        # An empty list would mean all of the framework's own pages, with scripts of other hosts.
        render_plugins=[JsonRenderPlugin()],
        use_handler_docstrings=True,
    )


def _constant(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def _openapi_page(
    litestar: Litestar, cookie: str, front: Mapping[tuple[str, str], FrontHandler], described: Described
) -> Callable[[], Awaitable[tuple[int, str, bytes]]]:
    @cache
    def written() -> bytes:
        known = Known(cookie, front, described, reach(Edge.__call__))
        return msgspec.json.encode(document_of(litestar, known))

    reading = asyncio.Lock()

    async def page() -> tuple[int, str, bytes]:
        # Once, and beside the event loop: it takes longer than any other request may wait.
        async with reading:
            return 200, JSON, await asyncio.to_thread(written)

    return page


async def _keep_running(service: str, name: str, job: Callable[[], Awaitable[None]]) -> None:
    """Run a background job for as long as the service lives: if it breaks, say so and start it again."""
    while True:
        try:
            await job()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # an exception group of a task group is no Exception
            log.error("service.job_broke", service=service, job=name, exc_info=error)
        await asyncio.sleep(RESTART_PAUSE_S)


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=STOP_TIMEOUT_S)


@asynccontextmanager
async def _all(managers: Sequence[Callable[[], Any]]) -> AsyncIterator[None]:

    async with AsyncExitStack() as stack:
        for manager in managers:
            await stack.enter_async_context(manager())
        yield
