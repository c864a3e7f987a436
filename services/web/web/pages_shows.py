"""A show and what is on sale for it: comparing listings, following changes, and holding seats."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from web import views_offers
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.live import Live
from web.models import Listing, Order, Show
from web.services import ServiceProblem
from web.services_charts import chart_of
from web.services_offers import Offers, offers_find, performers_of
from web.services_queue import standing_of
from web.views_map import plan_of
from web.views_map_shapes import seat_places
from web.visit import SignInNeeded, Visit
from web.words import Words, problem_words


@get("/shows/{show_id:uuid}")
async def show(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """A show and what is on sale for it, cheapest first; the filters are the address."""
    return await show_page(visit, show_id)


async def show_page(
    visit: Visit,
    show_id: UUID,
    status: int = 200,
    words: Words | None = None,
    offer: Listing | None = None,
    offer_quantity: int = 0,
) -> PageResponse:
    """The page of a show, with a message when something about a listing did not work.

    `offer` is a listing whose price has changed since the reader chose it: to be confirmed at its present price.
    """
    found, performers, (queue, entry) = await asyncio.gather(
        _found(visit, show_id), performers_of(visit, str(show_id)), standing_of(visit, show_id)
    )
    values: dict[str, Any] = {"words": words, "offer": offer, "offer_quantity": offer_quantity}
    values |= {"performers": performers, "queue": queue, "entry": entry}
    return _page(visit, "show.html", found, status, values)


@get("/shows/{show_id:uuid}/listings")
async def show_listings(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The part of the page that its filters change, for scripts: listings, counts, sold prices and the map's colours.

    With a `cursor` it is the next listings alone.
    """
    return _page(visit, "offers.html", await _found(visit, show_id))


async def _found(visit: Visit, show_id: UUID) -> Offers:
    query = visit.request.query_params
    wishes = views_offers.wishes_read([*query.multi_items()])
    return await offers_find(visit, str(show_id), wishes, str(query.get("cursor", ""))[: views_offers.CURSOR_MAX])


def _page(
    visit: Visit, template: str, found: Offers, status: int = 200, values: Mapping[str, Any] | None = None
) -> PageResponse:
    if status == 200 and found.mistakes:
        status = 422
    # One token and one key for all forms of the page: what a form holds is told by its listing and quantity.
    once: dict[str, Any] = {"token": visit.csrf_token(), "key": str(uuid4()), **(values or {})}
    return visit.page(template, status, found=found, show=found.show, **once)


@get("/shows/{show_id:uuid}/seats")
async def show_seats(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Where the seats of a section are on the map: `{"radius", "rows": {row: {seat: [x, y]}}}`; no such section: 404.

    Which of them are for sale stands in the listings.
    """
    wanted = str(visit.request.query_params.get("section", ""))
    found = await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)
    venue = await chart_of(visit, found.venue.id)
    sections = venue.chart.sections if venue.chart else []
    plan = plan_of(sections)
    zone = next((zone for zone in plan.zones if zone.section.name == wanted), None) if plan else None
    if zone is None:
        return visit.answer(b"{}", 404, "application/json", {})
    radius, places = seat_places(zone.shape, [len(row.seats) for row in zone.section.rows])
    rows = {
        row.name: {seat: (round(x, 1), round(y, 1)) for seat, (x, y) in zip(row.seats, spots, strict=True)}
        for row, spots in zip(zone.section.rows, places, strict=True)
    }
    body = msgspec.json.encode({"radius": round(radius, 2), "rows": rows})
    return visit.answer(body, 200, "application/json", {"Cache-Control": "private, max-age=300"})


@get("/shows/{show_id:uuid}/events")
async def show_events(visit: NamedDependency[Visit], live: NamedDependency[Live], show_id: FromPath[UUID]) -> Stream:
    """A stream that says `changed` when listings of the show may have changed; for everybody."""
    address = visit.request.client.host if visit.request.client else ""
    reader = visit.user_id or visit.request.headers.get("x-forwarded-for", address).rsplit(",", 1)[-1].strip()
    live.check_show(reader)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(live.stream_show(reader, str(show_id)), media_type="text/event-stream", headers=headers)


@post("/shows/{show_id:uuid}/hold")
async def hold(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Hold seats of a listing and go on to the checkout; a second click finds the first one's order."""
    form = await visit.form()
    if visit.auth_down or not visit.signed_in:
        raise SignInNeeded
    listing_id, quantity, quote = form.get("listing_id", ""), form.get("quantity", ""), form.get("quote", "")
    if not quantity.isdigit():
        return await show_page(visit, show_id, 422, Words("How many seats?", "Choose a quantity and hold again."))
    try:
        order = await visit.ask(
            "orders",
            "POST",
            "/api/orders",
            Order,
            body={"listing_id": listing_id, "quantity": int(quantity)} | ({"quote": quote} if quote else {}),
            headers={KEY_HEADER: form_key(form, listing_id, quantity, quote)},
        )
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        if problem.slug == "queue-first":
            return visit.redirect(f"/shows/{show_id}/queue", refused="hold")
        if problem.slug == "price-changed":
            return await _price_changed(visit, show_id, listing_id, int(quantity))
        return await show_page(visit, show_id, problem.status, problem_words(problem))
    return visit.redirect(f"/checkout/{order.id}")


async def _price_changed(visit: Visit, show_id: UUID, listing_id: str, quantity: int) -> PageResponse:
    """The show's page with the present price, to be confirmed; nothing was held."""
    offer = await visit.ask("tickets", "GET", f"/api/listings/{listing_id}", Listing)
    return await show_page(visit, show_id, 409, offer=offer, offer_quantity=quantity)


PAGES: list[ControllerRouterHandler] = [show, show_listings, show_seats, show_events, hold]
