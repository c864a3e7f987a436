"""The SQL of the inbox, of counted attempts and of dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from fairseat_common.database.pool import Connection, Record

COUNTED_MAX = 100_000
"""More than so many unsent events are not counted: it is late enough by then."""


async def inbox_enter(tx: Connection, consumer: str, event_id: UUID, outcome: str) -> bool:
    """Note that this consumer handles the event in this transaction; False if it did so before.

    A parallel delivery of the same event waits here until the first one commits or rolls back. Failures that were
    counted before no longer matter.
    """
    status = await tx.execute(
        "with forgotten as (delete from delivery_attempts where consumer = $1 and event_id = $2)"
        " insert into inbox (consumer, event_id, outcome) values ($1, $2, $3) on conflict do nothing",
        consumer,
        event_id,
        outcome,
    )
    return status.endswith(" 1")


async def inbox_enter_many(tx: Connection, consumer: str, event_ids: Sequence[UUID]) -> list[UUID]:
    """Note that this consumer handles these events in this transaction; the ones that are new to it, in their order."""
    rows = await tx.fetch(
        "with forgotten as (delete from delivery_attempts where consumer = $1 and event_id = any($2::uuid[]))"
        " insert into inbox (consumer, event_id, outcome) select $1, e, 'handled' from unnest($2::uuid[]) as e"
        " order by e on conflict do nothing returning event_id",
        consumer,
        list(event_ids),
    )
    fresh = {row["event_id"] for row in rows}
    return [event_id for event_id in event_ids if event_id in fresh]


async def trace_set(tx: Connection, traceparent: str) -> None:
    """Let what this transaction writes find the trace that it belongs to."""
    await tx.execute("select set_config('fairseat.traceparent', $1, true)", traceparent)


async def attempt_count(tx: Connection, consumer: str, event_id: UUID, error: str) -> int:
    """Count one more failed delivery; answers how many there are."""
    attempts = await tx.fetchval(
        "insert into delivery_attempts (consumer, event_id, attempts, last_error) values ($1, $2, 1, $3)"
        " on conflict (consumer, event_id) do update"
        " set attempts = delivery_attempts.attempts + 1, last_error = excluded.last_error, failed_at = now()"
        " returning attempts",
        consumer,
        event_id,
        error,
    )
    assert isinstance(attempts, int)
    return attempts


async def dead_letter_add(
    tx: Connection,
    consumer: str,
    event_id: UUID,
    subject: str,
    payload: str,
    headers: Mapping[str, str],
    attempts: int,
    error: str,
) -> None:
    """Keep an event that this consumer cannot digest."""
    await tx.execute(
        "insert into dead_letters (consumer, event_id, subject, payload, headers, attempts, error)"
        " values ($1, $2, $3, $4, $5::text::jsonb, $6, $7)"
        " on conflict (consumer, event_id) do update"
        " set attempts = excluded.attempts, error = excluded.error, parked_at = now(), replayed_at = null",
        consumer,
        event_id,
        subject,
        payload,
        msgspec.json.encode(dict(headers)).decode(),
        attempts,
        error,
    )


async def dead_letters_list(tx: Connection) -> list[Record]:
    """Dead letters that nobody has replayed, oldest first."""
    return await tx.fetch(
        "select consumer, event_id, subject, payload, headers::text as headers, attempts, error, parked_at"
        " from dead_letters where replayed_at is null order by parked_at limit 1000"
    )


async def dead_letters_page(tx: Connection, after: tuple[datetime, UUID] | None, rows_max: int) -> list[Record]:
    """Dead letters that nobody has replayed, newest first; from after one on, by when it was parked and its id."""
    return await tx.fetch(
        "select consumer, event_id, subject, left(payload, 4000) as payload, attempts, error, parked_at"
        " from dead_letters where replayed_at is null"
        " and ($1::timestamptz is null or (parked_at, event_id) < ($1, $2::uuid))"
        " order by parked_at desc, event_id desc limit $3",
        after[0] if after else None,
        after[1] if after else None,
        rows_max,
    )


async def dead_letter_lock(tx: Connection, consumer: str, event_id: UUID) -> Record | None:
    """A dead letter that nobody has replayed and nobody else is replaying; None if there is none."""
    return await tx.fetchrow(
        "select subject, payload from dead_letters"
        " where consumer = $1 and event_id = $2 and replayed_at is null for update",
        consumer,
        event_id,
    )


async def dead_letter_failed(tx: Connection, consumer: str, event_id: UUID, error: str) -> None:
    """Count one more attempt in vain."""
    await tx.execute(
        "update dead_letters set attempts = attempts + 1, error = $3"
        " where consumer = $1 and event_id = $2 and replayed_at is null",
        consumer,
        event_id,
        error,
    )


async def dead_letter_release(tx: Connection, consumer: str, event_id: UUID) -> None:
    """Let the consumer handle the event again when it is delivered again."""
    await tx.execute(
        "update dead_letters set replayed_at = now() where consumer = $1 and event_id = $2",
        consumer,
        event_id,
    )
    await tx.execute("delete from inbox where consumer = $1 and event_id = $2", consumer, event_id)


async def backlog(tx: Connection) -> tuple[int, float, dict[str, int]]:
    """Unsent events (COUNTED_MAX at most), age of the oldest in seconds, and dead letters by consumer.

    Both have an index of what is open, so that neither depends on how much there ever was.
    """
    row = await tx.fetchrow(
        "select (select count(*) from (select from outbox where published_at is null limit $1) o) as waiting,"
        " (select coalesce(extract(epoch from now() - occurred_at), 0)::float8"
        "  from outbox where published_at is null order by position limit 1) as age_s",
        COUNTED_MAX,
    )
    assert row is not None
    dead = await tx.fetch("select consumer, count(*) from dead_letters where replayed_at is null group by consumer")
    return row["waiting"], row["age_s"] or 0.0, {each["consumer"]: each["count"] for each in dead}
