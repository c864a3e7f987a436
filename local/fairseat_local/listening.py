"""Sockets and the HTTP server that every process of a local run uses in the same way."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp


BACKLOG = 1024
STOP_MAX_S = 2
# Longer than the proxies keep a connection, so that they are the ones who close it.
KEEP_IDLE_S = 75


class PortTakenError(RuntimeError):
    """Another program listens on the port; the message says so in a sentence."""


def bound_socket(port: int) -> socket.socket:
    """A socket bound to 127.0.0.1. Raises PortTakenError.

    It does not listen yet: the server does that once the application is up, so whoever connects earlier is refused
    at once instead of waiting.
    """
    try:
        return _bound(socket.AF_INET, "127.0.0.1", port)
    except OSError as problem:
        advice = f"choose another one, for example: make up PORT={port + 1}"
        raise PortTakenError(f"Port {port} is taken by another program; {advice}") from problem


def public_sockets(port: int) -> list[socket.socket]:
    """Sockets for `http://localhost:<port>`: browsers may try either address of that name first."""
    sockets = [bound_socket(port)]
    with suppress(OSError):
        sockets.append(_bound(socket.AF_INET6, "::1", port))
    return sockets


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


def serve(
    app: ASGIApp, sockets: Sequence[socket.socket], *, behind_gateway: bool = False, is_gateway: bool = False
) -> None:
    """Serve until a signal to stop. `behind_gateway` believes what the gateway says about the client."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=not is_gateway,  # the answers that it passes on have one
        proxy_headers=behind_gateway,
        forwarded_allow_ips="127.0.0.1",
        timeout_keep_alive=KEEP_IDLE_S,
        timeout_graceful_shutdown=STOP_MAX_S,
        backlog=BACKLOG,
    )
    uvicorn.Server(config).run(sockets=list(sockets))
