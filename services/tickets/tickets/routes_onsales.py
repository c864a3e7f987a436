"""HTTP in: organisers put their houses on sale; everybody may see when it opens and under which rules."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common.web import create_once, etag
from fairseat_common.web.dependencies import CurrentUser, ExpectedVersion, OwnDatabase, Visitor
from tickets import actions_listings, actions_onsales, actions_rules
from tickets.actions_fees import FeeRules
from tickets.domain import SEATS_MAX, Label, Line
from tickets.domain_onsales import NewOnsale, OnsaleEdit, OnsaleView
from tickets.domain_rules import LimitsView

BODY_MAX_BYTES = 1024 * 1024
"""A house whose zones name every row does not fit into the usual limit."""
BODIES = {"/api/onsales": BODY_MAX_BYTES}


@post("/api/onsales", request_max_body_size=BODY_MAX_BYTES)
async def onsale_create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewOnsale],
    user: CurrentUser,
    database: OwnDatabase,
    fee_rules: NamedDependency[FeeRules],
) -> Response[OnsaleView]:
    """Put a whole house on sale. For the show's organiser, and members of the team who manage."""
    await actions_listings.show_await(database, data.show_id)
    market = await fee_rules.rule(database)
    return await create_once(
        request,
        database,
        user.id,
        lambda tx: actions_onsales.onsale_create(tx, user, data, market),
        headers=lambda view: {"ETag": etag(view.version), "Location": f"/api/onsales/{view.show_id}"},
    )


@get("/api/onsales/{show_id:uuid}")
async def onsale_read(show_id: FromPath[UUID], visitor: Visitor, database: OwnDatabase) -> Response[OnsaleView]:
    """When a show's first sale opens, and what its price zones have left."""
    async with database.connection() as connection:
        view = await actions_onsales.onsale_show(connection, show_id, visitor)
    return Response(content=view, headers={"ETag": etag(view.version)})


@patch("/api/onsales/{show_id:uuid}")
async def onsale_change(
    show_id: FromPath[UUID],
    data: JSONBody[OnsaleEdit],
    user: CurrentUser,
    if_match: ExpectedVersion,
    database: OwnDatabase,
) -> Response[OnsaleView]:
    """Let a sale that has not begun open at another time. For the organiser, and members of the team who manage."""
    async with database.transaction() as tx:
        view = await actions_onsales.onsale_edit(tx, user, show_id, if_match, data)
    return Response(content=view, headers={"ETag": etag(view.version)})


@get("/api/listings/limits")
async def limits_read(
    user: CurrentUser,
    database: OwnDatabase,
    show_id: FromQuery[UUID],
    section: FromQuery[Label | None] = None,
    row: FromQuery[Line] = "",
    seat: Annotated[
        list[Label] | None, QueryParameter(max_items=SEATS_MAX, description="Only these; may be repeated.")
    ] = None,
) -> LimitsView:
    """The organiser's rules for whoever wants to list seats of a show, and the most that may be asked for these."""
    async with database.connection() as connection:
        return await actions_rules.limits_of(connection, user.id, show_id, section or "", row, seat)


ROUTES: list[ControllerRouterHandler] = [onsale_create, onsale_read, onsale_change, limits_read]
