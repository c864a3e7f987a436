"""For operators: what is for sale and what was bought; listings and shows are taken out of the sale here."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web.answers import PageResponse
from web.models import Page, Show
from web.models_operator import Account, ListingLine, OrderLine
from web.services import ServiceProblem
from web.views_operator import LISTING_STATES, ORDER_STATES
from web.visit import Visit
from web.words import field_errors, problem_words

LINES_SHOWN = "30"
REASON_MAX = 500
TEXT_MAX = 200
CURSOR_MAX = 400


@get("/operator/orders")
async def orders(visit: NamedDependency[Visit]) -> PageResponse:
    """Orders of everybody; by the id of one, straight to its page."""
    visit.need_user()
    asked = visit.request.query_params
    if "id" in asked:
        found = _uuid(asked.get("id", ""))
        return (
            visit.redirect(f"/operator/orders/{found}") if found else visit.redirect("/operator/money", said="no-order")
        )
    wishes, query = _wishes(visit, ("order_id", "buyer_id", "show_id", "listing_id"), ORDER_STATES)
    page = await visit.ask("orders", "GET", "/operations/orders/orders", Page[OrderLine], query=query)
    return visit.page("operator_orders.html", found=page, wishes=wishes)


@get("/operator/listings")
async def listings(visit: NamedDependency[Visit]) -> PageResponse:
    """Listings of everybody."""
    visit.need_user()
    wishes, query = _wishes(visit, ("listing_id", "seller_id", "show_id"), LISTING_STATES)
    page = await visit.ask("tickets", "GET", "/operations/tickets/listings", Page[ListingLine], query=query)
    done = visit.request.query_params.get("done", "")
    return visit.page("operator_listings.html", found=page, wishes=wishes, done=done)


@get("/operator/listings/{listing_id:uuid}/withdraw")
async def withdraw_form(visit: NamedDependency[Visit], listing_id: FromPath[UUID]) -> PageResponse:
    """What withdrawing a listing does, and the question whether that is meant."""
    visit.need_user()
    return await _withdraw_page(visit, listing_id)


async def _withdraw_page(
    visit: Visit, listing_id: UUID, status: int = 200, error: str = "", reason: str = ""
) -> PageResponse:
    query = {"listing_id": str(listing_id)}
    page = await visit.ask("tickets", "GET", "/operations/tickets/listings", Page[ListingLine], query=query)
    if not page.items:
        return visit.redirect("/operator/listings", listing_id=str(listing_id))
    show = await visit.ask("catalog", "GET", f"/api/shows/{page.items[0].show_id}", Show)
    return visit.page("operator_withdraw.html", status, listing=page.items[0], show=show, error=error, reason=reason)


@post("/operator/listings/{listing_id:uuid}/withdraw")
async def withdraw(visit: NamedDependency[Visit], listing_id: FromPath[UUID]) -> PageResponse:
    """Withdraw a listing."""
    form = await visit.form()
    visit.need_user()
    reason = form.get("reason", "")[:REASON_MAX]
    if not reason:
        return await _withdraw_page(visit, listing_id, 422, say("Say why. It is kept in the audit log."))
    path = f"/operations/tickets/listings/{listing_id}/withdraw"
    try:
        await visit.send("tickets", "POST", path, body={"reason": reason})
    except ServiceProblem as problem:
        if problem.status != 422:
            raise
        return await _withdraw_page(visit, listing_id, 422, field_errors(problem, {}).get("reason", ""), reason)
    return visit.redirect("/operator/listings", listing_id=str(listing_id), done="listing-withdrawn")


@get("/operator/shows")
async def shows(visit: NamedDependency[Visit]) -> PageResponse:
    """Shows that are to come."""
    visit.need_user()
    asked = visit.request.query_params
    text, cursor = asked.get("q", "").strip()[:TEXT_MAX], asked.get("cursor", "")[:CURSOR_MAX]
    # Everybody may see shows; the question to auth is what keeps others out.
    await visit.ask("auth", "GET", "/api/users", Page[Account], query={"limit": "1"})
    query = {name: value for name, value in (("q", text), ("cursor", cursor)) if value} | {"limit": LINES_SHOWN}
    found = await visit.ask("catalog", "GET", "/api/shows", Page[Show], query=query)
    return visit.page("operator_shows.html", found=found, text=text, done=asked.get("done", ""))


@get("/operator/shows/{show_id:uuid}/cancel")
async def cancel_form(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """What cancelling a show does, and the question whether that is meant."""
    visit.need_user()
    return await _cancel_page(visit, show_id)


async def _cancel_page(
    visit: Visit,
    show_id: UUID,
    status: int = 200,
    problem: ServiceProblem | None = None,
    reason: str = "",
    error: str = "",
) -> PageResponse:
    query = {"show_id": str(show_id), "status": "confirmed", "limit": LINES_SHOWN}
    sold = await visit.ask("orders", "GET", "/operations/orders/orders", Page[OrderLine], query=query)
    show = await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)
    words = problem_words(problem) if problem else None
    return visit.page("operator_cancel.html", status, show=show, sold=sold, words=words, reason=reason, error=error)


@post("/operator/shows/{show_id:uuid}/cancel")
async def cancel(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Cancel a show, as it was when the question was asked."""
    form = await visit.form()
    visit.need_user()
    reason = form.get("reason", "")[:REASON_MAX]
    if not reason:
        return await _cancel_page(visit, show_id, 422, error=say("Say why. The organiser is told."))
    headers = {"If-Match": f'"{form.get("version", "")[:9]}"'}
    body = {"status": "cancelled", "reason": reason}
    try:
        await visit.send("catalog", "PATCH", f"/api/shows/{show_id}", body=body, headers=headers)
    except ServiceProblem as problem:
        if problem.status in {401, 403, 404}:
            raise
        wrong = field_errors(problem, {}).get("reason", "")
        return await _cancel_page(visit, show_id, problem.status, problem, reason, wrong)
    return visit.redirect("/operator/shows", done="show-cancelled")


def _wishes(visit: Visit, ids: tuple[str, ...], states: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What is looked for, as the page shows it and as the service is asked. An id that is none finds nothing."""
    asked = visit.request.query_params
    wishes = {name: asked.get(name, "").strip()[:TEXT_MAX] for name in ids}
    wishes["status"] = asked.get("status", "") if asked.get("status") in states else ""
    nothing = str(UUID(int=0))
    query = {name: str(_uuid(wishes[name]) or nothing) for name in ids if wishes[name]}
    query |= {"limit": LINES_SHOWN} | ({"status": wishes["status"]} if wishes["status"] else {})
    cursor = asked.get("cursor", "")[:CURSOR_MAX]
    return wishes, query | ({"cursor": cursor} if cursor else {})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


PAGES: list[ControllerRouterHandler] = [
    orders,
    listings,
    withdraw_form,
    withdraw,
    shows,
    cancel_form,
    cancel,
]
