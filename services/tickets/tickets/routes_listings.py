"""HTTP in: listings. Everybody may browse; sellers list, edit and withdraw their own.

Bodies are decoded once more here: the framework would take the text "5000" for the number 5000, and a price is no
place for guesses.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from fairseat_common.contracts.refusals import FieldError, Invalid
from fairseat_common.money import AMOUNT_MAX
from fairseat_common.web import (
    LIMIT_DEFAULT,
    LIMIT_MAX,
    Page,
    SignedIn,
    Verifier,
    create_once,
    etag,
    position_in,
    signed_in,
    version_in,
)
from fairseat_common.web.decoding import decode_body
from fairseat_common.web.dependencies import CurrentUser, ExpectedVersion, OwnDatabase, Visitor
from tickets import actions_listings as actions
from tickets.actions_fees import FeeRules
from tickets.domain import SEATS_MAX, Label, NewListing
from tickets.domain_listings import ListingEdit, ListingView, Search, Sort
from tickets.domain_prices import Quoting

Score = Annotated[int, Meta(ge=0, le=2**62)]
Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Listings on a page.")]


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


@get("/api/listings")
async def listings_list(
    request: Request[Any, Any, Any],
    database: OwnDatabase,
    verifier: NamedDependency[Verifier],
    access_cookie: NamedDependency[str],
    visitor: Visitor,
    quoting: NamedDependency[Quoting],
    show_id: FromQuery[UUID | None] = None,
    quantity: Annotated[int | None, QueryParameter(ge=1, le=SEATS_MAX, description="Seats wanted together.")] = None,
    section: Annotated[
        str | None,
        QueryParameter(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)", description="Only in it."),
    ] = None,
    max_price: Annotated[
        int | None, QueryParameter(ge=1, le=2 * AMOUNT_MAX, description="All-in price of a seat, in minor units.")
    ] = None,
    sort: FromQuery[Sort] = "price",
    seller: FromQuery[Literal["me"] | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[ListingView]:
    """What a show's buyers can have now, cheapest all-in price first; `seller=me`: one's own, newest first."""
    if seller == "me":
        user = await signed_in(verifier, access_cookie, request.headers)
        before = position_in(cursor, tuple[UUID])
        async with database.connection() as connection:
            return await actions.listings_of_seller(connection, user.id, show_id, before[0] if before else None, limit)
    if show_id is None:
        raise Invalid(None, FieldError("show_id", "say which show, or seller=me for your own listings"))
    search = Search(show_id=show_id, quantity=quantity, section=section, max_price=max_price, sort=sort)
    after = _position(cursor, sort)
    async with database.connection() as connection:
        return await actions.listings_browse(connection, _reader(visitor), search, after, limit, quoting)


def _reader(visitor: SignedIn | None) -> UUID | None:
    return None if visitor is None else visitor.id


def _position(cursor: str | None, sort: Sort) -> tuple[Any, ...] | None:
    if sort == "section":
        return position_in(cursor, tuple[Label, Score, UUID])
    return position_in(cursor, tuple[Score, UUID])


@get("/api/listings/{listing_id:uuid}")
async def listing_read(
    listing_id: FromPath[UUID], visitor: Visitor, database: OwnDatabase, quoting: NamedDependency[Quoting]
) -> Response[ListingView]:
    """One listing, also when it has ended."""
    async with database.connection() as connection:
        view = await actions.listing_show(connection, listing_id, _reader(visitor), quoting)
    return _answer(view)


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


ROUTES: list[ControllerRouterHandler] = [listing_create, listings_list, listing_read, listing_change, listing_delete]
