"""Pages about the guarantee: reporting a ticket that failed at the door, and how that stands for each side."""

import asyncio
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import mark
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.models import Page, Show
from web.models_gate import Claim
from web.models_passes import HeldTicket
from web.pages_errors import NOT_FOUND, fault
from web.pages_tickets import shows_of, ticket_of
from web.services import ServiceProblem
from web.views_gate import CLAIMABLE
from web.visit import Visit
from web.words import CHECK_FORM, Words, problem_words

NOTE_MAX = 1_000
BOXES = ("mine", "sold", "open")
WISHES = ("refund", "replacement")
OUTCOMES = ("refund", "replacement", "rejected")
CHOOSE_REASON = mark("Choose what went wrong.")
CHOOSE_OUTCOME = mark("Choose what is to happen.")
SAY_WHY = mark("Say why, in a sentence that both sides may read.")
TOO_LONG = mark("Write 1,000 characters at most.")


@get("/claims")
async def claims(visit: NamedDependency[Visit]) -> PageResponse:
    """The reader's claims, those against what they sold, or (operators) those that wait for a decision."""
    visit.need_user()
    box = visit.request.query_params.get("box", "mine")
    if box not in BOXES:
        return fault(visit, 404, NOT_FOUND)
    cursor = visit.request.query_params.get("cursor", "")[:200]
    query = {"box": box, "limit": "20"} | ({"cursor": cursor} if cursor else {})
    found = await visit.ask("tickets", "GET", "/api/claims", Page[Claim], query=query)
    shows = await shows_of(visit, (claim.show_id for claim in found.items))
    return visit.page("claims.html", claims=found, shows=shows, box=box)


@get("/claims/{claim_id:uuid}")
async def claim(visit: NamedDependency[Visit], claim_id: FromPath[UUID]) -> PageResponse:
    """How a claim stands, for one of its sides."""
    visit.need_user()
    return await _claim_page(visit, claim_id, {})


