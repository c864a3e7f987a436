"""HTTP in: shows, venues and performers. Everybody may read; organisers announce and edit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from catalog import actions, actions_search
from catalog.domain import Facets, Performer, Show, ShowChanges, ShowDraft
from catalog.domain_search import Search, SortKey, search_of
from catalog.domain_venues import Venue, VenueDraft, VenueFacts, VenueLine, organiser_check
from fairseat_common.database import Database
from fairseat_common.web import Page, SignedIn, create_once, etag, page_of, position_in

Asked = str | None
NameKey = tuple[str, UUID]


def _asked(name: str, description: str) -> QueryParameter:
    return QueryParameter(name=name, description=description, required=False)


@get("/api/shows")
async def shows_list(
    database: NamedDependency[Database],
    q: Annotated[Asked, _asked("q", "Words of title, performers, venue, city; forgives accents and slips.")] = None,
    category: Annotated[Asked, _asked("category", "concert, theatre, comedy, sport, ...")] = None,
    city: Annotated[Asked, _asked("city", "A city's name, accents and case aside.")] = None,
    near: Annotated[Asked, _asked("near", "A point as `lat,lon` in degrees.")] = None,
    radius_km: Annotated[Asked, _asked("radius_km", "How far from the point, 50 unless told.")] = None,
    earliest: Annotated[Asked, _asked("from", "A day at the venue (2027-05-01) or a moment.")] = None,
    latest: Annotated[Asked, _asked("to", "A day at the venue, or a moment; it counts.")] = None,
    status: Annotated[Asked, _asked("status", "Only this status; all but cancelled unless told.")] = None,
    venue_id: Annotated[Asked, _asked("venue_id", "Only at this venue.")] = None,
    performer_id: Annotated[Asked, _asked("performer_id", "Only with this performer.")] = None,
    currency: Annotated[Asked, _asked("currency", "Only with tickets in this currency.")] = None,
    sort: Annotated[Asked, _asked("sort", "date, relevance, or price (needs currency).")] = None,
    cursor: Annotated[Asked, _asked("cursor", "`next_cursor` of the page before.")] = None,
    limit: Annotated[Asked, _asked("limit", "Shows on a page, 1 to 100, 20 unless told.")] = None,
) -> Page[Show]:
    """Shows ahead that fit everything asked for, by date unless told otherwise."""
    search = search_of(
        {
            "q": q,
            "category": category,
            "city": city,
            "near": near,
            "radius_km": radius_km,
            "from": earliest,
            "to": latest,
            "status": status,
            "venue_id": venue_id,
            "performer_id": performer_id,
            "currency": currency,
            "sort": sort,
            "limit": limit,
        }
    )
    after = _position(search, cursor)
    async with database.connection() as connection:
        found = await actions_search.find_shows(connection, search, after, search.limit + 1)
    page = page_of(found, search.limit, lambda item: [search.sort, *item[1]])
    return Page([show for show, _ in page.items], page.next_cursor)


def _position(search: Search, cursor: str | None) -> SortKey | None:
    """Where the page before ended; a cursor of another order is refused."""
    position: SortKey | None
    if search.sort == "price":
        position = position_in(cursor, tuple[Literal["price"], int, datetime, UUID])
    elif search.sort == "relevance" and search.words:
        position = position_in(cursor, tuple[Literal["relevance"], float, datetime, UUID])
    else:
        position = position_in(cursor, tuple[Literal["date", "relevance"], datetime, UUID])
    return None if position is None else position[1:]


@get("/api/shows/facets")
async def shows_facets(database: NamedDependency[Database]) -> Facets:
    """Categories and cities of the shows ahead, with their numbers."""
    async with database.connection() as connection:
        return await actions_search.read_facets(connection)


@get("/api/shows/{show_id:uuid}")
async def show_read(show_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[Show]:
    """One show."""
    async with database.connection() as connection:
        show = await actions.read_show(connection, show_id)
    return Response(show, headers={"ETag": etag(show.version)})


@post("/api/shows")
async def show_create(
    request: Request[Any, Any, Any],
    data: JSONBody[ShowDraft],
    user: NamedDependency[SignedIn],
    database: NamedDependency[Database],
) -> Response[Show]:
    """Announce a show. For organisers."""
    organiser_check(user.roles)
    return await create_once(request, database, user.id, lambda tx: actions.announce_show(tx, user.id, data), _headers)


@patch("/api/shows/{show_id:uuid}")
async def show_edit(
    show_id: FromPath[UUID],
    data: JSONBody[ShowChanges],
    user: NamedDependency[SignedIn],
    if_match: NamedDependency[int],
    database: NamedDependency[Database],
) -> Response[Show]:
    """Change, postpone, reschedule or cancel a show. For its organiser and for operators."""
    organiser_check(user.roles)
    any_show = "operator" in user.roles
    async with database.transaction() as tx:
        show = await actions.edit_show(tx, user.id, show_id, data, if_match, any_show=any_show)
    return Response(show, headers={"ETag": etag(show.version)})


@get("/api/venues")
async def venues_list(
    database: NamedDependency[Database],
    q: Annotated[Asked, _asked("q", "Parts of name or city.")] = None,
    cursor: Annotated[Asked, _asked("cursor", "`next_cursor` of the page before.")] = None,
    limit: Annotated[Asked, _asked("limit", "Venues on a page, 1 to 100, 20 unless told.")] = None,
) -> Page[VenueLine]:
    """Venues by city and name."""
    asked = search_of({"q": q, "limit": limit})
    after = position_in(cursor, tuple[str, UUID])
    async with database.connection() as connection:
        found = await actions_search.find_venues(connection, asked.words, after, asked.limit + 1)
    return _page(found, asked.limit)


@get("/api/venues/{venue_id:uuid}")
async def venue_read(venue_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[Venue]:
    """One venue with its seating chart."""
    async with database.connection() as connection:
        venue = await actions.read_venue(connection, venue_id)
    return Response(venue, headers={"ETag": etag(venue.version)})


@post("/api/venues")
async def venue_create(
    request: Request[Any, Any, Any],
    data: JSONBody[VenueDraft],
    user: NamedDependency[SignedIn],
    database: NamedDependency[Database],
) -> Response[VenueFacts]:
    """Add a venue with its seating chart; the answer leaves the chart out. For organisers."""
    organiser_check(user.roles)
    return await create_once(request, database, user.id, lambda tx: actions.add_venue(tx, user.id, data), _headers)


@get("/api/performers")
async def performers_list(
    database: NamedDependency[Database],
    q: Annotated[Asked, _asked("q", "Parts of the name.")] = None,
    cursor: Annotated[Asked, _asked("cursor", "`next_cursor` of the page before.")] = None,
    limit: Annotated[Asked, _asked("limit", "Performers on a page, 1 to 100, 20 unless told.")] = None,
) -> Page[Performer]:
    """Performers by name."""
    asked = search_of({"q": q, "limit": limit})
    after = position_in(cursor, tuple[str, UUID])
    async with database.connection() as connection:
        found = await actions_search.find_performers(connection, asked.words, after, asked.limit + 1)
    return _page(found, asked.limit)


@get("/api/performers/{performer_id:uuid}")
async def performer_read(performer_id: FromPath[UUID], database: NamedDependency[Database]) -> Performer:
    """One performer; the shows are under /api/shows?performer_id=."""
    async with database.connection() as connection:
        return await actions_search.read_performer(connection, performer_id)


def _headers(created: Show | VenueFacts) -> dict[str, str]:
    kind = "shows" if isinstance(created, Show) else "venues"
    return {"ETag": etag(created.version), "Location": f"/api/{kind}/{created.id}"}


def _page(found: Sequence[tuple[NameKey, Any]], limit: int) -> Page[Any]:
    page = page_of(found, limit, lambda item: item[0])
    return Page([item for _, item in page.items], page.next_cursor)


all_routes: list[ControllerRouterHandler] = [
    shows_list,
    shows_facets,
    show_read,
    show_create,
    show_edit,
    venues_list,
    venue_read,
    venue_create,
    performers_list,
    performer_read,
]
