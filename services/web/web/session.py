"""Who is looking: the access token's own words, and a new one when it has run out.

Web trusts no token: every service verifies it. Here it only decides what a page offers and when to refresh.
"""

import asyncio
import base64
import binascii
import time
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple

import msgspec

from web.services import Caller, ServiceProblem, Services

REFRESH_AHEAD_S = 15
REMEMBER_S = 10.0
_REMEMBER_MAX = 10_000


class Claims(NamedTuple):
    """What a token says about itself."""

    user_id: str
    expires_at: float
    roles: frozenset[str] = frozenset()
    locale: str = ""
    """The language of the account, where its owner has chosen one."""
    timezone: str = ""
    currency: str = ""
    """Where the owner is, and in which money they think, where they have said so."""


class Refreshed(NamedTuple):
    """New cookies, as values to send on and as headers for the browser; both empty if the session has ended."""

    cookies: dict[str, str]
    set_cookies: tuple[str, ...]


def token_claims(token: str) -> Claims | None:
    """Subject, end, roles and choices of an access token, unverified; None if it cannot be read."""
    try:
        payload = token.split(".")[1]
        found: Any = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        subject, ends = str(found["sub"]), float(found["exp"])
        chosen = (str(found.get(name) or "") for name in ("loc", "tz", "cur"))
        return Claims(subject, ends, frozenset(map(str, found.get("roles", ()))), *chosen)
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error, msgspec.DecodeError):
        return None


def cookie_values(set_cookies: tuple[str, ...]) -> dict[str, str]:
    """Names and values of `Set-Cookie` headers; a cookie that is being deleted is left out."""
    values: dict[str, str] = {}
    for header in set_cookies:
        try:
            parsed = SimpleCookie(header)
        except CookieError:
            continue
        values |= {name: morsel.value for name, morsel in parsed.items() if morsel.value and morsel["max-age"] != "0"}
    return values


class Refresher:
    """Asks auth for new cookies, once per session however many of its requests arrive together.

    A rotated session that comes twice looks stolen to auth, and two images of one page must not look so.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._asked: dict[str, tuple[float, asyncio.Task[Refreshed]]] = {}

    async def refresh(self, session: str, caller: Caller) -> Refreshed:
        """New cookies for a session. ServiceDown if auth does not answer."""
        self._forget()
        known = self._asked.get(session)
        if known is None:
            task = asyncio.create_task(self._ask(caller))
            self._asked[session] = (time.monotonic(), task)
        else:
            task = known[1]
        return await asyncio.shield(task)

    async def _ask(self, caller: Caller) -> Refreshed:
        try:
            reply = await self._services.send(caller, "auth", "POST", "/api/users/refresh")
        except ServiceProblem:
            return Refreshed({}, ())
        return Refreshed(cookie_values(reply.set_cookies), reply.set_cookies)

    def _forget(self) -> None:
        """Drop what is older than a few seconds, failed at once, or beyond the limit."""
        limit = time.monotonic() - REMEMBER_S
        for session, (asked_at, task) in list(self._asked.items()):
            failed = task.done() and (task.cancelled() or task.exception() is not None)
            if failed or asked_at < limit or len(self._asked) > _REMEMBER_MAX:
                del self._asked[session]
