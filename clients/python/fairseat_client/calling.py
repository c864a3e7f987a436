"""How requests are made: tokens for a key, tries, refusals."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

import httpx
import msgspec

T = TypeVar("T")

TRIES_MAX = 4
WAIT_MAX_S = 30.0
TOKEN_MARGIN_S = 30.0
TIMEOUT_S = 30.0
PASSING = (429, 503)


class Problem(Exception):
    """The API said no. `type` is stable: decide by it; `detail` says what to do; `members` has everything else."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.type = str(document.get("type", "about:blank"))
        self.title = str(document.get("title", ""))
        self.detail = str(document.get("detail", ""))
        self.members = dict(document)
        super().__init__(f"{status} {self.type}: {self.detail or self.title}")


class Token(msgspec.Struct, frozen=True):
    """What a key is exchanged for; `expires_in` in seconds."""

    access_token: str
    expires_in: int


class Calling:
    """A connection to one marketplace, with a key or without one. Not for use by several threads at once."""

    def __init__(
        self, url: str, key: str | None = None, *, timeout_s: float = TIMEOUT_S, http: httpx.Client | None = None
    ) -> None:
        self._http = http or httpx.Client(base_url=url, timeout=timeout_s)
        self._key = key
        self._token = ""
        self._token_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def new_key(self) -> str:
        """A fresh Idempotency-Key."""
        return str(uuid.uuid4())

    def call(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        if_match: int | None = None,
        idempotency_key: str | None = None,
    ) -> T:
        """Make a request and read its answer; raises Problem, and httpx.TransportError when nobody could be reached.

        What passes by itself (429, 503, a lost line) is tried again where a repeat cannot have a second effect.
        """
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        request = {
            "params": {name: written(value) for name, value in (query or {}).items() if value is not None},
            "content": None if body is None else msgspec.json.encode(body),
        }
        repeatable = method != "POST" or idempotency_key is not None
        said = self._answer(method, path, headers, request, repeatable)
        return _read(said, answer)

    def do(self, method: str, path: str, **more: Any) -> None:
        """Make a request that answers nothing; as `call` otherwise."""
        self.call(method, path, bytes, **more)

    def _answer(
        self, method: str, path: str, headers: dict[str, str], request: dict[str, Any], repeatable: bool
    ) -> httpx.Response:
        for attempt in range(1, TRIES_MAX + 1):
            last = attempt == TRIES_MAX
            try:
                said = self._http.request(method, path, headers=headers | self._authorization(), **request)
            except httpx.TransportError:
                if last or not repeatable:
                    raise
                time.sleep(2.0**attempt / 4)
                continue
            if said.status_code == 401 and self._key and not last and _type_of(said) == "token-expired":
                self._token_until = 0.0
                continue
            if said.status_code not in PASSING or last:
                return said
            time.sleep(_wait_s(said, attempt))
        raise AssertionError("the last try returns or raises")

    def _authorization(self) -> dict[str, str]:
        if self._key is None:
            return {}
        if time.monotonic() >= self._token_until:
            self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    def _renew(self) -> None:
        said = self._http.post("/api/users/token", headers={"Authorization": f"Bearer {self._key}"})
        token = _read(said, Token)
        self._token = token.access_token
        self._token_until = time.monotonic() + max(token.expires_in - TOKEN_MARGIN_S, 1.0)


def _read(said: httpx.Response, answer: type[T]) -> T:
    """The body of an answer as a type, or as it is for bytes; raises Problem for a refusal."""
    if said.status_code >= 400:
        raise problem_of(said)
    if answer is bytes:
        return said.content  # type: ignore[return-value]
    return msgspec.json.decode(said.content, type=answer)


def written(value: Any) -> str:
    """A value as a query has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | int | float) else value


def problem_of(said: httpx.Response) -> Problem:
    """The refusal in an answer, whatever stands in it."""
    try:
        document = msgspec.json.decode(said.content, type=dict[str, Any])
    except msgspec.MsgspecError:
        document = {"title": said.reason_phrase}
    return Problem(said.status_code, document)


def _type_of(said: httpx.Response) -> str:
    return problem_of(said).type


def _wait_s(said: httpx.Response, attempt: int) -> float:
    given = said.headers.get("Retry-After", "")
    return min(float(given) if given.isdigit() else 2.0**attempt / 4, WAIT_MAX_S)
