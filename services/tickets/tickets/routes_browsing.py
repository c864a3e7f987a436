"""HTTP in: looking at listings and at what was sold, which everybody may."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
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
from tickets.domain_browsing import SECTIONS_MAX, Deal, ListingView, SaleView, Search, SectionSummary, Sort
from tickets.domain_prices import Quoting

Score = Annotated[int, Meta(ge=0, le=2**62)]
Place = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Listings on a page.")]
Quantity: TypeAlias = Annotated[int | None, QueryParameter(ge=1, le=SEATS_MAX, description="Seats wanted together.")]
Sections: TypeAlias = Annotated[
    list[Label] | None, QueryParameter(max_items=SECTIONS_MAX, description="Only in it; may be repeated.")
]
Amount: TypeAlias = Annotated[
    int | None, QueryParameter(ge=1, le=2 * AMOUNT_MAX, description="All-in price of a seat, in minor units.")
]
Aisle: TypeAlias = Annotated[bool, QueryParameter(description="Only with a free seat at the end of its row.")]
AtLeast: TypeAlias = Annotated[Deal | None, QueryParameter(description="Only prices that deserve the name or better.")]


@get("/api/listings")
async def listings_list(
    request: Request[Any, Any, Any],
    database: OwnDatabase,
    verifier: NamedDependency[Verifier],
    access_cookie: NamedDependency[str],
    visitor: Visitor,
    quoting: NamedDependency[Quoting],
    show_id: FromQuery[UUID | None] = None,
    quantity: Quantity = None,
    section: Sections = None,
    min_price: Amount = None,
    max_price: Amount = None,
    aisle: Aisle = False,
    deal: AtLeast = None,
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
    search = Search(
        show_id=show_id,
        quantity=quantity,
        sections=tuple(section or ()),
        min_price=min_price,
        max_price=max_price,
        aisle=aisle,
        deal=deal,
        sort=sort,
    )
    after = _position(cursor, sort)
    async with database.connection() as connection:
        return await actions.listings_browse(connection, _reader(visitor), search, after, limit, quoting)


def _reader(visitor: SignedIn | None) -> UUID | None:
    return None if visitor is None else visitor.id


def _position(cursor: str | None, sort: Sort) -> tuple[Any, ...] | None:
    if sort == "section":
        return position_in(cursor, tuple[Label, Score, UUID])
    if sort == "view":
        return position_in(cursor, tuple[Place, Place, Score, UUID])
    return position_in(cursor, tuple[Score, UUID])


@get("/api/listings/summary")
async def listings_summary(
    database: OwnDatabase,
    show_id: FromQuery[UUID],
    quantity: Quantity = None,
    min_price: Amount = None,
    max_price: Amount = None,
    aisle: Aisle = False,
    deal: AtLeast = None,
) -> Page[SectionSummary]:
    """Each section of the venue from the stage outwards: what is on sale there that fits, and what was sold.

    All sections come on one page.
    """
    search = Search(
        show_id=show_id, quantity=quantity, min_price=min_price, max_price=max_price, aisle=aisle, deal=deal
    )
    async with database.connection() as connection:
        return await actions.sections_summarise(connection, search)


@get("/api/listings/sold")
async def listings_sold(
    database: OwnDatabase,
    show_id: FromQuery[UUID],
    section: Sections = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[SaleView]:
    """What seats of a show were sold for, newest first; sales that were refunded are left out."""
    before = position_in(cursor, tuple[datetime, UUID])
    if before and before[0].tzinfo is None:
        raise Invalid("Use next_cursor of the page before, unchanged.", FieldError("cursor", "has no time zone"))
    async with database.connection() as connection:
        return await actions.sales_browse(connection, show_id, section or [], before, limit)


@get("/api/listings/{listing_id:uuid}")
async def listing_read(
    listing_id: FromPath[UUID], visitor: Visitor, database: OwnDatabase, quoting: NamedDependency[Quoting]
) -> Response[ListingView]:
    """One listing, also when it has ended."""
    async with database.connection() as connection:
        view = await actions.listing_show(connection, listing_id, _reader(visitor), quoting)
    return Response(content=view, headers={"ETag": etag(view.version)})


ROUTES: list[ControllerRouterHandler] = [listings_list, listings_summary, listings_sold, listing_read]
