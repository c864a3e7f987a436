"""HTTP in: the doors of a show, for its organiser, the team that scans there, and operators.

Bodies are decoded once more here, strictly, as where seats are listed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, position_in
from fairseat_common.web.decoding import decode_body
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from tickets import actions_gates, actions_scans
from tickets.domain_codes import CodeKeys
from tickets.domain_gate_lists import GateList, GateShow, GateView
from tickets.domain_scans import BatchView, NewBatch, NewScan, ScanView

PRIVATE = {"Cache-Control": "no-store"}

Moment = Annotated[datetime, Meta(tz=True)]
PageNumber = Annotated[int, Meta(ge=1, le=1_000)]
Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Shows on a page.")]


@post("/api/scans", status_code=200)
async def scan_create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewScan],
    user: CurrentUser,
    database: OwnDatabase,
    code_keys: NamedDependency[CodeKeys],
) -> ScanView:
    """Let a ticket's holder in, once; 409 says why not. With `scan_id` a repeated request finds the first answer."""
    data = decode_body(await request.body(), NewScan)
    return await actions_scans.scan_code(database, user, data, code_keys)


@post("/api/scans/batch", status_code=200)
async def scans_create(
    request: Request[Any, Any, Any], data: JSONBody[NewBatch], user: CurrentUser, database: OwnDatabase
) -> BatchView:
    """Tell of scans that a device decided without a network; whom two devices let in is found here."""
    data = decode_body(await request.body(), NewBatch)
    return await actions_scans.scan_batch(database, user, data)


@get("/api/scans/{scan_id:uuid}")
async def scan_read(scan_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> ScanView:
    """What became of a scan, also of one that let nobody in."""
    async with database.connection() as connection:
        return await actions_scans.scan_show(connection, user, scan_id)


@get("/api/gates")
async def gates_list(
    user: CurrentUser, database: OwnDatabase, cursor: FromQuery[str | None] = None, limit: Limit = LIMIT_DEFAULT
) -> Page[GateShow]:
    """The shows whose doors one looks after, the next first."""
    after = position_in(cursor, tuple[Moment, UUID])
    async with database.connection() as connection:
        return await actions_gates.shows_of_staff(connection, user, after, limit)


@get("/api/gates/{show_id:uuid}")
async def gate_read(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> GateView:
    """Who is in and who may still come, gate by gate, and who was let in wrongly."""
    async with database.connection() as connection:
        return await actions_gates.gates_of_show(connection, user, show_id)


@get("/api/gates/{show_id:uuid}/offline")
async def gate_list(
    show_id: FromPath[UUID],
    user: CurrentUser,
    database: OwnDatabase,
    code_keys: NamedDependency[CodeKeys],
    cursor: FromQuery[str | None] = None,
) -> Response[GateList]:
    """The signed list of a show's tickets, for a device that will have no network: no code and no name is in it."""
    after = position_in(cursor, tuple[PageNumber, UUID])
    async with database.connection() as connection:
        found = await actions_gates.gate_list(connection, user, show_id, code_keys, after)
    return Response(found, headers=PRIVATE)


ROUTES: list[ControllerRouterHandler] = [scan_create, scans_create, scan_read, gates_list, gate_read, gate_list]
