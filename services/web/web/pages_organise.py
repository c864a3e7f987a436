"""Pages about what organisers do: their shows. Venues, one show, moves, team and reports have their own modules."""

from datetime import UTC, datetime

from litestar import get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from web import (
    pages_organise_moves,
    pages_organise_reports,
    pages_organise_shows,
    pages_organise_team,
    pages_organise_venues,
)
from web.answers import PageResponse
from web.models import Page
from web.models_organise import OwnShow
from web.pages_organise_shows import reach, teams_of
from web.visit import Visit

PAGE_SHOWS = "20"


@get("/organise")
async def organise(visit: NamedDependency[Visit]) -> PageResponse:
    """What one organises or works at; for everybody else, what organisers can do here."""
    if visit.auth_down:
        visit.need_user()
    if not visit.signed_in:
        return visit.page("organise_about.html", member=False)
    past = visit.request.query_params.get("past", "") == "1"
    teams = await teams_of(visit)
    if not (teams or visit.roles & {"organiser", "operator"}):
        return visit.page("organise_about.html", member=True)
    query = {"mine": "true", "limit": PAGE_SHOWS} | ({"past": "true"} if past else {}) | _cursor(visit)
    shows = await visit.ask("catalog", "GET", "/api/shows", Page[OwnShow], query=query)
    return visit.page(
        "organise.html",
        shows=shows,
        past=past,
        paged="cursor" in query,
        teams=teams,
        announcing=any("manage" in team.duties for team in teams),
        reaches={show.id: reach(visit, show, teams) for show in shows.items},
        now=datetime.now(UTC),
    )


def _cursor(visit: Visit) -> dict[str, str]:
    cursor = str(visit.request.query_params.get("cursor", ""))[:1_100]
    return {"cursor": cursor} if cursor else {}


PAGES: list[ControllerRouterHandler] = [
    organise,
    *pages_organise_moves.PAGES,
    *pages_organise_reports.PAGES,
    *pages_organise_shows.PAGES,
    *pages_organise_team.PAGES,
    *pages_organise_venues.PAGES,
]
