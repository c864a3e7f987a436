"""The page that follows an order, the way back from the bank, and the receipt."""

import time
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from web import views_orders, views_tax
from web.answers import PageResponse
from web.live import Live
from web.models import Order, Page, Payment
from web.models_timeline import MoneyPath, MoneyTimeline, OrderTax
from web.pages_checkout import order_of, seconds_left, show_of
from web.pages_choices import choice_of
from web.pages_errors import NO_RECEIPT, fault
from web.services import ServiceDown, ServiceProblem
from web.views_orders import Stage
from web.visit import Visit
from web.words import Words, cancelled_words, refund_words


@get("/orders/{order_id:uuid}")
async def order_page(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Where the order stands; the page follows it by itself."""
    order = await order_of(visit, order_id)
    return await _following(visit, order, await payments_of(visit, order), f"/orders/{order_id}")


@get("/orders/{order_id:uuid}/paid")
async def order_paid(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Back from the bank: wait for its word here, then the order's page, or the checkout if it said no."""
    order = await order_of(visit, order_id)
    payments = await payments_of(visit, order)
    stage = stage_of(order, payments)
    if stage.name == "bank":
        return await _following(visit, order, payments, f"/orders/{order_id}/paid")
    if stage.name == "held" and views_orders.challenge_over(payments):
        return visit.redirect(f"/checkout/{order_id}", said="bank")
    return visit.redirect(f"/orders/{order_id}")


async def _following(visit: Visit, order: Order, payments: list[Payment], follow: str) -> PageResponse:
    """The order's page; `follow` is where it looks again when something has changed."""
    stage = stage_of(order, payments)
    show = await show_of(visit, order.show_id)
    return visit.page(
        "order.html",
        order=order,
        show=show,
        choice=await choice_of(visit, order, show),
        stage=stage,
        follow=follow,
        left=seconds_left(order),
        words=_words(order, payments, stage),
        paths=await _paths(visit, order),
        now_ms=int(time.time() * 1000),
    )


def _words(order: Order, payments: list[Payment], stage: Stage) -> Words:
    """Why money goes back, or why the order was cancelled; other stages have their words in the template."""
    if order.refunds:
        return refund_words(order.refunds[-1].reason)
    over = order.status == "cancelled"
    released, returned = views_orders.payment_released(payments), views_orders.payment_returned(payments)
    return cancelled_words(stage.name, released=over and released, returned=over and returned)


@get("/orders/{order_id:uuid}/stage")
async def order_stage(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """The word for where the order stands, as plain text: what an open page asks for when it cannot listen."""
    order = await order_of(visit, order_id)
    stage = stage_of(order, await payments_of(visit, order))
    return visit.answer(stage.name.encode(), 200, "text/plain", {})


@get("/orders/{order_id:uuid}/events")
async def order_events(visit: NamedDependency[Visit], live: NamedDependency[Live], order_id: FromPath[UUID]) -> Stream:
    """A stream that says `changed` whenever the order may have changed; only its buyer may listen."""
    await order_of(visit, order_id)
    live.check(visit.user_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(live.stream(visit.user_id, str(order_id)), media_type="text/event-stream", headers=headers)


@get("/orders/{order_id:uuid}/receipt")
async def receipt(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """What was bought, line by line, also on paper. There is none before the order is confirmed."""
    order = await order_of(visit, order_id)
    if order.status not in {"confirmed", "refunded"}:
        return fault(visit, 404, NO_RECEIPT)
    show = await show_of(visit, order.show_id)
    tax = await _tax(visit, order)
    return visit.page("receipt.html", order=order, show=show, receipt=views_orders.receipt_of(order), tax=tax)


async def _paths(visit: Visit, order: Order) -> list[MoneyPath]:
    """The way of the money of a confirmed order; none before, nor while payments cannot tell."""
    if order.status not in {"confirmed", "refunded"}:
        return []
    try:
        return (await visit.ask("payments", "GET", f"/api/payments/timeline/{order.id}", MoneyTimeline)).paths
    except ServiceDown:
        return []
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
        return []


async def _tax(visit: Visit, order: Order) -> OrderTax | None:
    """The tax lines of a receipt; None while payments cannot tell, or tells of other fees than were paid."""
    try:
        tax = await visit.ask("payments", "GET", f"/api/payments/tax/{order.id}", OrderTax)
    except ServiceDown:
        return None
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
        return None
    return tax if views_tax.adds_up(tax, order.fees) else None


async def payments_of(visit: Visit, order: Order) -> list[Payment]:
    """The order's payments, newest first; asked for only while they matter.

    An order that is over is told without them when payments does not answer.
    """
    if order.status not in {"held", "cancelled"}:
        return []
    query = {"order_id": order.id}
    try:
        return (await visit.ask("payments", "GET", "/api/payments", Page[Payment], query=query)).items
    except ServiceDown:
        if order.status == "held":
            raise
        return []


def stage_of(order: Order, payments: list[Payment]) -> Stage:
    """The order's stage by this machine's clock."""
    return views_orders.order_stage(order, payments, overdue=seconds_left(order) == 0)


PAGES: list[ControllerRouterHandler] = [order_page, order_paid, order_stage, order_events, receipt]
