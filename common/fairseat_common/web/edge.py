"""The outermost layer of every service: request id, origin, limits, headers, metrics, health.

Plain ASGI, since every request passes here, including the few hot routes that are dispatched before the router.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import urlsplit

import structlog
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind

from fairseat_common.contracts.refusals import Forbidden, Malformed, Refusal, SignInRequired, TokenInvalid, Unavailable
from fairseat_common.ids import new_id
from fairseat_common.settings import Settings
from fairseat_common.telemetry import Metrics, Tracing, request_id
from fairseat_common.telemetry.traces import answered, note
from fairseat_common.web import problems
from fairseat_common.web.asgi import ASGIApp, Message, Receive, Scope, Send
from fairseat_common.web.auth import Verifier, bearer_of, signed_in
from fairseat_common.web.limits import Limiter
from fairseat_common.web.scopes import OPEN, expect_scope

log = structlog.get_logger(__name__)

Headers = Mapping[str, str]
FrontHandler = Callable[[Scope, Receive, Send, Headers], Awaitable[None]]
"""A hot route: gets the request before the router does, with its headers already read (lower-case names)."""

NOTED = ("order_id", "payment_id", "listing_id", "show_id", "transfer_id", "claim_id")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_STREAM = b"text/event-stream"
_REQUEST_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")


class CrossSite(Forbidden):
    """A browser sent the request on behalf of another site."""

    slug = "cross-site-request"
    title = "This request comes from another site"
    detail = "Changes can only be made from Fairseat's own pages, or by a client that is not a browser."


class BodyTooLarge(Malformed):
    """The body exceeds the service's limit."""

    status = 413
    slug = "body-too-large"
    title = "The body is too large"
    detail = "Send less at once."


class Edge:
    """Wraps a service's application."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        metrics: Metrics,
        tracing: Tracing,
        front: Mapping[tuple[str, str], FrontHandler],
        own: Mapping[str, Callable[[], Awaitable[tuple[int, str, bytes]]]],
        bodies: Mapping[str, int] | None = None,
        verifier: Verifier | None = None,
        limiter: Limiter | None = None,
    ) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._tracing = tracing
        self._front = front
        self._own = own
        self._bodies = bodies or {}
        self._verifier = verifier
        self._limiter = limiter
        self._headers = _standing_headers(settings)
        self._origin = settings.public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get("x-request-id", "")
        current = given if _REQUEST_ID.match(given) else new_id().hex
        token = request_id.set(current)
        sent = _Sent(send, self._headers, current)
        started = time.perf_counter()
        probe = scope["path"] in self._own
        if not probe:
            self._metrics.request_begins()
        try:
            # The path is no part of the trace: it may hold what only one person is to know.
            with self._span(scope, headers, probe) as span:
                await self._serve(scope, receive, sent, headers)
                answered(span, scope["method"], _route(scope), sent.status)
                _note_ids(scope)
        finally:
            request_id.reset(token)
            if not probe:
                ended = sent.stream_began or time.perf_counter()
                self._metrics.request(scope["method"], _route(scope), sent.status, ended - started)

    def _span(self, scope: Scope, headers: Headers, probe: bool) -> AbstractContextManager[Span]:
        """Where the request's work is traced. Probes come all the time, and would hide everything else."""
        if probe:
            return nullcontext(INVALID_SPAN)
        return self._tracing.span(scope["method"], headers, SpanKind.SERVER)

    async def _serve(self, scope: Scope, receive: Receive, send: _Sent, headers: Headers) -> None:
        try:
            own = self._own.get(scope["path"])
            if own is not None and scope["method"] in ("GET", "HEAD"):
                scope["front_route"] = scope["path"]
                status, media_type, body = await own()
                await answer(send, status, body, media_type)
                return
            self._check(scope, headers)
            if "authorization" in headers:
                await self._check_key(scope, headers)
            if self._limiter is not None and (self._limiter.counts or "authorization" in headers):
                await self._limit(self._limiter, scope, headers)
            handler = self._front.get((scope["method"], scope["path"]))
            if handler is None:
                await self._app(scope, receive, send)
            else:
                scope["front_route"] = scope["path"]
                await handler(scope, receive, send, headers)
        except Refusal as refusal:
            await answer_refusal(send, refusal)
        except Exception as error:  # the last resort: whatever broke, the client gets a problem document
            log.error("edge.crashed", path=scope["path"], exc_info=error)
            if send.started:
                raise
            body = problems.problem("internal-error", 500, "Something broke on our side", "We have logged it.")
            await answer(send, 500, body, problems.MEDIA_TYPE)

    def _check(self, scope: Scope, headers: Headers) -> None:
        if scope["method"] in SAFE_METHODS:
            return
        site = headers.get("sec-fetch-site")
        origin = headers.get("origin")
        if site is not None and site not in ("same-origin", "none"):
            raise CrossSite
        if site is None and origin and origin != self._origin and urlsplit(origin).netloc != headers.get("host"):
            raise CrossSite
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._bodies.get(scope["path"], self._settings.body_max_bytes):
            raise BodyTooLarge

    async def _check_key(self, scope: Scope, headers: Headers) -> None:
        """Raise unless the token of an API key, if there is one, is good for this request: for any route whatever."""
        if sum(name.lower() == b"authorization" for name, _ in scope["headers"]) > 1:
            # Which of them counts, two readers could see differently.
            raise TokenInvalid
        if bearer_of(headers) is None or (scope["method"], scope["path"]) in OPEN or self._verifier is None:
            return
        user = await signed_in(self._verifier, self._settings.access_cookie, headers)
        expect_scope(scope["method"], scope["path"], user.scopes)

    async def _limit(self, limiter: Limiter, scope: Scope, headers: Headers) -> None:
        """Raise TooManyRequests when the address, or the account or the key that asks, has asked too often."""
        client = scope.get("client")
        limiter.address(scope["method"], scope["path"], headers, client[0] if client else None)
        if self._verifier is None:
            return
        try:
            user = await signed_in(self._verifier, self._settings.access_cookie, headers)
        except (SignInRequired, Unavailable):
            return  # the route says so, if it matters there
        limiter.account(scope["method"], scope["path"], user)


