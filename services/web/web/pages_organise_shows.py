"""For organisers: announcing a show, its page with what is next, and changing it."""

import asyncio
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import views_organise
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.forms_organise import show_body, start_read
from web.models import Page, Problem, VenueSummary
from web.models_organise import Member, OnSale, OwnShow, Rules, Team
from web.services import ServiceDown, ServiceProblem
from web.visit import Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

Answer = TypeVar("Answer")
CHANGED = Words("The show has changed meanwhile.", "The values below are the current ones. Make your change again.")
FOUND_MAX = 12
TEAMS_MAX = 100
NOT_YOURS = Problem(type="duty-missing", status=403)


async def teams_of(visit: Visit) -> list[Team]:
    """The teams that the reader is in."""
    return (await visit.ask("catalog", "GET", "/api/teams/mine", Page[Team], query={"limit": str(TEAMS_MAX)})).items


def reach(visit: Visit, show: OwnShow, teams: list[Team]) -> frozenset[str]:
    """What the reader may do at a show."""
    return views_organise.duties_of(show, visit.user_id, sorted(visit.roles), teams)


async def own_show(visit: Visit, show_id: UUID) -> tuple[OwnShow, frozenset[str]]:
    """A show and what the reader may do at it; who may do nothing is told that it is not theirs."""
    visit.need_user()
    show, teams = await asyncio.gather(visit.ask("catalog", "GET", f"/api/shows/{show_id}", OwnShow), teams_of(visit))
    duties = reach(visit, show, teams)
    if not duties:
        raise ServiceProblem(NOT_YOURS)
    return show, duties


@get("/organise/shows/new")
async def show_new(visit: NamedDependency[Visit]) -> PageResponse:
    """First where, then what and when."""
    visit.need_user()
    venue_id = str(visit.request.query_params.get("venue", ""))
    if venue_id:
        return await _new_page(visit, {"venue": venue_id, "category": "concert", "time": "20:00", "key": str(uuid4())})
    wished = str(visit.request.query_params.get("q", "")).strip()[:100]
    query = {"limit": str(FOUND_MAX)}
    own, found = await asyncio.gather(
        visit.ask("catalog", "GET", "/api/venues", Page[VenueSummary], query=query | {"mine": "true"}),
        _venues(visit, query | {"q": wished}) if wished else _nothing(),
    )
    return visit.page("organise_where.html", own=own.items, found=found, wished=wished)


async def _venues(visit: Visit, query: dict[str, str]) -> list[VenueSummary] | None:
    return (await visit.ask("catalog", "GET", "/api/venues", Page[VenueSummary], query=query)).items


async def _nothing() -> list[VenueSummary] | None:
    return None


@post("/organise/shows/new")
async def show_create(visit: NamedDependency[Visit]) -> PageResponse:
    """Announce a show."""
    form = await visit.form()
    visit.need_user()
    venue = await visit.ask("catalog", "GET", f"/api/venues/{_id(form.get('venue', ''))}", VenueSummary)
    body, errors = show_body(form)
    start, mistakes = start_read(form, venue.timezone)
    errors |= mistakes
    if errors or start is None:
        return await _new_page(visit, form, errors, CHECK_FORM, 422)
    body |= {"venue_id": venue.id, "starts_at": start.isoformat()}
    if form.get("organiser", visit.user_id) != visit.user_id:
        body["organiser_id"] = _id(form["organiser"])
    try:
        headers = {KEY_HEADER: form_key(form, repr(body))}
        show = await visit.ask("catalog", "POST", "/api/shows", OwnShow, body=body, headers=headers)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        errors = field_errors(problem, {"starts_at": "day"})
        return await _new_page(visit, form, errors, problem_words(problem), problem.status)
    return visit.redirect(f"/organise/shows/{show.id}", done="announced")


async def _new_page(
    visit: Visit,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    venue, teams = await asyncio.gather(
        visit.ask("catalog", "GET", f"/api/venues/{_id(form.get('venue', ''))}", VenueSummary), teams_of(visit)
    )
    whose = views_organise.announcing_for(visit.user_id, visit.roles, teams)
    return visit.page(
        "organise_new.html", status, form=form, venue=venue, whose=whose, errors=errors or {}, words=words
    )


def _id(text: str) -> str:
    """An id out of an address or a form; one that nothing has for anything else."""
    try:
        return str(UUID(text))
    except ValueError:
        return str(UUID(int=0))


class Next(NamedTuple):
    """What there is to know of a show's sale, rules and helpers; None where nobody can tell now."""

    on_sale: OnSale | None
    rules: Rules | None
    helpers: int | None


@get("/organise/shows/{show_id:uuid}")
async def show_page(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """One show: how it stands, what is next, and everything that can be done with it."""
    show, duties = await own_show(visit, show_id)
    return await _show_page(visit, show, duties, _fields(show))


@post("/organise/shows/{show_id:uuid}")
async def show_save(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Change title, category and performers."""
    form = await visit.form()
    show, duties = await own_show(visit, show_id)
    body, errors = show_body(form)
    if errors:
        return await _show_page(visit, show, duties, form, errors, CHECK_FORM, 422)
    headers = {"If-Match": f'"{form.get("version", "")}"'}
    try:
        await visit.ask("catalog", "PATCH", f"/api/shows/{show_id}", OwnShow, body=body, headers=headers)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        if problem.status == 412:
            return await _show_page(visit, show, duties, _fields(show), {}, CHANGED, 412)
        errors = field_errors(problem, {})
        return await _show_page(visit, show, duties, form, errors, problem_words(problem), problem.status)
    return visit.redirect(f"/organise/shows/{show_id}", done="show-edited")


def _fields(show: OwnShow) -> dict[str, str]:
    names = [item if isinstance(item, str) else item.name for item in show.performers]
    known = {"title": show.title, "category": show.category, "performers": "\n".join(names)}
    return known | {"version": str(show.version)}


async def _show_page(
    visit: Visit,
    show: OwnShow,
    duties: frozenset[str],
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    on_sale, rules, members = await asyncio.gather(
        perhaps(visit, "tickets", f"/api/onsales/{show.id}", OnSale),
        perhaps(visit, "catalog", f"/api/shows/{show.id}/resale-rules", Rules),
        perhaps(visit, "catalog", "/api/teams", Page[Member]),
    )
    helpers = None if members is None else sum("scan" in member.duties for member in members.items)
    values: dict[str, Any] = {"next": Next(on_sale, rules, helpers), "now": datetime.now(UTC)}
    return visit.page(
        "organise_show.html",
        status,
        show=show,
        duties=duties,
        form=form,
        errors=errors or {},
        words=words,
        **values,
    )


async def perhaps(visit: Visit, service: str, path: str, answer: type[Answer]) -> Answer | None:
    """What a service says, if it has anything to say to the reader now: pages are useful without."""
    try:
        return await visit.ask(service, "GET", path, answer)
    except ServiceDown:
        return None
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return None


PAGES: list[ControllerRouterHandler] = [show_new, show_create, show_page, show_save]
