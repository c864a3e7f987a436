"""HTTP in: accounts and sessions, and the keys with which everybody verifies access tokens."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from auth import actions, actions_signups, domain
from auth.actions import Asker, Limits, Opened, SessionView
from auth.actions_keys import Signer
from auth.actions_passwords import Passwords
from auth.domain import User
from auth.domain_letters import LetterRules
from auth.domain_passkeys import CHALLENGE_S
from auth.domain_people import Language
from auth.domain_signups import SignUpRules
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.settings import Settings
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Email, Name, Page, cookies_of, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase, Visitor

AnyRequest: TypeAlias = Request[Any, Any, Any]
Password: TypeAlias = Annotated[str, Meta(min_length=domain.PASSWORD_LENGTH_MIN, max_length=domain.PASSWORD_LENGTH_MAX)]
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]

KEYS_AGE_MAX_S = 300


class SignUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants an account."""

    email: Email
    password: Password
    name: Name | None = None
    locale: Language | None = None
    """The language that the reader has chosen; letters are written in it."""


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who says who they are. Nothing is checked but the size: a wrong e-mail is simply not known."""

    email: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=domain.PASSWORD_LENGTH_MAX)]


class CurrentUserView(msgspec.Struct, frozen=True):
    """Who is signed in, if anybody."""

    current_user: User | None


class Roles:
    """Who gets more than the role `user` at sign-up."""

    def __init__(self, organisers: tuple[str, ...], operators: tuple[str, ...]) -> None:
        self.organisers = organisers
        self.operators = operators


class Jar:
    """Makes and reads the cookies of a signed-in browser.

    The access cookie lives as long as the session: services can then tell an expired token from none at all.
    """

    def __init__(self, settings: Settings, signer: Signer, limits: Limits) -> None:
        self._settings = settings
        self._signer = signer
        self._age_max_s = int(limits.session.total_seconds())
        self._challenge_cookie = "__Host-fairseat_challenge" if settings.secure else "fairseat_challenge"

    def session_token(self, request: AnyRequest) -> str:
        """The session token that a request carries, or ""."""
        token = cookies_of(request.headers).get(self._settings.session_cookie, "")
        return token if len(token) <= domain.TOKEN_LENGTH_MAX else ""

    def of(self, opened: Opened) -> list[Cookie]:
        """The cookies of an open session."""
        cookies = [self._cookie(self._settings.access_cookie, self._access_token(opened), self._age_max_s)]
        if opened.token is not None:
            cookies.append(self._cookie(self._settings.session_cookie, opened.token, self._age_max_s))
        return cookies

    def cleared(self) -> list[Cookie]:
        """Cookies that make the browser forget."""
        return [self._cookie(name, "", 0) for name in (self._settings.access_cookie, self._settings.session_cookie)]

    def challenge_token(self, request: AnyRequest) -> str:
        """What ties a passkey's challenge to a browser, or ""."""
        token = cookies_of(request.headers).get(self._challenge_cookie, "")
        return token if len(token) <= domain.TOKEN_LENGTH_MAX else ""

    def challenge(self, token: str) -> Cookie:
        """The cookie of a challenge; "" takes it back."""
        return self._cookie(self._challenge_cookie, token, CHALLENGE_S if token else 0)

    def _access_token(self, opened: Opened) -> str:
        return self._signer.issue(opened.user, opened.session_id, time.time())

    def _cookie(self, name: str, value: str, age_max_s: int) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            max_age=age_max_s,
            path="/",
            secure=self._settings.secure,
            httponly=True,
            samesite="lax",
        )


def asker_of(request: AnyRequest, jar: Jar) -> Asker:
    """Who asks, as limits and lists of sessions know them."""
    host = request.client.host if request.client else ""
    agent = "".join(c for c in request.headers.get("user-agent", "") if c.isprintable())
    return Asker(domain.address_key(host), agent[: domain.USER_AGENT_LENGTH_MAX], jar.session_token(request))


