"""Finding a show: home and search."""

import asyncio
from datetime import date
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web import pages_places, pages_sharing, views
from web.answers import PageResponse
from web.models import Page
from web.models_discover import Facets, Found, Suggestion
from web.services import ServiceProblem
from web.views_wishes import FILTERS, Chip, wishes_of
from web.views_wishes import chips as chips_of
from web.visit import Visit
from web.words import problem_words

HOME_SHOWS = 9
HOME_WEEKEND_SHOWS = 6
HOME_SHOWS_ASKED = 48
SEARCH_SHOWS = 24
VALUE_CHARACTERS_MAX = 200
RELAXED_MAX = 4
"""So many filters are tried without when nothing fits all of them."""


@get("/")
async def home(visit: NamedDependency[Visit]) -> PageResponse:
    """What Fairseat is, search, what is on this weekend and next, and where."""
    asked = {"limit": str(HOME_SHOWS_ASKED)}
    weekend, ahead, facets = await asyncio.gather(
        visit.ask("catalog", "GET", "/api/shows", Found, query={**asked, "when": "weekend"}),
        visit.ask("catalog", "GET", "/api/shows", Found, query=asked),
        visit.ask("catalog", "GET", "/api/shows/facets", Facets),
    )
    soon = views.first_of_runs(weekend.items, HOME_WEEKEND_SHOWS)
    told = {show.id for show in soon}
    rest = [show for show in ahead.items if show.id not in told]
    return visit.page(
        "home.html",
        wishes=wishes_read(visit),
        facets=facets,
        weekend=soon,
        shows=views.first_of_runs(rest, HOME_SHOWS),
    )


@get("/shows")
async def search(visit: NamedDependency[Visit]) -> PageResponse:
    """Shows that match what the reader asks for, and what there is to choose from."""
    wishes = wishes_read(visit)
    mistakes = _date_mistakes(wishes)
    query = {name: value for name, value in wishes.items() if value and name not in mistakes}
    try:
        found, facets = await _ask(visit, query)
    except ServiceProblem as problem:
        # A filter that the catalogue does not understand is the reader's to correct, on the same page.
        words = problem_words(problem)
        return visit.page("search.html", 422, found=None, wishes=wishes, mistakes=mistakes, words=words)
    meant: list[Suggestion] = []
    relaxed: list[tuple[Chip, int]] = []
    chips = chips_of(wishes, found.understood, visit.locale)
    if not found.items and not wishes["cursor"]:
        meant, relaxed = await _ways_on(visit, wishes, found, chips)
    return visit.page(
        "search.html",
        422 if mistakes else 200,
        found=found,
        facets=facets,
        chips=chips,
        wishes=wishes,
        mistakes=mistakes,
        meant=meant,
        relaxed=relaxed,
        words=None,
    )


async def _ask(visit: Visit, query: dict[str, str]) -> tuple[Found, Facets]:
    """A page of shows and the counts around it, at once; the first of both to be refused is raised."""
    counted = {name: value for name, value in query.items() if name not in ("sort", "cursor")}
    return await asyncio.gather(
        visit.ask("catalog", "GET", "/api/shows", Found, query={**query, "limit": str(SEARCH_SHOWS)}),
        visit.ask("catalog", "GET", "/api/shows/facets", Facets, query=counted),
    )


async def _ways_on(
    visit: Visit, wishes: dict[str, str], found: Found, chips: list[Chip]
) -> tuple[list[Suggestion], list[tuple[Chip, int]]]:
    """When nothing was found: names that may have been meant, and how many shows there are without each filter."""
    words = " ".join(found.understood.words) if found.understood else wishes["q"]
    tries = chips[:RELAXED_MAX]
    meant, totals = await asyncio.gather(
        visit.ask("catalog", "GET", "/api/shows/suggestions", Page[Suggestion], query={"q": words}),
        asyncio.gather(*(_total(visit, chip) for chip in tries)),
    )
    return meant.items, [(chip, total) for chip, total in zip(tries, totals, strict=True) if total]


async def _total(visit: Visit, chip: Chip) -> int:
    """How many shows the search without this filter has."""
    query = {name: value for name, value in wishes_of(chip.href).items() if name != "sort"}
    facets = await visit.ask("catalog", "GET", "/api/shows/facets", Facets, query=query)
    return facets.total


def wishes_read(visit: Visit) -> dict[str, str]:
    """The filters of the address, each shortened; empty where not given."""
    given: Any = visit.request.query_params
    return {name: str(given.get(name, "")).strip()[:VALUE_CHARACTERS_MAX] for name in FILTERS}


def _date_mistakes(wishes: dict[str, str]) -> dict[str, str]:
    """Messages for dates that are none."""
    mistakes: dict[str, str] = {}
    for name in ("from", "to"):
        try:
            _ = date.fromisoformat(wishes[name]) if wishes[name] else None
        except ValueError:
            mistakes[name] = say("Give the date as year-month-day.")
    if not mistakes and wishes["from"] and wishes["to"] and wishes["to"] < wishes["from"]:
        mistakes["to"] = say("The last day is before the first.")
    return mistakes


PAGES: list[ControllerRouterHandler] = [home, search, *pages_places.PAGES, *pages_sharing.PAGES]
