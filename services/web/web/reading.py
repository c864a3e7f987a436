"""How a page is written for its reader: in which language, and beside which currency and clock of their own.

The language and the currency are the ones chosen here, else the account's; a language is else the browser's first. The
time zone is the account's, since that was chosen, else the one that the browser's own clock has told (`submit.js`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from fairseat_common.languages import DEFAULT, known_language, speaking
from fairseat_common.money import MINOR_UNITS
from fairseat_common.web.asgi import ASGIApp, Receive, Scope, Send
from web.locales import Locale, reader_locale

COOKIE = "language"
CURRENCY_COOKIE = "currency"
ZONE_COOKIE = "timezone"
NO_CURRENCY = "none"
"""What somebody chooses who reads prices as they are, whatever the account says."""
COOKIE_AGE_S = 365 * 86_400


def locale_of(cookies: Mapping[str, str], account: str, accept_language: str) -> Locale:
    """How a page is written for a reader; `account` is the language of the account, empty if there is none.

    Figures follow the browser's own region where it speaks the language of the page.
    """
    chosen = known_language(cookies.get(COOKIE)) or known_language(account)
    return reader_locale(accept_language, chosen)


def currency_of(cookies: Mapping[str, str], account: str) -> str:
    """The currency that prices are told in beside their own; empty for none."""
    chosen = cookies.get(CURRENCY_COOKIE, "")
    if chosen == NO_CURRENCY:
        return ""
    return next((each for each in (chosen, account) if each in MINOR_UNITS), "")


def timezone_of(cookies: Mapping[str, str], account: str) -> str:
    """Where the reader is, as a name of the time zone database; empty where nobody has told."""
    return next((each for each in (account, cookies.get(ZONE_COOKIE, "")) if each in _zones()), "")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def cookie(language: str, *, secure: bool) -> str:
    """The header that keeps a choice in this browser for a year; ValueError for a language that we do not speak."""
    if known_language(language) != language:
        raise ValueError(language)
    return _kept(COOKIE, language, COOKIE_AGE_S, secure)


def currency_cookie(currency: str, *, secure: bool) -> str:
    """The same for a currency or NO_CURRENCY; ValueError for one that we do not trade in."""
    if currency != NO_CURRENCY and currency not in MINOR_UNITS:
        raise ValueError(currency)
    return _kept(CURRENCY_COOKIE, currency, COOKIE_AGE_S, secure)


def forgotten(name: str, *, secure: bool) -> str:
    """The header that takes a choice out of this browser, so that the account's counts."""
    return _kept(name, "", 0, secure)


def _kept(name: str, value: str, age_s: int, secure: bool) -> str:
    return f"{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{'; Secure' if secure else ''}"


class Speaking:
    """Lets every request have a language of its own. It begins in English; whoever knows the reader says which."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with speaking(DEFAULT):
            await self._app(scope, receive, send)