def _route(scope: Scope) -> str:
    """The template of the request's path, so that there are as many as there are routes."""
    return str(scope.get("path_template") or scope.get("front_route") or "unmatched")


def _note_ids(scope: Scope) -> None:
    """Say in the span which order, payment or show the address named."""
    given = scope.get("path_params") or {}
    note(**{name: str(given[name]) for name in NOTED if name in given})


class _Sent:
    """The send channel: adds the standing headers, remembers the status and when a stream of events began."""

    __slots__ = ("_request_id", "_send", "_standing", "started", "status", "stream_began")

    def __init__(self, send: Send, standing: list[tuple[bytes, bytes]], current: str) -> None:
        self._send = send
        self._standing = standing
        self._request_id = current
        self.status = 0
        self.started = False
        self.stream_began = 0.0
        """When an answer began that lasts for as long as its reader stays, by `perf_counter`; else 0."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            names = {name.lower(): value for name, value in headers}
            if names.get(b"content-type", b"").startswith(_STREAM):
                self.stream_began = time.perf_counter()
            headers.extend(pair for pair in self._standing if pair[0] not in names)
            headers.append((b"x-request-id", self._request_id.encode()))
            message["headers"] = headers
        await self._send(message)


def _standing_headers(settings: Settings) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cache-control", b"no-store"),
    ]
    # A browser would keep to it at every port of this machine, also where there is no HTTPS.
    if settings.secure and urlsplit(settings.public_url).hostname != "localhost":
        headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    if settings.is_hidden:
        headers.append((b"x-robots-tag", b"noindex, nofollow"))
    return headers


async def answer(
    send: Any, status: int, body: bytes, media_type: str, headers: Mapping[str, str] | None = None
) -> None:
    """Send a whole answer from bare ASGI."""
    sent = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    sent.extend((name.lower().encode(), value.encode()) for name, value in (headers or {}).items())
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def answer_refusal(send: Any, refusal: Refusal) -> None:
    """Send a refusal as a problem document from bare ASGI."""
    await answer(send, refusal.status, problems.of_refusal(refusal), problems.MEDIA_TYPE, refusal.headers)


async def read_body(receive: Receive, bytes_max: int) -> bytes:
    """The whole body of a bare ASGI request; raises BodyTooLarge past the limit."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message.get("body", b""))
        if len(body) > bytes_max:
            raise BodyTooLarge
        if not message.get("more_body", False):
            return body
