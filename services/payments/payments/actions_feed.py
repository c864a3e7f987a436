"""Reading the provider's own list of what has happened: whatever a lost webhook would have said is found here.

The list is read forward by the provider's order, from a stored place that stays a little behind its end, so that an
event that turns up late is seen as well. The inbox of the provider's events keeps each from being looked at twice.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from fairseat_common.database import Connection, Database
from payments import actions_look, store_events
from payments.domain_events import Happened
from payments.domain_refusals import ProviderRefuses, ProviderUnavailable
from payments.store_provider import Provider
from payments.store_provider_events import events_after

log = structlog.get_logger(__name__)

PAGES_MAX = 10
PARKED_MAX = 20
OVERLAP_S = 20
LEASE = timedelta(seconds=20)


async def feed_turn(database: Database, provider: Provider) -> bool:
    """Read on, if the provider answers; answers whether there may be more."""
    try:
        return await feed_read(database, provider)
    except (ProviderUnavailable, ProviderRefuses) as error:
        log.warning("feed.waiting", error=repr(error))
        return False


async def feed_read(database: Database, provider: Provider) -> bool:
    """Look at what happened since the last time; answers whether there may be more.

    Raises ProviderUnavailable when there is no answer; what was not looked at by then is read again. An event that
    cannot be looked at is parked, and looked at again later.
    """
    async with database.connection() as connection:
        ours, after_id = await store_events.watermark_lease(connection, LEASE)
    if not ours:
        return False
    place = after_id
    more = True
    seen: list[Happened] = []
    try:
        await _look_again(database, provider)
        for _ in range(PAGES_MAX):
            page, more = await events_after(provider, place)
            await _look_at(database, provider, page)
            seen += page
            if not more:
                break
            place = page[-1].id
    finally:
        async with database.connection() as connection:
            await store_events.watermark_release(connection, _next_place(seen, after_id, more))
    return more


def _next_place(seen: list[Happened], after_id: str | None, more: bool) -> str | None:
    """Where to read on: after everything that is older than the overlap, by the provider's own clock."""
    if not seen:
        return after_id
    if more:
        return seen[-1].id
    settled = [event.id for event in seen if event.created_s <= seen[-1].created_s - OVERLAP_S]
    return settled[-1] if settled else after_id


async def _look_at(database: Database, provider: Provider, events: list[Happened]) -> None:
    async with database.connection() as connection:
        events = await _new_and_ours(connection, [event for event in events if event.type in actions_look.HEARD])
    for event in events:
        log.info("feed.found", event_id=event.id, type=event.type)
        await _look_or_park(database, provider, event)


async def _look_again(database: Database, provider: Provider) -> None:
    async with database.connection() as connection:
        parked = await store_events.events_parked(connection, PARKED_MAX)
    for event in parked:
        await _look_or_park(database, provider, event)


async def _look_or_park(database: Database, provider: Provider, event: Happened) -> None:
    """Look at what an event is about. One that breaks is set aside: it must not keep the others waiting."""
    try:
        await actions_look.look(database, provider, event.id, event.type, event.object_id, event.intent_id)
    except Exception as error:
        async with database.connection() as connection:
            await store_events.event_park(connection, event, repr(error))
        if isinstance(error, ProviderUnavailable):
            raise
        log.error("feed.parked", event_id=event.id, type=event.type, exc_info=error)


async def _new_and_ours(tx: Connection, events: list[Happened]) -> list[Happened]:
    """Events that no webhook has told of, about attempts of ours or sellers: others may use the same account."""
    known = await store_events.provider_events_known(tx, [event.id for event in events])
    events = [event for event in events if event.id not in known]
    attempt_ids = [event.attempt_id for event in events if event.attempt_id]
    intent_ids = [event.intent_id for event in events if event.intent_id]
    ours = await store_events.ours_among(tx, attempt_ids, intent_ids)
    return [
        event for event in events if event.type in actions_look.SELLERS or {event.attempt_id, event.intent_id} & ours
    ]
