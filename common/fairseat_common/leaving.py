"""How an application takes leave of its clients: not ready any more, then no connection is kept, then streams end.

Plain ASGI around any application, without the web framework, since small processes of a local run use it too.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import ASGIApp, Message, Receive, Scope, Send

PRIVATE = frozenset({"/healthz", "/readyz", "/metrics"})
"""What probes and measurements ask for; with a private port, only there."""
JSON = b"application/json"
PROBLEM = b"application/problem+json"
STREAM = b"text/event-stream"


class Leaving:
    """Wraps an application. With `private_port` probes and metrics are answered at that port only, all else elsewhere.

    `leave` turns readiness off and asks clients not to keep their connections; `end_streams` ends event streams, whose
    readers then connect again, to somebody else.
    """

    def __init__(self, app: ASGIApp, private_port: int | None = None) -> None:
        self._app = app
        self._private_port = private_port
        self._streams_end = asyncio.Event()
        self.has_begun = False

    def leave(self) -> None:
        """From now on: not ready, and each answer is the last one of its connection."""
        self.has_begun = True

    def end_streams(self) -> None:
        """End the event streams that are open, and those that still begin."""
        self._streams_end.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(self, self._streams_end, receive, send)
        path = scope["path"]
        if self._private_port is not None and (path in PRIVATE) != (scope["server"][1] == self._private_port):
            await _answer(exchange.send, 404, PROBLEM, b'{"type":"about:blank","title":"Not found","status":404}')
        elif self.has_begun and path == "/readyz":
            await _answer(exchange.send, 503, JSON, b'{"status":"stopping"}')
        else:
            await self._app(scope, exchange.receive, exchange.send)
            await exchange.end()


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_is_open_stream", "_leaving", "_receive", "_send", "_streams_end")

    def __init__(self, leaving: Leaving, streams_end: asyncio.Event, receive: Receive, send: Send) -> None:
        self._leaving = leaving
        self._streams_end = streams_end
        self._receive = receive
        self._send = send
        self._is_open_stream = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            self._is_open_stream = any(
                name.lower() == b"content-type" and value.startswith(STREAM) for name, value in headers
            )
            if self._leaving.has_begun:
                message = {**message, "headers": [*headers, (b"connection", b"close")]}
        elif not message.get("more_body", False):
            self._is_open_stream = False
        await self._send(message)

    async def receive(self) -> Message:
        """What the client says; for a stream that is to end, that the client left, which ends it in the usual way."""
        if not self._is_open_stream:
            return await self._receive()
        saying, ending = asyncio.ensure_future(self._receive()), asyncio.ensure_future(self._streams_end.wait())
        try:
            await asyncio.wait({saying, ending}, return_when=asyncio.FIRST_COMPLETED)
            return saying.result() if saying.done() else {"type": "http.disconnect"}
        finally:
            saying.cancel()
            ending.cancel()

    async def end(self) -> None:
        """Complete a stream that was ended by us, so that its reader sees an end and no accident."""
        if self._is_open_stream and self._streams_end.is_set():
            await self.send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer(send: Send, status: int, media_type: bytes, body: bytes) -> None:
    headers = [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
