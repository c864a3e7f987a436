"""For operators: how everything is, the two switches, dead letters, and the audit logs."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web import views_operator
from web.answers import PageResponse
from web.models import Page
from web.models_operator import Account, DeadLetter, Deed, Report, Switch
from web.services import ServiceDown, ServiceProblem
from web.views_operator import SERVICES
from web.visit import Visit
from web.words import field_errors, problem_words

T = TypeVar("T")

DEEDS_SHOWN = 50
LETTERS_SHOWN = 50
NAMES_MAX = 12
REASON_MAX = 500
TEXT_MAX = 200
CURSOR_MAX = 400
SWITCHES = {"sales": ("orders", "/api/orders/switch"), "payouts": ("payments", "/api/payouts/switch")}


@get("/operator")
async def overview(visit: NamedDependency[Visit]) -> PageResponse:
    """The switches, and whether everything that must hold does hold."""
    visit.need_user()
    asked = (
        ("orders", "/api/orders/switch"),
        ("payments", "/api/payments/switch"),
        ("payments", "/api/payouts/switch"),
    )
    (sales, heard, payouts), reports = await asyncio.gather(
        asyncio.gather(*(_or_none(visit.ask(service, "GET", path, Switch)) for service, path in asked)),
        asyncio.gather(
            *(_or_none(visit.ask(name, "GET", f"/operations/{name}/invariants", Report)) for name in SERVICES)
        ),
    )
    by_service: dict[str, Report | None] = dict(zip(SERVICES, reports, strict=True))
    return visit.page(
        "operator.html",
        sales=sales,
        heard=heard,
        payouts=payouts,
        reports=by_service,
        health=views_operator.health(by_service),
        done=visit.request.query_params.get("done", ""),
        now=datetime.now(UTC),
    )


async def _or_none(answer: Awaitable[T]) -> T | None:
    """The answer of a service, None where it does not give one: the rest of the page matters all the more then."""
    try:
        return await answer
    except ServiceDown:
        return None


@get("/operator/switches/{name:str}")
async def switch_form(visit: NamedDependency[Visit], name: FromPath[str]) -> PageResponse:
    """What moving a switch does, and the question whether that is meant."""
    visit.need_user()
    return await _switch_page(visit, name)


async def _switch_page(visit: Visit, name: str, status: int = 200, error: str = "", reason: str = "") -> PageResponse:
    if name not in SWITCHES:
        return visit.redirect("/operator")
    # Only operators are told this one: whoever else looks gets a no.
    await visit.ask("payments", "GET", "/api/payouts/switch", Switch)
    service, path = SWITCHES[name]
    switch = await visit.ask(service, "GET", path, Switch)
    return visit.page("operator_switch.html", status, name=name, switch=switch, error=error, reason=reason)


@post("/operator/switches/{name:str}")
async def switch_move(visit: NamedDependency[Visit], name: FromPath[str]) -> PageResponse:
    """Move a switch."""
    form = await visit.form()
    visit.need_user()
    if name not in SWITCHES:
        return visit.redirect("/operator")
    is_open, reason = form.get("open") == "1", form.get("reason", "")[:REASON_MAX]
    if not reason:
        return await _switch_page(visit, name, 422, say("Say why. It is kept in the audit log."))
    service, path = SWITCHES[name]
    try:
        await visit.send(service, "PUT", path, body={"open": is_open, "reason": reason})
    except ServiceProblem as problem:
        if problem.status != 422:
            raise
        return await _switch_page(visit, name, 422, field_errors(problem, {}).get("reason", ""), reason)
    return visit.redirect("/operator", done=f"{name}-{'resumed' if is_open else 'stopped'}")


@get("/operator/dead-letters")
async def dead_letters(visit: NamedDependency[Visit]) -> PageResponse:
    """Events that consumers could not digest."""
    visit.need_user()
    return await _letters_page(visit)


async def _letters_page(visit: Visit, status: int = 200, problem: ServiceProblem | None = None) -> PageResponse:
    asked = visit.request.query_params
    service = asked.get("service", "") if asked.get("service") in SERVICES else ""
    query = {"limit": str(LETTERS_SHOWN)}
    if service and asked.get("cursor"):
        query["cursor"] = asked["cursor"][:CURSOR_MAX]
    chosen = (service,) if service else SERVICES
    pages = await asyncio.gather(
        *(_or_none(visit.ask(each, "GET", f"/operations/{each}/dead-letters", Page[DeadLetter], query=query))
          for each in chosen)
    )  # fmt: skip
    by_service = dict(zip(chosen, pages, strict=True))
    letters = [(each, letter) for each, page in by_service.items() if page for letter in page.items]
    letters.sort(key=lambda pair: pair[1].parked_at, reverse=True)
    return visit.page(
        "operator_letters.html",
        status,
        letters=letters,
        more={each: page.next_cursor for each, page in by_service.items() if page and page.next_cursor},
        silent=[each for each, page in by_service.items() if page is None],
        words=problem_words(problem) if problem else None,
        done=asked.get("done", ""),
    )


@post("/operator/dead-letters/{service:str}/{consumer:str}/{event_id:uuid}/replay")
async def replay(
    visit: NamedDependency[Visit], service: FromPath[str], consumer: FromPath[str], event_id: FromPath[UUID]
) -> PageResponse:
    """Give an event to its consumer again."""
    await visit.form()
    visit.need_user()
    if service not in SERVICES or not consumer.replace("-", "").isalnum():
        return visit.redirect("/operator/dead-letters")
    path = f"/operations/{service}/dead-letters/{consumer}/{event_id}/replay"
    try:
        answer = await visit.ask(service, "POST", path, dict[str, Any])
    except ServiceProblem as problem:
        if problem.status in {401, 403}:
            raise
        return await _letters_page(visit, problem.status, problem)
    done = "event-replayed" if answer.get("outcome") == "handled" else "event-refused"
    return visit.redirect("/operator/dead-letters", done=done)


@get("/operator/audit")
async def audit(visit: NamedDependency[Visit]) -> PageResponse:
    """The audit logs of all services as one, newest first; of one service, actor, subject or kind of deed, if asked."""
    visit.need_user()
    asked = visit.request.query_params
    wishes = {name: asked.get(name, "").strip()[:TEXT_MAX] for name in ("actor_id", "subject", "action", "until")}
    wishes["service"] = asked.get("service", "") if asked.get("service") in SERVICES else ""
    query = {name: value for name, value in wishes.items() if value and name != "service"}
    query["limit"] = str(DEEDS_SHOWN)
    chosen = (wishes["service"],) if wishes["service"] else SERVICES
    try:
        pages = await asyncio.gather(
            *(_or_none(visit.ask(each, "GET", f"/operations/{each}/audit", Page[Deed], query=query)) for each in chosen)
        )
    except ServiceProblem as problem:
        if problem.status in {401, 403}:
            raise
        return visit.page("operator_audit.html", 422, **_log([], wishes), words=problem_words(problem))
    deeds = [(each, deed) for each, page in zip(chosen, pages, strict=True) if page for deed in page.items]
    deeds.sort(key=lambda pair: pair[1].happened_at, reverse=True)
    silent = [each for each, page in zip(chosen, pages, strict=True) if page is None]
    shown = deeds[:DEEDS_SHOWN]
    more = len(deeds) > len(shown) or any(page is not None and page.next_cursor for page in pages)
    names = await _names(visit, {deed.actor_id for _, deed in shown if deed.actor_id})
    older = shown[-1][1].happened_at.isoformat() if shown and more else ""
    return visit.page("operator_audit.html", **_log(shown, wishes, names, silent, older), words=None)


def _log(
    deeds: list[tuple[str, Deed]],
    wishes: dict[str, str],
    names: dict[str, str] | None = None,
    silent: list[str] | None = None,
    older: str = "",
) -> dict[str, Any]:
    return {"deeds": deeds, "wishes": wishes, "names": names or {}, "silent": silent or [], "older": older}


async def _names(visit: Visit, ids: set[str]) -> dict[str, str]:
    """What some people are called; whoever was erased, or is one too many, stays an id."""

    async def name_of(user_id: str) -> tuple[str, str]:
        try:
            account = await visit.ask("auth", "GET", f"/api/users/{user_id}", Account)
        except (ServiceProblem, ServiceDown):
            return user_id, ""
        return user_id, account.name or account.email

    found = await asyncio.gather(*(name_of(each) for each in sorted(ids)[:NAMES_MAX]))
    return {user_id: name for user_id, name in found if name}


PAGES: list[ControllerRouterHandler] = [
    overview,
    switch_form,
    switch_move,
    dead_letters,
    replay,
    audit,
]
