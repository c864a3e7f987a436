"""HTTP in: admission tickets, for their holders only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from tickets import actions_tickets as actions
from tickets.domain_codes import CodeKeys
from tickets.domain_tickets import CodeView, TicketStatus, TicketView

Moment = Annotated[datetime, Meta(tz=True)]
Place = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Rank = Annotated[int, Meta(ge=0, le=2)]
Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Tickets on a page.")]


@get("/api/tickets")
async def tickets_list(
    user: CurrentUser,
    database: OwnDatabase,
    status: FromQuery[TicketStatus | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[TicketView]:
    """One's tickets: the next show first, past shows and ended tickets last."""
    after = position_in(cursor, tuple[Rank, Moment, Place, UUID])
    async with database.connection() as connection:
        return await actions.tickets_of_holder(connection, user.id, status, after, limit)


@get("/api/tickets/{ticket_id:uuid}")
async def ticket_read(ticket_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> TicketView:
    """One of one's tickets."""
    async with database.connection() as connection:
        return await actions.ticket_show(connection, user.id, ticket_id)


@get("/api/tickets/{ticket_id:uuid}/code")
async def ticket_code(
    ticket_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase, code_keys: NamedDependency[CodeKeys]
) -> CodeView:
    """What the gate reads, new every 30 seconds. Never stored, never in an address."""
    async with database.connection() as connection:
        return await actions.ticket_code(connection, user.id, ticket_id, code_keys)


ROUTES: list[ControllerRouterHandler] = [tickets_list, ticket_read, ticket_code]
