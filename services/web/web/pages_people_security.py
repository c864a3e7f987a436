"""How the reader signs in, and where they are signed in."""

import asyncio
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web.answers import PageResponse
from web.models import Page
from web.models_people import Passkey, Profile, Session
from web.services import ServiceProblem
from web.visit import Visit
from web.words import Words, field_errors, problem_words

LIST_MAX = 20
PASSWORD_MIN = 8
CURSOR_MAX = 200
PAGE = "/account/security"


@get(PAGE)
async def security(visit: NamedDependency[Visit]) -> PageResponse:
    """Password, passkeys and sessions."""
    visit.need_user()
    return await _page(visit)


async def _page(
    visit: Visit, status: int = 200, errors: dict[str, str] | None = None, words: Words | None = None
) -> PageResponse:
    cursor = visit.request.query_params.get("cursor", "")[:CURSOR_MAX]
    query = {"limit": str(LIST_MAX)} | ({"cursor": cursor} if cursor else {})
    profile, sessions, passkeys = await asyncio.gather(
        visit.ask("auth", "GET", "/api/users/me", Profile),
        visit.ask("auth", "GET", "/api/users/sessions", Page[Session], query=query),
        visit.ask("auth", "GET", "/api/users/passkeys", Page[Passkey], query={"limit": str(LIST_MAX)}),
    )
    return visit.page(
        "account_security.html",
        status,
        profile=profile,
        sessions=sessions,
        passkeys=passkeys.items,
        errors=errors or {},
        words=words,
        done=visit.request.query_params.get("done", ""),
    )


@post("/account/password")
async def password_change(visit: NamedDependency[Visit]) -> PageResponse:
    """Take another password; every other browser is signed out."""
    form = await visit.form()
    visit.need_user()
    errors = {} if form.get("current") else {"current": say("Enter your password.")}
    if len(form.get("password", "")) < PASSWORD_MIN:
        errors["password"] = say("Choose a password of %(number)s characters or more.", number=PASSWORD_MIN)
    if errors:
        return await _page(visit, 422, errors)
    try:
        body = {"current": form["current"], "password": form["password"]}
        await visit.send("auth", "PUT", "/api/users/me/password", body=body)
    except ServiceProblem as problem:
        return await _refused(visit, problem)
    return visit.redirect(PAGE, done="password-changed")


async def _refused(visit: Visit, problem: ServiceProblem) -> PageResponse:
    if problem.status == 401:
        raise problem
    words = problem_words(problem)
    if problem.slug == "wrong-password":
        return await _page(visit, 422, {"current": say(words.title)}, words)
    errors = dict.fromkeys(
        field_errors(problem, {}), say("Choose another password: this one is among those that are tried first.")
    )
    return await _page(visit, problem.status, errors, words)


@post("/account/sessions/{session_id:uuid}/end")
async def session_end(visit: NamedDependency[Visit], session_id: FromPath[UUID]) -> PageResponse:
    """Sign a browser out from here."""
    await visit.form()
    visit.need_user()
    await visit.send("auth", "DELETE", f"/api/users/sessions/{session_id}")
    return visit.redirect(PAGE, done="session-ended")


@post("/account/passkeys/{passkey_id:uuid}/remove")
async def passkey_remove(visit: NamedDependency[Visit], passkey_id: FromPath[UUID]) -> PageResponse:
    """Let a passkey open nothing any more."""
    await visit.form()
    visit.need_user()
    try:
        await visit.send("auth", "DELETE", f"/api/users/passkeys/{passkey_id}")
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
    return visit.redirect(PAGE, done="passkey-removed")


PAGES: list[ControllerRouterHandler] = [security, password_change, session_end, passkey_remove]
