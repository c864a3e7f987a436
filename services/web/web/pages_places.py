"""Performers, venues and cities: a page for each, with its shows."""

import asyncio
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web.answers import PageResponse
from web.models import Page, VenueSummary
from web.models_discover import City, Facets, Found, House, Performer
from web.visit import Visit

SHOWS = 24
VENUES_MAX = 12
CURSOR_CHARACTERS_MAX = 400
SLUG_CHARACTERS_MAX = 300


@get("/performers/{performer_id:uuid}")
async def performer(visit: NamedDependency[Visit], performer_id: FromPath[UUID]) -> PageResponse:
    """Somebody who plays, and where."""
    asked = {"performer_id": str(performer_id)}
    who, found, facets = await asyncio.gather(
        visit.ask("catalog", "GET", f"/api/performers/{performer_id}", Performer),
        _shows(visit, asked),
        visit.ask("catalog", "GET", "/api/shows/facets", Facets, query=asked),
    )
    return visit.page("performer.html", performer=who, found=found, facets=facets, wishes=_cursor(visit))


@get("/venues/{venue_id:uuid}")
async def venue(visit: NamedDependency[Visit], venue_id: FromPath[UUID]) -> PageResponse:
    """A house: where it is, what it is like, and what is on there."""
    asked = {"venue_id": str(venue_id)}
    house, found, facets = await asyncio.gather(
        visit.ask("catalog", "GET", f"/api/venues/{venue_id}", House),
        _shows(visit, asked),
        visit.ask("catalog", "GET", "/api/shows/facets", Facets, query=asked),
    )
    return visit.page("venue.html", venue=house, found=found, facets=facets, wishes=_cursor(visit))


@get("/cities/{slug:str}")
async def city(visit: NamedDependency[Visit], slug: FromPath[str]) -> PageResponse:
    """What is on in a city."""
    if len(slug) > SLUG_CHARACTERS_MAX or not slug.replace("-", "").isalnum():
        raise NotFoundException
    place = await visit.ask("catalog", "GET", f"/api/shows/cities/{slug}", City)
    asked = {"city": place.name, "country": place.country}
    found, facets, venues = await asyncio.gather(
        _shows(visit, asked),
        visit.ask("catalog", "GET", "/api/shows/facets", Facets, query=asked),
        visit.ask("catalog", "GET", "/api/venues", Page[VenueSummary], query={**asked, "limit": str(VENUES_MAX)}),
    )
    return visit.page(
        "city.html", city=place, found=found, facets=facets, venues=venues.items, wishes=_cursor(visit), slug=slug
    )


async def _shows(visit: Visit, asked: dict[str, str]) -> Found:
    """A page of the shows ahead, from where the address says."""
    query = {**asked, **{name: value for name, value in _cursor(visit).items() if value}, "limit": str(SHOWS)}
    return await visit.ask("catalog", "GET", "/api/shows", Found, query=query)


def _cursor(visit: Visit) -> dict[str, str]:
    """Where the page before ended, as the address tells; empty on the first."""
    return {"cursor": str(visit.request.query_params.get("cursor", ""))[:CURSOR_CHARACTERS_MAX]}


PAGES: list[ControllerRouterHandler] = [performer, venue, city]
