"""What is the reader's own: tickets with their codes, and orders."""

import asyncio
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import segno
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from web.answers import PageResponse
from web.models import Order, Page, Show, TicketCode
from web.models_passes import Happening, HeldTicket, Transfer
from web.views_passes import SHOW_LENGTH
from web.visit import Visit

LIST_MAX = 100
CODES_MAX = 8
ASKED_AT_ONCE = 8
CODE_SCALE = 4


class Admission(NamedTuple):
    """A ticket with its code, drawn; the code itself stays out of the page's text."""

    ticket: HeldTicket
    drawing: Markup | None
    rotates_ms: int


class Group(NamedTuple):
    """The tickets of one show."""

    show: Show
    tickets: list[HeldTicket]


@get("/tickets")
async def tickets(visit: NamedDependency[Visit]) -> PageResponse:
    """The next show first, with the codes for its door."""
    visit.need_user()
    (coming, past), received, sent = await asyncio.gather(
        tickets_by_show(visit), transfers_waiting(visit, "received"), transfers_waiting(visit, "sent")
    )
    first = await _admissions(visit, coming[0].tickets[:CODES_MAX]) if coming else []
    shows = {group.show.id: group.show for group in (*coming, *past)}
    shows |= await shows_of(visit, (item.show_id for item in (*received, *sent) if item.show_id not in shows))
    return visit.page(
        "tickets.html",
        coming=coming,
        past=past,
        first=first,
        received=received,
        sent=sent,
        shows=shows,
        now=datetime.now(UTC),
        done=visit.request.query_params.get("done", ""),
    )


async def tickets_by_show(visit: Visit) -> tuple[list[Group], list[Group]]:
    """The reader's tickets: valid ones of coming shows, the next show first, and the others, latest first."""
    found = await visit.ask("tickets", "GET", "/api/tickets", Page[HeldTicket], query={"limit": str(LIST_MAX)})
    groups = await _by_show(visit, found.items)
    limit = datetime.now(UTC) - SHOW_LENGTH
    coming = [group for group in groups if group.show.starts_at > limit and _valid(group.tickets)]
    past = [group for group in reversed(groups) if group not in coming]
    return [Group(group.show, _valid(group.tickets)) for group in coming], past


async def transfers_waiting(visit: Visit, box: str) -> list[Transfer]:
    """What waits for an answer: the reader's own, or somebody else's."""
    query = {"box": box, "waiting": "true", "limit": str(LIST_MAX)}
    return (await visit.ask("tickets", "GET", "/api/transfers", Page[Transfer], query=query)).items


async def ticket_page(visit: Visit, ticket_id: UUID) -> PageResponse:
    """One ticket, large, for the gate, with what can be done with it and what happened to it."""
    visit.need_user()
    found = await ticket_of(visit, ticket_id)
    show, happened, admissions = await asyncio.gather(
        visit.ask("catalog", "GET", f"/api/shows/{found.show_id}", Show),
        visit.ask("tickets", "GET", f"/api/tickets/{ticket_id}/history", Page[Happening]),
        _admissions(visit, [found]),
    )
    return visit.page("ticket.html", show=show, admission=admissions[0], happened=happened.items, now=datetime.now(UTC))


async def ticket_of(visit: Visit, ticket_id: UUID) -> HeldTicket:
    """A ticket of the reader's; ServiceProblem (404) for anybody else's."""
    return await visit.ask("tickets", "GET", f"/api/tickets/{ticket_id}", HeldTicket)


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
    segno.make(code, error="m", micro=False, boost_error=False).save(
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


async def _by_show(visit: Visit, found: list[HeldTicket]) -> list[Group]:
    """Tickets grouped by show, the earliest show first."""
    shows = await shows_of(visit, (item.show_id for item in found))
    groups = [Group(show, [item for item in found if item.show_id == show.id]) for show in shows.values()]
    return sorted(groups, key=lambda group: group.show.starts_at)


def _valid(found: list[HeldTicket]) -> list[HeldTicket]:
    return [item for item in found if item.status == "valid"]


async def _admissions(visit: Visit, found: list[HeldTicket]) -> list[Admission]:
    return list(await asyncio.gather(*(_admission(visit, item) for item in found)))


async def _admission(visit: Visit, item: HeldTicket) -> Admission:
    """A ticket with its code; a ticket that no longer admits has none."""
    if item.status != "valid":
        return Admission(item, None, 0)
    code = await visit.ask("tickets", "GET", f"/api/tickets/{item.id}/code", TicketCode)
    return Admission(item, drawing(code.code), _rotates_ms(code))


def _rotates_ms(code: TicketCode) -> int:
    return int(code.rotates_at.timestamp() * 1000) if code.rotates_at else 0


PAGES: list[ControllerRouterHandler] = [tickets, ticket_code, orders]
