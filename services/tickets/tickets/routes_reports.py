"""HTTP in: reports of a show, for its organiser, those of the team who report, and operators."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.database import Connection, Database
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from tickets import actions_reports as actions
from tickets.domain_reports import AttendanceReport, SalesReport

CSV = "text/csv"


@get("/api/reports/{show_id:uuid}/sales")
async def sales_report(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> SalesReport:
    """What was sold by kind, day, zone and section, and what became of each section's places."""
    async with _snapshot(database) as tx:
        return await actions.report_sales(tx, user, show_id)


@get("/api/reports/{show_id:uuid}/sales.csv", media_type=CSV)
async def sales_file(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> Response[bytes]:
    """What was sold, one line for each day, section and kind."""
    async with _snapshot(database) as tx:
        return _file(await actions.report_sales_csv(tx, user, show_id), f"sales-{show_id}.csv")


@get("/api/reports/{show_id:uuid}/attendance")
async def attendance_report(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> AttendanceReport:
    """Who was let in, by gate and by 15 minutes, and why others were not."""
    async with _snapshot(database) as tx:
        return await actions.report_attendance(tx, user, show_id)


@get("/api/reports/{show_id:uuid}/attendance.csv", media_type=CSV)
async def attendance_file(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> Response[bytes]:
    """Who was let in, one line for each quarter of an hour and gate."""
    async with _snapshot(database) as tx:
        return _file(await actions.report_attendance_csv(tx, user, show_id), f"attendance-{show_id}.csv")


@asynccontextmanager
async def _snapshot(database: Database) -> AsyncIterator[Connection]:
    """All figures of a report are of the same moment."""
    async with database.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
        yield tx


def _file(content: bytes, name: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=CSV, headers=headers)


ROUTES: list[ControllerRouterHandler] = [sales_report, sales_file, attendance_report, attendance_file]
