"""For sellers: three steps on one page. Which show, which seats, at what price."""

import asyncio
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.contracts import Money
from fairseat_common.languages import say
from fairseat_common.money import percent_of
from web import money, services_onsale, views_selling
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.forms_selling import (
    SellForm,
    listing_body,
    picks_applied,
    price_part,
    seats_part,
    section_of,
    sell_form_read,
    show_currency,
)
from web.models import Listing, Page, Show, Ticket, Venue
from web.models_onsale import Limits
from web.models_selling import Guidance, OwnListing, Place, SalesSummary
from web.services import ServiceDown, ServiceProblem
from web.settings import WebSettings
from web.visit import Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

FOUND_MAX = 12
FIELDS = {"unit_price": "price", "seats": "seats", "quantity": "quantity", "show_id": ""}
LOOKS = ("preview", "look", "use_price")
"""Buttons that work something out and list nothing."""


@get("/sell")
async def sell(visit: NamedDependency[Visit]) -> PageResponse:
    """First step: which show?"""
    wished = str(visit.request.query_params.get("q", "")).strip()[:200]
    shows: list[Show] | None = None
    if wished:
        query = {"q": wished, "limit": str(FOUND_MAX)}
        shows = (await visit.ask("catalog", "GET", "/api/shows", Page[Show], query=query)).items
    return visit.page("sell.html", shows=shows, wished=wished)


