"""HTTP in: finding shows. Everybody may."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from catalog import actions_organising, actions_search, actions_suggestions
from catalog.actions_facets import FacetsMemory
from catalog.domain import Moment, Performer, Show
from catalog.domain_facets import Facets
from catalog.domain_filters import Search, SortKey, filters_of, search_of
from catalog.domain_places import City
from catalog.domain_suggestions import Suggestion
from catalog.domain_understood import Understood
from fairseat_common.database import Database
from fairseat_common.web import Page, Verifier, page_of, position_in, signed_in

Asked = str | None


class FoundPage(msgspec.Struct, frozen=True):
    """A page of shows; `understood` says how `q` was read, and is null without one."""

    items: list[Show]
    next_cursor: str | None
    understood: Understood | None


def asked(name: str, description: str) -> QueryParameter:
    """A query parameter that may be left out."""
    return QueryParameter(name=name, description=description, required=False)


Q = Annotated[
    Asked,
    asked("q", "Words of title, performers, venue, city, and days and places in plain words: `this weekend in Berlin`."
          " Forgives accents and slips."),
]  # fmt: skip
Category = Annotated[Asked, asked("category", "concert, theatre, comedy, sport, ...")]
CityName = Annotated[Asked, asked("city", "A city's name, accents and case aside.")]
Country = Annotated[Asked, asked("country", "An ISO 3166 code, such as DE.")]
NearPoint = Annotated[Asked, asked("near", "A point as `lat,lon` in degrees.")]
Radius = Annotated[Asked, asked("radius_km", "How far from the point, 50 unless told.")]
When = Annotated[Asked, asked("when", "today, tomorrow, weekend, next-weekend, week, next-week, month, next-month.")]
From = Annotated[Asked, asked("from", "A day at the venue (2027-05-01) or a moment.")]
To = Annotated[Asked, asked("to", "A day at the venue, or a moment; it counts.")]
Status = Annotated[Asked, asked("status", "Only this status; all but cancelled unless told.")]
VenueId = Annotated[Asked, asked("venue_id", "Only at this venue.")]
PerformerId = Annotated[Asked, asked("performer_id", "Only with this performer.")]
Currency = Annotated[Asked, asked("currency", "Only with tickets in this currency.")]
PriceMin = Annotated[Asked, asked("min_price", "Lowest price at least, all-in, in minor units; needs currency.")]
PriceMax = Annotated[Asked, asked("max_price", "Lowest price at most, all-in, in minor units; needs currency.")]
Sort = Annotated[Asked, asked("sort", "date, relevance, price (needs currency) or distance (needs near).")]
Mine = Annotated[bool, QueryParameter(description="Only shows that one organises or works at; other filters rest.")]
Past = Annotated[bool, QueryParameter(description="With `mine`: those that are over, the last first.")]
Cursor = Annotated[Asked, asked("cursor", "`next_cursor` of the page before.")]
Limit = Annotated[Asked, asked("limit", "Items on a page, 1 to 100, 20 unless told.")]


def asked_filters(
    q: Q = None,
    category: Category = None,
    city: CityName = None,
    country: Country = None,
    near: NearPoint = None,
    radius_km: Radius = None,
    when: When = None,
    earliest: From = None,
    latest: To = None,
    status: Status = None,
    venue_id: VenueId = None,
    performer_id: PerformerId = None,
    currency: Currency = None,
    min_price: PriceMin = None,
    max_price: PriceMax = None,
) -> dict[str, Asked]:
    """The filters that both lists and counts take, as they were given."""
    named = dict(locals())
    return {{"earliest": "from", "latest": "to"}.get(name, name): value for name, value in named.items()}


FILTERED = {"filters": Provide(asked_filters, sync_to_thread=False)}


@get("/api/shows", dependencies=FILTERED)
async def shows_list(
    request: Request[Any, Any, Any],
    filters: NamedDependency[dict[str, Asked]],
    database: NamedDependency[Database],
    verifier: NamedDependency[Verifier],
    access_cookie: NamedDependency[str],
    mine: Mine = False,
    past: Past = False,
    sort: Sort = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> FoundPage:
    """Shows ahead that fit everything asked for, by date unless told otherwise; `mine`: one's own, of any status."""
    if mine:
        user = await signed_in(verifier, access_cookie, request.headers)
        before = position_in(cursor, tuple[Moment, UUID])
        rows = search_of({"limit": limit}).limit
        async with database.connection() as connection:
            own = await actions_organising.list_own_shows(connection, user.id, before, rows, past=past)
        return FoundPage(own.items, own.next_cursor, None)
    search = search_of({**filters, "sort": sort, "limit": limit})
    after = _position(search, cursor)
    async with database.connection() as connection:
        found = await actions_search.find_shows(connection, search, after, search.limit + 1)
    page = page_of(found.shows, search.limit, lambda item: [search.sort, *item[1]])
    return FoundPage([show for show, _ in page.items], page.next_cursor, found.understood)


def _position(search: Search, cursor: str | None) -> SortKey | None:
    """Where the page before ended; a cursor of another order is refused."""
    position: SortKey | None
    if search.sort == "price":
        position = position_in(cursor, tuple[Literal["price"], int, datetime, UUID])
    elif search.sort == "distance":
        position = position_in(cursor, tuple[Literal["distance"], float, datetime, UUID])
    elif search.sort == "relevance" and search.words:
        position = position_in(cursor, tuple[Literal["relevance"], float, datetime, UUID])
    else:
        position = position_in(cursor, tuple[Literal["date", "relevance"], datetime, UUID])
    return None if position is None else position[1:]


@get("/api/shows/facets", dependencies=FILTERED)
async def shows_facets(filters: NamedDependency[dict[str, Asked]], facets: NamedDependency[FacetsMemory]) -> Facets:
    """How many of the shows that fit there are by category, city, days, month and price.

    Each count leaves its own filter aside: it is what one finds by choosing it. Up to five seconds old.
    """
    return await facets.read(filters_of(filters))


@get("/api/shows/suggestions")
async def shows_suggestions(database: NamedDependency[Database], q: Q = None) -> Page[Suggestion]:
    """Up to eight performers, shows, venues and cities with shows ahead that may be meant by what was typed so far."""
    text = filters_of({"q": q}).text
    async with database.connection() as connection:
        return Page(await actions_suggestions.suggest(connection, text))


@get("/api/shows/cities")
async def cities_list(
    database: NamedDependency[Database],
    q: Annotated[Asked, asked("q", "Parts of the name.")] = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[City]:
    """Cities that have a venue, by name, with the number of shows ahead."""
    search = search_of({"q": q, "limit": limit})
    after = position_in(cursor, tuple[str, str])
    async with database.connection() as connection:
        found = await actions_search.find_cities(connection, search.words, after, search.limit + 1)
    page = page_of(found, search.limit, lambda item: item[0])
    return Page([city for _, city in page.items], page.next_cursor)


@get("/api/shows/cities/{slug:str}")
async def city_read(slug: FromPath[str], database: NamedDependency[Database]) -> City:
    """One city by its slug, such as `sao-paulo-br`."""
    async with database.connection() as connection:
        return await actions_search.read_city(connection, slug)


@get("/api/shows/{show_id:uuid}/performers")
async def show_performers(show_id: FromPath[UUID], database: NamedDependency[Database]) -> Page[Performer]:
    """Who plays at a show, in its order, with their ids."""
    async with database.connection() as connection:
        return Page(await actions_search.read_show_performers(connection, show_id))


all_routes: list[ControllerRouterHandler] = [
    shows_list,
    shows_facets,
    shows_suggestions,
    cities_list,
    city_read,
    show_performers,
]
