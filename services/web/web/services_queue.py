"""The waiting room of a show, and where the reader stands in it."""

from datetime import UTC, datetime
from uuid import UUID

from web.models_queue import Queue, QueueEntry
from web.services import ServiceDown, ServiceProblem
from web.visit import Visit


async def queue_of(visit: Visit, show_id: UUID | str) -> Queue:
    """The room of a show; none, while it cannot be told: a page about something else is useful without."""
    try:
        return await visit.ask("orders", "GET", f"/api/queues/{show_id}", Queue)
    except (ServiceProblem, ServiceDown):
        return Queue(str(show_id), "none", datetime.now(UTC))


async def entry_of(visit: Visit, queue: Queue) -> QueueEntry | None:
    """The reader's newest place in a room that is in force; None without."""
    if queue.state in ("none", "ended") or not visit.signed_in:
        return None
    try:
        return await visit.ask("orders", "GET", f"/api/queues/{queue.show_id}/entries/mine", QueueEntry)
    except ServiceProblem as problem:
        if problem.status != 404:
            raise
        return None


async def standing_of(visit: Visit, show_id: UUID | str) -> tuple[Queue, QueueEntry | None]:
    """The room of a show and the reader's place, for a page about something else."""
    queue = await queue_of(visit, show_id)
    try:
        return queue, await entry_of(visit, queue)
    except (ServiceProblem, ServiceDown):
        return queue, None
