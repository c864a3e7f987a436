"""From a hold to a ticket: checkout, payment, giving up, and the page that follows the order."""

import time
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from web import views
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.live import Live
from web.models import Order, Page, Payment, Show
from web.services import ServiceDown, ServiceProblem
from web.visit import Visit
from web.words import Words, cancelled_words, problem_words

# The payment stand-in's test cards; a real provider's own fields take their place outside local runs.
TEST_CARDS = {
    "pm_card_visa": ("Visa ending 4242", "A test card that pays."),
    "pm_card_chargeDeclined": ("Visa ending 0002", "A test card that is declined."),
}
DECLINED = Words("The card was declined.", "You have not been charged. Try another card while the clock runs.")
UNREACHABLE = Words(
    "The payment cannot be reached right now.",
    "Nothing is charged before the seats are yours. Try again while the clock runs: it cannot be paid twice.",
)
NO_CARD = Words("Choose a card.", "Nothing has been charged yet.")


async def order_of(visit: Visit, order_id: UUID) -> Order:
    """The reader's own order; a ServiceProblem 404 when there is none."""
    visit.need_user()
    return await visit.ask("orders", "GET", f"/api/orders/{order_id}", Order)


async def show_of(visit: Visit, show_id: str) -> Show:
    """The show of an order or a listing."""
    return await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)


def seconds_left(order: Order) -> int:
    """Whole seconds until the hold ends, 0 when it has."""
    return max(0, int(order.expires_at.timestamp() - time.time()))


@get("/checkout/{order_id:uuid}")
async def checkout(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """One column and a clock."""
    order = await order_of(visit, order_id)
    if order.status != "held" or seconds_left(order) == 0:
        return visit.redirect(f"/orders/{order_id}")
    return await checkout_page(visit, order)


async def checkout_page(
    visit: Visit, order: Order, status: int = 200, words: Words | None = None, key: str = ""
) -> PageResponse:
    """The checkout of a held order, with a message when the payment did not work.

    `key` is that of a payment whose outcome is unknown: sending it again cannot pay twice.
    """
    return visit.page(
        "checkout.html",
        status,
        order=order,
        show=await show_of(visit, order.show_id),
        left=seconds_left(order),
        cards=TEST_CARDS if visit.web.settings.test_cards else {},
        key=key or str(uuid4()),
        words=words,
        now_ms=int(time.time() * 1000),
    )


@post("/checkout/{order_id:uuid}/pay")
async def pay(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Pay a held order and go on to its page; a refused card comes back to the checkout."""
    form = await visit.form()
    order = await order_of(visit, order_id)
    method = form.get("payment_method", "")
    if order.status != "held":
        return visit.redirect(f"/orders/{order_id}")
    if not method:
        return await checkout_page(visit, order, 422, NO_CARD)
    try:
        payment = await visit.ask(
            "payments",
            "POST",
            "/api/payments",
            Payment,
            body={"order_id": str(order_id), "payment_method": method},
            headers={KEY_HEADER: form_key(form, str(order_id), method)},
        )
    except ServiceProblem as problem:
        return await _unpaid(visit, order, problem)
    except ServiceDown:
        return await checkout_page(visit, order, 503, UNREACHABLE, form.get("key", ""))
    if payment.status == "failed":
        return await checkout_page(visit, order, 402, DECLINED)
    return visit.redirect(f"/orders/{order_id}")


async def _unpaid(visit: Visit, order: Order, problem: ServiceProblem) -> PageResponse:
    """The way on after a refused payment: another card, or the order's page when it cannot be paid any more."""
    if problem.status == 401:
        raise problem
    if problem.slug in {"order-not-payable", "order-not-held", "idempotency-key-in-use", "not-found"}:
        return visit.redirect(f"/orders/{order.id}")
    return await checkout_page(visit, order, problem.status, problem_words(problem))


@post("/checkout/{order_id:uuid}/give-up")
async def give_up(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Let the seats go and return to the show."""
    await visit.form()
    order = await order_of(visit, order_id)
    try:
        await visit.send("orders", "DELETE", f"/api/orders/{order_id}")
    except ServiceProblem as problem:
        if problem.slug == "order-confirmed":
            return visit.redirect(f"/orders/{order_id}")
        raise
    return visit.redirect(f"/shows/{order.show_id}", done="given-up")


@get("/orders/{order_id:uuid}")
async def order_page(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Where the order stands; the page follows it by itself."""
    order = await order_of(visit, order_id)
    stage = await stage_of(visit, order)
    return visit.page(
        "order.html",
        order=order,
        show=await show_of(visit, order.show_id),
        stage=stage,
        left=seconds_left(order),
        words=cancelled_words(stage.name),
        now_ms=int(time.time() * 1000),
    )


@get("/orders/{order_id:uuid}/stage")
async def order_stage(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """The word for where the order stands, as plain text: what an open page asks for when it cannot listen."""
    order = await order_of(visit, order_id)
    stage = await stage_of(visit, order)
    return visit.answer(stage.name.encode(), 200, "text/plain", {})


@get("/orders/{order_id:uuid}/events")
async def order_events(visit: NamedDependency[Visit], live: NamedDependency[Live], order_id: FromPath[UUID]) -> Stream:
    """A stream that says `changed` whenever the order may have changed; only its buyer may listen."""
    await order_of(visit, order_id)
    live.check(visit.user_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(live.stream(visit.user_id, str(order_id)), media_type="text/event-stream", headers=headers)


async def stage_of(visit: Visit, order: Order) -> views.Stage:
    """The order's stage; its payments are asked for only while they matter."""
    payments: list[Payment] = []
    if order.status == "held":
        query = {"order_id": order.id}
        payments = (await visit.ask("payments", "GET", "/api/payments", Page[Payment], query=query)).items
    return views.order_stage(order, payments, overdue=seconds_left(order) == 0)