async def _claim_page(
    visit: Visit,
    claim_id: UUID,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    found = await visit.ask("tickets", "GET", f"/api/claims/{claim_id}", Claim)
    show = await visit.ask("catalog", "GET", f"/api/shows/{found.show_id}", Show)
    done = visit.request.query_params.get("done", "")
    return visit.page(
        "claim.html", status, claim=found, show=show, form=form, errors=errors or {}, words=words, done=done
    )


@post("/claims/{claim_id:uuid}")
async def decide(visit: NamedDependency[Visit], claim_id: FromPath[UUID]) -> PageResponse:
    """An operator's decision."""
    form = await visit.form()
    visit.need_user()
    errors = {}
    if form.get("outcome") not in OUTCOMES:
        errors["outcome"] = CHOOSE_OUTCOME
    if not form.get("verdict"):
        errors["verdict"] = SAY_WHY
    elif len(form["verdict"].replace("\r\n", "\n")) > NOTE_MAX:
        errors["verdict"] = TOO_LONG
    if errors:
        return await _claim_page(visit, claim_id, form, errors, CHECK_FORM, 422)
    body = {
        "outcome": form["outcome"],
        "verdict": form["verdict"].replace("\r\n", "\n"),
        "penalty": form.get("penalty") == "yes",
    }
    try:
        await visit.send("tickets", "POST", f"/api/claims/{claim_id}/decision", body=body)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await _claim_page(visit, claim_id, form, None, problem_words(problem), problem.status)
    return visit.redirect(f"/claims/{claim_id}", done="decided")


@get("/tickets/{ticket_id:uuid}/claim")
async def own_form(visit: NamedDependency[Visit], ticket_id: FromPath[UUID]) -> PageResponse:
    """The form of a ticket's holder."""
    visit.need_user()
    return await _own_page(visit, ticket_id, {})


@post("/tickets/{ticket_id:uuid}/claim")
async def own_claim(visit: NamedDependency[Visit], ticket_id: FromPath[UUID]) -> PageResponse:
    """Report one's own ticket."""
    form = await visit.form()
    visit.need_user()
    errors = _errors(form)
    if errors:
        return await _own_page(visit, ticket_id, form, errors, CHECK_FORM, 422)
    try:
        made = await _made(visit, ticket_id, form)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await _own_page(visit, ticket_id, form, None, problem_words(problem), problem.status)
    return visit.redirect(f"/claims/{made.id}", done="claimed")


async def _own_page(
    visit: Visit,
    ticket_id: UUID,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    ticket = await ticket_of(visit, ticket_id)
    known, show = await asyncio.gather(
        _claim_of(visit, ticket), visit.ask("catalog", "GET", f"/api/shows/{ticket.show_id}", Show)
    )
    if known is not None:
        return visit.redirect(f"/claims/{known.id}")
    return visit.page(
        "claim_new.html", status, ticket=ticket, show=show, staff="", back=f"/tickets/{ticket.id}",
        form={"key": str(uuid4())} | form, errors=errors or {}, words=words, note_max=NOTE_MAX,
    )  # fmt: skip


async def _claim_of(visit: Visit, ticket: HeldTicket) -> Claim | None:
    """The latest claim for a ticket that was not turned down, among the reader's latest."""
    query = {"box": "mine", "limit": "100"}
    found = await visit.ask("tickets", "GET", "/api/claims", Page[Claim], query=query)
    return next((one for one in found.items if one.ticket_id == ticket.id and one.outcome != "rejected"), None)


@get("/gate/{show_id:uuid}/report")
async def staff_form(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """The form of staff who saw what was wrong with a ticket that they scanned."""
    visit.need_user()
    form = {name: visit.request.query_params.get(name, "")[:100] for name in ("ticket", "place")}
    if not form["ticket"]:
        return fault(visit, 404, NOT_FOUND)
    return await _staff_page(visit, show_id, form)


@post("/gate/{show_id:uuid}/report")
async def staff_claim(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Report a ticket for whoever holds it."""
    form = await visit.form()
    visit.need_user()
    errors = _errors(form)
    try:
        ticket_id = UUID(form.get("ticket", ""))
    except ValueError:
        return fault(visit, 404, NOT_FOUND)
    if errors:
        return await _staff_page(visit, show_id, form, errors, CHECK_FORM, 422)
    try:
        made = await _made(visit, ticket_id, form)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await _staff_page(visit, show_id, form, None, problem_words(problem), problem.status)
    return visit.redirect(f"/claims/{made.id}")


async def _staff_page(
    visit: Visit,
    show_id: UUID,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    show = await visit.ask("catalog", "GET", f"/api/shows/{show_id}", Show)
    return visit.page(
        "claim_new.html", status, ticket=None, show=show, staff=form.get("ticket", ""), back=f"/gate/{show_id}",
        form={"key": str(uuid4())} | form, errors=errors or {}, words=words, note_max=NOTE_MAX,
    )  # fmt: skip


async def _made(visit: Visit, ticket_id: UUID, form: dict[str, str]) -> Claim:
    note = form.get("note", "").replace("\r\n", "\n")
    wish = form.get("wish", "")
    body = {
        "ticket_id": ticket_id,
        "reason": form["reason"],
        "note": note,
        "wish": wish if wish in WISHES else "refund",
    }
    key = form_key(form, str(ticket_id), form["reason"], wish, note)
    return await visit.ask("tickets", "POST", "/api/claims", Claim, body=body, headers={KEY_HEADER: key})


def _errors(form: dict[str, str]) -> dict[str, str]:
    errors = {}
    if form.get("reason") not in CLAIMABLE:
        errors["reason"] = CHOOSE_REASON
    if len(form.get("note", "").replace("\r\n", "\n")) > NOTE_MAX:
        errors["note"] = TOO_LONG
    return errors


PAGES: list[ControllerRouterHandler] = [
    claims, claim, decide, own_form, own_claim, staff_form, staff_claim,
]  # fmt: skip
