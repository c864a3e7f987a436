"""Sends records to the marketplace, signed in as an organiser; a request whose answer was lost is repeated safely."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from fairseat_common.ids import new_id
from fairseat_local.importing.records import Record

BATCH_RECORDS = 50
"""So few that a batch takes about a second, and that the largest records fit into one request."""
TIMEOUT_S = 60
TRIES_MAX = 6
PAUSE_FIRST_S = 0.25
PAUSE_MAX_S = 8.0
ANSWER_BYTES_MAX = 8 * 1024 * 1024
BUSY = frozenset({429, 502, 503, 504})
RUNNING = frozenset({"import-running", "idempotency-key-in-use"})


class ImportStopped(Exception):
    """The import cannot go on; the text says why and what to do."""


class Result(msgspec.Struct, frozen=True):
    """What became of a record; `problem` is empty unless it was rejected."""

    outcome: str
    show_id: str
    problem: str


class Marketplace:
    """A signed-in client of one marketplace. Use as an async context manager."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ImportStopped(f"{url!r} is no address of a marketplace, such as http://localhost:8000.")
        self._origin = f"{parts.scheme}://{parts.netloc}"
        # Locally the origin may be an address instead of a name, and its cookies must be kept all the same.
        self._http = aiohttp.ClientSession(
            self._origin,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"accept": "application/json"},
        )

    async def __aenter__(self) -> Marketplace:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def sign_in(self, email: str, password: str) -> None:
        """Open a session. Raises ImportStopped where it is refused."""
        status, answer = await self._ask("POST", "/api/users/signin", {"email": email, "password": password})
        if status >= 300:
            raise ImportStopped(f"Signing in as {email} failed: {_said(status, answer)}")

    async def send(self, source: str, records: Sequence[Record], *, dry_run: bool) -> list[Result]:
        """Send up to BATCH_RECORDS records; what became of each, in their order. Raises ImportStopped."""
        body = {"source": source, "records": records, "dry_run": dry_run}
        key = str(new_id())
        status, answer = await self._ask("POST", "/api/imports", body, key)
        if status == 401:  # the access token has run out; asking who one is brings a new one
            await self._ask("GET", "/api/users/currentuser")
            status, answer = await self._ask("POST", "/api/imports", body, key)
        results = answer.get("results")
        if status != 200 or not isinstance(results, list) or len(results) != len(records):
            raise ImportStopped(f"The marketplace refused the records: {_said(status, answer)}")
        return [_result(result) for result in results]

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and body; asks again where nothing came back, or "not now" did."""
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        content = None if body is None else msgspec.json.encode(body)
        pause_s = PAUSE_FIRST_S
        for attempt in range(1, TRIES_MAX + 1):
            try:
                status, answer = await self._once(method, path, content, headers)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                if attempt == TRIES_MAX:
                    raise ImportStopped(f"{self._origin} cannot be reached: {error or type(error).__name__}") from error
            else:
                if attempt == TRIES_MAX or not (status in BUSY or answer.get("type") in RUNNING):
                    return status, answer
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, PAUSE_MAX_S)
        raise AssertionError("the last attempt returns or raises")

    async def _once(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        async with self._http.request(method, path, data=content, headers=headers, allow_redirects=False) as response:
            text = await response.content.read(ANSWER_BYTES_MAX)
            while len(text) < ANSWER_BYTES_MAX and (more := await response.content.read(ANSWER_BYTES_MAX - len(text))):
                text += more
            try:
                answer = msgspec.json.decode(text) if text else {}
            except msgspec.DecodeError:
                answer = {}
            return response.status, answer if isinstance(answer, dict) else {}


# What people call the fields of a record.
FIELDS = {
    "external_id": "the id",
    "title": "the title",
    "starts_at": "the start",
    "local_start": "the start",
    "timezone": "the time zone",
    "status": "the status",
    "currency": "the currency",
    "venue": "the venue:",
    "venue.name": "the venue's name",
    "venue.timezone": "the venue's time zone",
    "venue.lat": "the venue's lat",
}


def _result(result: dict[str, Any]) -> Result:
    problems = []
    for error in result.get("errors", ()):
        field, message = str(error.get("field", "")), str(error.get("message", ""))
        problems.append(f"{FIELDS.get(field, field)} {message}".strip())
    return Result(str(result.get("outcome")), str(result.get("show_id") or ""), "; ".join(problems))


def _said(status: int, answer: dict[str, Any]) -> str:
    said = [str(answer[name]) for name in ("title", "detail") if answer.get(name)]
    fields = [
        f"{each.get('field')}: {each.get('message')}" for each in answer.get("errors", ()) if isinstance(each, dict)
    ]
    return ". ".join([*said, *fields]) or f"it answered {status}"
