"""For sellers: looking after what is listed, one by one and several at once."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import money, services_onsale, views_selling
from web.answers import PageResponse
from web.forms_listings import BulkForm, bulk_body, bulk_form_read
from web.forms_selling import TEXT_MAX, price_part
from web.models import Page, Show
from web.models_onsale import Limits
from web.models_selling import BulkItem, BulkResult, OwnListing, ShowSold
from web.pages_selling import preview, service_errors
from web.pages_tickets import shows_of
from web.services import ServiceProblem
from web.visit import Visit
from web.words import CHECK_FORM, Words, problem_words

PAGE_LISTINGS = 25
SHOWS_MAX = 60


@get("/listings")
async def listings(visit: NamedDependency[Visit]) -> PageResponse:
    """What the reader sells, and how it goes; of one show or at one stand, if that is asked for."""
    visit.need_user()
    return await _listings_page(visit, BulkForm.asked(visit.request.query_params))


@post("/listings/bulk")
async def bulk(visit: NamedDependency[Visit]) -> PageResponse:
    """Change or withdraw the chosen listings, and tell of each."""
    form = await bulk_form_read(visit)
    visit.need_user()
    body, errors = bulk_body(form)
    if errors:
        return await _listings_page(visit, form, errors=errors, words=CHECK_FORM, status=422)
    if body.get("withdraw") and not form.sure:
        return await _listings_page(visit, form, asking=True)
    try:
        result = await visit.ask("tickets", "POST", "/api/listings/bulk", BulkResult, body=body)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        errors = {"picks": problem.problem.detail} | service_errors(problem)
        return await _listings_page(visit, form, errors=errors, words=problem_words(problem), status=problem.status)
    form.picks = {item.id: form.picks[item.id] for item in result.items if item.outcome == "refused"}
    return await _listings_page(visit, form, results=result.items)


async def _listings_page(
    visit: Visit,
    form: BulkForm,
    *,
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    results: list[BulkItem] | None = None,
    asking: bool = False,
    status: int = 200,
) -> PageResponse:
    query = {"limit": str(PAGE_LISTINGS)} | form.filters
    found, sold = await asyncio.gather(_mine(visit, query), _shows_sold(visit))
    known = {each.show_id for each in sold} | {listing.show_id for listing in found.items}
    shows = await shows_of(visit, known)
    return visit.page(
        "listings.html",
        status,
        listings=found,
        shows=shows,
        choices=[shows[each.show_id] for each in sold],
        form=form,
        errors=errors or {},
        words=words,
        results={item.id: item for item in results or []},
        told=results or [],
        asking=asking,
    )


async def _mine(visit: Visit, query: dict[str, str]) -> Page[OwnListing]:
    """The reader's listings; filters that nobody could have chosen find nothing."""
    try:
        return await visit.ask("tickets", "GET", "/api/listings/mine", Page[OwnListing], query=query)
    except ServiceProblem as problem:
        if problem.status != 422:
            raise
        return Page([])


async def _shows_sold(visit: Visit) -> list[ShowSold]:
    """The shows for which the reader has listings, the next ones first."""
    page = await visit.ask("tickets", "GET", "/api/listings/mine/shows", Page[ShowSold])
    return page.items[:SHOWS_MAX]


async def _own(visit: Visit, listing_id: UUID) -> tuple[OwnListing, Show]:
    """A listing of the reader's and its show. Raises ServiceProblem."""
    listing = await visit.ask("tickets", "GET", f"/api/listings/{listing_id}", OwnListing)
    return listing, await visit.ask("catalog", "GET", f"/api/shows/{listing.show_id}", Show)


@get("/listings/{listing_id:uuid}/edit")
async def edit_form(visit: NamedDependency[Visit], listing_id: FromPath[UUID]) -> PageResponse:
    """The form to change price, split rule and notes."""
    visit.need_user()
    return await _edit_page(visit, listing_id)


