"""For organisers: rules of resale that stand for all shows of a place, or for all of one's own."""

from typing import Any, NamedTuple
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import views_onsale
from web.answers import PageResponse
from web.forms_onsale import standing_body, standing_fields
from web.models_onsale import StandingRules
from web.models_organise import OwnVenue, Team
from web.pages_onsale_rules import CHANGED
from web.pages_organise_shows import NOT_YOURS, teams_of
from web.services import ServiceProblem
from web.views_organise import CURRENCIES
from web.visit import Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

FIELDS = {"buyer_fee_percent": "buyer_fee", "seller_fee_percent": "seller_fee", "resale_ends_hours": "hours"}


class Whose(NamedTuple):
    """Whose rules a page is about: where catalog has them, the page's own address, and what its form begins with."""

    api: str
    page: str
    organiser_id: str = ""
    venue: OwnVenue | None = None
    teams: tuple[Team, ...] = ()
    """The organisers for whom the reader manages shows, and the reader, where there is more than one."""


@get("/organise/venues/{venue_id:uuid}/rules")
async def venue_rules_form(visit: NamedDependency[Visit], venue_id: FromPath[UUID]) -> PageResponse:
    """What a place demands of all shows there."""
    return await _form(visit, await _of_venue(visit, venue_id))


@post("/organise/venues/{venue_id:uuid}/rules")
async def venue_rules_save(visit: NamedDependency[Visit], venue_id: FromPath[UUID]) -> PageResponse:
    """Set what a place demands; with `look` only work out what it would mean."""
    form = await visit.form()
    return await _saved(visit, await _of_venue(visit, venue_id), form)


@get("/organise/rules")
async def own_rules_form(visit: NamedDependency[Visit]) -> PageResponse:
    """The rules of all shows that have none of their own."""
    return await _form(visit, await _of_organiser(visit, str(visit.request.query_params.get("organiser", ""))))


@post("/organise/rules")
async def own_rules_save(visit: NamedDependency[Visit]) -> PageResponse:
    """Set the rules of all shows that have none of their own; with `look` only work out what they would mean."""
    form = await visit.form()
    return await _saved(visit, await _of_organiser(visit, form.get("organiser", "")), form)


async def _of_venue(visit: Visit, venue_id: UUID) -> Whose:
    visit.need_user()
    venue = await visit.ask("catalog", "GET", f"/api/venues/{venue_id}", OwnVenue)
    return Whose(f"/api/venues/{venue_id}/resale-rules", f"/organise/venues/{venue_id}/rules", venue=venue)


async def _of_organiser(visit: Visit, organiser_id: str) -> Whose:
    """The reader's own rules, or those of an organiser for whom the reader manages shows."""
    visit.need_user()
    teams = [team for team in await teams_of(visit) if "manage" in team.duties]
    if "organiser" in visit.roles:
        teams.insert(0, Team(visit.user_id, "", ["manage"]))
    chosen = next((team.organiser_id for team in teams if organiser_id in ("", team.organiser_id)), None)
    if chosen is None:
        raise ServiceProblem(NOT_YOURS)
    many = tuple(teams) if len(teams) > 1 else ()
    return Whose(f"/api/organisers/{chosen}/resale-rules", "/organise/rules", chosen, teams=many)


async def _form(visit: Visit, whose: Whose) -> PageResponse:
    rules = await visit.ask("catalog", "GET", whose.api, StandingRules)
    return _page(visit, whose, rules, standing_fields(rules))


async def _saved(visit: Visit, whose: Whose, form: dict[str, str]) -> PageResponse:
    rules = await visit.ask("catalog", "GET", whose.api, StandingRules)
    body, errors = standing_body(form, _currency(whose, form))
    if errors:
        return _page(visit, whose, rules, form, errors, CHECK_FORM, 422)
    meant = views_onsale.standing_meant(body)
    if form.get("look"):
        return _page(visit, whose, meant, form)
    headers = {"If-Match": f'"{form.get("version", "")}"'}
    try:
        await visit.ask("catalog", "PUT", whose.api, StandingRules, body=body, headers=headers)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        if problem.status == 412:
            return _page(visit, whose, rules, standing_fields(rules), {}, CHANGED, 412)
        errors = field_errors(problem, FIELDS)
        return _page(visit, whose, meant, form, errors, problem_words(problem), problem.status)
    more = {"organiser": whose.organiser_id} if whose.teams else {}
    return visit.redirect(whose.page, done="standing-rules-set", **more)


def _currency(whose: Whose, form: dict[str, str]) -> str:
    if whose.venue is not None:
        return whose.venue.currency
    asked = form.get("currency", "")
    return asked if asked in CURRENCIES else "EUR"


def _page(
    visit: Visit,
    whose: Whose,
    rules: StandingRules,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    currency, settings = _currency(whose, form), visit.web.settings
    examples = views_onsale.examples_of(rules, None, currency, settings.fee_percent, settings.seller_fee_percent)
    values: dict[str, Any] = {"whose": whose, "rules": rules, "form": form, "errors": errors or {}, "words": words}
    return visit.page("onsale_standing.html", status, examples=examples, currency=currency, action=whose.page, **values)


PAGES: list[ControllerRouterHandler] = [venue_rules_form, venue_rules_save, own_rules_form, own_rules_save]
