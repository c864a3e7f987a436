"""Finding a show: home, search, and the pages of performers, venues and cities."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from web import views
from web.answers import PageResponse
from web.models import Page, Show
from web.services import ServiceProblem
from web.visit import Visit
from web.words import problem_words

HOME_SHOWS = 12
HOME_SHOWS_ASKED = 48
SEARCH_SHOWS = 24
FILTERS = ("q", "city", "category", "from", "to", "cursor")


@get("/")
async def home(visit: NamedDependency[Visit]) -> PageResponse:
    """What Fairseat is, search, and what is on next."""
    shows = await visit.ask("catalog", "GET", "/api/shows", Page[Show], query={"limit": str(HOME_SHOWS_ASKED)})
    return visit.page("home.html", shows=views.first_of_runs(shows.items, HOME_SHOWS), wishes=wishes_read(visit))


@get("/shows")
async def search(visit: NamedDependency[Visit]) -> PageResponse:
    """Shows that match what the reader asks for."""
    wishes = wishes_read(visit)
    mistakes = _date_mistakes(wishes)
    query = {name: value for name, value in wishes.items() if value and name not in mistakes}
    try:
        found = await visit.ask("catalog", "GET", "/api/shows", Page[Show], query={**query, "limit": str(SEARCH_SHOWS)})
    except ServiceProblem as problem:
        # A filter that the catalogue does not understand is the reader's to correct, on the same page.
        words = problem_words(problem)
        return visit.page("search.html", 422, shows=None, wishes=wishes, mistakes=mistakes, words=words)
    return visit.page("search.html", shows=found, wishes=wishes, mistakes=mistakes, words=None)


def wishes_read(visit: Visit) -> dict[str, str]:
    """The filters of the address, each shortened; empty where not given."""
    given = visit.request.query_params
    return {name: str(given.get(name, "")).strip()[:200] for name in FILTERS}


def _date_mistakes(wishes: dict[str, str]) -> dict[str, str]:
    """Messages for dates that are none."""
    mistakes: dict[str, str] = {}
    for name in ("from", "to"):
        try:
            _ = date.fromisoformat(wishes[name]) if wishes[name] else None
        except ValueError:
            mistakes[name] = "Give the date as year-month-day."
    if not mistakes and wishes["from"] and wishes["to"] and wishes["to"] < wishes["from"]:
        mistakes["to"] = "The last day is before the first."
    return mistakes


PAGES: list[ControllerRouterHandler] = [home, search]
