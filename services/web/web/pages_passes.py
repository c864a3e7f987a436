"""What a holder takes along: codes for a day without a network, a printable ticket, a calendar entry."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web.answers import PageResponse
from web.calendars import MEDIA_TYPE, CalendarEvent, calendar_file, file_name, status_of
from web.models import CurrentUser, Show
from web.models_passes import HeldTicket, PrintedCode
from web.pages_errors import NOT_FOUND, fault
from web.pages_tickets import Group, ticket_of, ticket_page, tickets_by_show
from web.views import place_text
from web.views_printed import PrintedTicket, printed
from web.visit import Visit, Web

DRAWN_AT_ONCE = 1
WORKER = "js/pass-worker.js"
_turn = asyncio.Semaphore(DRAWN_AT_ONCE)
"""A printed ticket takes the processor for a while: one at a time, beside the loop."""


@get("/tickets/{name:str}")
async def ticket(visit: NamedDependency[Visit], name: FromPath[str]) -> PageResponse:
    """`/tickets/<id>` is the page, `<id>.pdf` the ticket on paper, `<id>.ics` its calendar entry."""
    stem, _, kind = name.partition(".")
    try:
        ticket_id = UUID(stem)
    except ValueError:
        return fault(visit, 404, NOT_FOUND)
    if kind == "pdf":
        return await _paper(visit, ticket_id)
    if kind == "ics":
        return await _calendar_of(visit, ticket_id)
    return await ticket_page(visit, ticket_id) if not kind else fault(visit, 404, NOT_FOUND)


@get("/tickets/{ticket_id:uuid}/codes")
async def codes(visit: NamedDependency[Visit], ticket_id: FromPath[UUID]) -> PageResponse:
    """The codes of the show's day, for this reader's phone alone."""
    visit.need_user()
    sheet = await visit.ask("tickets", "GET", f"/api/tickets/{ticket_id}/codes", msgspec.Raw)
    return visit.answer(bytes(sheet), 200, "application/json", {"Cache-Control": "no-store"})


@get("/tickets/pass-worker.js", sync_to_thread=False)
def worker(web: NamedDependency[Web]) -> PageResponse:
    """The script that keeps tickets for a day without a network; it may look after the ticket pages only."""
    found = web.assets.find(WORKER)
    assert found is not None, "the file is part of the package"
    headers = {
        "Cache-Control": "no-cache",
        # What a worker may fetch follows from its own answer, not from the page's.
        "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
        "Service-Worker-Allowed": "/tickets",
    }
    return PageResponse(found[0].body, 200, found[0].media_type, headers)


@get("/tickets/calendar.ics")
async def calendar(visit: NamedDependency[Visit]) -> PageResponse:
    """All coming shows that the reader has tickets for."""
    visit.need_user()
    coming, _ = await tickets_by_show(visit)
    return _calendar(visit, coming, say("My tickets"), "tickets.ics")


async def _calendar_of(visit: Visit, ticket_id: UUID) -> PageResponse:
    """The show of a ticket, with all places that the reader has there."""
    visit.need_user()
    found = await ticket_of(visit, ticket_id)
    coming, past = await tickets_by_show(visit)
    mine = [group for group in (*coming, *past) if group.show.id == found.show_id]
    return _calendar(visit, mine, mine[0].show.title, file_name(mine[0].show.title)) if mine else _none(visit)


def _none(visit: Visit) -> PageResponse:
    return fault(visit, 404, NOT_FOUND)


def _calendar(visit: Visit, groups: Iterable[Group], name: str, file: str) -> PageResponse:
    body = calendar_file([_entry(visit, group) for group in groups], datetime.now(UTC), name)
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    return visit.answer(body, 200, MEDIA_TYPE, headers)


def _entry(visit: Visit, group: Group) -> CalendarEvent:
    """A show in the calendar: one entry however many tickets there are, and never a code."""
    show = group.show
    places = [place_text(item.section, item.row, [item.seat]) for item in group.tickets if item.status == "valid"]
    return CalendarEvent(
        uid=f"tickets-{show.id}@fairseat",
        summary=show.title,
        starts_at=show.starts_at,
        sequence=show.version,
        status=status_of(show.status),
        location=", ".join(part for part in (show.venue.name, show.venue.city) if part),
        description="\n".join(places),
        url=f"{visit.web.settings.public_url}/tickets",
    )


async def _paper(visit: Visit, ticket_id: UUID) -> PageResponse:
    """A ticket to print, with a code that does not rotate; the ticket's history says that there is one."""
    visit.need_user()
    found = await ticket_of(visit, ticket_id)
    show, code, reader = await asyncio.gather(
        visit.ask("catalog", "GET", f"/api/shows/{found.show_id}", Show),
        visit.ask("tickets", "POST", f"/api/tickets/{ticket_id}/print", PrintedCode),
        visit.ask("auth", "GET", "/api/users/currentuser", CurrentUser),
    )
    user = reader.current_user
    ticket = _printed(visit, found, show, (user.name or user.email) if user else "")
    async with _turn:
        body = await asyncio.to_thread(printed, ticket, code.code)
    headers = {"Content-Disposition": 'inline; filename="ticket.pdf"', "Cache-Control": "no-store"}
    return visit.answer(body, 200, "application/pdf", headers)


def _printed(visit: Visit, found: HeldTicket, show: Show, holder: str) -> PrintedTicket:
    return PrintedTicket(
        title=show.title,
        starts_at=show.starts_at,
        timezone=show.venue.timezone,
        venue=show.venue.name,
        city=show.venue.city,
        section=found.section,
        row=found.row or "",
        seat=found.seat,
        holder=holder,
        address=f"{visit.web.settings.public_url}/tickets/{found.id}",
        locale=visit.locale,
        status=show.status,
    )


PAGES: list[ControllerRouterHandler] = [ticket, codes, worker, calendar]
