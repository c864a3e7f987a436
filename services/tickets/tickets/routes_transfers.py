"""HTTP in: giving tickets to somebody else. A sender and a receiver see the same transfer, each their own side of it.

Bodies are decoded once more here, strictly, as where seats are listed.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, create_once, position_in
from fairseat_common.web.decoding import decode_body
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from tickets import actions_transfers as actions
from tickets.domain_tickets import TicketUsed, TicketVoid
from tickets.domain_transfers import Box, NewTicketTransfer, NewTransfer, TransferView

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Transfers on a page.")]


@post("/api/transfers", status_code=202, refusals=[TicketVoid, TicketUsed])
async def transfer_create(
    request: Request[Any, Any, Any], data: JSONBody[NewTransfer], user: CurrentUser, database: OwnDatabase
) -> Response[TransferView]:
    """Offer tickets of one show to whoever has an e-mail address."""
    data = decode_body(await request.body(), NewTransfer)
    return await _offer(request, database, user.id, data)


@post("/api/tickets/{ticket_id:uuid}/transfer", status_code=202, refusals=[TicketVoid, TicketUsed])
async def ticket_transfer(
    request: Request[Any, Any, Any],
    ticket_id: FromPath[UUID],
    data: JSONBody[NewTicketTransfer],
    user: CurrentUser,
    database: OwnDatabase,
) -> Response[TransferView]:
    """Offer one ticket to whoever has an e-mail address."""
    data = decode_body(await request.body(), NewTicketTransfer)
    wanted = NewTransfer(ticket_ids=(ticket_id,), email=data.email, message=data.message)
    return await _offer(request, database, user.id, wanted)


async def _offer(
    request: Request[Any, Any, Any], database: OwnDatabase, user_id: UUID, wanted: NewTransfer
) -> Response[TransferView]:
    return await create_once(
        request,
        database,
        user_id,
        lambda tx: actions.transfer_offer(tx, user_id, wanted),
        headers=lambda view: {"Location": f"/api/transfers/{view.id}"},
        status=202,
    )


@get("/api/transfers")
async def transfers_list(
    user: CurrentUser,
    database: OwnDatabase,
    box: FromQuery[Box] = "received",
    waiting: FromQuery[bool] = False,
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[TransferView]:
    """What one has sent, or has been sent, newest first; `waiting` leaves out what has ended."""
    position = position_in(cursor, tuple[UUID])
    before = position[0] if position else None
    async with database.connection() as connection:
        return await actions.transfers_of(connection, user.id, box, waiting, before, limit)


@get("/api/transfers/{transfer_id:uuid}")
async def transfer_read(transfer_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> TransferView:
    """A transfer, for its sender and for whoever has the address."""
    await actions.user_await(database, user.id)
    async with database.connection() as connection:
        return await actions.transfer_show(connection, user.id, transfer_id)


@post("/api/transfers/{transfer_id:uuid}/accept", status_code=200)
async def transfer_accept(transfer_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> TransferView:
    """Take the tickets over; needs the verified address to which they were given, and may be repeated."""
    await actions.user_await(database, user.id)
    await actions.address_await(database, user.id)
    async with database.transaction() as tx:
        return await actions.transfer_accept(tx, user.id, transfer_id)


@post("/api/transfers/{transfer_id:uuid}/decline", status_code=200)
async def transfer_decline(transfer_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> TransferView:
    """Say no; may be repeated."""
    await actions.user_await(database, user.id)
    async with database.transaction() as tx:
        return await actions.transfer_decline(tx, user.id, transfer_id)


@delete("/api/transfers/{transfer_id:uuid}")
async def transfer_cancel(transfer_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """Take an offer back; may be repeated."""
    async with database.transaction() as tx:
        await actions.transfer_cancel(tx, user.id, transfer_id)


ROUTES: list[ControllerRouterHandler] = [
    transfer_create,
    ticket_transfer,
    transfers_list,
    transfer_read,
    transfer_accept,
    transfer_decline,
    transfer_cancel,
]
