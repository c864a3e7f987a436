"""How web asks the services: one HTTP session, a bounded pool, time-outs, and two kinds of failure."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
import msgspec

from web.models import Problem

Answer = TypeVar("Answer")

CONNECTIONS_MAX = 100
CONNECT_TIMEOUT_S = 2.0
CONNECT_AGAIN_S = 0.2
CONNECT_PAUSE_S = 0.05
KEEP_IDLE_S = 1.0
"""Shorter than a service that is asked to stop goes on serving (DRAIN_SECONDS): it never closes a connection of ours
while we send. Under load connections are used again long before.
"""
ANSWER_TIMEOUT_S = 8.0
BODY_MAX = 2 * 1024 * 1024
DECIDED = frozenset({"sales-stopped", "sales-unknown"})
"""What a service says with 503 although nothing of it is broken: a person hears why."""


class ServiceProblem(Exception):
    """A service said no (4xx): its problem document, to be told to the person in words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.type)
        self.problem = problem

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.problem.status

    @property
    def slug(self) -> str:
        """The stable kind of the problem, such as `seats-unavailable`."""
        return self.problem.type.rsplit("/", 1)[-1]


class ServiceDown(Exception):
    """A service could not be reached, was too slow, or failed (5xx)."""

    def __init__(self, service: str, why: str) -> None:
        super().__init__(f"{service}: {why}")
        self.service = service


@dataclass(slots=True)
class Caller:
    """On whose behalf a service is asked: cookies that are passed on, and headers that trace the request."""

    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Reply:
    """A service's answer that was no error."""

    status: int
    body: bytes
    set_cookies: tuple[str, ...]


class Services:
    """The other services by name: `await services.ask(caller, "catalog", "GET", "/api/shows/1", Show)`."""

    def __init__(self, urls: Mapping[str, str], origin: str) -> None:
        self._urls = {name: url.rstrip("/") for name, url in urls.items()}
        self._origin = origin
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the pool open while the service runs."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=CONNECTIONS_MAX, limit_per_host=CONNECTIONS_MAX // 2, keepalive_timeout=KEEP_IDLE_S
            ),
            timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/json"},
        )
        async with self._session:
            yield

    async def ask(
        self,
        caller: Caller,
        service: str,
        method: str,
        path: str,
        answer: type[Answer],
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask and read the answer as `answer`. Raises ServiceProblem for 4xx and ServiceDown for everything else."""
        reply = await self.send(caller, service, method, path, query=query, body=body, headers=headers)
        try:
            return msgspec.json.decode(reply.body, type=answer)
        except msgspec.DecodeError as error:
            raise ServiceDown(service, f"unexpected answer: {error}") from error

    async def send(
        self,
        caller: Caller,
        service: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask and keep the answer as it is, with the cookies that it sets."""
        if self._session is None:
            raise ServiceDown(service, "the client is not started")
        sent = {**caller.headers, "Origin": self._origin, **(headers or {})}
        if caller.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in caller.cookies.items())
        if body is not None:
            sent["Content-Type"] = "application/json"
        content = None if body is None else msgspec.json.encode(body)
        give_up_at = time.monotonic() + CONNECT_AGAIN_S
        while True:
            try:
                async with self._session.request(
                    method, self._urls[service] + path, params=query, data=content, headers=sent, allow_redirects=False
                ) as response:
                    cookies = tuple(response.headers.getall("Set-Cookie", ()))
                    return _checked(service, response.status, await _body(response), cookies)
            except aiohttp.ClientConnectorError as error:
                # Nothing was sent. Where a service has several processes, the next connection leads to another.
                if time.monotonic() > give_up_at:
                    raise ServiceDown(service, type(error).__name__) from error
                await asyncio.sleep(CONNECT_PAUSE_S)
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                raise ServiceDown(service, type(error).__name__) from error


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, of at most BODY_MAX bytes: what comes in pieces is put together, a longer one is cut off."""
    pieces, left = [], BODY_MAX
    while left and (piece := await response.content.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _checked(service: str, status: int, content: bytes, cookies: tuple[str, ...]) -> Reply:
    """The reply if it is a success; else the failure it stands for."""
    if status < 300:
        return Reply(status, content, cookies)
    try:
        problem = msgspec.json.decode(content, type=Problem)
    except msgspec.DecodeError:
        problem = Problem(title="The request was refused.")
    if (status < 400 or status >= 500) and problem.type not in DECIDED:
        raise ServiceDown(service, f"status {status}")
    raise ServiceProblem(msgspec.structs.replace(problem, status=status))
