"""For organisers and those of their team who report: what was sold of a show, and who came."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web.answers import PageResponse
from web.models_organise import AttendanceReport, SalesReport
from web.pages_organise_shows import own_show
from web.visit import Visit

CSV = "text/csv; charset=utf-8"


@get("/organise/shows/{show_id:uuid}/reports")
async def reports(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Figures with their drawings, and files for a spreadsheet."""
    show, duties = await own_show(visit, show_id)
    sales, attendance = await asyncio.gather(
        visit.ask("tickets", "GET", f"/api/reports/{show_id}/sales", SalesReport),
        visit.ask("tickets", "GET", f"/api/reports/{show_id}/attendance", AttendanceReport),
    )
    return visit.page(
        "organise_reports.html", show=show, duties=duties, sales=sales, attendance=attendance, now=datetime.now(UTC)
    )


@get("/organise/shows/{show_id:uuid}/reports/sales.csv")
async def sales_file(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Sales by day, section and kind."""
    return await _file(visit, show_id, "sales")


@get("/organise/shows/{show_id:uuid}/reports/attendance.csv")
async def attendance_file(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Admissions by quarter of an hour and gate."""
    return await _file(visit, show_id, "attendance")


async def _file(visit: Visit, show_id: UUID, kind: str) -> PageResponse:
    visit.need_user()
    path = f"/api/reports/{show_id}/{kind}.csv"
    reply = await visit.web.services.send(visit.caller, "tickets", "GET", path, headers={"Accept": "text/csv"})
    return visit.answer(reply.body, 200, CSV, {"Content-Disposition": f'attachment; filename="{kind}-{show_id}.csv"'})


PAGES: list[ControllerRouterHandler] = [reports, sales_file, attendance_file]
