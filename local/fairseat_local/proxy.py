"""A thin reverse proxy: streams both ways, keeps nothing, and repeats a request only if none of it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from fairseat_local.answers import answer_problem

if TYPE_CHECKING:  # the package around these types brings the whole web framework
    from fairseat_common.web.asgi import Receive, Scope, Send

CONNECT_TRIES_MAX = 8
CONNECT_PAUSE_S = 0.1
CONNECT_MAX_S = 2
CONNECTIONS_MAX = 1024
# Shorter than a server that is asked to stop goes on serving (DRAIN_SECONDS), so that no connection is used while the
# other side closes it. Under load connections are used again long before.
KEEP_IDLE_S = 1
HEADER_BYTES_MAX = 64 * 1024

HOP_BY_HOP = frozenset({
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
    b"transfer-encoding", b"upgrade",
})  # fmt: skip
# The edge says who asked; what the client claims about that is dropped. `Expect` is answered here.
REPLACED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"expect"})
RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]


class ClientGone(Exception):
    """The client closed its connection."""


class Upstreams:
    """The pooled connections that all proxies of a process share; an async context manager."""

    def __init__(self) -> None:
        self.session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Upstreams:
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=KEEP_IDLE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            # Streams of events last for hours, so only connecting has a limit here.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_MAX_S),
            max_line_size=HEADER_BYTES_MAX,
            max_field_size=HEADER_BYTES_MAX,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.session:
            await self.session.close()


class Proxy:
    """An ASGI application that lets the server at `url` answer."""

    def __init__(self, name: str, url: str, upstreams: Upstreams) -> None:
        self._name = name
        self._url = url
        self._upstreams = upstreams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and its answer back; 502 if the other side cannot be reached or breaks off."""
        exchange = Exchange(scope, receive, send)
        try:
            await exchange.run(self._upstreams, self._target(scope))
        except aiohttp.ClientError:
            if exchange.started:
                raise  # the server then cuts the connection: half an answer must not look whole
            title = f"The service {self._name} cannot be reached"
            await answer_problem(scope, send, 502, "service-unreachable", title, "Please try again in a moment.")

    def _target(self, scope: Scope) -> URL:
        query = scope["query_string"]
        raw = scope["raw_path"] + (b"?" + query if query else b"")
        return URL(self._url + raw.decode("latin-1"), encoded=True)


class Exchange:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.started = False
        self._scope = scope
        self._receive = receive
        self._send = send
        self._body_read = asyncio.Event()
        self._body_begun = False

    async def run(self, upstreams: Upstreams, target: URL) -> None:
        """Send, answer, and let go as soon as the client leaves."""
        assert upstreams.session, "the proxy is used outside its lifespan"
        passing = asyncio.create_task(self._pass(upstreams.session, target))
        leaving = asyncio.create_task(self._client_leaves())
        try:
            await asyncio.wait({passing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if passing.done():
                await passing
        finally:
            for task in (passing, leaving):
                task.cancel()
            with suppress(asyncio.CancelledError, ClientGone, aiohttp.ClientError):
                await passing

    async def _client_leaves(self) -> None:
        await self._body_read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _pass(self, session: aiohttp.ClientSession, target: URL) -> None:
        headers = forwarded_headers(self._scope)
        has_body = "content-length" in headers or "transfer-encoding" in dict_of(self._scope["headers"])
        if not has_body or headers.get("content-length") == "0":
            self._body_read.set()
            has_body = False
        response = await self._connect(session, target, headers, has_body)
        async with response:
            sent = [pair for pair in lower(response.raw_headers) if pair[0] not in HOP_BY_HOP]
            self.started = True
            await self._send({"type": "http.response.start", "status": response.status, "headers": sent})
            async for part in response.content.iter_any():
                await self._send({"type": "http.response.body", "body": part, "more_body": True})
            await self._send({"type": "http.response.body", "body": b""})

    async def _connect(
        self, session: aiohttp.ClientSession, target: URL, headers: CIMultiDict[str], has_body: bool
    ) -> aiohttp.ClientResponse:
        """The answer's head. A refused connection is tried again, for a service that is just being restarted."""
        method = self._scope["method"]
        for attempt in range(1, CONNECT_TRIES_MAX + 1):
            try:
                body = self._body() if has_body else None
                return await session.request(method, target, headers=headers, data=body, allow_redirects=False)
            except aiohttp.ClientConnectorError:
                if self._body_begun or attempt == CONNECT_TRIES_MAX:
                    raise
                await asyncio.sleep(CONNECT_PAUSE_S)
        raise AssertionError("unreachable")

    async def _body(self) -> AsyncIterator[bytes]:
        if self._body_begun:  # the client library repeats some methods by itself, but this body is gone
            raise aiohttp.ClientPayloadError("the body was sent already")
        self._body_begun = True
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            more = message.get("more_body", False)
            if part := message.get("body", b""):
                yield part
        self._body_read.set()


def lower(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers with lower-case names."""
    return [(name.lower(), value) for name, value in headers]


def dict_of(headers: RawHeaders) -> dict[str, str]:
    """The headers by lower-case name, the last of each."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def forwarded_headers(scope: Scope) -> CIMultiDict[str]:
    """The client's headers without those of its connection, and with who asked for what."""
    given: RawHeaders = lower(scope["headers"])
    named = {part.strip().lower() for name, value in given if name == b"connection" for part in value.split(b",")}
    dropped = HOP_BY_HOP | REPLACED | named
    kept = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in given if name not in dropped]
    client = scope.get("client")
    kept.append(("x-forwarded-for", client[0] if client else "unknown"))
    kept.append(("x-forwarded-proto", scope["scheme"]))
    kept.append(("x-forwarded-host", dict_of(given).get("host", "")))
    return CIMultiDict(kept)
