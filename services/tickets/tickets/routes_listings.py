"""HTTP in: selling. Sellers list, edit and withdraw their own.

Bodies are decoded once more here: the framework would take the text "5000" for the number 5000, and a price is no
place for guesses.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, create_once, etag, position_in, version_in
from fairseat_common.web.decoding import decode_body
from fairseat_common.web.dependencies import CurrentUser, ExpectedVersion, OwnDatabase
from tickets import actions_listings as actions
from tickets import actions_listings_bulk
from tickets.actions_fees import FeeRules
from tickets.domain import NewListing
from tickets.domain_browsing import ListingView
from tickets.domain_listings import ListingEdit
from tickets.domain_listings_bulk import Bulk, BulkResult, Selling, ShowSold


@post("/api/listings")
async def listing_create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewListing],
    user: CurrentUser,
    database: OwnDatabase,
    fee_rules: NamedDependency[FeeRules],
) -> Response[ListingView]:
    """Put seats on sale."""
    data = decode_body(await request.body(), NewListing)
    await actions.show_await(database, data.show_id)
    rule = await fee_rules.rule(database)
    return await create_once(
        request,
        database,
        user.id,
        lambda tx: actions.list_seats(tx, user.id, data, rule),
        headers=lambda view: {"ETag": etag(view.version), "Location": f"/api/listings/{view.id}"},
    )


@patch("/api/listings/{listing_id:uuid}")
async def listing_change(
    request: Request[Any, Any, Any],
    listing_id: FromPath[UUID],
    data: JSONBody[ListingEdit],
    user: CurrentUser,
    if_match: ExpectedVersion,
    database: OwnDatabase,
    fee_rules: NamedDependency[FeeRules],
) -> Response[ListingView]:
    """Change price, split rule or notes."""
    data = decode_body(await request.body(), ListingEdit)
    rule = await fee_rules.rule(database)
    async with database.transaction() as tx:
        view = await actions.listing_edit(tx, user.id, listing_id, if_match, data, rule)
    return _answer(view)


@delete("/api/listings/{listing_id:uuid}")
async def listing_delete(
    request: Request[Any, Any, Any], listing_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase
) -> None:
    """Withdraw the unsold seats; may be repeated."""
    given = request.headers.get("if-match")
    version = None if given is None else version_in(given)
    async with database.transaction() as tx:
        await actions.listing_withdraw(tx, user.id, listing_id, version)


def _answer(view: ListingView) -> Response[ListingView]:
    return Response(content=view, headers={"ETag": etag(view.version)})


@post("/api/listings/bulk", status_code=200)
async def listings_change(
    request: Request[Any, Any, Any],
    data: JSONBody[Bulk],
    user: CurrentUser,
    database: OwnDatabase,
    fee_rules: NamedDependency[FeeRules],
) -> BulkResult:
    """Change or withdraw up to 100 of one's listings; answers what became of each."""
    data = decode_body(await request.body(), Bulk)
    rule = await fee_rules.rule(database)
    return await actions_listings_bulk.listings_change(database, user.id, data, rule)


@get("/api/listings/mine")
async def listings_mine(
    user: CurrentUser,
    database: OwnDatabase,
    show_id: FromQuery[UUID | None] = None,
    selling: FromQuery[Selling | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Listings on a page.")] = LIMIT_DEFAULT,
) -> Page[ListingView]:
    """One's own listings, newest first: of one show, or those on sale, promised, sold or withdrawn, only."""
    before = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        return await actions_listings_bulk.listings_mine(
            connection, user.id, show_id, selling, before[0] if before else None, limit
        )


@get("/api/listings/mine/shows")
async def shows_mine(user: CurrentUser, database: OwnDatabase) -> Page[ShowSold]:
    """The shows for which one has listings, the next ones first; at most 200, on one page."""
    async with database.connection() as connection:
        return await actions_listings_bulk.shows_mine(connection, user.id)


ROUTES: list[ControllerRouterHandler] = [
    listing_create,
    listing_change,
    listing_delete,
    listings_change,
    listings_mine,
    shows_mine,
]
