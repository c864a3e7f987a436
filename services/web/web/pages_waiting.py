"""The waiting list of a show that is sold out, and the best seats of one that is not."""

import asyncio
import time
from typing import Any
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import mark, say
from web import money
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.models import Listing, Order, Page, Show, Venue
from web.models_waiting import Entry, Line, LineEvent
from web.pages_checkout import order_of, seconds_left, show_of
from web.pages_tickets import shows_of
from web.services import ServiceProblem
from web.views_waiting import GROUP_MAX, SECTIONS_MAX
from web.visit import SignInNeeded, Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

STANDING = ("waiting", "offered")
DEARER = Words("Those seats have just gone.", "These are the best now. Nothing is held yet.")
HOW_MANY = mark("Choose a number from 1 to %(number)s.")
CHOICE = "section-"
"""Fields of the form that each name one section."""


@get("/shows/{show_id:uuid}/waiting")
async def waiting(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """One's place in line, or the form to join it."""
    wanted = visit.request.query_params.get("quantity", "")
    return await waiting_page(visit, show_id, {"quantity": wanted if _group(wanted) else "2"})


async def waiting_page(
    visit: Visit,
    show_id: UUID,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    """The page of a line, with messages when joining did not work."""
    show, line, entry, cheapest = await asyncio.gather(
        show_of(visit, str(show_id)),
        visit.ask("orders", "GET", "/api/waiting/line", Line, query={"show_id": str(show_id)}),
        _entry(visit, show_id),
        _listing(visit, show_id, {"sort": "price"}),
    )
    standing = entry is not None and entry.status in STANDING
    order = None
    if entry and entry.status == "offered" and entry.order_id:
        order = await order_of(visit, UUID(entry.order_id))
    venue = None if standing else await visit.ask("catalog", "GET", f"/api/venues/{show.venue.id}", Venue)
    return visit.page(
        "waiting.html",
        status,
        show=show,
        line=line,
        entry=entry,
        standing=standing,
        order=order,
        now_ms=int(time.time() * 1000),
        left=seconds_left(order) if order else 0,
        cheapest=cheapest,
        sections=venue.chart.sections if venue and venue.chart else [],
        chosen=_chosen(form),
        currency=show_currency(show),
        form={"key": str(uuid4()), **form},
        errors=errors or {},
        words=words,
    )


@get("/shows/{show_id:uuid}/waiting/stage")
async def waiting_stage(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The word for where the reader stands, as plain text: what an open page asks for from time to time."""
    visit.need_user()
    return visit.answer(stage_of(await _entry(visit, show_id)).encode(), 200, "text/plain", {})


def stage_of(entry: Entry | None) -> str:
    """Status and place of an entry in one word."""
    return "none" if entry is None else f"{entry.id}-{entry.status}-{entry.position or 0}"


@post("/shows/{show_id:uuid}/waiting")
async def join(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Join the line."""
    form = await visit.form()
    if visit.auth_down or not visit.signed_in:
        raise SignInNeeded
    body, errors = entry_body(form, await show_of(visit, str(show_id)))
    if errors:
        return await waiting_page(visit, show_id, form, errors, CHECK_FORM, 422)
    try:
        key = form_key(form, str(body))
        await visit.ask("orders", "POST", "/api/waiting", Entry, body=body, headers={KEY_HEADER: key})
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        if problem.slug == "already-waiting":
            return visit.redirect(f"/shows/{show_id}/waiting")
        if problem.slug == "queue-first":
            return visit.redirect(f"/shows/{show_id}/queue", refused="hold")
        errors = field_errors(problem, {"sections": "sections"})
        return await waiting_page(visit, show_id, form, errors, problem_words(problem), problem.status)
    return visit.redirect(f"/shows/{show_id}/waiting", done="joined")


@post("/shows/{show_id:uuid}/waiting/leave")
async def leave(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Leave the line, and let go what is offered."""
    await visit.form()
    visit.need_user()
    entry = await _entry(visit, show_id)
    if entry is not None and entry.status in STANDING:
        try:
            await visit.send("orders", "DELETE", f"/api/waiting/{entry.id}")
        except ServiceProblem as problem:
            if problem.slug != "order-confirmed":
                raise
            return visit.redirect(f"/orders/{entry.order_id}")
    return visit.redirect(f"/shows/{show_id}/waiting", done="left-line")


@get("/shows/{show_id:uuid}/waiting/log")
async def waiting_log(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """What happened in the line, by numbers: for everybody."""
    query = {"show_id": str(show_id), "limit": "50"} | _cursor(visit)
    show, log = await asyncio.gather(
        show_of(visit, str(show_id)), visit.ask("orders", "GET", "/api/waiting/log", Page[LineEvent], query=query)
    )
    return visit.page("waiting_log.html", show=show, log=log)


@get("/waiting")
async def waiting_list(visit: NamedDependency[Visit]) -> PageResponse:
    """Every line in which the reader stands or stood."""
    visit.need_user()
    entries = await visit.ask("orders", "GET", "/api/waiting", Page[Entry], query={"limit": "20"} | _cursor(visit))
    shows = await shows_of(visit, (entry.show_id for entry in entries.items))
    return visit.page("waiting_list.html", entries=entries, shows=shows)


@get("/shows/{show_id:uuid}/best")
async def best(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """What the best seats cost now, to be held by one click."""
    given = visit.request.query_params
    form = {"quantity": given.get("quantity", ""), "section": given.get("section", "")[:200]}
    if not _group(form["quantity"]):
        form["quantity"] = "2"
    return await best_page(visit, show_id, form)


async def best_page(
    visit: Visit,
    show_id: UUID,
    form: dict[str, str],
    status: int = 200,
    words: Words | None = None,
    errors: dict[str, str] | None = None,
) -> PageResponse:
    """The best seats for the choice in the form; without any, the way to the waiting list is shown."""
    quantity, section = _group(form.get("quantity", "")), form.get("section", "")
    query = {"sort": "value", "quantity": str(quantity or 1)} | ({"section": section} if section else {})
    show, listing = await asyncio.gather(show_of(visit, str(show_id)), _listing(visit, show_id, query))
    return visit.page(
        "best.html",
        status,
        show=show,
        listing=listing,
        quantity=quantity,
        form=form,
        errors=errors or {},
        words=words,
        key=str(uuid4()),
    )


@post("/shows/{show_id:uuid}/best")
async def best_hold(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Hold the best seats for at most the price that was shown; without one, show it first."""
    form = await visit.form()
    if visit.auth_down or not visit.signed_in:
        raise SignInNeeded
    quantity = _group(form.get("quantity", ""))
    if quantity is None:
        return await best_page(visit, show_id, form, 422, CHECK_FORM, {"quantity": say(HOW_MANY, number=GROUP_MAX)})
    at_most, section = form.get("at_most", ""), form.get("section", "")
    if not (at_most.isascii() and at_most.isdigit() and 0 < len(at_most) <= 12):
        return visit.redirect(f"/shows/{show_id}/best", quantity=str(quantity), section=section)
    body: dict[str, Any] = {"show_id": str(show_id), "quantity": quantity}
    body["max_price"] = {"amount": int(at_most), "currency": form.get("currency", "")}
    body |= {"section": section} if section else {}
    try:
        key = form_key(form, str(body))
        order = await visit.ask("orders", "POST", "/api/orders", Order, body=body, headers={KEY_HEADER: key})
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        if problem.slug == "queue-first":
            return visit.redirect(f"/shows/{show_id}/queue", refused="hold")
        words = DEARER if problem.slug == "seats-unavailable" else problem_words(problem)
        return await best_page(visit, show_id, form, problem.status, words)
    return visit.redirect(f"/checkout/{order.id}")


def entry_body(form: dict[str, str], show: Show) -> tuple[dict[str, Any], dict[str, str]]:
    """The request to join, and messages by field for what is missing or unreadable."""
    body: dict[str, Any] = {"show_id": show.id, "sections": _chosen(form)}
    errors = {}
    quantity = _group(form.get("quantity", ""))
    if quantity is None:
        errors["quantity"] = say(HOW_MANY, number=GROUP_MAX)
    body["quantity"] = quantity
    if len(body["sections"]) > SECTIONS_MAX:
        errors["sections"] = say("Choose up to %(number)s sections, or none for any.", number=SECTIONS_MAX)
    if form.get("max_price"):
        currency = show_currency(show)
        try:
            body["max_price"] = {"amount": money.amount_read(form["max_price"], currency), "currency": currency}
        except ValueError as mistake:
            errors["max_price"] = str(mistake)
    return body, errors


def show_currency(show: Show) -> str:
    """The currency in which seats of a show are sold."""
    return show.currency or money.country_currency(show.venue.country)


def _group(text: str) -> int | None:
    """A group's size as typed or chosen; None for anything else."""
    return int(text) if len(text) == 1 and text.isascii() and text.isdigit() and 1 <= int(text) <= GROUP_MAX else None


def _chosen(form: dict[str, str]) -> list[str]:
    return [value for name, value in form.items() if name.startswith(CHOICE) and value]


def _cursor(visit: Visit) -> dict[str, str]:
    cursor = visit.request.query_params.get("cursor", "")[:200]
    return {"cursor": cursor} if cursor else {}


async def _entry(visit: Visit, show_id: UUID) -> Entry | None:
    """The reader's newest entry in the line of a show."""
    if not visit.signed_in:
        return None
    query = {"show_id": str(show_id), "limit": "1"}
    items = (await visit.ask("orders", "GET", "/api/waiting", Page[Entry], query=query)).items
    return items[0] if items else None


async def _listing(visit: Visit, show_id: UUID, query: dict[str, str]) -> Listing | None:
    """The first listing of a show by the query, that can be bought."""
    asked = {"show_id": str(show_id), "limit": "1", **query}
    items = (await visit.ask("tickets", "GET", "/api/listings", Page[Listing], query=asked)).items
    return items[0] if items and items[0].available else None


PAGES: list[ControllerRouterHandler] = [
    waiting, waiting_stage, join, leave, waiting_log, waiting_list, best, best_hold,
]  # fmt: skip
