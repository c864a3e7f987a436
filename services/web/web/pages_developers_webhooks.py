"""Pages about webhooks: add one, see what was sent to it, send it again."""

from uuid import UUID

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import mark, say
from web import views_developers as views
from web import views_developers_events
from web.answers import PageResponse
from web.api_document import ApiDocument
from web.models import Page
from web.models_developers import Delivery, DeliveryWhole, Webhook
from web.services import ServiceProblem
from web.visit import SignInNeeded, Visit
from web.words import Words, field_errors, problem_words

CURSOR_MAX = 200
CHECK = Words(mark("The webhook was not added."), mark("See the messages beside the fields."))
DEEDS = {"test": "webhook-tested", "on": "webhook-on", "off": "webhook-off"}


@get("/developers/webhooks")
async def webhooks(visit: NamedDependency[Visit], document: NamedDependency[ApiDocument]) -> PageResponse:
    """The reader's webhooks, and a form for another one."""
    visit.need_user()
    return await _webhooks_page(visit, document)


async def _webhooks_page(
    visit: Visit,
    document: ApiDocument,
    url: str = "",
    chosen: tuple[str, ...] = (),
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    made: Webhook | None = None,
    status: int = 200,
) -> PageResponse:
    cursor = visit.request.query_params.get("cursor", "")[:CURSOR_MAX]
    query = {"cursor": cursor} if cursor else {}
    found = await visit.ask("notifications", "GET", "/api/webhooks", Page[Webhook], query=query)
    return visit.page(
        "developers_webhooks.html",
        status,
        webhooks=found,
        subjects=views_developers_events.subjects(await document.merged()),
        url=url,
        chosen=chosen,
        errors=errors or {},
        words=words,
        made=made,
    )


@post("/developers/webhooks")
async def webhook_add(visit: NamedDependency[Visit], document: NamedDependency[ApiDocument]) -> PageResponse:
    """Add a webhook. Its secret is on the page that answers, and on no other."""
    form = await visit.form()
    _need_user(visit)
    posted: FormMultiDict = await visit.request.form()
    chosen = tuple(value for value in posted.getall("subject", []) if isinstance(value, str))
    url = form.get("url", "")
    errors = {} if url else {"url": say("Say where to send what happens.")}
    if not chosen:
        errors["subjects"] = say("Choose at least one subject.")
    if errors:
        return await _webhooks_page(visit, document, url, chosen, errors, CHECK, status=422)
    body = {"url": url, "subjects": list(chosen)}
    try:
        made = await visit.ask("notifications", "POST", "/api/webhooks", Webhook, body=body)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        found = field_errors(problem, {})
        said = problem_words(problem)
        return await _webhooks_page(visit, document, url, chosen, found, said, status=problem.status)
    return await _webhooks_page(visit, document, made=made, status=201)


@get("/developers/webhooks/{webhook_id:uuid}")
async def webhook(visit: NamedDependency[Visit], webhook_id: FromPath[UUID]) -> PageResponse:
    """One webhook with its log."""
    visit.need_user()
    return await _webhook_page(visit, webhook_id)


async def _webhook_page(
    visit: Visit, webhook_id: UUID, words: Words | None = None, status: int = 200, secret: str = ""
) -> PageResponse:
    asked = visit.request.query_params
    only = asked.get("status", "") if asked.get("status", "") in views.STATES else ""
    cursor = asked.get("cursor", "")[:CURSOR_MAX]
    query = ({"status": only} if only else {}) | ({"cursor": cursor} if cursor else {})
    path = f"/api/webhooks/{webhook_id}"
    found = await visit.ask("notifications", "GET", path, Webhook)
    log = await visit.ask("notifications", "GET", f"{path}/deliveries", Page[Delivery], query=query)
    return visit.page("developers_webhook.html", status, webhook=found, log=log, only=only, words=words, secret=secret)


@post("/developers/webhooks/{webhook_id:uuid}")
async def webhook_do(visit: NamedDependency[Visit], webhook_id: FromPath[UUID]) -> PageResponse:
    """Send a test, switch the webhook on or off, remove it, or give it a new secret.

    That is on the page that answers, and on no other.
    """
    form = await visit.form()
    _need_user(visit)
    deed = form.get("deed", "")
    path = f"/api/webhooks/{webhook_id}"
    if deed == "remove":
        await visit.send("notifications", "DELETE", path)
        return visit.redirect("/developers/webhooks", done="webhook-removed")
    if deed == "secret":
        made = await visit.ask("notifications", "POST", f"{path}/secret", Webhook)
        return await _webhook_page(visit, webhook_id, secret=made.secret)
    try:
        if deed == "test":
            await visit.send("notifications", "POST", f"{path}/test")
        elif deed in DEEDS:
            await visit.send("notifications", "PATCH", path, body={"active": deed == "on"})
    except ServiceProblem as problem:
        if problem.status in {401, 404}:
            raise
        return await _webhook_page(visit, webhook_id, problem_words(problem), problem.status)
    return visit.redirect(f"/developers/webhooks/{webhook_id}", done=DEEDS.get(deed, ""))


@get("/developers/webhooks/{webhook_id:uuid}/deliveries/{delivery_id:uuid}")
async def delivery(
    visit: NamedDependency[Visit], webhook_id: FromPath[UUID], delivery_id: FromPath[UUID]
) -> PageResponse:
    """One delivery: its body and every try."""
    visit.need_user()
    return await _delivery_page(visit, webhook_id, delivery_id)


async def _delivery_page(
    visit: Visit, webhook_id: UUID, delivery_id: UUID, words: Words | None = None, status: int = 200
) -> PageResponse:
    path = f"/api/webhooks/{webhook_id}"
    found = await visit.ask("notifications", "GET", path, Webhook)
    whole = await visit.ask("notifications", "GET", f"{path}/deliveries/{delivery_id}", DeliveryWhole)
    return visit.page(
        "developers_delivery.html",
        status,
        webhook=found,
        delivery=whole,
        body=views.pretty_text(whole.body),
        words=words,
    )


@post("/developers/webhooks/{webhook_id:uuid}/deliveries/{delivery_id:uuid}")
async def delivery_replay(
    visit: NamedDependency[Visit], webhook_id: FromPath[UUID], delivery_id: FromPath[UUID]
) -> PageResponse:
    """Send a delivery again."""
    await visit.form()
    _need_user(visit)
    try:
        await visit.send("notifications", "POST", f"/api/webhooks/{webhook_id}/deliveries/{delivery_id}/replay")
    except ServiceProblem as problem:
        if problem.status in {401, 404}:
            raise
        return await _delivery_page(visit, webhook_id, delivery_id, problem_words(problem), problem.status)
    target = f"/developers/webhooks/{webhook_id}/deliveries/{delivery_id}"
    return visit.redirect(target, done="delivery-replayed")


def _need_user(visit: Visit) -> None:
    """Raise SignInNeeded; whoever signs in comes back to the page with the form."""
    if visit.auth_down or not visit.signed_in:
        raise SignInNeeded


PAGES: list[ControllerRouterHandler] = [webhooks, webhook_add, webhook, webhook_do, delivery, delivery_replay]
