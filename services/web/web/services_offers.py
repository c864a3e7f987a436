"""Everything that a show's page compares, asked for at once: listings, sections, past sales, and the map."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from web import views_offers
from web.models import Page, Performer, Show
from web.models_offers import Offer, Sale, SectionSummary
from web.services import ServiceDown, ServiceProblem
from web.services_charts import PLANS
from web.views_map import Plan
from web.views_offers import Step, Wishes
from web.visit import Visit

LISTINGS = 40
LISTINGS_MORE = 100
CURRENCY_UNKNOWN = "EUR"


class Offers(NamedTuple):
    """A show with what is on sale for it; `state` is one of `views_offers.state_of`."""

    show: Show
    wishes: Wishes
    mistakes: dict[str, str]
    state: str
    now: datetime
    currency: str
    page: Page[Offer] = Page([])
    summaries: tuple[SectionSummary, ...] = ()
    sales: tuple[Sale, ...] = ()
    plan: Plan | None = None
    steps: tuple[Step, ...] = ()
    cursor: str = ""
    saved: bool = False


async def offers_find(visit: Visit, show_id: str, wishes: Wishes, cursor: str = "") -> Offers:
    """What the page of a show says with these filters; from a `cursor` on, only its listings.

    Raises ServiceProblem and ServiceDown of catalog and tickets.
    """
    now = datetime.now(UTC)
    show = await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)
    currency = show.currency or (show.lowest_price.currency if show.lowest_price else CURRENCY_UNKNOWN)
    prices, mistakes = views_offers.price_range(wishes, currency)
    state = views_offers.state_of(show, (), wishes, now)
    if state in {"cancelled", "over"}:
        return Offers(show, wishes, mistakes, state, now, currency, saved=await _saved(visit, show_id))
    asked = [("show_id", show_id), *views_offers.question(wishes, prices)]
    if cursor:
        page = await _listings(visit, wishes, asked, cursor)
        return Offers(show, wishes, mistakes, "open", now, currency, page, cursor=cursor)
    page, summaries, sales, plan, saved = await asyncio.gather(
        _listings(visit, wishes, asked, ""),
        visit.ask("tickets", "GET", f"/api/listings/summary?{urlencode(asked)}", Page[SectionSummary]),
        _sales(visit, show_id, wishes),
        PLANS.find(visit, show.venue.id),
        _saved(visit, show_id),
    )
    sections = tuple(summaries.items)
    return Offers(
        show=show,
        wishes=wishes,
        mistakes=mistakes,
        state="open" if page.items else views_offers.state_of(show, sections, wishes, now),
        now=now,
        currency=currency,
        page=page,
        summaries=sections,
        sales=sales,
        plan=plan,
        steps=tuple(views_offers.price_steps(sections)),
        saved=saved,
    )


async def _listings(visit: Visit, wishes: Wishes, asked: list[tuple[str, str]], cursor: str) -> Page[Offer]:
    pairs = [*asked, ("sort", wishes.sort), ("limit", str(LISTINGS_MORE if cursor else LISTINGS))]
    pairs += [("section", name) for name in wishes.sections]
    pairs += [("cursor", cursor)] if cursor else []
    return await visit.ask("tickets", "GET", f"/api/listings?{urlencode(pairs)}", Page[Offer])


async def _sales(visit: Visit, show_id: str, wishes: Wishes) -> tuple[Sale, ...]:
    """The latest sales in the chosen sections, or in all; none where they cannot be told."""
    pairs = [("show_id", show_id), ("limit", str(views_offers.HISTORY_MAX))]
    pairs += [("section", name) for name in wishes.sections]
    try:
        found = await visit.ask("tickets", "GET", f"/api/listings/sold?{urlencode(pairs)}", Page[Sale])
    except (ServiceProblem, ServiceDown):
        return ()
    return tuple(found.items)


async def performers_of(visit: Visit, show_id: str) -> dict[str, str]:
    """Ids of the show's performers by their names, for links; none where they cannot be told."""
    try:
        found = await visit.ask("catalog", "GET", f"/api/shows/{show_id}/performers", Page[Performer])
    except (ServiceProblem, ServiceDown):
        return {}
    return {performer.name: performer.id for performer in found.items if performer.id}


async def _saved(visit: Visit, show_id: str) -> bool:
    """Whether the reader has saved the show; unknown counts as no."""
    if not visit.signed_in:
        return False
    try:
        await visit.send("notifications", "GET", f"/api/favourites/{show_id}")
    except (ServiceProblem, ServiceDown):
        return False
    return True