@post("/api/users/signup", status_code=201)
async def user_signup(
    request: AnyRequest,
    data: JSONBody[SignUp],
    database: OwnDatabase,
    passwords: NamedDependency[Passwords],
    jar: NamedDependency[Jar],
    limits: NamedDependency[Limits],
    letters: NamedDependency[LetterRules],
    granted: NamedDependency[Roles],
    signups: NamedDependency[SignUpRules],
) -> Response[User]:
    """Open an account and sign in."""
    asker = asker_of(request, jar)
    async with database.connection() as connection:
        await actions_signups.expect_room(connection, asker.address, signups)
    roles = domain.roles_at_signup(data.email, granted.organisers, granted.operators)
    verified = letters.known(domain.clean_email(data.email))
    wanted = domain.registration(data.email, data.password, data.name, roles, data.locale, verified)
    password_hash = await passwords.hash(wanted.password)
    async with database.transaction() as tx:
        await actions_signups.count(tx, asker.address, signups)
        opened = await actions.sign_up(tx, wanted, password_hash, asker, limits, letters)
    return Response(opened.user, status_code=201, cookies=jar.of(opened))


@post("/api/users/signin", status_code=200)
async def user_signin(
    request: AnyRequest,
    data: JSONBody[SignIn],
    database: OwnDatabase,
    passwords: NamedDependency[Passwords],
    jar: NamedDependency[Jar],
    limits: NamedDependency[Limits],
    letters: NamedDependency[LetterRules],
) -> Response[User]:
    """Sign in with e-mail and password."""
    asker = asker_of(request, jar)
    opened = await actions.sign_in(database, passwords, data.email, data.password, asker, limits, letters)
    return Response(opened.user, status_code=200, cookies=jar.of(opened))


@post("/api/users/signout", status_code=204)
async def user_signout(
    request: AnyRequest, visitor: Visitor, database: OwnDatabase, jar: NamedDependency[Jar]
) -> Response[None]:
    """End the session, and forget it in this browser; no matter whether there was one."""
    token = jar.session_token(request)
    async with database.transaction() as tx:
        if token:
            await actions.end_session_of_token(tx, token, "signed-out")
        if visitor is not None:
            with suppress(NotFound):
                await actions.end_session(tx, visitor.id, visitor.session_id, "signed-out")
    return Response(None, status_code=204, cookies=jar.cleared())


@post("/api/users/refresh", status_code=200)
async def user_refresh(
    request: AnyRequest, database: OwnDatabase, jar: NamedDependency[Jar], limits: NamedDependency[Limits]
) -> Response[User]:
    """A new access token, and the session's next token."""
    token = jar.session_token(request)
    if not token:
        raise domain.SessionEnded
    async with database.transaction() as tx:
        opened = await actions.renew_session(tx, token, limits)
    if opened is None:
        raise domain.SessionEnded
    return Response(opened.user, status_code=200, cookies=jar.of(opened))


@get("/api/users/currentuser")
async def user_current(
    request: AnyRequest,
    visitor: Visitor,
    database: OwnDatabase,
    jar: NamedDependency[Jar],
    limits: NamedDependency[Limits],
) -> Response[CurrentUserView]:
    """Who is signed in; a live session without a good access token gets a new one."""
    token = jar.session_token(request)
    if visitor is None and not token:
        return Response(CurrentUserView(None))
    async with database.connection() as connection:
        user = await actions.session_user(connection, visitor.id, visitor.session_id) if visitor else None
        if user is not None:
            return Response(CurrentUserView(user))
        opened = await actions.session_of_token(connection, token, limits) if token else None
    if opened is None:
        return Response(CurrentUserView(None))
    return Response(CurrentUserView(opened.user), cookies=jar.of(opened))


@get("/api/users/sessions")
async def session_list(
    user: CurrentUser, database: OwnDatabase, cursor: FromQuery[str | None] = None, limit: Limit = LIMIT_DEFAULT
) -> Page[SessionView]:
    """Where the account is signed in."""
    position = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        before = position[0] if position else None
        found = await actions.list_sessions(connection, user.id, user.session_id, before, limit + 1)
    return page_of(found, limit, lambda session: (str(session.id),))


@delete("/api/users/sessions/{session_id:uuid}", status_code=204)
async def session_end(session_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """Sign a browser out from afar; repeats are fine."""
    async with database.transaction() as tx:
        if await actions.session_user(tx, user.id, user.session_id) is None and session_id != user.session_id:
            raise domain.SessionEnded
        await actions.end_session(tx, user.id, session_id, "ended")


@get("/.well-known/jwks.json", media_type="application/json")
async def key_list(signer: NamedDependency[Signer]) -> Response[bytes]:
    """The public keys that verify access tokens (RFC 7517)."""
    headers = {"Cache-Control": f"public, max-age={KEYS_AGE_MAX_S}"}
    return Response(signer.key_set, media_type="application/json", headers=headers)
