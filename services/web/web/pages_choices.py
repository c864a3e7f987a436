"""Pages about keeping or giving back tickets of a moved show, and limits."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import mark
from web.answers import PageResponse
from web.models import Order, Show
from web.models_choices import Choice
from web.pages_checkout import order_of, show_of
from web.pages_errors import fault
from web.services import ServiceDown, ServiceProblem
from web.visit import Visit
from web.words import Words, problem_words

CHOICES = ("keep", "refund")
CHOOSE_ONE = mark("Choose one of the two.")
CHOSEN = {"keep": "kept", "refund": "refund-chosen"}
NOT_THEIRS = Words(
    "This is the buyer’s to choose.",
    "Only whoever paid for a ticket can have the money back. "
    "One that was given to you stays yours, or you give it back.",
)
NONE = "nothing-to-choose"


@get("/orders/{order_id:uuid}/choice")
async def choice(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """The show has moved: what that means for these tickets, and the choice while there is one."""
    return await _choice_page(visit, order_id)


@post("/orders/{order_id:uuid}/choice")
async def choose(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> PageResponse:
    """Keep the tickets, or have the money back."""
    form = await visit.form()
    visit.need_user()
    wanted = form.get("choice", "")
    if wanted not in CHOICES:
        return await _choice_page(visit, order_id, error=CHOOSE_ONE, status=422)
    try:
        await visit.ask("orders", "POST", f"/api/orders/{order_id}/choice", Choice, body={"choice": wanted})
    except ServiceProblem as problem:
        if problem.status != 409:
            raise
        return await _choice_page(visit, order_id, words=problem_words(problem), status=409)
    return visit.redirect(f"/orders/{order_id}/choice", done=CHOSEN[wanted])


async def _choice_page(
    visit: Visit, order_id: UUID, *, words: Words | None = None, error: str = "", status: int = 200
) -> PageResponse:
    try:
        order = await order_of(visit, order_id)
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
        return fault(visit, 404, NOT_THEIRS)
    show = await show_of(visit, order.show_id)
    try:
        found: Choice | None = await _asked(visit, order)
    except ServiceProblem as problem:
        if problem.slug != NONE:
            raise
        found, words = None, words or problem_words(problem)
    return visit.page(
        "choice.html",
        status,
        order=order,
        show=show,
        choice=found,
        words=words,
        error=error,
        done=visit.request.query_params.get("done", ""),
    )


async def choice_of(visit: Visit, order: Order, show: Show) -> Choice | None:
    """What the buyer of a confirmed order may choose or has chosen, for the pages that only point there.

    None where there is nothing, and where orders does not say so now.
    """
    if order.status != "confirmed" or show.refund_until is None or show.status == "cancelled":
        return None
    try:
        return await _asked(visit, order)
    except (ServiceProblem, ServiceDown):
        return None


async def _asked(visit: Visit, order: Order) -> Choice:
    return await visit.ask("orders", "GET", f"/api/orders/{order.id}/choice", Choice)


PAGES: list[ControllerRouterHandler] = [choice, choose]
