"""What a reader is told by mail, and how to end it."""

import asyncio

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from web.answers import PageResponse
from web.models import CurrentUser, Page, Problem
from web.models_saved import Preferences, SentMail, Subscription
from web.services import ServiceProblem
from web.views_saved import TOPICS
from web.visit import SignInNeeded, Visit
from web.words import problem_words

MAILS = 20
TOKEN_MAX = 100
CURSOR_MAX = 200


@get("/settings")
async def settings(visit: NamedDependency[Visit]) -> PageResponse:
    """What the reader is told by mail, and the latest mails."""
    visit.need_user()
    cursor = visit.request.query_params.get("cursor", "")[:CURSOR_MAX]
    query = {"limit": str(MAILS)} | ({"cursor": cursor} if cursor else {})
    who, preferences, mails = await asyncio.gather(
        visit.ask("auth", "GET", "/api/users/currentuser", CurrentUser),
        visit.ask("notifications", "GET", "/api/notifications/preferences", Preferences),
        visit.ask("notifications", "GET", "/api/notifications", Page[SentMail], query=query),
    )
    return visit.page("settings.html", user=who.current_user, preferences=preferences, mails=mails)


@post("/settings")
async def settings_save(visit: NamedDependency[Visit]) -> PageResponse:
    """Save what the reader wants to be told: a box that is not ticked is not sent, and means no."""
    form = await visit.form()
    if visit.auth_down or not visit.signed_in:
        raise SignInNeeded
    wanted = {topic.field: form.get(topic.field) == "1" for topic in TOPICS}
    await visit.send("notifications", "PUT", "/api/notifications/preferences", body=wanted)
    return visit.redirect("/settings", done="settings-saved")


@get("/unsubscribe")
async def unsubscribe_form(visit: NamedDependency[Visit]) -> PageResponse:
    """What the link of a letter would end. Nothing changes by looking: programs that check mails follow links too."""
    token = visit.request.query_params.get("token", "")[:TOKEN_MAX]
    try:
        found = await visit.ask(
            "notifications", "GET", "/api/notifications/unsubscribe", Subscription, query={"token": token}
        )
    except ServiceProblem as problem:
        return _invalid(visit, problem)
    return visit.page("unsubscribe.html", token=token, found=found, words=None, asked=False)


@post("/unsubscribe")
async def unsubscribe(visit: NamedDependency[Visit]) -> PageResponse:
    """End the mails of a letter's topic, or begin them again (`wanted=1`).

    The letter's token is the authority, so there is no token of a form: a mail program posts here by itself, with one
    click of its own and without cookies (RFC 8058).
    """
    form: FormMultiDict = await visit.request.form()
    given = form.get("token") or visit.request.query_params.get("token", "")
    token = given[:TOKEN_MAX] if isinstance(given, str) else ""
    body = {"token": token, "wanted": form.get("wanted") == "1"}
    try:
        found = await visit.ask("notifications", "POST", "/api/notifications/unsubscribe", Subscription, body=body)
    except ServiceProblem as problem:
        return _invalid(visit, problem)
    return visit.page("unsubscribe.html", token=token, found=found, words=None, asked=True)


def _invalid(visit: Visit, problem: ServiceProblem) -> PageResponse:
    """The token is none; a field error about it says nothing that a person could use."""
    known = problem if problem.slug != "invalid" else ServiceProblem(Problem(type="unsubscribe-invalid", status=422))
    return visit.page("unsubscribe.html", 422, found=None, words=problem_words(known))


PAGES: list[ControllerRouterHandler] = [settings, settings_save, unsubscribe_form, unsubscribe]
