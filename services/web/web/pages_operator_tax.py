"""For operators: what is owed to tax offices, as a table and as a file, and whose payouts wait."""

from litestar import get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from web import views_tax
from web.answers import PageResponse
from web.models import Page
from web.models_timeline import TaxOwed, WaitingPayout
from web.visit import Visit

CSV = "text/csv; charset=utf-8"
SHOWN = 24
WAITING_SHOWN = 50
PAGE = 100
PAGES_MAX = 100
"""More than all countries have months in a decade."""


async def tax_owed(visit: Visit) -> Page[TaxOwed]:
    """The newest months, for the page about money."""
    return await visit.ask("payments", "GET", "/api/ledger/tax", Page[TaxOwed], query={"limit": str(SHOWN)})


async def payouts_waiting(visit: Visit) -> list[WaitingPayout]:
    """Closed accounts that are owed something, the newest ones."""
    query = {"limit": str(WAITING_SHOWN)}
    return (await visit.ask("payments", "GET", "/api/payouts/waiting", Page[WaitingPayout], query=query)).items


@get("/operator/money/tax.csv")
async def tax_file(visit: NamedDependency[Visit]) -> PageResponse:
    """All months that anything was released or taken back in."""
    visit.need_user()
    rows: list[TaxOwed] = []
    query = {"limit": str(PAGE)}
    for _ in range(PAGES_MAX):
        found = await visit.ask("payments", "GET", "/api/ledger/tax", Page[TaxOwed], query=query)
        rows += found.items
        if found.next_cursor is None:
            break
        query["cursor"] = found.next_cursor
    headers = {"Content-Disposition": 'attachment; filename="tax.csv"'}
    return visit.answer(views_tax.owed_file(rows), 200, CSV, headers)


PAGES: list[ControllerRouterHandler] = [tax_file]
