"""One visit: a request with its reader, its cookies and its way to the services, and the answers it can give."""

import gzip
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from litestar import Request
from litestar.datastructures import FormMultiDict

from fairseat_common.languages import speak
from fairseat_common.telemetry import current_traceparent, request_id
from web import csrf, reading
from web.answers import PageResponse
from web.assets import Assets
from web.locales import DEFAULT, Locale
from web.money_rates import Rates, RatesFile
from web.services import Caller, ServiceDown, Services
from web.session import REFRESH_AHEAD_S, Claims, Refresher, token_claims
from web.settings import WebSettings
from web.templates import Templates

Answer = TypeVar("Answer")
AnyRequest = Request[Any, Any, Any]

CSRF_AGE_S = 30 * 86_400
VALUE_MAX = 2_000
GZIP_LEVEL = 5
GZIP_BYTES_MIN = 1_000
VARY = "Accept-Encoding, Accept-Language, Cookie"


@dataclass(slots=True, frozen=True)
class Web:
    """The parts of web, built once by `main`."""

    settings: WebSettings
    services: Services
    refresher: Refresher
    assets: Assets
    templates: Templates
    rates: RatesFile


class SignInNeeded(Exception):
    """This page is for people who are signed in."""


class FormForged(Exception):
    """The form did not come from one of our pages, or from one that is too old."""


@dataclass(slots=True)
class Visit:
    """What a page needs to know about the request it answers."""

    web: Web
    request: AnyRequest
    locale: Locale
    cookies: dict[str, str]
    caller: Caller
    csrf_cookie: str
    currency: str = ""
    """The reader's own currency; empty while they read prices as they are."""
    timezone: str = ""
    """The reader's own time zone, where it is known."""
    user_id: str = ""
    roles: frozenset[str] = frozenset()
    auth_down: bool = False
    set_cookies: list[str] = field(default_factory=list)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def signed_in(self) -> bool:
        """Whether a token that has not run out came along; the services say whether it is genuine."""
        return bool(self.user_id)

    @property
    def operator(self) -> bool:
        """Whether the reader's token speaks of an operator: what pages offer; the services decide what is answered."""
        return self.signed_in and "operator" in self.roles

    @property
    def rates(self) -> Rates | None:
        """The exchange rates of the day, if there are any."""
        return self.web.rates.today(datetime.now(UTC).date())

    def write_for(self, claims: Claims | None) -> None:
        """Write this answer in the reader's language, beside their currency and clock; the token has the account's."""
        language, timezone, currency = (claims.locale, claims.timezone, claims.currency) if claims else ("", "", "")
        self.locale = reading.locale_of(self.cookies, language, self.request.headers.get("accept-language", ""))
        self.timezone = reading.timezone_of(self.cookies, timezone)
        self.currency = reading.currency_of(self.cookies, currency)
        speak(self.locale.language)

    @property
    def path(self) -> str:
        """Path and query of this request, for coming back."""
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")

    @property
    def here(self) -> str:
        """Where to come back to after something that any page offers: for an answer to a form, where the form stood."""
        return self.path if self.request.method == "GET" else urlsplit(self.request.headers.get("referer", "/")).path

    def csrf_token(self) -> str:
        """A token for one form of this page."""
        return csrf.token(self.web.settings.secret, self.csrf_cookie)

    def need_user(self) -> None:
        """Raise SignInNeeded for visitors; ServiceDown when auth cannot tell."""
        if self.auth_down:
            raise ServiceDown("auth", "cannot refresh the session")
        if not self.signed_in:
            raise SignInNeeded

    async def ask(self, service: str, method: str, path: str, answer: type[Answer], **more: Any) -> Answer:
        """Ask a service on behalf of the reader; `more` as in `Services.ask`."""
        return await self.web.services.ask(self.caller, service, method, path, answer, **more)

    async def send(self, service: str, method: str, path: str, **more: Any) -> None:
        """Ask a service whose answer does not matter; the cookies that it sets are passed on."""
        reply = await self.web.services.send(self.caller, service, method, path, **more)
        self.set_cookies.extend(reply.set_cookies)

    async def form(self) -> dict[str, str]:
        """The fields of a posted form, trimmed and shortened. Raises FormForged when its token is wrong."""
        found: FormMultiDict = await self.request.form()
        fields = {name: value.strip()[:VALUE_MAX] for name, value in found.items() if isinstance(value, str)}
        if not csrf.token_ok(self.web.settings.secret, self.csrf_cookie, fields.pop(csrf.FIELD, "")):
            raise FormForged
        return fields

    def page(self, template: str, status: int = 200, /, *, card_field: bool = False, **values: Any) -> PageResponse:
        """A page from a template, compressed when the browser can; `card_field` lets the provider's script in."""
        html = self.web.templates.render(template, {"visit": self, "settings": self.web.settings, **values}).encode()
        allowed = policy(self.nonce, self.web.settings.card_origin if card_field else None)
        headers = {"Content-Security-Policy": allowed, "Content-Language": self.locale.language, "Vary": VARY}
        if len(html) > GZIP_BYTES_MIN and "gzip" in self.request.headers.get("accept-encoding", ""):
            html = gzip.compress(html, GZIP_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return self.answer(html, status, "text/html", headers)

    def redirect(self, path: str, **query: str) -> PageResponse:
        """Send the browser to another of our pages with GET."""
        target = path + (f"?{urlencode(query)}" if query else "")
        return self.answer(b"", 303, "text/plain", {"Location": target})

    def leave(self, target: str) -> PageResponse:
        """Send the browser on to an address that the payment provider gave.

        Forms may only lead to our own origin, and browsers apply that to what a form is redirected to. So another
        origin is reached by a page of ours that goes on by itself.
        """
        parts = urlsplit(target)
        if f"{parts.scheme}://{parts.netloc}" == self.web.settings.public_url:
            return self.answer(b"", 303, "text/plain", {"Location": target})
        if parts.scheme != "https" or not target.isprintable():
            raise ServiceDown("payments", "an address that leads nowhere")
        return self.page("leave.html", target=target, host=parts.hostname or "")

    def answer(self, body: bytes, status: int, media_type: str, headers: Mapping[str, str]) -> PageResponse:
        """An answer with the cookies that are due and the caching rule: what is for one person is kept by nobody."""
        cookies = list(self.set_cookies)
        if self.cookies.get(csrf_name(self.web.settings)) != self.csrf_cookie:
            cookies.append(self._csrf_header())
        caching = "no-store" if self.signed_in else "no-cache, private"
        return PageResponse(body, status, media_type, {"Cache-Control": caching, **headers}, cookies)

    def _csrf_header(self) -> str:
        secure = "; Secure" if self.web.settings.secure else ""
        name = csrf_name(self.web.settings)
        return f"{name}={self.csrf_cookie}; Path=/; Max-Age={CSRF_AGE_S}; HttpOnly; SameSite=Lax{secure}"


def csrf_name(settings: WebSettings) -> str:
    """Name of the cookie that forms are tied to."""
    return f"__Host-{csrf.COOKIE}" if settings.secure else csrf.COOKIE


def policy(nonce: str, card_origin: str | None = None) -> str:
    """The Content-Security-Policy of a page: our own files, and inline only what carries this page's nonce.

    A page with a card field may also frame it, from the provider's origin where that is not ours (empty: it is).
    """
    more = f" {card_origin}" if card_origin else ""
    framed = card_origin or "'self'"
    frames = "" if card_origin is None else f" frame-src {framed};"
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'{more}; style-src 'self' 'nonce-{nonce}'; "
        f"img-src 'self' data:; connect-src 'self'{more};{frames} form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
    )


