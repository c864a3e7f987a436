"""For organisers: how tickets of a show may be sold on and given away, with what that means by example."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import views_onsale
from web.answers import PageResponse
from web.forms_onsale import rules_body, rules_fields
from web.models_onsale import Onsale, ResaleRules
from web.models_organise import OwnShow
from web.pages_organise_shows import NOT_YOURS, own_show, perhaps
from web.services import ServiceProblem
from web.visit import Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

FIELDS = {"buyer_fee_percent": "buyer_fee", "seller_fee_percent": "seller_fee", "resale_until": "day"}
CHANGED = Words("The rules have changed meanwhile.", "The values below are the current ones. Make your change again.")


async def managed_show(visit: Visit, show_id: UUID) -> tuple[OwnShow, frozenset[str]]:
    """A show that the reader manages, and what else they may do at it."""
    show, duties = await own_show(visit, show_id)
    if "manage" not in duties:
        raise ServiceProblem(NOT_YOURS)
    return show, duties


@get("/organise/shows/{show_id:uuid}/rules")
async def rules_form(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The rules as they are, and what they mean."""
    show, duties = await managed_show(visit, show_id)
    rules = await _rules(visit, show)
    return await _page(visit, show, duties, rules, _fields(rules, show))


@post("/organise/shows/{show_id:uuid}/rules")
async def rules_save(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Set the show's own rules for what is listed from now on.

    With `look` only work out what they would mean; with `drop` give them up.
    """
    form = await visit.form()
    show, duties = await managed_show(visit, show_id)
    if form.get("drop"):
        return await _dropped(visit, show, duties, form)
    body, errors = rules_body(form, show.currency or "EUR", show.venue.timezone)
    rules = await _rules(visit, show)
    if errors:
        return await _page(visit, show, duties, rules, form, errors, CHECK_FORM, 422)
    meant = views_onsale.rules_meant(body)
    if form.get("look"):
        return await _page(visit, show, duties, meant, form)
    headers = {"If-Match": f'"{form.get("version", "")}"'}
    path = f"/api/shows/{show_id}/resale-rules"
    try:
        await visit.ask("catalog", "PUT", path, ResaleRules, body=body, headers=headers)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        if problem.status == 412:
            return await _page(visit, show, duties, rules, _fields(rules, show), {}, CHANGED, 412)
        errors = field_errors(problem, FIELDS)
        return await _page(visit, show, duties, meant, form, errors, problem_words(problem), problem.status)
    return visit.redirect(f"/organise/shows/{show_id}/rules", done="rules-set")


async def _dropped(visit: Visit, show: OwnShow, duties: frozenset[str], form: dict[str, str]) -> PageResponse:
    headers = {"If-Match": f'"{form.get("version", "")}"'}
    try:
        await visit.send("catalog", "DELETE", f"/api/shows/{show.id}/resale-rules", headers=headers)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        words = CHANGED if problem.status == 412 else problem_words(problem)
        rules = await _rules(visit, show)
        return await _page(visit, show, duties, rules, _fields(rules, show), {}, words, problem.status)
    return visit.redirect(f"/organise/shows/{show.id}/rules", done="rules-dropped")


def _fields(rules: ResaleRules, show: OwnShow) -> dict[str, str]:
    """What the show asks for itself; before it asks for anything, what holds."""
    return rules_fields(rules.own or rules, rules.version, show.venue.timezone)


async def _rules(visit: Visit, show: OwnShow) -> ResaleRules:
    return await visit.ask("catalog", "GET", f"/api/shows/{show.id}/resale-rules", ResaleRules)


async def _page(
    visit: Visit,
    show: OwnShow,
    duties: frozenset[str],
    rules: ResaleRules,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    onsale = await perhaps(visit, "tickets", f"/api/onsales/{show.id}", Onsale)
    currency, settings = show.currency or "EUR", visit.web.settings
    examples = views_onsale.examples_of(rules, onsale, currency, settings.fee_percent, settings.seller_fee_percent)
    values: dict[str, Any] = {
        "show": show,
        "duties": duties,
        "rules": rules,
        "form": form,
        "errors": errors or {},
        "words": words,
    }
    return visit.page(
        "onsale_rules.html", status, examples=examples, onsale_known=onsale is not None, currency=currency,
        now=datetime.now(UTC), action=f"/organise/shows/{show.id}/rules", **values,
    )  # fmt: skip


PAGES: list[ControllerRouterHandler] = [rules_form, rules_save]
