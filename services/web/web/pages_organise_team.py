"""For organisers: who works for them; for those who do: whose teams they are in."""

from urllib.parse import quote
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web import views_organise
from web.answers import PageResponse
from web.models import Page
from web.models_organise import Member
from web.pages_organise_shows import teams_of
from web.services import ServiceProblem
from web.visit import Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

MEMBERS_MAX = "100"
ADDRESS_PROBLEMS = {"person-unknown", "person-is-organiser", "team-full", "not-found"}


@get("/organise/team")
async def team(visit: NamedDependency[Visit]) -> PageResponse:
    """The reader's team, and the teams that the reader is in."""
    visit.need_user()
    return await _team_page(visit, {})


@post("/organise/team")
async def member_add(visit: NamedDependency[Visit]) -> PageResponse:
    """Take somebody into the team, by the address of their account."""
    form, duties = await _form(visit)
    errors = {} if "@" in form.get("email", "") else {"email": say("Give the address of their account.")}
    errors |= {} if duties else {"duties": say("Choose one duty at least.")}
    if errors:
        return await _team_page(visit, form, duties, errors, CHECK_FORM, 422)
    try:
        await _put(visit, form["email"], duties)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        words = problem_words(problem)
        at_address = {"email": words.title} if problem.slug in ADDRESS_PROBLEMS else field_errors(problem, {})
        return await _team_page(visit, form, duties, at_address, words, problem.status)
    return visit.redirect("/organise/team", done="member-saved")


@post("/organise/team/{user_id:uuid}")
async def member_change(visit: NamedDependency[Visit], user_id: FromPath[UUID]) -> PageResponse:
    """Give a member other duties, or take them out of the team."""
    form, duties = await _form(visit)
    if "remove" in form:
        await visit.send("catalog", "DELETE", f"/api/teams/members/{user_id}")
        return visit.redirect("/organise/team", done="member-removed")
    if not duties:
        words = Words("A member has one duty at least.", "Choose one, or take them out of the team.")
        return await _team_page(visit, {}, (), {}, words, 422)
    await _put(visit, str(user_id), duties)
    return visit.redirect("/organise/team", done="member-saved")


@post("/organise/team/leave/{organiser_id:uuid}")
async def team_leave(visit: NamedDependency[Visit], organiser_id: FromPath[UUID]) -> PageResponse:
    """Leave somebody's team."""
    await visit.form()
    visit.need_user()
    try:
        await visit.send("catalog", "DELETE", f"/api/teams/mine/{organiser_id}")
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
    return visit.redirect("/organise/team", done="team-left")


async def _form(visit: Visit) -> tuple[dict[str, str], tuple[str, ...]]:
    form = await visit.form()
    visit.need_user()
    ticked = (await visit.request.form()).getall("duty", [])
    return form, tuple(duty for duty in views_organise.DUTIES if duty in ticked)


async def _put(visit: Visit, who: str, duties: tuple[str, ...]) -> None:
    await visit.send("catalog", "PUT", f"/api/teams/members/{quote(who, safe='@')}", body={"duties": duties})


async def _team_page(
    visit: Visit,
    form: dict[str, str],
    chosen: tuple[str, ...] = ("scan",),
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    members: list[Member] | None = None
    if visit.roles & {"organiser", "operator"}:
        query = {"limit": MEMBERS_MAX}
        members = (await visit.ask("catalog", "GET", "/api/teams", Page[Member], query=query)).items
    return visit.page(
        "organise_team.html",
        status,
        members=members,
        teams=await teams_of(visit),
        form=form,
        chosen=chosen,
        errors=errors or {},
        words=words,
    )


PAGES: list[ControllerRouterHandler] = [team, member_add, member_change, team_leave]