async def _edit_page(
    visit: Visit,
    listing_id: UUID,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    """The edit form as the person left it, or as the listing stands."""
    listing, show = await _own(visit, listing_id)
    current = {"price": money.amount_text(listing.unit_price), "split": listing.split, "notes": listing.notes or ""}
    shown = {**current, "version": str(listing.version), **(form or {})}
    currency = listing.unit_price.currency
    limits = await _limits(visit, listing)
    settings = services_onsale.with_fees(visit.web.settings, limits)
    return visit.page(
        "listing_edit.html",
        status,
        listing=listing,
        show=show,
        form=shown,
        errors=errors or {},
        words=words,
        currency=currency,
        preview=preview(shown["price"], currency, settings),
        settings=settings,
        limits=limits,
    )


async def _limits(visit: Visit, listing: OwnListing) -> Limits:
    """What the organiser's rules mean for the seats of a listing, which may be the organiser's own."""
    if listing.primary:
        return Limits()
    taken = {*listing.sold_seats, *listing.held_seats}
    seats = tuple(seat for seat in listing.seats if seat not in taken)
    return await services_onsale.limits_of(visit, listing.show_id, listing.section, listing.row or "", seats)


@post("/listings/{listing_id:uuid}/edit")
async def edit(visit: NamedDependency[Visit], listing_id: FromPath[UUID]) -> PageResponse:
    """Save a listing; a version that is no longer the current one is told, with the current values."""
    form = await visit.form()
    visit.need_user()
    listing = await visit.ask("tickets", "GET", f"/api/listings/{listing_id}", OwnListing)
    unit_price, errors = price_part(form.get("price", ""), listing.unit_price.currency)
    if errors or "preview" in form:
        return await _edit_page(visit, listing_id, form, errors, CHECK_FORM if errors else None, 422 if errors else 200)
    body = {"unit_price": unit_price, "split": form.get("split", listing.split), "notes": form.get("notes", "")}
    version = form.get("version", "")
    try:
        await visit.send(
            "tickets", "PATCH", f"/api/listings/{listing_id}", body=body, headers={"If-Match": f'"{version}"'}
        )
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        kept = None if problem.slug == "version-stale" else form
        return await _edit_page(
            visit, listing_id, kept, service_errors(problem), problem_words(problem), problem.status
        )
    return visit.redirect("/listings", done="saved")


@post("/listings/{listing_id:uuid}/withdraw")
async def withdraw(visit: NamedDependency[Visit], listing_id: FromPath[UUID]) -> PageResponse:
    """Take the unsold seats of a listing off sale."""
    form = await visit.form()
    visit.need_user()
    version = form.get("version", "")
    try:
        await visit.send("tickets", "DELETE", f"/api/listings/{listing_id}", headers={"If-Match": f'"{version}"'})
    except ServiceProblem as problem:
        if problem.status in {401, 404}:
            raise
        return await _edit_page(visit, listing_id, None, {}, problem_words(problem), problem.status)
    return visit.redirect("/listings", done="withdrawn")


@get("/listings/{listing_id:uuid}/codes")
async def codes_form(visit: NamedDependency[Visit], listing_id: FromPath[UUID]) -> PageResponse:
    """The form for the original codes of a listing's seats."""
    visit.need_user()
    return await _codes_page(visit, listing_id, "")


@post("/listings/{listing_id:uuid}/codes")
async def codes(visit: NamedDependency[Visit], listing_id: FromPath[UUID]) -> PageResponse:
    """Register the codes, one for each seat."""
    await visit.form()
    visit.need_user()
    posted = (await visit.request.form()).get("codes", "")
    text = posted.strip()[:TEXT_MAX] if isinstance(posted, str) else ""
    listing, _ = await _own(visit, listing_id)
    try:
        body: dict[str, Any] = {"codes": views_selling.codes_read(text, len(listing.seats))}
        await visit.send("tickets", "PUT", f"/api/listings/{listing_id}/codes", body=body)
    except ValueError as mistake:
        return await _codes_page(visit, listing_id, text, str(mistake), CHECK_FORM, 422)
    except ServiceProblem as problem:
        if problem.status in {401, 404}:
            raise
        words, error = problem_words(problem), service_errors(problem).get("codes", "")
        return await _codes_page(visit, listing_id, text, error, words, problem.status)
    return visit.redirect("/listings", done="codes")


async def _codes_page(
    visit: Visit, listing_id: UUID, text: str, error: str = "", words: Words | None = None, status: int = 200
) -> PageResponse:
    listing, show = await _own(visit, listing_id)
    if listing.seller_id != visit.user_id:
        return visit.redirect("/listings")
    return visit.page("listing_codes.html", status, listing=listing, show=show, codes=text, error=error, words=words)


PAGES: list[ControllerRouterHandler] = [listings, bulk, edit_form, edit, withdraw, codes_form, codes]