def bare_visit(web: Web, request: AnyRequest) -> Visit:
    """A visit as the cookies tell, without asking anybody: `signed_in` only while the access token lasts."""
    cookies = dict(request.cookies)
    held = cookies.get(csrf_name(web.settings), "")
    passed_on = {
        name: cookies[name] for name in (web.settings.access_cookie, web.settings.session_cookie) if name in cookies
    }
    claims = token_claims(cookies.get(web.settings.access_cookie, ""))
    fresh = claims is not None and claims.expires_at - REFRESH_AHEAD_S > time.time()
    visit = Visit(
        web=web,
        request=request,
        locale=DEFAULT,
        cookies=cookies,
        caller=Caller(passed_on, _about_client(request)),
        csrf_cookie=held if csrf.cookie_ok(held) else csrf.new_cookie(),
        user_id=claims.user_id if claims and fresh else "",
        roles=claims.roles if claims and fresh else frozenset(),
    )
    visit.write_for(claims)
    return visit


async def open_visit(web: Web, request: AnyRequest) -> Visit:
    """Begin a visit; a token that has run out is replaced first, when a session is there."""
    visit = bare_visit(web, request)
    session = visit.cookies.get(web.settings.session_cookie)
    if session and not visit.signed_in:
        await _refresh(visit, session)
    request.state.visit = visit
    return visit


async def _refresh(visit: Visit, session: str) -> None:
    settings = visit.web.settings
    try:
        fresh = await visit.web.refresher.refresh(session, visit.caller)
    except ServiceDown:
        visit.auth_down = True
        return
    visit.set_cookies.extend(fresh.set_cookies or gone(settings))
    # Auth may keep the session's token when another request has just changed it.
    visit.caller.cookies = {**visit.caller.cookies, **fresh.cookies} if fresh.cookies else {}
    claims = token_claims(fresh.cookies.get(settings.access_cookie, ""))
    visit.user_id, visit.roles = (claims.user_id, claims.roles) if claims else ("", frozenset())
    visit.write_for(claims)


def gone(settings: WebSettings) -> list[str]:
    """Headers that remove the cookies of a session that has ended."""
    secure = "; Secure" if settings.secure else ""
    return [
        f"{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}"
        for name in (settings.access_cookie, settings.session_cookie)
    ]


def _about_client(request: AnyRequest) -> dict[str, str]:
    """What goes along with every question: the request's id and trace, and where it came from, so that limits
    by address see the reader and not us.
    """
    headers = {"User-Agent": request.headers.get("user-agent", "")[:300], "X-Request-Id": request_id.get()}
    chain = request.headers.get("x-forwarded-for", "")
    address = request.client.host if request.client else ""
    headers["X-Forwarded-For"] = ", ".join(part for part in (chain, address) if part)
    headers["traceparent"] = current_traceparent() or ""
    return {name: value for name, value in headers.items() if value}
