"""HTTP in: one's own account: what it says, whether its address is verified, its password, a copy of it, its end."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from auth import actions_erasure, actions_people, actions_security, domain
from auth.actions import Limits, Opened
from auth.actions_erasure import ErasureRules
from auth.actions_passwords import Passwords
from auth.domain_letters import LetterRules
from auth.domain_passkeys import Identification, Site
from auth.domain_people import Language, Profile, ProfileEdit, Proof
from auth.routes import Jar, Password, asker_of
from fairseat_common.web import Email
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase

AnyRequest: TypeAlias = Request[Any, Any, Any]
Token: TypeAlias = Annotated[str, Meta(min_length=1, max_length=domain.TOKEN_LENGTH_MAX)]


class LetterToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the link of a letter carries."""

    token: Token


class ResetAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose password is to be reset; `locale` is the language of the letter, where the account has none."""

    email: Email
    locale: Language | None = None


class ResetConfirmed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The letter's token, and the new password."""

    token: Token
    password: Password


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password that there is, and the one that is to be."""

    current: Proof
    password: Password


class Verified(msgspec.Struct, frozen=True):
    """Which address is verified now."""

    email: str


@get("/api/users/me")
async def profile_read(user: CurrentUser, database: OwnDatabase) -> Profile:
    """One's own account."""
    async with database.connection() as connection:
        return await actions_people.profile(connection, user)


@patch("/api/users/me")
async def profile_edit(
    request: AnyRequest,
    data: JSONBody[ProfileEdit],
    user: CurrentUser,
    database: OwnDatabase,
    passwords: NamedDependency[Passwords],
    letters: NamedDependency[LetterRules],
    limits: NamedDependency[Limits],
    jar: NamedDependency[Jar],
) -> Response[Profile]:
    """Change what is given; a new e-mail address waits until it is verified."""
    asker = asker_of(request, jar)
    profile, owner = await actions_people.profile_edit(database, passwords, letters, limits, asker, user, data)
    # The access token says which language its owner reads.
    return Response(profile, cookies=jar.of(Opened(owner, user.session_id)))


@post("/api/users/verification", status_code=202)
async def verification_send(
    user: CurrentUser, database: OwnDatabase, letters: NamedDependency[LetterRules]
) -> Response[None]:
    """Send the letter that verifies one's address once more."""
    async with database.transaction() as tx:
        await actions_people.verification_send(tx, letters, user)
    return Response(None, status_code=202)


@post("/api/users/verification/confirm", status_code=200)
async def verification_confirm(
    data: JSONBody[LetterToken], database: OwnDatabase, letters: NamedDependency[LetterRules]
) -> Verified:
    """Verify an address with the token of its letter; nobody needs to be signed in."""
    return Verified((await actions_people.verification_confirm(database, letters, data.token)).email)


@post("/api/users/password-reset", status_code=202)
async def reset_ask(
    request: AnyRequest,
    data: JSONBody[ResetAsked],
    database: OwnDatabase,
    letters: NamedDependency[LetterRules],
    jar: NamedDependency[Jar],
) -> Response[None]:
    """Ask for a letter to reset a password; the answer is the same whether or not there is an account."""
    async with database.transaction() as tx:
        await actions_security.reset_ask(tx, letters, data.email, data.locale, asker_of(request, jar))
    return Response(None, status_code=202)


@post("/api/users/password-reset/confirm", status_code=204)
async def reset_confirm(
    request: AnyRequest,
    data: JSONBody[ResetConfirmed],
    database: OwnDatabase,
    passwords: NamedDependency[Passwords],
    letters: NamedDependency[LetterRules],
    jar: NamedDependency[Jar],
) -> None:
    """Set a new password with the token of the letter; all sessions end."""
    asker = asker_of(request, jar)
    await actions_security.reset_confirm(database, passwords, letters, data.token, data.password, asker)


@put("/api/users/me/password", status_code=204)
async def password_change(
    request: AnyRequest,
    data: JSONBody[PasswordChange],
    user: CurrentUser,
    database: OwnDatabase,
    passwords: NamedDependency[Passwords],
    letters: NamedDependency[LetterRules],
    limits: NamedDependency[Limits],
    jar: NamedDependency[Jar],
) -> None:
    """Change one's password; all other sessions end."""
    asker = asker_of(request, jar)
    await actions_security.password_change(
        database, passwords, letters, limits, asker, user, data.current, data.password
    )


@get("/api/users/me/export")
async def account_export(user: CurrentUser, database: OwnDatabase) -> actions_people.Export:
    """Everything that is kept here about one's account. What else one has is in the lists of the other services."""
    async with database.connection() as connection:
        return await actions_people.export(connection, user)


@delete("/api/users/me", status_code=204)
async def account_erase(
    request: AnyRequest,
    data: JSONBody[Identification],
    user: CurrentUser,
    database: OwnDatabase,
    passwords: NamedDependency[Passwords],
    site: NamedDependency[Site],
    letters: NamedDependency[LetterRules],
    erasure: NamedDependency[ErasureRules],
    limits: NamedDependency[Limits],
    jar: NamedDependency[Jar],
) -> Response[None]:
    """Delete one's account for good; whoever asks shows the password, or a passkey, once more."""
    asker, challenge = asker_of(request, jar), jar.challenge_token(request)
    await actions_erasure.erase(database, passwords, site, letters, erasure, limits, asker, user, data, challenge)
    return Response(None, status_code=204, cookies=jar.cleared())


ROUTES: list[ControllerRouterHandler] = [
    profile_read,
    profile_edit,
    verification_send,
    verification_confirm,
    reset_ask,
    reset_confirm,
    password_change,
    account_export,
    account_erase,
]
