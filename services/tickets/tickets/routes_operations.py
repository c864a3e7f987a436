"""HTTP in: operators look for listings and withdraw them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from fairseat_common.web.operations import check_operator
from tickets import actions_bans
from tickets.domain_listings import ListingStatus
from tickets.domain_operations import ListingLine, ListingsWanted

Reason = Annotated[
    str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)")
]


class Withdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a listing leaves the sale."""

    reason: Reason


@get("/operations/tickets/listings")
async def listings_search(
    user: CurrentUser,
    database: OwnDatabase,
    listing_id: FromQuery[UUID | None] = None,
    seller_id: FromQuery[UUID | None] = None,
    show_id: FromQuery[UUID | None] = None,
    status: FromQuery[ListingStatus | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[ListingLine]:
    """Listings of everybody, newest first; of one seller or show, or in one state."""
    check_operator(user)
    position = position_in(cursor, tuple[UUID])
    wanted = ListingsWanted(listing_id=listing_id, seller_id=seller_id, show_id=show_id, status=status)
    async with database.connection() as connection:
        found = await actions_bans.listings_search(connection, wanted, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda listing: [listing.id])


@post("/operations/tickets/listings/{listing_id:uuid}/withdraw", status_code=200)
async def listing_withdraw(
    listing_id: FromPath[UUID], data: JSONBody[Withdrawal], user: CurrentUser, database: OwnDatabase
) -> ListingLine:
    """Take a listing out of the sale; what was sold stays sold, and who holds seats may still pay. May be repeated."""
    check_operator(user)
    async with database.transaction() as tx:
        return await actions_bans.withdraw_one(tx, user.id, listing_id, data.reason)


ROUTES: list[ControllerRouterHandler] = [listings_search, listing_withdraw]
