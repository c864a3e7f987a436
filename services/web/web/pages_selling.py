"""For sellers: finding the show, listing seats, and looking after what is listed."""

from typing import Any, NamedTuple
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.contracts import Money
from fairseat_common.money import percent_of
from web import money, views
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.models import Listing, Page, Show, Venue
from web.pages_discover import wishes_read
from web.services import ServiceProblem
from web.settings import WebSettings
from web.visit import Visit
from web.words import Words, field_errors, problem_words

FOUND_MAX = 12
QUANTITY_MAX = 50
FIELDS = {"unit_price": "price", "seats": "seats", "quantity": "quantity", "show_id": ""}
CHECK_FORM = Words("Something in the form needs another look.", "See the messages beside the fields.")


@get("/sell")
async def sell(visit: NamedDependency[Visit]) -> PageResponse:
    """First step: which show?"""
    wishes = wishes_read(visit)
    shows: list[Show] | None = None
    if wishes["q"]:
        query = {"q": wishes["q"], "limit": str(FOUND_MAX)}
        shows = (await visit.ask("catalog", "GET", "/api/shows", Page[Show], query=query)).items
    return visit.page("sell.html", shows=shows, wishes=wishes)


@get("/shows/{show_id:uuid}/sell")
async def sell_form(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Second step: seats and price."""
    visit.need_user()
    return await _sell_page(visit, show_id, {"key": str(uuid4()), "split": "any"})


@post("/shows/{show_id:uuid}/sell")
async def sell_seats(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """List the seats; with `preview` only work out what buyers would see."""
    form = await visit.form()
    visit.need_user()
    show, venue = await _show_and_venue(visit, show_id)
    body, errors = listing_body(form, show, venue)
    if errors or "preview" in form:
        words = CHECK_FORM if errors else None
        return await _sell_page(visit, show_id, form, errors, words, 422 if errors else 200)
    try:
        key = form_key(form, str(body))
        await visit.ask("tickets", "POST", "/api/listings", Listing, body=body, headers={KEY_HEADER: key})
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        errors = service_errors(problem)
        return await _sell_page(visit, show_id, form, errors, problem_words(problem), problem.status)
    return visit.redirect("/listings", done="listed")


async def _show_and_venue(visit: Visit, show_id: UUID) -> tuple[Show, Venue]:
    show = await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)
    return show, await visit.ask("catalog", "GET", f"/api/venues/{show.venue.id}", Venue)


async def _sell_page(
    visit: Visit,
    show_id: UUID,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    show, venue = await _show_and_venue(visit, show_id)
    currency = show_currency(show)
    return visit.page(
        "sell_form.html",
        status,
        show=show,
        sections=venue.chart.sections if venue.chart else [],
        form=form,
        errors=errors or {},
        words=words,
        currency=currency,
        preview=preview(form.get("price", ""), currency, visit.web.settings),
    )


def show_currency(show: Show) -> str:
    """The currency in which seats of a show are sold."""
    return show.currency or money.country_currency(show.venue.country)


class Preview(NamedTuple):
    """What a price means for one ticket: what its buyer sees, and what its seller receives."""

    buyer: Money
    seller: Money


def preview(price: str, currency: str, settings: WebSettings) -> Preview | None:
    """A price with both fees. None while it is no price."""
    try:
        unit = Money(money.amount_read(price, currency), currency)
    except ValueError:
        return None
    fee, seller_fee = percent_of(unit, settings.fee_percent), percent_of(unit, settings.seller_fee_percent)
    return Preview(Money(unit.amount + fee.amount, currency), Money(unit.amount - seller_fee.amount, currency))


def listing_body(form: dict[str, str], show: Show, venue: Venue) -> tuple[dict[str, Any], dict[str, str]]:
    """The request for a listing, and messages by field for what is missing or unreadable."""
    body: dict[str, Any] = {"show_id": show.id, "section": form.get("section", ""), "split": form.get("split", "")}
    errors: dict[str, str] = {}
    if not body["section"]:
        errors["section"] = "Choose the section."
    if body["split"] not in views.SPLITS:
        errors["split"] = "Choose how the seats may be sold."
    part, mistakes = _seats_part(form, _standing(venue, body["section"]))
    unit_price, price_mistake = price_part(form.get("price", ""), show_currency(show))
    body |= part | ({"unit_price": unit_price} if unit_price else {})
    body |= {"notes": form["notes"]} if form.get("notes") else {}
    return body, errors | mistakes | price_mistake


def _standing(venue: Venue, name: str) -> bool:
    sections = venue.chart.sections if venue.chart else []
    return any(section.name == name and section.kind == "standing" for section in sections)


def _seats_part(form: dict[str, str], standing: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """Row and seats of a seated section, or the number of places of a standing one."""
    if standing:
        quantity = form.get("quantity", "")
        if not quantity.isdigit() or not 1 <= int(quantity) <= QUANTITY_MAX:
            return {}, {"quantity": f"Give a number from 1 to {QUANTITY_MAX}."}
        return {"quantity": int(quantity)}, {}
    errors = {} if form.get("row") else {"row": "Give the row as on the ticket."}
    try:
        return {"row": form.get("row", ""), "seats": views.seats_read(form.get("seats", ""))}, errors
    except ValueError as mistake:
        return {}, errors | {"seats": str(mistake)}


def price_part(price: str, currency: str) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """A typed price as the services want it, or a message for its field."""
    try:
        return {"amount": money.amount_read(price, currency), "currency": currency}, {}
    except ValueError as mistake:
        return None, {"price": str(mistake)}


def service_errors(problem: ServiceProblem) -> dict[str, str]:
    """The service's messages at our fields; known conflicts stand at the field they are about."""
    errors = field_errors(problem, FIELDS)
    if problem.slug == "seat-already-listed":
        errors.setdefault("seats", "One of these seats is already on sale.")
    if problem.slug == "price-above-cap":
        errors.setdefault("price", problem.problem.detail or "The price is above the organiser's cap.")
    return errors


PAGES: list[ControllerRouterHandler] = [sell, sell_form, sell_seats]
