"""HTTP for operators: whose payouts wait, since their account is closed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from fairseat_common.contracts import Money
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from fairseat_common.web.operations import check_operator
from payments import actions_bans


class WaitingPayout(msgspec.Struct, frozen=True):
    """A banned seller, since when payouts wait, and what is paid when the ban is lifted; negative: they owe it."""

    seller_id: UUID
    since: datetime
    owed: list[Money]


@get("/api/payouts/waiting")
async def payouts_waiting(
    user: CurrentUser,
    database: OwnDatabase,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[WaitingPayout]:
    """Sellers whose payouts wait because they are banned, and who are owed something; the newest accounts first."""
    check_operator(user)
    position = position_in(cursor, tuple[UUID])
    found = await actions_bans.waiting(database, position[0] if position else None, limit + 1)
    shown = [WaitingPayout(each.seller_id, each.since, list(each.owed)) for each in found]
    return page_of(shown, limit, lambda each: [each.seller_id])


ROUTES = (payouts_waiting,)
