"""HTTP for sellers: what they paid for tickets that failed at the door."""

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
from payments import actions_penalties
from payments.domain_penalties import Penalty


class PenaltyShown(msgspec.Struct, frozen=True):
    """What one claim of the guarantee took off the seller's payouts."""

    claim_id: UUID
    order_id: UUID
    show_id: UUID
    section: str
    row: str
    seat: str
    amount: Money
    decided_at: datetime


def penalty_shown(penalty: Penalty) -> PenaltyShown:
    """A penalty as its seller sees it."""
    return PenaltyShown(**{name: getattr(penalty, name) for name in PenaltyShown.__struct_fields__})


@get("/api/sales/penalties")
async def penalties_list(
    user: CurrentUser,
    database: OwnDatabase,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[PenaltyShown]:
    """The seller's own penalties, newest first: taken off what the next payouts bring."""
    position = position_in(cursor, tuple[UUID])
    found = await actions_penalties.penalties(database, user.id, position[0] if position else None, limit + 1)
    return page_of([penalty_shown(each) for each in found], limit, lambda penalty: [penalty.claim_id])


ROUTES = (penalties_list,)
