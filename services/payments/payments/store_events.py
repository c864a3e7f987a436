"""The SQL of the provider's events: which were acted upon, and how far its list was read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from fairseat_common.database import Connection
from payments.domain_events import Happened

PROVIDER_EVENTS_KEPT = timedelta(days=40)
"""Longer than the provider lists or sends them."""
FEED = "events"
ERROR_CHARS_MAX = 500
PARKED_PAUSE_MAX = timedelta(minutes=5)


async def provider_event_known(tx: Connection, event_id: str) -> bool:
    """Whether this event of the provider was acted upon."""
    return bool(await tx.fetchval("select exists (select from provider_events where id = $1)", event_id))


async def provider_events_known(tx: Connection, event_ids: Iterable[str]) -> set[str]:
    """Those of some events of the provider that were acted upon, or are parked to be looked at again."""
    rows = await tx.fetch(
        "select id from provider_events where id = any($1::text[])"
        " union select id from provider_events_parked where id = any($1::text[])",
        list(event_ids),
    )
    return {row["id"] for row in rows}


async def provider_event_enter(tx: Connection, event_id: str, type_: str) -> None:
    """Note that an event of the provider was acted upon, and forget those that it cannot send any more."""
    await tx.execute(
        "insert into provider_events (id, type) values ($1, $2) on conflict do nothing",
        event_id,
        type_,
    )
    await tx.execute("delete from provider_events_parked where id = $1", event_id)
    await tx.execute("delete from provider_events where received_at < now() - $1::interval", PROVIDER_EVENTS_KEPT)


async def event_park(tx: Connection, event: Happened, error: str) -> None:
    """Keep an event that could not be looked at: it is looked at again after a pause that grows to five minutes."""
    await tx.execute(
        "insert into provider_events_parked as p (id, type, object_id, intent_id, last_error)"
        " values ($1, $2, $3, $4, $5) on conflict (id) do update set last_error = excluded.last_error,"
        " tries = p.tries + 1, due_at = clock_timestamp() + least($6, interval '5 seconds' * 2 ^ least(p.tries, 10))",
        event.id,
        event.type,
        event.object_id,
        event.intent_id,
        error[:ERROR_CHARS_MAX],
        PARKED_PAUSE_MAX,
    )


async def events_parked(tx: Connection, rows_max: int) -> list[Happened]:
    """Parked events that are due to be looked at again."""
    rows = await tx.fetch(
        "select id, type, object_id, intent_id from provider_events_parked"
        " where due_at <= clock_timestamp() order by due_at limit $1",
        rows_max,
    )
    return [
        Happened(row["id"], row["type"], created_s=0, object_id=row["object_id"], intent_id=row["intent_id"])
        for row in rows
    ]


async def ours_among(tx: Connection, attempt_ids: Iterable[str], intent_ids: Iterable[str]) -> set[str]:
    """Those of the ids (of attempts, and of the provider's intents) that belong to attempts of ours."""
    rows = await tx.fetch(
        "select id::text as id, intent_id from attempts"
        " where id::text = any($1::text[]) or intent_id = any($2::text[])",
        list(attempt_ids),
        list(intent_ids),
    )
    return {value for row in rows for value in (row["id"], row["intent_id"]) if value is not None}


async def watermark_lease(tx: Connection, lease: timedelta) -> tuple[bool, str | None]:
    """Whether the feed is ours to read while the lease lasts, and after which event."""
    row = await tx.fetchrow(
        "insert into provider_watermarks as w (name, leased_until) values ($1, clock_timestamp() + $2)"
        " on conflict (name) do update set leased_until = excluded.leased_until"
        " where w.leased_until <= clock_timestamp() returning after_id",
        FEED,
        lease,
    )
    return (True, row["after_id"]) if row else (False, None)


async def watermark_release(tx: Connection, after_id: str | None) -> None:
    """Note how far the feed was read, and let go of it."""
    await tx.execute(
        "update provider_watermarks set after_id = $2, leased_until = clock_timestamp() where name = $1",
        FEED,
        after_id,
    )