@get("/shows/{show_id:uuid}/sell")
async def sell_form(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Second and third step: seats and price; `ticket` and `from` fill them in."""
    visit.need_user()
    given = visit.request.query_params
    form = SellForm({"key": str(uuid4()), "split": "any", "delivery": "now"})
    words: Words | None = None
    if "ticket" in given:
        words = await _fill_from_ticket(visit, form, str(show_id), str(given["ticket"]))
    elif "from" in given:
        await _fill_from_listing(visit, form, str(show_id), str(given["from"]))
    return await _sell_page(visit, show_id, form, words=words)


@post("/shows/{show_id:uuid}/sell")
async def sell_seats(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """List the seats; with one of the `LOOKS` only work out what it would mean."""
    form = await sell_form_read(visit)
    visit.need_user()
    show, venue = await _show_and_venue(visit, show_id)
    mixed = picks_applied(form, venue)
    form.fields |= {"price": form.get("use_price")} if form.get("use_price") else {}
    body, errors = listing_body(form, show, venue)
    errors |= mixed
    looking = any(name in form.fields for name in LOOKS)
    if looking:
        # What is still empty is not wrong yet.
        errors = {name: text for name, text in errors.items() if form.get(name) or name in mixed}
    if errors or looking:
        words = CHECK_FORM if errors else None
        return await _sell_page(visit, show_id, form, errors, words, 422 if errors else 200)
    try:
        key = form_key(form.fields, str(body))
        await visit.ask("tickets", "POST", "/api/listings", Listing, body=body, headers={KEY_HEADER: key})
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await _sell_page(visit, show_id, form, service_errors(problem), problem_words(problem), problem.status)
    return visit.redirect("/listings", done="listed")


@get("/shows/{show_id:uuid}/sell/seats")
async def sell_chart(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The seats of one section, for a page whose reader has chosen another one."""
    visit.need_user()
    _, venue = await _show_and_venue(visit, show_id)
    form = SellForm({"section": str(visit.request.query_params.get("section", ""))[:60]})
    section, lines = await _chart(visit, show_id, venue, form)
    return visit.page("sell_seats.html", section=section, lines=lines, form=form)


@get("/shows/{show_id:uuid}/sell/guidance")
async def sell_guidance(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """What the show's figures say, for a page whose reader has chosen seats or typed a price."""
    visit.need_user()
    show, venue = await _show_and_venue(visit, show_id)
    given = visit.request.query_params
    form = SellForm({name: str(given.get(name, ""))[:200] for name in ("section", "row", "seats", "quantity", "price")})
    guide = await _guide(visit, show, venue, form)
    return visit.page("sell_guidance.html", guide=guide, form=form)


async def _fill_from_ticket(visit: Visit, form: SellForm, show_id: str, ticket_id: str) -> Words | None:
    """A ticket that was bought here is sold on: its place is known; words if it cannot be."""
    try:
        ticket = await visit.ask("tickets", "GET", f"/api/tickets/{UUID(ticket_id)}", Ticket)
    except ValueError:
        return Words("That ticket cannot be found.", "Choose the seats below.")
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
        return Words("That ticket is not yours any more.", "Choose other seats below.")
    if ticket.show_id != show_id or ticket.status != "valid":
        return Words("That ticket cannot be sold.", "It is for another show, or not valid any more.")
    form.fields |= {"section": ticket.section, "row": ticket.row or "", "ticket": ticket.id}
    form.fields |= {"seats": ticket.seat} if ticket.row else {"quantity": "1"}
    return None


async def _fill_from_listing(visit: Visit, form: SellForm, show_id: str, listing_id: str) -> None:
    """Other seats like those of one of the reader's own listings."""
    try:
        listing = await visit.ask("tickets", "GET", f"/api/listings/{UUID(listing_id)}", OwnListing)
    except ValueError:
        return
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
        return
    if listing.seller_id != visit.user_id or listing.show_id != show_id:
        return
    form.fields |= {"section": listing.section, "row": listing.row or "", "split": listing.split, "like": listing.id}
    form.fields |= {"price": money.amount_text(listing.unit_price), "notes": listing.notes or ""}


async def _show_and_venue(visit: Visit, show_id: UUID) -> tuple[Show, Venue]:
    show = await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)
    return show, await visit.ask("catalog", "GET", f"/api/venues/{show.venue.id}", Venue)


async def _sell_page(
    visit: Visit,
    show_id: UUID,
    form: SellForm,
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    show, venue = await _show_and_venue(visit, show_id)
    (section, lines), guide, delay_s, limits = await asyncio.gather(
        _chart(visit, show_id, venue, form),
        _guide(visit, show, venue, form),
        payout_delay_s(visit),
        _limits(visit, show, venue, form),
    )
    if form.get("ticket") and not form.get("price") and guide and guide.suggested_price:
        form.fields["price"] = money.amount_text(services_onsale.capped(guide.suggested_price, limits))
    currency, settings = show_currency(show), services_onsale.with_fees(visit.web.settings, limits)
    return visit.page(
        "sell_form.html",
        status,
        show=show,
        sections=venue.chart.sections if venue.chart else [],
        section=section,
        lines=lines,
        form=form,
        errors=errors or {},
        words=words,
        currency=currency,
        settings=settings,
        limits=limits,
        preview=preview(form.get("price"), currency, settings),
        count=seats_count(form, section),
        guide=guide,
        paid_from=views_selling.paid_from(show, delay_s),
    )


async def _limits(visit: Visit, show: Show, venue: Venue, form: SellForm) -> Limits:
    """The organiser's rules, and what they mean for the seats in the form."""
    section = section_of(venue, form.get("section"))
    if section is None:
        return await services_onsale.limits_of(visit, show.id)
    part, _ = seats_part(form, section)
    row = "" if section.kind == "standing" else form.get("row")
    return await services_onsale.limits_of(visit, show.id, section.name, row, tuple(part.get("seats", ())))


async def _chart(visit: Visit, show_id: UUID, venue: Venue, form: SellForm) -> tuple[Any, list[views_selling.Line]]:
    """The chosen section, and its rows with what is taken of them."""
    section = section_of(venue, form.get("section"))
    if section is None or section.kind == "standing":
        return section, []
    query = {"show_id": str(show_id), "section": section.name}
    places: list[Place] = []
    try:
        places = (await visit.ask("tickets", "GET", "/api/listings/places", Page[Place], query=query)).items
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
    part, _ = seats_part(form, section)
    picks = form.picks if form.chosen else ()
    return section, views_selling.chart_lines(section, places, form.get("row"), part.get("seats", ()), picks)


async def _guide(visit: Visit, show: Show, venue: Venue, form: SellForm) -> Guidance | None:
    """What the show's figures say about the seats in the form; None before a section is chosen."""
    section = section_of(venue, form.get("section"))
    if section is None:
        return None
    query = {"show_id": show.id, "section": section.name, "quantity": str(max(seats_count(form, section), 1))}
    query |= {"row": form.get("row")} if section.kind != "standing" else {}
    unit_price, _ = price_part(form.get("price"), show_currency(show))
    query |= {"unit_price": str(unit_price["amount"])} if unit_price else {}
    try:
        return await visit.ask("tickets", "GET", "/api/listings/guidance", Guidance, query=query)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        # A show that tickets has not heard of yet, or a chart that has changed: the form works without.
        return None


def seats_count(form: SellForm, section: Any) -> int:
    """How many seats the form is about; 0 while that is not known."""
    part, _ = seats_part(form, section)
    return len(part.get("seats", ())) or int(part.get("quantity", 0))


async def payout_delay_s(visit: Visit) -> int | None:
    """How long after a show its money is paid out; None if nobody can tell now, which keeps nobody from listing."""
    try:
        return (await visit.ask("payments", "GET", "/api/sales/summary", SalesSummary)).payout_delay_s
    except (ServiceDown, ServiceProblem):
        return None


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


def service_errors(problem: ServiceProblem) -> dict[str, str]:
    """The service's messages at our fields; known conflicts stand at the field they are about."""
    errors = field_errors(problem, FIELDS)
    known = {
        "seat-already-listed": ("seats", say("One of these seats is already on sale.")),
        "ticket-in-transfer": ("seats", say("You are giving one of these tickets to somebody. Take it back first.")),
        "section-full": ("quantity", say("There are not that many places left.")),
        "code-already-registered": ("codes", say("One of these codes stands for another seat already.")),
        "code-kept": ("codes", say("A seat that is held, sold or was bought here keeps the code it has.")),
        "price-above-cap": ("price", say("That is more than the rules of this show allow.")),
        "seat-not-held": ("seats", say("You do not hold the tickets for all of these seats.")),
    }
    if problem.slug in known:
        field, text = known[problem.slug]
        errors.setdefault(field, text)
    return errors


PAGES: list[ControllerRouterHandler] = [sell, sell_form, sell_seats, sell_chart, sell_guidance]
