"""What is the reader's own: tickets with their codes, and orders."""

import asyncio
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import segno
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from web.answers import PageResponse
from web.models import Order, Page, Show, Ticket, TicketCode
from web.visit import Visit

LIST_MAX = 100
CODES_MAX = 8
ASKED_AT_ONCE = 8
SHOW_LENGTH = timedelta(hours=6)
CODE_SCALE = 4


class Admission(NamedTuple):
    """A ticket with its code, drawn; the code itself stays out of the page's text."""

    ticket: Ticket
    drawing: Markup | None
    rotates_ms: int


class Group(NamedTuple):
    """The tickets of one show."""

    show: Show
    tickets: list[Ticket]


@get("/tickets")
async def tickets(visit: NamedDependency[Visit]) -> PageResponse:
    """The next show first, with the codes for its door."""
    visit.need_user()
    found = await visit.ask("tickets", "GET", "/api/tickets", Page[Ticket], query={"limit": str(LIST_MAX)})
    groups = await _by_show(visit, found.items)
    limit = datetime.now(UTC) - SHOW_LENGTH
    coming = [group for group in groups if group.show.starts_at > limit and _valid(group.tickets)]
    past = [group for group in reversed(groups) if group not in coming]
    coming = [Group(group.show, _valid(group.tickets)) for group in coming]
    first = await _admissions(visit, coming[0].tickets[:CODES_MAX]) if coming else []
    return visit.page("tickets.html", coming=coming, past=past, first=first)


@get("/tickets/{ticket_id:uuid}")
async def ticket(visit: NamedDependency[Visit], ticket_id: FromPath[UUID]) -> PageResponse:
    """One ticket, large, for the gate."""
    visit.need_user()
    found = await visit.ask("tickets", "GET", f"/api/tickets/{ticket_id}", Ticket)
    show = await visit.ask("catalog", "GET", f"/api/shows/{found.show_id}", Show)
    (admission,) = await _admissions(visit, [found])
    return visit.page("ticket.html", show=show, admission=admission)


@get("/tickets/{ticket_id:uuid}/code")
async def ticket_code(visit: NamedDependency[Visit], ticket_id: FromPath[UUID]) -> PageResponse:
    """The drawing of a ticket's present code, for a page whose code has rotated."""
    visit.need_user()
    code = await visit.ask("tickets", "GET", f"/api/tickets/{ticket_id}/code", TicketCode)
    headers = {"Rotates-At-Ms": str(_rotates_ms(code)), "Cache-Control": "no-store"}
    return visit.answer(drawing(code.code).encode(), 200, "image/svg+xml", headers)


@get("/orders")
async def orders(visit: NamedDependency[Visit]) -> PageResponse:
    """All orders, newest first."""
    visit.need_user()
    found = await visit.ask("orders", "GET", "/api/orders", Page[Order], query=_list_query(visit))
    shows = await shows_of(visit, (order.show_id for order in found.items))
    return visit.page("orders.html", orders=found, shows=shows)


def drawing(code: str) -> Markup:
    """A code as an SVG that can stand in a page; quiet zone and white ground belong to the panel around it."""
    out = io.BytesIO()
    segno.make(code, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        omitsize=True,
        border=1,
        scale=CODE_SCALE,
        svgclass=None,
        lineclass=None,
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - segno's own drawing holds no text of the code


async def shows_of(visit: Visit, show_ids: Iterable[str]) -> dict[str, Show]:
    """The shows of a list by id, a few at a time."""
    turn = asyncio.Semaphore(ASKED_AT_ONCE)

    async def one(show_id: str) -> Show:
        async with turn:
            return await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)

    shows = await asyncio.gather(*(one(show_id) for show_id in dict.fromkeys(show_ids)))
    return {show.id: show for show in shows}


def _list_query(visit: Visit) -> dict[str, str]:
    cursor = visit.request.query_params.get("cursor", "")[:200]
    return {"limit": "20"} | ({"cursor": cursor} if cursor else {})


async def _by_show(visit: Visit, found: list[Ticket]) -> list[Group]:
    """Tickets grouped by show, the earliest show first."""
    shows = await shows_of(visit, (item.show_id for item in found))
    groups = [Group(show, [item for item in found if item.show_id == show.id]) for show in shows.values()]
    return sorted(groups, key=lambda group: group.show.starts_at)


def _valid(found: list[Ticket]) -> list[Ticket]:
    return [item for item in found if item.status == "valid"]


async def _admissions(visit: Visit, found: list[Ticket]) -> list[Admission]:
    return list(await asyncio.gather(*(_admission(visit, item) for item in found)))


async def _admission(visit: Visit, item: Ticket) -> Admission:
    """A ticket with its code; a ticket that no longer admits has none."""
    if item.status != "valid":
        return Admission(item, None, 0)
    code = await visit.ask("tickets", "GET", f"/api/tickets/{item.id}/code", TicketCode)
    return Admission(item, drawing(code.code), _rotates_ms(code))


def _rotates_ms(code: TicketCode) -> int:
    return int(code.rotates_at.timestamp() * 1000) if code.rotates_at else 0


PAGES: list[ControllerRouterHandler] = [tickets, ticket, ticket_code, orders]
