"""Giving tickets to somebody else: offering, taking back, accepting, declining."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import mark, say
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.models import Page, Show
from web.models_passes import HeldTicket, Transfer
from web.pages_tickets import LIST_MAX, ticket_of
from web.services import ServiceProblem
from web.views_passes import GIVEN_MAX, over
from web.visit import Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

MESSAGE_MAX = 500
TICKET_FIELD = "ticket-"
NO_ADDRESS = mark("Enter an e-mail address, for example name@example.org.")
SEE_LIST = {"ticket-in-transfer", "ticket-listed", "ticket-void", "transfer-limit", "show-over", "not-found"}
"""Problems of the tickets and not of a field."""


@get("/tickets/{ticket_id:uuid}/give")
async def give_form(visit: NamedDependency[Visit], ticket_id: FromPath[UUID]) -> PageResponse:
    """The form to offer a ticket, and others for the same show, to an address."""
    visit.need_user()
    return await _give_page(visit, ticket_id, {})


async def _give_page(
    visit: Visit,
    ticket_id: UUID,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    """The form as the person left it."""
    found = await ticket_of(visit, ticket_id)
    if found.transfer_id and status == 200:
        return visit.redirect(f"/transfers/{found.transfer_id}")
    show, others = await asyncio.gather(
        visit.ask("catalog", "GET", f"/api/shows/{found.show_id}", Show), _others(visit, found)
    )
    return visit.page(
        "ticket_give.html",
        status,
        ticket=found,
        show=show,
        others=others,
        over=over(show, datetime.now(UTC)),
        chosen={name.removeprefix(TICKET_FIELD) for name in form if name.startswith(TICKET_FIELD)},
        form={"key": str(uuid4())} | form,
        errors=errors or {},
        words=words,
        message_max=MESSAGE_MAX,
    )


async def _others(visit: Visit, ticket: HeldTicket) -> list[HeldTicket]:
    """The reader's other tickets for the same show that can be given along."""
    query = {"limit": str(LIST_MAX), "status": "valid"}
    found = (await visit.ask("tickets", "GET", "/api/tickets", Page[HeldTicket], query=query)).items
    return [
        item
        for item in found
        if item.show_id == ticket.show_id and item.id != ticket.id and not item.listing_id and not item.transfer_id
    ][: GIVEN_MAX - 1]


@post("/tickets/{ticket_id:uuid}/give")
async def give(visit: NamedDependency[Visit], ticket_id: FromPath[UUID]) -> PageResponse:
    """Offer the tickets, and go on to the offer's own page."""
    form = await visit.form()
    visit.need_user()
    errors = _errors(form)
    if errors:
        return await _give_page(visit, ticket_id, form, errors, CHECK_FORM, 422)
    chosen = sorted(name.removeprefix(TICKET_FIELD) for name in form if name.startswith(TICKET_FIELD))
    ids = [str(ticket_id), *(item for item in chosen if item != str(ticket_id))]
    body = {"ticket_ids": ids, "email": form["email"], "message": form.get("message", "").replace("\r\n", "\n")}
    key = form_key(form, form["email"], form.get("message", ""), *ids)
    try:
        made = await visit.ask("tickets", "POST", "/api/transfers", Transfer, body=body, headers={KEY_HEADER: key})
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await _refused(visit, ticket_id, form, problem)
    return visit.redirect(f"/transfers/{made.id}", done="offered")


def _errors(form: dict[str, str]) -> dict[str, str]:
    errors = {}
    if "@" not in form.get("email", ""):
        errors["email"] = say(NO_ADDRESS)
    if len(form.get("message", "").replace("\r\n", "\n")) > MESSAGE_MAX:
        errors["message"] = say("Write %(number)s characters at most.", number=MESSAGE_MAX)
    return errors


async def _refused(visit: Visit, ticket_id: UUID, form: dict[str, str], problem: ServiceProblem) -> PageResponse:
    """The form again, with what is wrong beside its field or above it."""
    words = problem_words(problem)
    errors: dict[str, str] = {}
    if problem.slug == "own-address":
        errors["email"] = words.title
    elif problem.slug not in SEE_LIST:
        errors = {
            name: say(NO_ADDRESS) if name == "email" else text for name, text in field_errors(problem, {}).items()
        }
    return await _give_page(visit, ticket_id, form, errors, words, problem.status)


@get("/transfers/{transfer_id:uuid}")
async def transfer(visit: NamedDependency[Visit], transfer_id: FromPath[UUID]) -> PageResponse:
    """An offer, for its sender and for whoever has the address; anybody else is told to use that account."""
    visit.need_user()
    return await _transfer_page(visit, transfer_id)


async def _transfer_page(
    visit: Visit, transfer_id: UUID, words: Words | None = None, status: int = 200
) -> PageResponse:
    try:
        found = await visit.ask("tickets", "GET", f"/api/transfers/{transfer_id}", Transfer)
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
        return visit.page("transfer_elsewhere.html", 404)
    show = await visit.ask("catalog", "GET", f"/api/shows/{found.show_id}", Show)
    done = visit.request.query_params.get("done", "")
    return visit.page("transfer.html", status, transfer=found, show=show, words=words, done=done)


@post("/transfers/{transfer_id:uuid}/accept")
async def accept(visit: NamedDependency[Visit], transfer_id: FromPath[UUID]) -> PageResponse:
    """Take the tickets over."""
    return await _answer(visit, transfer_id, "POST", "/accept", "accepted")


@post("/transfers/{transfer_id:uuid}/decline")
async def decline(visit: NamedDependency[Visit], transfer_id: FromPath[UUID]) -> PageResponse:
    """Leave the tickets with their sender."""
    return await _answer(visit, transfer_id, "POST", "/decline", "declined")


@post("/transfers/{transfer_id:uuid}/take-back")
async def take_back(visit: NamedDependency[Visit], transfer_id: FromPath[UUID]) -> PageResponse:
    """Keep the tickets after all."""
    return await _answer(visit, transfer_id, "DELETE", "", "taken-back")


async def _answer(visit: Visit, transfer_id: UUID, method: str, path: str, done: str) -> PageResponse:
    """Do what a button says; where it is too late, say what became of the offer."""
    await visit.form()
    visit.need_user()
    try:
        await visit.send("tickets", method, f"/api/transfers/{transfer_id}{path}")
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await _transfer_page(visit, transfer_id, problem_words(problem), problem.status)
    return visit.redirect(f"/transfers/{transfer_id}", done=done)


PAGES: list[ControllerRouterHandler] = [give_form, give, transfer, accept, decline, take_back]
