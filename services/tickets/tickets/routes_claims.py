"""HTTP in: the guarantee, for holders, sellers, staff at the door and operators, each their own side of it.

Bodies are decoded once more here, strictly, as where seats are listed.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, create_once, position_in
from fairseat_common.web.decoding import decode_body
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from tickets import actions_claim_views, actions_claims
from tickets.actions_claim_views import Box
from tickets.domain_claims import ClaimView, NewClaim, NewDecision

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Claims on a page.")]


@post("/api/claims")
async def claim_create(
    request: Request[Any, Any, Any], data: JSONBody[NewClaim], user: CurrentUser, database: OwnDatabase
) -> Response[ClaimView]:
    """Ask for the guarantee: a ticket failed at the door. Where the facts are clear it is decided at once."""
    data = decode_body(await request.body(), NewClaim)
    return await create_once(
        request,
        database,
        user.id,
        lambda tx: actions_claims.claim_open(tx, user, data),
        headers=lambda view: {"Location": f"/api/claims/{view.id}"},
    )


@get("/api/claims")
async def claims_list(
    user: CurrentUser,
    database: OwnDatabase,
    box: FromQuery[Box] = "mine",
    show_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[ClaimView]:
    """Claims, newest first: for one's tickets, of one's sales, of a show (its staff), open or all (operators)."""
    position = position_in(cursor, tuple[UUID])
    before = position[0] if position else None
    async with database.connection() as connection:
        return await actions_claim_views.claims_list(connection, user, box, show_id, before, limit)


@get("/api/claims/{claim_id:uuid}")
async def claim_read(claim_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> ClaimView:
    """A claim, as one's own side sees it."""
    async with database.connection() as connection:
        return await actions_claim_views.claim_show(connection, user, claim_id)


@post("/api/claims/{claim_id:uuid}/decision", status_code=200)
async def claim_decide(
    request: Request[Any, Any, Any],
    claim_id: FromPath[UUID],
    data: JSONBody[NewDecision],
    user: CurrentUser,
    database: OwnDatabase,
) -> ClaimView:
    """An operator decides what the facts could not. Final, and written down in the audit log."""
    data = decode_body(await request.body(), NewDecision)
    async with database.transaction() as tx:
        return await actions_claims.claim_decide(tx, user, claim_id, data)


ROUTES: list[ControllerRouterHandler] = [claim_create, claims_list, claim_read, claim_decide]
