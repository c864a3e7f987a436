"""A show and what is on sale for it: comparing listings, and holding seats."""

import asyncio
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.models import Listing, Order, Page, Show
from web.services import ServiceProblem
from web.visit import SignInNeeded, Visit
from web.words import Words, problem_words

LISTINGS = 40
SORTS = {"price": "Lowest price", "section": "Section"}


@get("/shows/{show_id:uuid}")
async def show(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """A show and what is on sale for it, cheapest first."""
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
    given = visit.request.query_params
    wanted = str(given.get("quantity", ""))
    quantity = int(wanted) if wanted.isdigit() and 0 < int(wanted) <= 20 else None
    sort = given.get("sort", "price") if given.get("sort") in SORTS else "price"
    query = {"show_id": str(show_id), "sort": sort, "limit": str(LISTINGS)}
    query |= {"quantity": str(quantity)} if quantity else {}
    query |= {"cursor": given["cursor"][:200]} if given.get("cursor") else {}
    found, listings = await asyncio.gather(
        visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show),
        visit.ask("tickets", "GET", "/api/listings", Page[Listing], query=query),
    )
    return visit.page(
        "show.html",
        status,
        show=found,
        listings=listings,
        quantity=quantity,
        sort=sort,
        sorts=SORTS,
        words=words,
        offer=offer,
        offer_quantity=offer_quantity,
        new_key=lambda: str(uuid4()),
        cursor=given.get("cursor", ""),
    )


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
        if problem.slug == "price-changed":
            return await _price_changed(visit, show_id, listing_id, int(quantity))
        return await show_page(visit, show_id, problem.status, problem_words(problem))
    return visit.redirect(f"/checkout/{order.id}")


async def _price_changed(visit: Visit, show_id: UUID, listing_id: str, quantity: int) -> PageResponse:
    """The show's page with the present price, to be confirmed; nothing was held."""
    offer = await visit.ask("tickets", "GET", f"/api/listings/{listing_id}", Listing)
    return await show_page(visit, show_id, 409, offer=offer, offer_quantity=quantity)


PAGES: list[ControllerRouterHandler] = [show, hold]
