"""From a hold to a payment: checkout, paying, and giving up."""

import time
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import mark
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.models import Order, Payment, Show
from web.services import ServiceDown, ServiceProblem
from web.visit import Visit
from web.words import Words, problem_words

# The payment stand-in's test cards, for local runs: what each does, and the number to type into the card field.
TEST_CARDS = {
    "pm_card_visa": (mark("Visa ending 4242"), mark("A test card that pays.")),
    "pm_card_chargeDeclined": (mark("Visa ending 0002"), mark("A test card that is declined.")),
    "pm_card_threeDSecure2Required": (
        mark("Visa ending 3155"),
        mark("A test card whose bank asks first (3-D Secure)."),
    ),
    "pm_card_createDispute": (mark("Visa ending 0259"), mark("A test card whose payment is disputed later.")),
}
TYPED = "card"
"""The choice of the card field; the provider's script puts what it stands for into the field `card`."""
UNREACHABLE = Words(
    "The payment cannot be reached right now.",
    "Nothing is charged before the seats are yours. Try again while the clock runs: it cannot be paid twice.",
)
NO_CARD = Words("Choose a card.", "Nothing has been charged yet.")
BANK_REFUSED = Words(
    "Your bank did not confirm the payment.",
    "You have not been charged, and your seats are still held. Try again or use another card while the clock runs.",
)
OVER = frozenset({"order-not-payable", "order-not-held", "idempotency-key-in-use", "not-found"})
"""Refusals after which the order's own page says best how things stand."""


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


def hold_length(order: Order, usual_s: int) -> int:
    """How long the hold lasts from its beginning, in seconds: one from a waiting list lasts longer than usual."""
    if order.created_at is None:
        return usual_s
    return max(1, round((order.expires_at - order.created_at).total_seconds()))


@get("/checkout/{order_id:uuid}/clock")
async def checkout_clock(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Milliseconds that are left of a hold, as plain text: 0 when it has ended or is paid.

    A page asks after its machine was asleep, when no clock on it can be trusted.
    """
    order = await order_of(visit, order_id)
    left = order.expires_at.timestamp() - time.time() if order.status == "held" else 0.0
    return visit.answer(str(max(0, int(left * 1000))).encode(), 200, "text/plain", {})


@get("/checkout/{order_id:uuid}")
async def checkout(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """One column and a clock; `said=bank` after a bank that did not confirm."""
    order = await order_of(visit, order_id)
    if order.status != "held" or seconds_left(order) == 0:
        return visit.redirect(f"/orders/{order_id}")
    words = BANK_REFUSED if visit.request.query_params.get("said") == "bank" else None
    return await checkout_page(visit, order, words=words)


async def checkout_page(
    visit: Visit, order: Order, status: int = 200, words: Words | None = None, key: str = "", method: str = ""
) -> PageResponse:
    """The checkout of a held order, with a message when the payment did not work.

    `key` and `method` are those of a payment whose outcome is unknown: sending both again cannot pay twice.
    """
    settings = visit.web.settings
    return visit.page(
        "checkout.html",
        status,
        card_field=settings.card_field,
        order=order,
        show=await show_of(visit, order.show_id),
        left=seconds_left(order),
        hold_s=hold_length(order, settings.hold_seconds),
        cards=TEST_CARDS if settings.test_cards else {},
        key=key or str(uuid4()),
        again=method,
        words=words,
        now_ms=int(time.time() * 1000),
    )


@post("/checkout/{order_id:uuid}/pay")
async def pay(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Pay a held order and go on to its page, or to the bank that asks first; a refused card comes back here."""
    form = await visit.form()
    order = await order_of(visit, order_id)
    chosen = form.get("payment_method", TYPED)
    method = form.get("card", "") if chosen == TYPED else chosen
    if order.status != "held":
        return visit.redirect(f"/orders/{order_id}")
    if not method:
        return await checkout_page(visit, order, 422, NO_CARD)
    return_url = f"{visit.web.settings.public_url}/orders/{order_id}/paid"
    try:
        payment = await visit.ask(
            "payments",
            "POST",
            "/api/payments",
            Payment,
            body={"order_id": str(order_id), "payment_method": method, "return_url": return_url},
            headers={KEY_HEADER: form_key(form, str(order_id), method)},
        )
    except ServiceProblem as problem:
        return await _unpaid(visit, order, problem)
    except ServiceDown:
        return await checkout_page(visit, order, 503, UNREACHABLE, form.get("key", ""), method)
    if payment.status == "requires_action" and payment.action_url:
        return visit.leave(payment.action_url)
    return visit.redirect(f"/orders/{order_id}")


async def _unpaid(visit: Visit, order: Order, problem: ServiceProblem) -> PageResponse:
    """The way on after a refused payment: another card, or the order's page when it cannot be paid any more."""
    if problem.status == 401:
        raise problem
    if problem.slug in OVER:
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


PAGES: list[ControllerRouterHandler] = [checkout, checkout_clock, pay, give_up]
