"""For operators: people, who they are, what they may do, and shutting them out."""

import asyncio
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web.answers import PageResponse
from web.models import Page
from web.models_operator import Account, AccountDetail, Deed
from web.services import ServiceProblem
from web.views_operator import ROLES
from web.visit import Visit
from web.words import problem_words

PEOPLE_SHOWN = "30"
DEEDS_SHOWN = "10"
TEXT_MAX = 254
REASON_MAX = 500
CURSOR_MAX = 400


@get("/operator/users")
async def people(visit: NamedDependency[Visit]) -> PageResponse:
    """People by name, e-mail or id, of one role, or those who were shut out."""
    visit.need_user()
    asked = visit.request.query_params
    wishes = {
        "q": "".join(sign for sign in asked.get("q", "") if sign.isprintable()).strip()[:TEXT_MAX],
        "role": asked.get("role", "") if asked.get("role") in ROLES else "",
        "banned": "true" if asked.get("banned") == "true" else "",
    }
    query = {name: value for name, value in wishes.items() if value} | {"limit": PEOPLE_SHOWN}
    cursor = asked.get("cursor", "")[:CURSOR_MAX]
    found = await visit.ask("auth", "GET", "/api/users", Page[Account], query=query | _named("cursor", cursor))
    return visit.page("operator_users.html", found=found, wishes=wishes)


@get("/operator/users/{user_id:uuid}")
async def person(visit: NamedDependency[Visit], user_id: FromPath[UUID]) -> PageResponse:
    """One account: what it is, what was done to it and by it."""
    visit.need_user()
    return await _person_page(visit, user_id)


async def _person_page(
    visit: Visit, user_id: UUID, status: int = 200, problem: ServiceProblem | None = None
) -> PageResponse:
    account = await visit.ask("auth", "GET", f"/api/users/{user_id}", AccountDetail)
    audit = "/operations/auth/audit"
    queries = [{"actor_id": str(user_id)}, {"subject": str(user_id)}, {"subject": account.failures_subject}]
    by, about, failures = await asyncio.gather(
        *(visit.ask("auth", "GET", audit, Page[Deed], query=query | {"limit": DEEDS_SHOWN}) for query in queries)
    )
    return visit.page(
        "operator_user.html",
        status,
        account=account,
        by=by.items,
        about=about.items,
        failures=failures.items,
        words=problem_words(problem) if problem else None,
        done=visit.request.query_params.get("done", ""),
    )


@post("/operator/users/{user_id:uuid}/roles")
async def roles(visit: NamedDependency[Visit], user_id: FromPath[UUID]) -> PageResponse:
    """Save which roles somebody has."""
    form = await visit.form()
    visit.need_user()
    wanted = [role for role in ROLES if form.get(role) == "1"]
    try:
        await visit.send("auth", "PUT", f"/api/users/{user_id}/roles", body={"roles": wanted})
    except ServiceProblem as problem:
        if problem.status in {401, 403, 404}:
            raise
        return await _person_page(visit, user_id, problem.status, problem)
    return visit.redirect(f"/operator/users/{user_id}", done="roles-set")


@get("/operator/users/{user_id:uuid}/ban")
async def ban_form(visit: NamedDependency[Visit], user_id: FromPath[UUID]) -> PageResponse:
    """What closing an account does, and the question whether that is meant."""
    visit.need_user()
    return await _ban_page(visit, user_id)


async def _ban_page(
    visit: Visit, user_id: UUID, status: int = 200, reason: str = "", error: str = "",
    problem: ServiceProblem | None = None,
) -> PageResponse:  # fmt: skip
    account = await visit.ask("auth", "GET", f"/api/users/{user_id}", AccountDetail)
    words = problem_words(problem) if problem else None
    return visit.page("operator_ban.html", status, account=account, reason=reason, error=error, words=words)


@post("/operator/users/{user_id:uuid}/ban")
async def ban(visit: NamedDependency[Visit], user_id: FromPath[UUID]) -> PageResponse:
    """Close an account."""
    form = await visit.form()
    visit.need_user()
    reason = form.get("reason", "")[:REASON_MAX]
    if not reason:
        return await _ban_page(visit, user_id, 422, error=say("Say why. The person reads it, too."))
    try:
        await visit.send("auth", "POST", f"/api/users/{user_id}/ban", body={"reason": reason})
    except ServiceProblem as problem:
        if problem.status in {401, 403, 404}:
            raise
        return await _ban_page(visit, user_id, problem.status, reason, problem=problem)
    return visit.redirect(f"/operator/users/{user_id}", done="user-banned")


@post("/operator/users/{user_id:uuid}/restore")
async def restore(visit: NamedDependency[Visit], user_id: FromPath[UUID]) -> PageResponse:
    """Open a closed account again."""
    await visit.form()
    visit.need_user()
    await visit.send("auth", "DELETE", f"/api/users/{user_id}/ban")
    return visit.redirect(f"/operator/users/{user_id}", done="user-restored")


def _named(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}


PAGES: list[ControllerRouterHandler] = [people, person, roles, ban_form, ban, restore]
