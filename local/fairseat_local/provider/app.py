"""The HTTP edge: authentication, parameters, idempotency keys, one transaction per request."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec

from fairseat_local.provider import errors, forms, routes
from fairseat_local.provider.errors import ProviderError
from fairseat_local.provider.journal import Answer, Journal
from fairseat_local.provider.objects import new_id
from fairseat_local.provider.webhooks import Sender
from fairseat_local.provider.work import Work

BODY_BYTES_MAX = 64 * 1024
KEY_CHARS_MAX = 255
SECRET_KEY_PREFIX = "sk_test_"  # noqa: S105

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger("fairseat.provider")


@dataclass(frozen=True, slots=True)
class Request:
    """What the edge has read of a request."""

    id: str
    method: str
    path: str
    text: str
    key: str | None

    @property
    def fingerprint(self) -> bytes:
        """Requests with the same fingerprint ask for the same thing."""
        return hashlib.sha256(f"{self.method} {self.path}\n{self.text}".encode()).digest()


class Provider:
    """The whole stand-in as an ASGI application. `network_s` is how long a card network takes to answer."""

    def __init__(self, journal: Journal, *, network_s: float = 0.0) -> None:
        self._journal = journal
        self._sender = Sender(journal)
        self._network_s = network_s
        self._keys_in_flight: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the ASGI server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        sender = asyncio.create_task(self._sender.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
        self._journal.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/healthz":
            await _respond(send, 200, b'{"status":"ok"}', {})
            return
        request_id = new_id("req")
        headers = {"request-id": request_id}
        try:
            request = await _read(scope, receive, request_id)
            status, body, replayed = await self._answer(request)
            if request.key:
                headers["idempotency-key"] = request.key
            if replayed:
                headers["idempotent-replayed"] = "true"
        except ProviderError as error:
            status, body = error.status, msgspec.json.encode(error.body)
        except Exception:
            logger.exception("request %s failed", request_id)
            failure = ProviderError(500, "api_error", "The stand-in failed; its log says why.")
            status, body = failure.status, msgspec.json.encode(failure.body)
        await _respond(send, status, body, headers)

    async def _answer(self, request: Request) -> tuple[int, bytes, bool]:
        """Status, body, and whether this is the stored answer to an earlier request with the same key."""
        route, object_id = routes.find(request.method, request.path)
        key = request.key
        if key is None:
            return *await self._run(request, route, object_id), False
        if key in self._keys_in_flight:
            raise errors.key_in_use(key)
        self._keys_in_flight.add(key)
        try:
            if first := self._journal.answer_find(key):
                if first.fingerprint != request.fingerprint:
                    raise errors.key_reused(key)
                return first.status, first.body, True
            return *await self._run(request, route, object_id), False
        finally:
            self._keys_in_flight.discard(key)

    async def _run(self, request: Request, route: routes.Route, object_id: str) -> tuple[int, bytes]:
        """Effect, events and stored answer in one transaction. A `stored` error keeps what was written."""
        params = forms.read(route.params, forms.decode(request.text))
        if self._network_s and request.method == "POST":
            await asyncio.sleep(self._network_s)
        with self._journal.transaction():
            try:
                work = Work(self._journal, request.id, request.key)
                status, body = 200, msgspec.json.encode(route.handler(work, object_id, params))
            except ProviderError as error:
                if not error.stored:
                    raise
                status, body = error.status, msgspec.json.encode(error.body)
            if request.key:
                self._journal.answer_insert(request.key, Answer(request.fingerprint, status, body))
        self._sender.wake()
        return status, body


async def _read(scope: Scope, receive: Receive, request_id: str) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(SECRET_KEY_PREFIX):
        raise errors.unauthorised()
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_BYTES_MAX:
            raise errors.too_large(BODY_BYTES_MAX)
    method: str = scope["method"]
    raw = bytes(body) if method == "POST" else scope["query_string"]
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        raise errors.invalid("The parameters are not form-encoded.", code="parameter_invalid") from None
    return Request(request_id, method, scope["path"], text, _key(headers) if method == "POST" else None)


def _key(headers: dict[str, str]) -> str | None:
    key = headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= KEY_CHARS_MAX:
        message = f"An idempotency key has 1 to {KEY_CHARS_MAX} characters."
        raise errors.invalid(message, code="idempotency_key_invalid")
    return key


async def _respond(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    fields = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
