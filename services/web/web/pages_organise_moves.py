"""For organisers: postponing, rescheduling and cancelling a show, each with a page that says what happens."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web import views_organise
from web.answers import PageResponse
from web.forms_organise import start_read, until_read
from web.models_organise import OwnShow, SalesReport
from web.pages_organise_shows import CHANGED, own_show, perhaps
from web.services import ServiceProblem
from web.visit import Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

DONE = {"postpone": "show-postponed", "reschedule": "show-moved", "cancel": "show-off"}
"""What can happen to a show, with the message that says that it did."""
ADDRESSES = [f"/organise/shows/{{show_id:uuid}}/{each}" for each in DONE]
BEGUN = Words("This show has begun.", "After its start a show can only be cancelled, within 24 hours.")


@get(ADDRESSES)
async def ask(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """What it means to postpone the show, to give it another date, or to call it off."""
    show, _ = await own_show(visit, show_id)
    return await _page(visit, show, _move_asked(visit), _fields(show))


@post(ADDRESSES)
async def move(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Do it."""
    form, wanted = await visit.form(), _move_asked(visit)
    show, _ = await own_show(visit, show_id)
    body, errors = _body(form, show, wanted)
    if errors:
        return await _page(visit, show, wanted, form, errors, CHECK_FORM, 422)
    headers = {"If-Match": f'"{form.get("version", "")}"'}
    try:
        await visit.ask("catalog", "PATCH", f"/api/shows/{show_id}", OwnShow, body=body, headers=headers)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        if problem.status == 412:
            return await _page(visit, show, wanted, _fields(show), {}, CHANGED, 412)
        words = BEGUN if problem.slug == "show-over" else problem_words(problem)
        messages = field_errors(problem, {"starts_at": "day"})
        return await _page(visit, show, wanted, form, messages, words, problem.status)
    return visit.redirect(f"/organise/shows/{show_id}", done=DONE[wanted])


def _move_asked(visit: Visit) -> str:
    return visit.request.url.path.rpartition("/")[2]


def _fields(show: OwnShow) -> dict[str, str]:
    return {"version": str(show.version)} | views_organise.clock_fields(show.starts_at, show.venue.timezone)


def _body(form: dict[str, str], show: OwnShow, move: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What the catalogue is told, and messages by field."""
    if move == "cancel":
        unsure = {} if form.get("sure") else {"sure": say("Tick this if you are sure: a cancellation is final.")}
        return {"status": "cancelled"}, unsure
    if move == "postpone":
        body, errors = until_read(form, show)
        return body | {"status": "postponed"}, errors
    start, errors = start_read(form, show.venue.timezone)
    if start is None:
        return {}, errors
    if start == show.starts_at and show.status == "scheduled":
        errors["day"] = say("This is the date that the show has now.")
    body, mistakes = until_read(form, show, start)
    return body | {"starts_at": start.isoformat()}, errors | mistakes


async def _page(
    visit: Visit,
    show: OwnShow,
    move: str,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    return visit.page(
        "organise_move.html",
        status,
        show=show,
        move=move,
        form=form,
        errors=errors or {},
        words=words,
        sales=await perhaps(visit, "tickets", f"/api/reports/{show.id}/sales", SalesReport),
        now=datetime.now(UTC),
    )


PAGES: list[ControllerRouterHandler] = [ask, move]
