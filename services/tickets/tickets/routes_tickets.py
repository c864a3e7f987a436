"""HTTP in: admission tickets, for their holders only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from tickets import actions_history, actions_passes
from tickets import actions_tickets as actions
from tickets.actions_passes import Sheets
from tickets.domain_codes import CodeKeys, CodeSheet
from tickets.domain_history import Entry
from tickets.domain_tickets import CodeView, PrintedCode, TicketStatus, TicketView

PRIVATE = {"Cache-Control": "no-store"}

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


@get("/api/tickets/{ticket_id:uuid}/codes")
async def ticket_codes(
    ticket_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase, sheets: NamedDependency[Sheets]
) -> Response[CodeSheet]:
    """The codes of the show's day, for a phone that has no network at the door."""
    return Response(await sheets.sheet(database, user.id, ticket_id), headers=PRIVATE)


@post("/api/tickets/{ticket_id:uuid}/print", status_code=200)
async def ticket_print(
    ticket_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase, code_keys: NamedDependency[CodeKeys]
) -> Response[PrintedCode]:
    """A code for paper, which does not rotate; the ticket's history says that there is one."""
    async with database.transaction() as tx:
        return Response(await actions_passes.ticket_print(tx, user.id, ticket_id, code_keys), headers=PRIVATE)


@get("/api/tickets/{ticket_id:uuid}/history")
async def ticket_history(ticket_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> Page[Entry]:
    """How the place came to its holder, the oldest first: who had it before stays their own affair."""
    async with database.connection() as connection:
        return await actions_history.ticket_history(connection, user.id, ticket_id)


ROUTES: list[ControllerRouterHandler] = [
    tickets_list,
    ticket_read,
    ticket_code,
    ticket_codes,
    ticket_print,
    ticket_history,
]
