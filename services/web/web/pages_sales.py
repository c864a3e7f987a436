"""For sellers: where the money of each sale is, payouts, and setting them up."""

import asyncio

from litestar import get, post
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from web.answers import PageResponse
from web.models import Page
from web.models_money import Payout, PayoutAccount, Sale
from web.models_selling import SalesSummary
from web.pages_tickets import shows_of
from web.services import ServiceDown, ServiceProblem
from web.visit import Visit

PAGE_SALES = 25
PAYOUTS_SHOWN = 50
LOOK_AGAIN_S = 3


@get("/sales")
async def sales(visit: NamedDependency[Visit]) -> PageResponse:
    """Each sale with the way of its money, sums by currency over all sales, payouts, and how to receive them."""
    visit.need_user()
    found, summary, account, payouts = await asyncio.gather(
        _sales(visit),
        visit.ask("payments", "GET", "/api/sales/summary", SalesSummary),
        _account(visit),
        visit.ask("payments", "GET", "/api/payouts", Page[Payout], query={"limit": str(PAYOUTS_SHOWN)}),
    )
    back = visit.request.query_params.get("done") == "payouts"
    return visit.page(
        "sales.html",
        sales=found,
        paged="cursor" in visit.request.query_params,
        shows=await shows_of(visit, (sale.show_id for sale in found.items)),
        totals=summary.totals,
        account=account,
        payouts=payouts.items,
        look_again_s=LOOK_AGAIN_S if back and account.status == "pending" else 0,
        back=back,
    )


@post("/sales/payouts")
async def payouts_set_up(visit: NamedDependency[Visit]) -> PageResponse:
    """Open an account for payouts at the payment provider, or go on with one, and come back."""
    await visit.form()
    visit.need_user()
    body = {"return_url": f"{visit.web.settings.public_url}/sales?done=payouts"}
    account = await visit.ask("payments", "POST", "/api/payouts/account", PayoutAccount, body=body)
    if not account.onboarding_url:
        raise ServiceDown("payments", "no address to set payouts up at")
    return visit.leave(account.onboarding_url)


async def _sales(visit: Visit) -> Page[Sale]:
    """A page of sales, newest first; a place in the list that is none is the beginning."""
    cursor = str(visit.request.query_params.get("cursor", ""))[:200]
    query = {"limit": str(PAGE_SALES)}
    try:
        more = {"cursor": cursor} if cursor else {}
        return await visit.ask("payments", "GET", "/api/sales", Page[Sale], query=query | more)
    except ServiceProblem as problem:
        if problem.status != 422:
            raise
        return await visit.ask("payments", "GET", "/api/sales", Page[Sale], query=query)


async def _account(visit: Visit) -> PayoutAccount:
    """The seller's account for payouts; `none` where there is none yet."""
    try:
        return await visit.ask("payments", "GET", "/api/payouts/account", PayoutAccount)
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
        return PayoutAccount()


PAGES: list[ControllerRouterHandler] = [sales, payouts_set_up]
