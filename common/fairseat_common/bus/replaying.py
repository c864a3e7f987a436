"""Giving a parked event to its consumer again, here and now: the broker is not needed for it.

The handler runs in the transaction that takes the event out of the dead letters and enters it in the inbox. So it is
handled once or is still parked, and the operator who asked hears at once which.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from fairseat_common.audit import audit
from fairseat_common.bus import store
from fairseat_common.bus.consumers import DATABASE_AWAY
from fairseat_common.bus.declaring import Consumer, Consumers
from fairseat_common.contracts import decode
from fairseat_common.contracts.refusals import Conflict, NotFound, Refusal
from fairseat_common.database.pool import Connection, Database

log = structlog.get_logger(__name__)

ERROR_LENGTH_MAX = 2000


class ReplayFailed(Conflict):
    """The consumer cannot digest the event yet: it is still parked, with the new error."""

    slug = "replay-failed"
    title = "The event could not be handled this time either"
    detail = "It is still parked. Its error says why; replay it when the cause is gone."


class ConsumerGone(Conflict):
    """No code of this service handles such events any more."""

    slug = "consumer-gone"
    title = "Nobody handles this event any more"
    detail = "The consumer that parked it is no longer part of this service."


async def replay(database: Database, consumers: Consumers, durable: str, event_id: UUID, actor_id: UUID) -> str:
    """Handle a parked event; answers "handled", or "refused" for a definite no of the domain. Both are audited.

    Raises NotFound when it is not parked (any more), ConsumerGone, or ReplayFailed.
    """
    consumer = next((each for each in consumers if each.durable == durable), None)
    try:
        async with database.transaction() as tx:
            letter = await store.dead_letter_lock(tx, durable, event_id)
            if letter is None:
                raise NotFound("This event is not parked.")
            if consumer is None:
                raise ConsumerGone
            outcome = await _handle(tx, consumer, event_id, letter["subject"], letter["payload"])
            await audit(tx, actor_id, "event-replayed", str(event_id), consumer=durable, outcome=outcome)
            return outcome
    except (NotFound, ConsumerGone, *DATABASE_AWAY):
        raise
    except Exception as error:  # whatever the handler throws is what the operator has to know
        said = repr(error)[:ERROR_LENGTH_MAX]
        log.warning("bus.replay_failed", consumer=durable, event_id=str(event_id), exc_info=error)
        async with database.transaction() as tx:
            await store.dead_letter_failed(tx, durable, event_id, said)
            await audit(tx, actor_id, "event-replay-failed", str(event_id), consumer=durable, error=said[:500])
        raise ReplayFailed(error=said) from error


async def _handle(tx: Connection, consumer: Consumer, event_id: UUID, subject: str, payload: str) -> str:
    """Run the handler where its inbox row is written; a refusal undoes its work alone, and is as final as ever."""
    await store.dead_letter_release(tx, consumer.durable, event_id)
    event = decode(subject, payload.encode())
    try:
        async with tx.transaction():
            await consumer.handler(tx, event)
        outcome = "handled"
    except Refusal as refusal:
        log.info("bus.refused", consumer=consumer.durable, event_id=str(event_id), refusal=refusal.slug)
        outcome = "refused"
    await store.inbox_enter(tx, consumer.durable, event_id, outcome)
    return outcome
