"""HTTP in: the codes that keep a promise.

Bodies are decoded once more here: the framework would take the number 5000 for a text, and a code is no place for
guesses.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, put
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from fairseat_common.web import etag
from fairseat_common.web.decoding import decode_body
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from tickets import actions_delivery as actions
from tickets.domain_browsing import ListingView
from tickets.domain_delivery import Codes


@put("/api/listings/{listing_id:uuid}/codes")
async def codes_put(
    request: Request[Any, Any, Any],
    listing_id: FromPath[UUID],
    data: JSONBody[Codes],
    user: CurrentUser,
    database: OwnDatabase,
) -> Response[ListingView]:
    """Register the original codes of a listing, one for each of its seats in their order; may be repeated."""
    data = decode_body(await request.body(), Codes)
    async with database.transaction() as tx:
        view = await actions.codes_put(tx, user.id, listing_id, data.codes)
    return Response(content=view, headers={"ETag": etag(view.version)})


ROUTES: list[ControllerRouterHandler] = [codes_put]
