"""HTTP in: looking at listings, which everybody may."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
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
    etag,
    position_in,
    signed_in,
)
from fairseat_common.web.dependencies import OwnDatabase, Visitor
from tickets import actions_browsing as actions
from tickets.domain import SEATS_MAX, Label
from tickets.domain_browsing import ListingView, Search, Sort
from tickets.domain_prices import Quoting

Score = Annotated[int, Meta(ge=0, le=2**62)]
Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Listings on a page.")]


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
    return Response(content=view, headers={"ETag": etag(view.version)})


ROUTES: list[ControllerRouterHandler] = [listings_list, listing_read]
