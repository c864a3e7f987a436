"""Starting and stopping several ASGI applications in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp, Message, Receive, Scope, Send


START_MAX_S = 90
STOP_MAX_S = 10


class StartFailedError(RuntimeError):
    """An application refused to start; the message names it and says why."""


class Lifespan:
    """The lifespan conversation with one application."""

    def __init__(self, name: str, app: ASGIApp) -> None:
        self.name = name
        self._app = app
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._heard: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the application is up. Raises StartFailedError."""
        scope: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        self._task = asyncio.create_task(self._converse(scope), name=f"{self.name} lifespan")
        answer = await self._ask("lifespan.startup", START_MAX_S)
        if answer["type"] != "lifespan.startup.complete":
            raise StartFailedError(f"{self.name} did not start: {answer.get('message', '')}")

    async def stop(self) -> None:
        """Returns when the application is down, or has taken too long."""
        if self._task and not self._task.done():
            await self._ask("lifespan.shutdown", STOP_MAX_S)
            self._task.cancel()

    async def _ask(self, what: str, seconds_max: float) -> Message:
        await self._said.put({"type": what})
        try:
            return await asyncio.wait_for(self._heard.get(), seconds_max)
        except TimeoutError:
            return {"type": f"{what}.failed", "message": f"no answer in {seconds_max} s"}

    async def _converse(self, scope: Scope) -> None:
        try:
            await self._app(scope, self._said.get, self._heard.put)
        except Exception as problem:
            await self._heard.put({"type": "lifespan.failed", "message": repr(problem)})


@asynccontextmanager
async def running(apps: Mapping[str, ASGIApp]) -> AsyncIterator[None]:
    """Start all applications together, and stop them at the end. Raises StartFailedError."""
    lifespans = [Lifespan(name, app) for name, app in apps.items()]
    try:
        await asyncio.gather(*(lifespan.start() for lifespan in lifespans))
        yield
    finally:
        await asyncio.gather(*(lifespan.stop() for lifespan in lifespans))


class WithLifespans:
    """An ASGI application that serves with `root` while `resources` are open and all of `apps` are running."""

    def __init__(
        self, root: ASGIApp, apps: Mapping[str, ASGIApp], *resources: AbstractAsyncContextManager[object]
    ) -> None:
        self._root = root
        self._apps = apps
        self._resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan of all."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._root(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with AsyncExitStack() as stack:
                for resource in self._resources:
                    await stack.enter_async_context(resource)
                await stack.enter_async_context(running(self._apps))
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except StartFailedError as problem:
            await send({"type": "lifespan.startup.failed", "message": str(problem)})
        else:
            await send({"type": "lifespan.shutdown.complete"})
