"""Requests and answers as the stand-in sees them, over ASGI; and how to break a connection off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fairseat_local.provider import errors

BODY_BYTES_MAX = 64 * 1024
JSON = "application/json"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request, read to its end. Names of headers are in lower case."""

    id: str
    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class HangUp(Exception):
    """The connection is to break off without an answer."""


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A value as JSON."""
    return Answer(status, msgspec.json.encode(value), headers=headers or {})


async def read(scope: Scope, receive: Receive, request_id: str) -> Request:
    """The whole request. Raises ProviderError if it is too long."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_BYTES_MAX:
            raise errors.too_large(BODY_BYTES_MAX)
    return Request(request_id, scope["method"], scope["path"], scope["query_string"], headers, bytes(body))


async def respond(send: Send, answer: Answer) -> None:
    """Send an answer."""
    fields = {"content-type": answer.media_type, "content-length": str(len(answer.body)), **answer.headers}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": answer.body})


async def hang_up(receive: Receive, send: Send) -> None:
    """Break the connection off. ASGI has no word for that, so the server's own transport is asked."""
    transport: asyncio.Transport = getattr(send, "__self__").transport  # noqa: B009 -- no attribute of the type
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
