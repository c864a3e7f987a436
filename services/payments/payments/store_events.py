"""The SQL of the provider's events: which were acted upon, and how far its list was read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from fairseat_common.database import Connection

PROVIDER_EVENTS_KEPT = timedelta(days=40)
"""Longer than the provider lists or sends them."""
FEED = "events"


async def provider_event_known(tx: Connection, event_id: str) -> bool:
    """Whether this event of the provider was acted upon."""
    return bool(await tx.fetchval("select exists (select from provider_events where id = $1)", event_id))


async def provider_events_known(tx: Connection, event_ids: Iterable[str]) -> set[str]:
    """Those of some events of the provider that were acted upon."""
    rows = await tx.fetch("select id from provider_events where id = any($1::text[])", list(event_ids))
    return {row["id"] for row in rows}


async def provider_event_enter(tx: Connection, event_id: str, type_: str) -> None:
    """Note that an event of the provider was acted upon, and forget those that it cannot send any more."""
    await tx.execute(
        "insert into provider_events (id, type) values ($1, $2) on conflict do nothing",
        event_id,
        type_,
    )
    await tx.execute("delete from provider_events where received_at < now() - $1::interval", PROVIDER_EVENTS_KEPT)


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
