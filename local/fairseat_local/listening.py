"""Sockets of one machine, and the server of the services for every process of a local run."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from fairseat_common import serving
from fairseat_common.serving import ServerSettings
from fairseat_common.serving import bound_socket as bound_at

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp


# Shorter than the launcher waits for the end of a process.
IN_FLIGHT_MAX_S = 4


class PortTakenError(RuntimeError):
    """Another program listens on the port; the message says so in a sentence."""


def bound_socket(port: int) -> socket.socket:
    """A socket bound to 127.0.0.1. Raises PortTakenError.

    It does not listen yet: the server does that once the application is up, so whoever connects earlier is refused
    at once instead of waiting.
    """
    try:
        return bound_at("127.0.0.1", port)
    except OSError as problem:
        advice = f"choose another one, for example: make up PORT={port + 1}"
        raise PortTakenError(f"Port {port} is taken by another program; {advice}") from problem


def handed_sockets(descriptors: str) -> list[socket.socket]:
    """The bound sockets that the launcher has handed on, from its list of file descriptors: `7,8`.

    It keeps them too, so that whoever connects while a process is started again waits for a moment, and is served.
    """
    return [socket.socket(fileno=int(each)) for each in descriptors.split(",") if each]


def public_sockets(port: int) -> list[socket.socket]:
    """Sockets for `http://localhost:<port>`: browsers may try either address of that name first."""
    sockets = [bound_socket(port)]
    with suppress(OSError):
        sockets.append(bound_at("::1", port))
    return sockets


def serve(
    app: ASGIApp, sockets: Sequence[socket.socket], *, behind_gateway: bool = False, is_gateway: bool = False
) -> None:
    """Serve until a signal to stop, as in a cluster; `behind_gateway` believes what the gateway says of the client."""
    settings = ServerSettings.read({name: os.environ.get(name, "") for name in ("TRUSTED_NETWORKS", "DRAIN_SECONDS")})
    serving.serve(
        app,
        sockets,
        trusted=settings.trusted if behind_gateway else (),
        drain_s=settings.drain_s,
        in_flight_max_s=IN_FLIGHT_MAX_S,
        date_header=not is_gateway,  # the answers that it passes on have one
    )
