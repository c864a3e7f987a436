"""The server that every service runs in, on one machine and in a cluster: `python -m fairseat_common.serving orders`.

SIGTERM (or SIGINT) ends it in order: readiness is off while it goes on serving for DRAIN_SECONDS, until everybody who
sends it requests has noticed; then requests under way are finished, event streams end, background work stops, what the
outbox holds is sent, and it exits with 0. A second signal ends it at once.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from fairseat_common.environment import Environ, Reader, SettingsError
from fairseat_common.leaving import Leaving
from fairseat_common.reloading import folder_of, serve_again

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp

BACKLOG = 1024
# Longer than clients of ours keep a connection, so that they are the ones who close it.
KEEP_IDLE_S = 75
IN_FLIGHT_MAX_S = 15
LINGER_MAX_S = 2.0
TICK_S = 0.1
TICKS_PER_S = 10
EXIT_SETTINGS = 2


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Where a service listens, and how long it takes to leave."""

    host: str
    port: int
    private_port: int | None
    """Where probes and metrics are answered, and only there; None: at `port`, as everything else."""
    drain_s: int
    """How long it goes on serving after it was asked to stop; longer than clients keep idle connections."""
    trusted: tuple[str, ...]
    """Networks whose word is taken about who asked, and how."""

    @classmethod
    def read(cls, environ: Environ = None) -> ServerSettings:
        """Raises SettingsError."""
        reader = Reader.of(environ)
        port = reader.number("PORT", 8000, 1, 65_535)
        private_port = reader.number("PRIVATE_PORT", 0, 0, 65_535)
        if private_port == port:
            reader.refuse(f"PRIVATE_PORT is PORT ({port}): give probes and metrics a port of their own, or none")
        settings = cls(
            host=reader.text("HOST", "127.0.0.1"),
            port=port,
            private_port=private_port or None,
            drain_s=reader.number("DRAIN_SECONDS", 0, 0, 600),
            trusted=reader.trusted_networks(),
        )
        reader.check()
        return settings

    def sockets(self) -> list[socket.socket]:
        """Bound, but not listening yet. Raises OSError."""
        return [bound_socket(self.host, port) for port in (self.port, self.private_port) if port is not None]


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket bound to an address of this machine; `::` is every address of both kinds. Raises OSError.

    It does not listen yet: the server does that once the application is up, so whoever connects earlier is refused
    at once instead of waiting.
    """
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


class _Server(uvicorn.Server):
    """uvicorn with a way to leave. That ends with code 0 and not by the signal: it was asked, and did so."""

    def __init__(self, config: uvicorn.Config, app: Leaving, drain_s: float) -> None:
        super().__init__(config)
        self._app = app
        self._drain_s = drain_s

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 (the handler's signature)
        if self.should_exit:
            # Not by the signal's own way: the first process of a container ignores that.
            os._exit(128 + sig)
        self.should_exit = True

    async def main_loop(self) -> None:
        await super().main_loop()
        self._app.leave()
        await self._go_on(self._drain_s, lambda: False)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nobody any more, then wait for those who were accepted and have not asked yet, then for all answers.

        A connection that is closed while its request is on the way is a request that fails.
        """
        for server in self.servers:
            server.close()
        self._app.end_streams()
        await self._go_on(min(self._drain_s, LINGER_MAX_S), lambda: not self.server_state.connections)
        await super().shutdown(sockets)

    async def _go_on(self, seconds: float, is_over: Callable[[], bool]) -> None:
        end, ticks = time.monotonic() + seconds, 0
        while time.monotonic() < end and not is_over():
            await self.on_tick(ticks % TICKS_PER_S)  # the date of answers goes on
            ticks += 1
            await asyncio.sleep(TICK_S)


def serve(
    app: ASGIApp,
    sockets: Sequence[socket.socket],
    *,
    trusted: Sequence[str] = (),
    private_port: int | None = None,
    drain_s: float = 0,
    in_flight_max_s: int = IN_FLIGHT_MAX_S,
    date_header: bool = True,
) -> None:
    """Serve on all of `sockets` until a signal to stop; the application exits the process if it does not start.

    Of networks in `trusted` it is believed what they say about the client in X-Forwarded-For and X-Forwarded-Proto.
    Requests that take longer than `in_flight_max_s` when it stops are cut off.
    """
    leaving = Leaving(app, private_port)
    config = uvicorn.Config(
        leaving,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=date_header,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=list(trusted),
        timeout_keep_alive=KEEP_IDLE_S,
        timeout_graceful_shutdown=in_flight_max_s,
        backlog=BACKLOG,
    )
    _Server(config, leaving, drain_s).run(sockets=list(sockets))


def application(service: str, environ: Mapping[str, str]) -> ASGIApp:
    """The ASGI application of a service, configured from `environ`. Raises SettingsError."""
    if importlib.util.find_spec(service) is None:
        raise SettingsError("there is no such service in this installation")
    app: ASGIApp = importlib.import_module(f"{service}.main").create_app(environ)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve one service with the process's own settings; 2 if they are wrong, with one line that says what to do."""
    parser = argparse.ArgumentParser(prog="fairseat_common.serving", description=__doc__)
    parser.add_argument("service")
    service: str = parser.parse_args(arguments).service
    try:
        if folder := folder_of(os.environ):
            return serve_again(service, folder, [sys.executable, "-m", "fairseat_common.serving", service])
        settings = ServerSettings.read(os.environ)
        app = application(service, os.environ)
    except SettingsError as problem:
        sys.stderr.write(f"{service}: {problem}\n")
        return EXIT_SETTINGS
    try:
        sockets = settings.sockets()
    except OSError as problem:
        sys.stderr.write(f"{service}: cannot listen at {settings.host} port {settings.port}: {problem.strerror}\n")
        return 1
    serve(app, sockets, trusted=settings.trusted, private_port=settings.private_port, drain_s=settings.drain_s)
    return 0


if __name__ == "__main__":
    sys.exit(main())
