"""What organisers and their teams can read of a show: sales and attendance."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.web import SignedIn
from tickets import actions_teams, domain_reports, store_reports
from tickets.domain_reports import (
    AttendanceReport,
    GateFigures,
    QuarterFigures,
    RefusalFigures,
    SalesReport,
    ShowFacts,
)


async def report_sales(tx: Connection, user: SignedIn, show_id: UUID) -> SalesReport:
    """What was sold; raises NotFound, DutyMissing."""
    show = await _show(tx, user, show_id)
    sums = await store_reports.sales_sums(tx, show)
    return domain_reports.sales_report(show, sums, await store_reports.places_count(tx, show_id))


async def report_sales_csv(tx: Connection, user: SignedIn, show_id: UUID) -> bytes:
    """What was sold, as a file; raises NotFound, DutyMissing."""
    show = await _show(tx, user, show_id)
    return domain_reports.sales_csv(await store_reports.sales_lines(tx, show), show.currency)


async def report_attendance(tx: Connection, user: SignedIn, show_id: UUID) -> AttendanceReport:
    """Who came; raises NotFound, DutyMissing."""
    show = await _show(tx, user, show_id)
    gates = [GateFigures(**dict(row)) for row in await store_reports.gates_count(tx, show_id)]
    quarters = groupby(await store_reports.quarters_count(tx, show_id), lambda row: row[0])
    return AttendanceReport(
        show_id=show_id,
        at=show.at,
        timezone=show.timezone,
        expected=await store_reports.expected_count(tx, show_id),
        admitted=sum(gate.admitted for gate in gates),
        gates=gates,
        quarters=[QuarterFigures(since=since, admitted=sum(row[2] for row in rows)) for since, rows in quarters],
        refusals=[RefusalFigures(**dict(row)) for row in await store_reports.refusals_count(tx, show_id)],
    )


async def report_attendance_csv(tx: Connection, user: SignedIn, show_id: UUID) -> bytes:
    """Who came, as a file; raises NotFound, DutyMissing."""
    await _show(tx, user, show_id)
    return domain_reports.attendance_csv(await store_reports.quarters_count(tx, show_id))


async def _show(tx: Connection, user: SignedIn, show_id: UUID) -> ShowFacts:
    await actions_teams.duty_check(tx, user, show_id, "report")
    show = await store_reports.show_facts(tx, show_id)
    if show is None:
        raise NotFound
    return show
