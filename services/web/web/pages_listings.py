"""For sellers: looking after what is listed."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import money
from web.answers import PageResponse
from web.models import Listing, Page, Show
from web.pages_selling import CHECK_FORM, preview, price_part, service_errors
from web.pages_tickets import shows_of
from web.services import ServiceProblem
from web.visit import Visit
from web.words import Words, problem_words


@get("/listings")
async def listings(visit: NamedDependency[Visit]) -> PageResponse:
    """What the reader sells, and how it goes."""
    visit.need_user()
    found = await visit.ask("tickets", "GET", "/api/listings", Page[Listing], query={"seller": "me", "limit": "50"})
    shows = await shows_of(visit, (listing.show_id for listing in found.items))
    return visit.page("listings.html", listings=found, shows=shows)


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
    listing = await visit.ask("tickets", "GET", f"/api/listings/{listing_id}", Listing)
    show = await visit.ask("catalog", "GET", f"/api/shows/{listing.show_id}", Show)
    current = {"price": money.amount_text(listing.unit_price), "split": listing.split, "notes": listing.notes or ""}
    shown = {**current, "version": str(listing.version), **(form or {})}
    currency = listing.unit_price.currency
    return visit.page(
        "listing_edit.html",
        status,
        listing=listing,
        show=show,
        form=shown,
        errors=errors or {},
        words=words,
        currency=currency,
        preview=preview(shown["price"], currency, visit.web.settings),
    )


@post("/listings/{listing_id:uuid}/edit")
async def edit(visit: NamedDependency[Visit], listing_id: FromPath[UUID]) -> PageResponse:
    """Save a listing; a version that is no longer the current one is told, with the current values."""
    form = await visit.form()
    visit.need_user()
    listing = await visit.ask("tickets", "GET", f"/api/listings/{listing_id}", Listing)
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


PAGES: list[ControllerRouterHandler] = [listings, edit_form, edit, withdraw]
