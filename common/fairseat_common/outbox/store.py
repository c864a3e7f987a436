"""The SQL of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fairseat_common.contracts import Event, encode
from fairseat_common.database.pool import Connection, Record
from fairseat_common.ids import new_id
from fairseat_common.telemetry.context import current_traceparent


@dataclass(frozen=True, slots=True)
class Row:
    """An event that is to be sent."""

    event_id: UUID
    subject: str
    aggregate_id: UUID
    payload: bytes
    traceparent: str | None
    occurred_at: str


async def append(tx: Connection, event: Event) -> UUID:
    """Write one event; it is published if and only if the transaction commits. Answers the event's id.

    Raises asyncpg.UniqueViolationError when the aggregate already has this version.
    """
    event_id = new_id()
    await tx.execute(
        "insert into outbox (event_id, subject, aggregate_id, version, payload, traceparent)"
        " values ($1, $2, $3, $4, $5::text::jsonb, $6)",
        event_id,
        event.subject,
        event.aggregate_id,
        event.version,
        encode(event).decode(),
        current_traceparent(),
    )
    return event_id


async def append_many(tx: Connection, events: Sequence[Event]) -> None:
    """Write several events in one statement, in their order."""
    await tx.execute(
        "insert into outbox (event_id, subject, aggregate_id, version, payload, traceparent)"
        " select e, s, a, v, p::jsonb, $6"
        " from unnest($1::uuid[], $2::text[], $3::uuid[], $4::int[], $5::text[])"
        " with ordinality as t (e, s, a, v, p, n) order by n",
        [new_id() for _ in events],
        [event.subject for event in events],
        [event.aggregate_id for event in events],
        [event.version for event in events],
        [encode(event).decode() for event in events],
        current_traceparent(),
    )


async def unpublished(tx: Connection, limit: int) -> list[Row]:
    """The oldest rows that were not sent yet.

    By state, never by "id greater than the last": ids become visible in the order of commits, not of ids.
    """
    rows = await tx.fetch(
        "select event_id, subject, aggregate_id, payload::text, traceparent,"
        " to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as occurred_at"
        " from outbox where published_at is null order by position limit $1",
        limit,
    )
    return [_row(row) for row in rows]


async def page(tx: Connection, after: int, limit: int) -> list[tuple[int, Row]]:
    """Rows in order of position, sent or not, for a rebuild."""
    rows = await tx.fetch(
        "select position, event_id, subject, aggregate_id, payload::text, traceparent,"
        " to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as occurred_at"
        " from outbox where position > $1 order by position limit $2",
        after,
        limit,
    )
    return [(row["position"], _row(row)) for row in rows]


async def mark_published(tx: Connection, event_ids: Sequence[UUID]) -> None:
    """Note that the broker has acknowledged these events."""
    await tx.execute("update outbox set published_at = now() where event_id = any($1::uuid[])", list(event_ids))


async def prune(tx: Connection, keep: timedelta, rows_max: int) -> int:
    """Delete sent rows older than `keep`; answers how many."""
    gone = await tx.fetchval("select outbox_prune($1, $2)", keep, rows_max)
    assert isinstance(gone, int)
    return gone


async def forget(tx: Connection, keep: timedelta) -> None:
    """Delete what only matters while an event or a request can still be repeated."""
    await tx.execute("delete from inbox where received_at < now() - $1::interval", keep)
    await tx.execute("delete from delivery_attempts where failed_at < now() - $1::interval", keep)
    await tx.execute("delete from idempotency_keys where created_at < now() - interval '2 days'")


def _row(row: Record) -> Row:
    return Row(
        event_id=row["event_id"],
        subject=row["subject"],
        aggregate_id=row["aggregate_id"],
        payload=row["payload"].encode(),
        traceparent=row["traceparent"],
        occurred_at=row["occurred_at"],
    )
