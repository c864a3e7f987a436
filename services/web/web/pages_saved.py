"""What a reader follows: favourite shows and price alerts."""

import asyncio
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web import money
from web.answers import PageResponse
from web.forms import safe_return
from web.models import Page, Section, Show, Venue
from web.models_saved import Alert, Favourite
from web.pages_tickets import shows_of
from web.services import ServiceProblem
from web.views_saved import QUANTITIES, alert_currency, with_message
from web.visit import SignInNeeded, Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

SHOWS = 24
ALERTS = 50
CURSOR_MAX = 200
SERVICE_FIELDS = {"max_price": "price"}


@get("/saved")
async def saved(visit: NamedDependency[Visit]) -> PageResponse:
    """The reader's favourite shows, and their alerts."""
    visit.need_user()
    return await saved_page(visit)


async def saved_page(visit: Visit, words: Words | None = None, status: int = 200) -> PageResponse:
    """The page, with a message when something did not work."""
    favourites, alerts = await asyncio.gather(
        visit.ask("notifications", "GET", "/api/favourites", Page[Favourite], query=_query(visit, "shows", SHOWS)),
        visit.ask("notifications", "GET", "/api/alerts", Page[Alert], query=_query(visit, "alerts", ALERTS)),
    )
    shows = await shows_of(
        visit, [*(item.show_id for item in favourites.items), *(alert.show_id for alert in alerts.items)]
    )
    return visit.page("saved.html", status, favourites=favourites, alerts=alerts, shows=shows, words=words)


def _query(visit: Visit, name: str, limit: int) -> dict[str, str]:
    cursor = visit.request.query_params.get(name, "")[:CURSOR_MAX]
    return {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})


@post("/shows/{show_id:uuid}/favourite")
async def favourite(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Save a show (`on=1`) or forget it (`on=0`), and go back to where the form stood."""
    form = await visit.form()
    _need_user(visit)
    on = form.get("on", "1") != "0"
    back = _back(visit, form, f"/shows/{show_id}")
    try:
        await visit.send("notifications", "PUT" if on else "DELETE", f"/api/favourites/{show_id}")
    except ServiceProblem as problem:
        if problem.slug != "favourite-limit":
            raise
        return await saved_page(visit, problem_words(problem), problem.status)
    return visit.redirect(with_message(back, "show-saved" if on else "show-forgotten"))


@get("/shows/{show_id:uuid}/alert")
async def alert_form(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The form for a new alert, with the present lowest price, and the alerts that the reader has for this show."""
    visit.need_user()
    return await _alert_page(visit, show_id)


async def _alert_page(
    visit: Visit,
    show_id: UUID,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    show, alerts = await asyncio.gather(
        visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show),
        visit.ask("notifications", "GET", "/api/alerts", Page[Alert], query={"show_id": str(show_id)}),
    )
    lowest = money.amount_text(show.lowest_price) if show.lowest_price else ""
    return visit.page(
        "saved_alert.html",
        status,
        show=show,
        sections=await _sections(visit, show),
        alerts=alerts.items,
        quantities=QUANTITIES,
        form={"price": lowest, "quantity": "2", "section": "", **(form or {})},
        errors=errors or {},
        words=words,
        currency=alert_currency(show),
    )


async def _sections(visit: Visit, show: Show) -> list[Section]:
    """The sections of the show's venue; none where it has no chart."""
    venue = await visit.ask("catalog", "GET", f"/api/venues/{show.venue.id}", Venue)
    return venue.chart.sections if venue.chart else []


@post("/shows/{show_id:uuid}/alerts")
async def alert_create(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Set an alert; one that wishes the same gets the new price."""
    form = await visit.form()
    _need_user(visit)
    show = await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)
    currency = alert_currency(show)
    price, errors = 0, {}
    try:
        price = money.amount_read(form.get("price", ""), currency)
    except ValueError as error:
        errors["price"] = str(error) if form.get("price") else say("Give the most that you would pay for one seat.")
    quantity = form.get("quantity", "")
    if quantity not in {str(number) for number in QUANTITIES}:
        errors["quantity"] = say("Choose how many seats you need.")
    if errors:
        return await _alert_page(visit, show_id, form, errors, CHECK_FORM, 422)
    wish = {"show_id": str(show_id), "max_price": {"amount": price, "currency": currency}, "quantity": int(quantity)}
    wish |= {"section": form["section"]} if form.get("section") else {}
    try:
        await visit.send("notifications", "POST", "/api/alerts", body=wish)
    except ServiceProblem as problem:
        if problem.status in {401, 404}:
            raise
        found = field_errors(problem, SERVICE_FIELDS)
        return await _alert_page(visit, show_id, form, found, problem_words(problem), problem.status)
    return visit.redirect(f"/shows/{show_id}/alert", done="alert-set")


@post("/alerts/{alert_id:uuid}/remove")
async def alert_remove(visit: NamedDependency[Visit], alert_id: FromPath[UUID]) -> PageResponse:
    """Wait no longer; an alert that is gone already is what was wished for."""
    form = await visit.form()
    _need_user(visit)
    try:
        await visit.send("notifications", "DELETE", f"/api/alerts/{alert_id}")
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
    return visit.redirect(with_message(_back(visit, form, "/saved"), "alert-removed"))


def _need_user(visit: Visit) -> None:
    """Raise SignInNeeded; whoever signs in comes back to the page with the form."""
    if visit.auth_down or not visit.signed_in:
        raise SignInNeeded


def _back(visit: Visit, form: dict[str, str], otherwise: str) -> str:
    """Where the form stood, as it says itself; the path of the page before; else the page it belongs to."""
    if form.get("return"):
        return safe_return(form["return"])
    before = visit.request.headers.get("referer", "")
    ours = visit.web.settings.public_url
    return safe_return(before.removeprefix(ours)) if before.startswith(f"{ours}/") else otherwise


PAGES: list[ControllerRouterHandler] = [saved, favourite, alert_form, alert_create, alert_remove]
