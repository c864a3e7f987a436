"""In which language a page is written: the one chosen here, else the account's, else the browser's first."""

from __future__ import annotations

from collections.abc import Mapping

from fairseat_common.languages import DEFAULT, known_language, speaking
from fairseat_common.web.asgi import ASGIApp, Receive, Scope, Send
from web.locales import Locale, reader_locale

COOKIE = "language"
COOKIE_AGE_S = 365 * 86_400


def locale_of(cookies: Mapping[str, str], account: str, accept_language: str) -> Locale:
    """How a page is written for a reader; `account` is the language of the account, empty if there is none.

    Figures follow the browser's own region where it speaks the language of the page.
    """
    chosen = known_language(cookies.get(COOKIE)) or known_language(account)
    return reader_locale(accept_language, chosen)


def cookie(language: str, *, secure: bool) -> str:
    """The header that keeps a choice in this browser for a year; ValueError for a language that we do not speak."""
    if known_language(language) != language:
        raise ValueError(language)
    return f"{COOKIE}={language}; Path=/; Max-Age={COOKIE_AGE_S}; HttpOnly; SameSite=Lax{'; Secure' if secure else ''}"


class Speaking:
    """Lets every request have a language of its own. It begins in English; whoever knows the reader says which."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with speaking(DEFAULT):
            await self._app(scope, receive, send)
