"""The waiting room of an on-sale: standing in line, the public log, and what organisers set."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from web import views_queue
from web.answers import PageResponse
from web.models import Page
from web.models_organise import OwnShow
from web.models_queue import Queue, QueueEntry, QueueEvent
from web.pages_checkout import show_of
from web.pages_onsale_rules import managed_show
from web.pages_organise_shows import perhaps
from web.services import ServiceProblem
from web.services_queue import entry_of, queue_of
from web.visit import SignInNeeded, Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

FIELDS = {"window_seconds": "window", "doors_at": "doors"}
LOG_LINES = "100"
QUEUE_FIRST = Words("You need a turn to hold seats.", "This show has a waiting room: whoever is let in can choose.")


@get("/shows/{show_id:uuid}/queue")
async def queue_page(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Where the reader stands in the waiting room of a show, and where the room stands."""
    refused = visit.request.query_params.get("refused") == "hold"
    return await room_page(visit, show_id, QUEUE_FIRST if refused else None)


async def room_page(visit: Visit, show_id: UUID, words: Words | None = None, status: int = 200) -> PageResponse:
    """The page of a waiting room, with a message when something did not work."""
    show, (queue, entry) = await asyncio.gather(show_of(visit, str(show_id)), _standing(visit, show_id))
    stage = views_queue.stage_of(queue, entry)
    if stage in ("admitted", "ended") and status == 200:
        # Whoever is let in need not be told to wait.
        words = None
    return visit.page(
        "queue.html",
        status,
        show=show,
        queue=queue,
        entry=entry,
        stage=stage,
        words=words,
        followed=views_queue.followed(queue, entry),
    )


@get("/shows/{show_id:uuid}/queue/part")
async def queue_part(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """What changes on an open page while one waits: figures, and in `data-followed` whether another page is due."""
    show, (queue, entry) = await asyncio.gather(show_of(visit, str(show_id)), _standing(visit, show_id))
    stage, followed = views_queue.stage_of(queue, entry), views_queue.followed(queue, entry)
    return visit.page("queue_part.html", show=show, queue=queue, entry=entry, stage=stage, followed=followed)


@post("/shows/{show_id:uuid}/queue")
async def join(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Join the room; whoever is in it stays where they are."""
    await visit.form()
    if visit.auth_down or not visit.signed_in:
        raise SignInNeeded
    try:
        entry = await visit.ask("orders", "POST", f"/api/queues/{show_id}/entries", QueueEntry)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        return await room_page(visit, show_id, problem_words(problem), problem.status)
    done = {"done": "queue-joined"} if entry.state == "waiting" else {}
    return visit.redirect(f"/shows/{show_id}/queue", **done)


@post("/shows/{show_id:uuid}/queue/leave")
async def leave(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Give one's place up."""
    await visit.form()
    visit.need_user()
    await visit.send("orders", "DELETE", f"/api/queues/{show_id}/entries/mine")
    return visit.redirect(f"/shows/{show_id}/queue", done="queue-left")


@get("/shows/{show_id:uuid}/queue/log")
async def queue_log(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """What happened in the room, by numbers, and how everybody can check its order."""
    cursor = visit.request.query_params.get("cursor", "")[:200]
    query = {"limit": LOG_LINES} | ({"cursor": cursor} if cursor else {})
    show, queue, log = await asyncio.gather(
        show_of(visit, str(show_id)),
        queue_of(visit, show_id),
        visit.ask("orders", "GET", f"/api/queues/{show_id}/log", Page[QueueEvent], query=query),
    )
    return visit.page("queue_log.html", show=show, queue=queue, log=log)


@get("/organise/shows/{show_id:uuid}/queue")
async def room_form(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """What an organiser sees of a room, and can set."""
    show, duties = await managed_show(visit, show_id)
    queue = await queue_of(visit, show_id)
    return _room_page(visit, show, duties, queue, views_queue.room_fields(queue))


@post("/organise/shows/{show_id:uuid}/queue")
async def room_set(visit: NamedDependency[Visit], show_id: FromPath[UUID]) -> PageResponse:
    """Set a room, change its pace, pause it or let it go on; or end it."""
    form = await visit.form()
    show, duties = await managed_show(visit, show_id)
    queue = await queue_of(visit, show_id)
    if form.get("do") == "end":
        await visit.send("orders", "DELETE", f"/api/queues/{show_id}")
        return visit.redirect(f"/organise/shows/{show_id}/queue", done="queue-ended")
    body, errors = views_queue.room_body(form, queue.opens_at or await _opens_at(visit, show_id))
    if errors:
        return _room_page(visit, show, duties, queue, form, errors, CHECK_FORM, 422)
    try:
        await visit.ask("orders", "PUT", f"/api/queues/{show_id}", Queue, body=body)
    except ServiceProblem as problem:
        if problem.status == 401:
            raise
        errors = field_errors(problem, FIELDS)
        return _room_page(visit, show, duties, queue, form, errors, problem_words(problem), problem.status)
    return visit.redirect(f"/organise/shows/{show_id}/queue", done="queue-set")


async def _opens_at(visit: Visit, show_id: UUID) -> datetime | None:
    """When the sale of the house begins, which orders may not have heard of yet."""
    found = await perhaps(visit, "tickets", f"/api/onsales/{show_id}", dict[str, Any])
    return datetime.fromisoformat(found["opens_at"]) if found and found.get("opens_at") else None


async def _standing(visit: Visit, show_id: UUID) -> tuple[Queue, QueueEntry | None]:
    queue = await visit.ask("orders", "GET", f"/api/queues/{show_id}", Queue)
    return queue, await entry_of(visit, queue)


def _room_page(
    visit: Visit,
    show: OwnShow,
    duties: frozenset[str],
    queue: Queue,
    form: dict[str, str],
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    values: dict[str, Any] = {
        "show": show,
        "duties": duties,
        "room": queue,
        "room_form": form,
        "room_errors": errors or {},
        "sale_open": False,
        "words": words,
    }
    return visit.page("queue_manage.html", status, now=datetime.now(UTC), **values)


PAGES: list[ControllerRouterHandler] = [
    queue_page, queue_part, join, leave, queue_log, room_form, room_set,
]  # fmt: skip
