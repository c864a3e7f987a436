"""Serves an ASGI application on a free loopback port, inside the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any, cast

import uvicorn

from fairseat_common.testing.waiting import eventually
from fairseat_common.web.asgi import ASGIApp

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
REQUESTS_END_MAX_S = 5.0
LOOK_S = 0.002


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, since the test runner keeps its own, and without its pauses: it looks ten
    times a second whether to stop, which adds up over a thousand tests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._asked_to_stop = asyncio.Event()

    def ask_to_stop(self) -> None:
        """Stop as soon as possible."""
        self.should_exit = True
        self._asked_to_stop.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone."""
        yield

    async def main_loop(self) -> None:
        """Serve until asked to stop."""
        await self.on_tick(0)
        await self._asked_to_stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the requests under way, then run the application's own shutdown."""
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(AssertionError):
            await eventually(self._is_idle, REQUESTS_END_MAX_S)
        for task in list(self.server_state.tasks):
            task.cancel()
        await self.lifespan.shutdown()

    async def _is_idle(self) -> bool:
        return not (self.server_state.connections or self.server_state.tasks)


class Serving:
    """One served application."""

    def __init__(self, app: ASGIApp) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            cast(Any, app),
            interface="asgi3",
            log_level="warning",
            lifespan="auto",
            access_log=False,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start, and return once requests are answered; raises RuntimeError if the application refuses to start."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        async with asyncio.timeout(START_TIMEOUT_S):
            while not self._server.started:
                if self._task.done():
                    await self._task
                    raise RuntimeError("the application did not start; its log says why")
                await asyncio.sleep(LOOK_S)

    async def stop(self) -> None:
        """Stop as a rolling update would: finish requests, run the shutdown."""
        if self._task is not None:
            self._server.ask_to_stop()
            await asyncio.wait_for(self._task, STOP_TIMEOUT_S)
            self._task = None
        self._socket.close()
