"""HTTP in: passkeys. Options are what browsers take, as JSON; answers come back in our own words."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from auth import actions_passkeys
from auth.actions import Limits
from auth.domain import User
from auth.domain_letters import LetterRules
from auth.domain_passkeys import Assertion, NewPasskey, PasskeyView, Site
from auth.routes import Jar, asker_of
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase

AnyRequest: TypeAlias = Request[Any, Any, Any]
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]
JSON = "application/json"


@post("/api/users/passkeys/options", status_code=200, media_type=JSON)
async def registration_options(
    request: AnyRequest,
    user: CurrentUser,
    database: OwnDatabase,
    site: NamedDependency[Site],
    jar: NamedDependency[Jar],
) -> Response[bytes]:
    """What `navigator.credentials.create()` is to be called with; good for this session, once, for five minutes."""
    async with database.transaction() as tx:
        address = asker_of(request, jar).address
        options = await actions_passkeys.registration_options(tx, site, user, address)
    return Response(options, status_code=200, media_type=JSON)


@post("/api/users/passkeys", status_code=201)
async def passkey_add(
    data: JSONBody[NewPasskey],
    user: CurrentUser,
    database: OwnDatabase,
    site: NamedDependency[Site],
    letters: NamedDependency[LetterRules],
) -> PasskeyView:
    """Add a passkey to one's account."""
    return await actions_passkeys.passkey_add(database, site, letters, user, data)


@get("/api/users/passkeys")
async def passkey_list(
    user: CurrentUser, database: OwnDatabase, cursor: FromQuery[str | None] = None, limit: Limit = LIMIT_DEFAULT
) -> Page[PasskeyView]:
    """One's passkeys, newest first."""
    position = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        before = position[0] if position else None
        found = await actions_passkeys.passkeys_list(connection, user, before, limit + 1)
    return page_of(found, limit, lambda passkey: (str(passkey.id),))


@delete("/api/users/passkeys/{passkey_id:uuid}", status_code=204)
async def passkey_remove(
    passkey_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase, letters: NamedDependency[LetterRules]
) -> None:
    """Remove a passkey; it opens nothing any more."""
    async with database.transaction() as tx:
        await actions_passkeys.passkey_remove(tx, letters, user, passkey_id)


@post("/api/users/signin/passkey/options", status_code=200, media_type=JSON)
async def signin_options(
    request: AnyRequest, database: OwnDatabase, site: NamedDependency[Site], jar: NamedDependency[Jar]
) -> Response[bytes]:
    """What `navigator.credentials.get()` is to be called with; the cookie that comes along is part of the answer."""
    async with database.transaction() as tx:
        options, token = await actions_passkeys.signin_options(tx, site, asker_of(request, jar).address)
    return Response(options, status_code=200, media_type=JSON, cookies=[jar.challenge(token)])


@post("/api/users/signin/passkey", status_code=200)
async def passkey_signin(
    request: AnyRequest,
    data: JSONBody[Assertion],
    database: OwnDatabase,
    site: NamedDependency[Site],
    jar: NamedDependency[Jar],
    limits: NamedDependency[Limits],
    letters: NamedDependency[LetterRules],
) -> Response[User]:
    """Sign in with a passkey."""
    asker, challenge = asker_of(request, jar), jar.challenge_token(request)
    opened = await actions_passkeys.sign_in(database, site, data, challenge, asker, limits, letters)
    return Response(opened.user, status_code=200, cookies=[*jar.of(opened), jar.challenge("")])


ROUTES: list[ControllerRouterHandler] = [
    registration_options,
    passkey_add,
    passkey_list,
    passkey_remove,
    signin_options,
    passkey_signin,
]
