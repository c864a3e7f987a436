"""Serves an ASGI application on a free loopback port, inside the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any, cast

import uvicorn

from fairseat_common.web.asgi import ASGIApp

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the test runner keeps its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone."""
        yield


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
            timeout_graceful_shutdown=5,
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
                await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Stop as a rolling update would: finish requests, run the shutdown."""
        if self._task is not None:
            self._server.should_exit = True
            await asyncio.wait_for(self._task, STOP_TIMEOUT_S)
            self._task = None
        self._socket.close()
