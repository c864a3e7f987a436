"""For operators: the ledger, what does not agree, the money of one order, and refunds by hand.

People, trade, switches, dead letters and audit logs have their own modules.

The services decide who is an operator: everybody else gets their 403 as a page.
"""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import mark
from web import pages_operator_health, pages_operator_people, pages_operator_tax, pages_operator_trade, views_ledger
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.models import Page
from web.models_money import Account, Break, Entry, OrderMoney
from web.services import ServiceProblem
from web.visit import Visit
from web.words import Words, problem_words

ACCOUNTS_SHOWN = 100
BREAKS_SHOWN = 50
ENTRIES_SHOWN = 50
STATES = {"open": mark("Open"), "all": mark("All")}
REASONS = {
    "gate": (mark("A ticket failed at the door"), mark("The buyer could not get in with it.")),
    "goodwill": (mark("Goodwill"), mark("Anything else that you decide for.")),
}
NO_ORDER = Words("That is no order’s number.", "Paste the whole id, as it stands in the address of the order.")
NOTHING_CHOSEN = Words("Choose what to refund, and why.", "Nothing has been refunded.")


@get("/operator/money")
async def money(visit: NamedDependency[Visit]) -> PageResponse:
    """All accounts with their running totals, and the breaks that reconciliation found."""
    visit.need_user()
    asked = visit.request.query_params
    state = asked.get("breaks", "open") if asked.get("breaks") in STATES else "open"
    pages = {
        "accounts": {"limit": str(ACCOUNTS_SHOWN)} | _cursor(visit),
        "breaks": {"limit": str(BREAKS_SHOWN), "state": state},
    }
    accounts, breaks, taxes, waiting = await asyncio.gather(
        visit.ask("payments", "GET", "/api/ledger/accounts", Page[Account], query=pages["accounts"]),
        visit.ask("payments", "GET", "/api/ledger/breaks", Page[Break], query=pages["breaks"]),
        pages_operator_tax.tax_owed(visit),
        pages_operator_tax.payouts_waiting(visit),
    )
    words = NO_ORDER if asked.get("said") == "no-order" else None
    return visit.page(
        "operator_money.html",
        accounts=accounts,
        breaks=breaks,
        state=state,
        states=STATES,
        words=words,
        taxes=taxes,
        waiting=waiting,
    )


@get("/operator/money/entries")
async def entries(visit: NamedDependency[Visit]) -> PageResponse:
    """The entries of the ledger, newest first; of one account or order on request."""
    visit.need_user()
    asked = visit.request.query_params
    wishes = {name: asked.get(name, "").strip()[:200] for name in ("account", "order_id")}
    query = {name: value for name, value in wishes.items() if value} | {"limit": str(ENTRIES_SHOWN)} | _cursor(visit)
    try:
        found = await visit.ask("payments", "GET", "/api/ledger/entries", Page[Entry], query=query)
    except ServiceProblem as problem:
        if problem.status in {401, 403}:
            raise
        return visit.page("operator_entries.html", 422, entries=None, wishes=wishes, words=problem_words(problem))
    return visit.page("operator_entries.html", entries=found, wishes=wishes, words=None)


@get("/operator/orders/{order_id:uuid}")
async def order(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Everything about the money of one order."""
    visit.need_user()
    return await _order_page(visit, order_id)


async def _order_page(visit: Visit, order_id: UUID, status: int = 200, words: Words | None = None) -> PageResponse:
    found = await visit.ask("payments", "GET", f"/api/ledger/orders/{order_id}", OrderMoney)
    done = visit.request.query_params.get("done", "")
    return visit.page(
        "operator_order.html",
        status,
        money=found,
        left=views_ledger.seats_left(found),
        reasons=REASONS,
        words=words,
        done=done,
    )


@post("/operator/orders/{order_id:uuid}/refund")
async def refund_ask(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Say what would be refunded, and ask whether that is meant."""
    chosen, reason = await _wanted(visit)
    found = await visit.ask("payments", "GET", f"/api/ledger/orders/{order_id}", OrderMoney)
    left = views_ledger.seats_left(found)
    seats = [seat for seat in left if seat in chosen]
    if not seats or reason not in REASONS:
        return await _order_page(visit, order_id, 422, NOTHING_CHOSEN)
    amount = views_ledger.refund_amount(found, seats)
    return visit.page(
        "operator_refund.html",
        money=found,
        seats=seats,
        whole=len(seats) == len(found.order.seats),
        reason=reason,
        reasons=REASONS,
        amount=amount,
        key=str(uuid4()),
    )


@post("/operator/orders/{order_id:uuid}/refund/confirmed")
async def refund(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Refund; a second click is the same refund."""
    form = await visit.form()
    visit.need_user()
    seats = form.get("seats", "").split(",")
    body: dict[str, Any] = {"seats": seats, "reason": form.get("reason", "")}
    headers = {KEY_HEADER: form_key(form, str(order_id), *seats)}
    try:
        await visit.send("orders", "POST", f"/api/orders/{order_id}/refunds", body=body, headers=headers)
    except ServiceProblem as problem:
        if problem.status in {401, 403, 404}:
            raise
        return await _order_page(visit, order_id, problem.status, problem_words(problem))
    return visit.redirect(f"/operator/orders/{order_id}", done="refund-due")


async def _wanted(visit: Visit) -> tuple[set[str], str]:
    """The seats that were ticked, and the reason."""
    form = await visit.form()
    visit.need_user()
    ticked = (await visit.request.form()).getall("seat", [])
    return {str(seat) for seat in ticked}, form.get("reason", "")


def _cursor(visit: Visit) -> dict[str, str]:
    cursor = visit.request.query_params.get("cursor", "")[:200]
    return {"cursor": cursor} if cursor else {}


PAGES: list[ControllerRouterHandler] = [
    money,
    entries,
    order,
    refund_ask,
    refund,
    *pages_operator_health.PAGES,
    *pages_operator_people.PAGES,
    *pages_operator_tax.PAGES,
    *pages_operator_trade.PAGES,
]
