"""Pages about on-sales of whole houses; those about the rules of resale have a module of their own."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import pages_onsale_rules, pages_onsale_standing, views_onsale, views_queue
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.forms_onsale import (
    onsale_body,
    onsale_form_new,
    onsale_form_read,
    opening_read,
    zones_changed,
    zones_check,
)
from web.models import Section
from web.models_onsale import Onsale, OnsaleForm
from web.models_organise import OwnShow
from web.pages_onsale_rules import managed_show
from web.pages_organise_shows import perhaps
from web.services import ServiceProblem
from web.services_charts import chart_of
from web.services_queue import queue_of
from web.views_organise import clock_fields
from web.visit import Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

NOTHING_DRAWN = Words("This venue has no chart yet.", "Draw its sections first; then the house can be sold.")


@get("/organise/shows/{show_id:uuid}/on-sale")
async def on_sale(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Price zones over the chart and an opening time; or, once the house is on sale, how it goes."""
    show, duties = await managed_show(visit, show_id)
    sections, found = await asyncio.gather(
        _sections(visit, show), perhaps(visit, "tickets", f"/api/onsales/{show_id}", Onsale)
    )
    if found:
        return await _opening_page(visit, show, duties, found, clock_fields(found.opens_at, show.venue.timezone))
    return _form_page(visit, show, duties, onsale_form_new(sections, str(uuid4())))


@post("/organise/shows/{show_id:uuid}/on-sale")
async def on_sale_put(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Put the house on sale; with a button of the form only change or draw what stands in it."""
    show, duties = await managed_show(visit, show_id)
    form = await onsale_form_read(visit, await _sections(visit, show))
    currency = show.currency or "EUR"
    if zones_changed(form, form.get("do")):
        return _form_page(visit, show, duties, form, looking=True)
    zones_check(form, currency)
    body, errors = onsale_body(form, str(show_id), currency, show.venue.timezone)
    if errors or form.wrong:
        return _form_page(visit, show, duties, form, errors, CHECK_FORM, 422)
    try:
        headers = {KEY_HEADER: form_key(form.fields, repr(body))}
        await visit.ask("tickets", "POST", "/api/onsales", Onsale, body=body, headers=headers)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        if problem.slug == "on-sale-exists":
            return visit.redirect(f"/organise/shows/{show_id}/on-sale")
        errors = field_errors(problem, {"opens_at": "day"})
        return _form_page(visit, show, duties, form, errors, problem_words(problem), problem.status)
    return visit.redirect(f"/organise/shows/{show_id}/on-sale", done="house-on-sale")


@post("/organise/shows/{show_id:uuid}/on-sale/preview")
async def on_sale_preview(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The map and the prices of a form, for a page whose reader is at it."""
    show, _ = await managed_show(visit, show_id)
    form = await onsale_form_read(visit, await _sections(visit, show))
    zones_check(form, show.currency or "EUR")
    return visit.page("onsale_preview.html", **_preview(visit, show, form))


@post("/organise/shows/{show_id:uuid}/on-sale/opening")
async def opening_change(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Let a sale that has not begun open at another time, or now."""
    form = await visit.form()
    show, duties = await managed_show(visit, show_id)
    found = await visit.ask("tickets", "GET", f"/api/onsales/{show_id}", Onsale)
    opens_at, errors = opening_read(form | {"when": form.get("when", "later")}, show.venue.timezone)
    if errors:
        return await _opening_page(visit, show, duties, found, form, errors, CHECK_FORM, 422)
    body = {"opens_at": opens_at.isoformat() if opens_at else None}
    headers = {"If-Match": f'"{form.get("version", "")}"'}
    try:
        await visit.ask("tickets", "PATCH", f"/api/onsales/{show_id}", Onsale, body=body, headers=headers)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        errors = field_errors(problem, {"opens_at": "day"})
        return await _opening_page(visit, show, duties, found, form, errors, problem_words(problem), problem.status)
    return visit.redirect(
        f"/organise/shows/{show_id}/on-sale", done="opening-now" if opens_at is None else "opening-set"
    )


async def _sections(visit: Visit, show: OwnShow) -> list[Section]:
    venue = await chart_of(visit, show.venue.id)
    return venue.chart.sections if venue.chart else []


def _preview(visit: Visit, show: OwnShow, form: OnsaleForm) -> dict[str, Any]:
    currency = show.currency or "EUR"
    preview = views_onsale.preview_of(form, currency, visit.web.settings.fee_percent)
    opens_at, _ = opening_read(form.fields, show.venue.timezone)
    return {"show": show, "form": form, "preview": preview, "currency": currency, "opens_at": opens_at}


def _form_page(
    visit: Visit,
    show: OwnShow,
    duties: frozenset[str],
    form: OnsaleForm,
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
    *,
    looking: bool = False,
) -> PageResponse:
    if looking:
        zones_check(form, show.currency or "EUR")
        for zone in form.zones:
            # What is still empty is not wrong yet.
            zone.name_error = zone.name_error if zone.name else ""
            zone.price_error = zone.price_error if zone.price else ""
    values = _preview(visit, show, form) | {"duties": duties, "errors": errors or {}, "now": datetime.now(UTC)}
    return visit.page("onsale_form.html", status, words=words if form.parts else words or NOTHING_DRAWN, **values)


async def _opening_page(
    visit: Visit,
    show: OwnShow,
    duties: frozenset[str],
    found: Onsale,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    room = await queue_of(visit, show.id)
    values: dict[str, Any] = {
        "show": show,
        "duties": duties,
        "found": found,
        "form": form,
        "errors": errors or {},
        "words": words,
        "room": room,
        "room_form": views_queue.room_fields(room),
        "sale_open": found.open,
    }
    return visit.page("onsale_open.html", status, now=datetime.now(UTC), **values)


PAGES: list[ControllerRouterHandler] = [
    on_sale,
    on_sale_put,
    on_sale_preview,
    opening_change,
    *pages_onsale_rules.PAGES,
    *pages_onsale_standing.PAGES,
]
