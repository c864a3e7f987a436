"""HTTP in: shows, venues and performers. Everybody may read; organisers announce and edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from catalog import actions, actions_organising, actions_search
from catalog.domain import Performer, Show, ShowChanges, ShowDraft
from catalog.domain_filters import search_of
from catalog.domain_venue_changes import VenueChanges
from catalog.domain_venues import Venue, VenueDraft, VenueFacts, VenueLine, organiser_check
from fairseat_common.audit import audit
from fairseat_common.bans import check_not_banned
from fairseat_common.database import Connection, Database
from fairseat_common.web import Page, SignedIn, Verifier, create_once, etag, page_of, position_in, signed_in

Asked = str | None
NameKey = tuple[str, UUID]


def _asked(name: str, description: str) -> QueryParameter:
    return QueryParameter(name=name, description=description, required=False)


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
    """Announce a show. For organisers, and for members of a team who manage (with `organiser_id`)."""

    async def announced(tx: Connection) -> Show:
        organiser_id = await actions_organising.organiser_for(tx, user, data.organiser_id)
        show = await actions.announce_show(tx, organiser_id, data)
        if organiser_id != user.id:
            await audit(tx, user.id, "show-announced", str(show.id), organiser_id=str(organiser_id))
        return show

    return await create_once(request, database, user.id, announced, _headers)


@patch("/api/shows/{show_id:uuid}")
async def show_edit(
    show_id: FromPath[UUID],
    data: JSONBody[ShowChanges],
    user: NamedDependency[SignedIn],
    if_match: NamedDependency[int],
    database: NamedDependency[Database],
) -> Response[Show]:
    """Change, postpone, reschedule or cancel a show. For its organiser, their team (`manage`) and operators."""
    any_show = "operator" in user.roles
    async with database.transaction() as tx:
        await actions_organising.editing_check(tx, user)
        show = await actions.edit_show(tx, user.id, show_id, data, if_match, any_show=any_show)
        if any_show:
            await audit(tx, user.id, "show-edited", str(show_id), status=show.status, version=show.version)
    return Response(show, headers={"ETag": etag(show.version)})


@get("/api/venues")
async def venues_list(
    request: Request[Any, Any, Any],
    database: NamedDependency[Database],
    verifier: NamedDependency[Verifier],
    access_cookie: NamedDependency[str],
    mine: Annotated[bool, QueryParameter(description="Only venues that one may change.")] = False,
    q: Annotated[Asked, _asked("q", "Parts of name or city.")] = None,
    city: Annotated[Asked, _asked("city", "A city's name, accents and case aside.")] = None,
    country: Annotated[Asked, _asked("country", "An ISO 3166 code, such as DE.")] = None,
    cursor: Annotated[Asked, _asked("cursor", "`next_cursor` of the page before.")] = None,
    limit: Annotated[Asked, _asked("limit", "Venues on a page, 1 to 100, 20 unless told.")] = None,
) -> Page[VenueLine]:
    """Venues by city and name; `mine`: those that one has added, or that an organiser has whose shows one manages."""
    user = await signed_in(verifier, access_cookie, request.headers) if mine else None
    asked = search_of({"q": q, "city": city, "country": country, "limit": limit})
    after = position_in(cursor, tuple[str, UUID])
    async with database.connection() as connection:
        organisers = await actions_organising.managed_by(connection, user.id) if user else None
        found = await actions_search.find_venues(connection, asked, after, asked.limit + 1, organisers)
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

    async def added(tx: Connection) -> VenueFacts:
        await check_not_banned(tx, user.id)
        return await actions.add_venue(tx, user.id, data)

    return await create_once(request, database, user.id, added, _headers)


@patch("/api/venues/{venue_id:uuid}")
async def venue_edit(
    venue_id: FromPath[UUID],
    data: JSONBody[VenueChanges],
    user: NamedDependency[SignedIn],
    if_match: NamedDependency[int],
    database: NamedDependency[Database],
) -> Response[VenueFacts]:
    """Change a venue; once a show has been announced there, its chart only grows. For whoever added it."""
    async with database.transaction() as tx:
        await actions_organising.editing_check(tx, user)
        venue = await actions_organising.edit_venue(tx, user, venue_id, data, if_match)
    return Response(venue, headers={"ETag": etag(venue.version)})


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
    show_read,
    show_create,
    show_edit,
    venues_list,
    venue_read,
    venue_create,
    venue_edit,
    performers_list,
    performer_read,
]
