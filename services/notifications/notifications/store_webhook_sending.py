"""The SQL of sending to webhooks: what is due is borrowed, and what became of it is noted."""

from __future__ import annotations

from uuid import UUID

import msgspec

from fairseat_common.database import Connection, Record

COUNTED_MAX = 100_000


class Parcel(msgspec.Struct, frozen=True):
    """A delivery to make now; `left_s` is for how long it is worth trying, `sealed_before` signs too while it may."""

    id: UUID
    webhook_id: UUID
    url: str
    sealed: str
    sealed_before: str | None
    subject: str
    body: str
    attempts: int
    left_s: float
    traceparent: str | None = None


class Backlog(msgspec.Struct, frozen=True):
    """How many deliveries are queued, and how many of them have been due for a minute and more; at most COUNTED_MAX."""

    queued: int
    late: int


class Outcome(msgspec.Struct, frozen=True):
    """What came of a try: delivered, to be tried again after `wait_s`, or (None) given up; `gone`: for good."""

    answer: int | None
    error: str | None
    took_ms: int
    delivered: bool
    wait_s: float | None = None
    gone: bool = False


_CLAIMED = """
update webhook_deliveries d
set attempts = d.attempts + 1, leased_until = now() + make_interval(secs => $1)
from due join webhooks w on w.id = due.webhook_id
where d.id = due.id
returning d.id, d.webhook_id, w.url, w.secret as sealed,
    case when w.secret_before_until > now() then w.secret_before end as sealed_before, d.subject, d.body, d.attempts,
    d.traceparent, extract(epoch from d.give_up_at - now())::float8 as left_s
"""
# One at a time for each webhook, so that a slow endpoint takes no more than one of the senders' places.
_CLAIM = f"""
with first as (
    select distinct on (q.webhook_id) q.id
    from webhook_deliveries q join webhooks w on w.id = q.webhook_id
    where q.status = 'queued' and q.due_at <= now() and w.active and not exists (
        select 1 from webhook_deliveries l where l.webhook_id = q.webhook_id and l.leased_until > now()
    )
    order by q.webhook_id, q.due_at, q.id
), due as (
    select d.id, d.webhook_id from webhook_deliveries d join first on first.id = d.id
    where d.status = 'queued' limit $2 for update of d skip locked
)
{_CLAIMED}
"""  # noqa: S608 -- of this module's own words only
_CLAIM_NEXT = f"""
with due as (
    select d.id, d.webhook_id from webhook_deliveries d join webhooks w on w.id = d.webhook_id
    where d.webhook_id = $2 and d.status = 'queued' and d.due_at <= now() and w.active
        and (d.leased_until is null or d.leased_until <= now())
    order by d.due_at, d.id limit 1 for update of d skip locked
)
{_CLAIMED}
"""  # noqa: S608 -- of this module's own words only
# An endpoint that has failed since before the delivery was made has had its day: no more is sent to it.
_NOTE = """
with noted as (
    update webhook_deliveries set answer = $3, error = $4, leased_until = null,
        status = case when $6 then 'delivered' when $7::float8 is null then 'failed' else 'queued' end,
        ended_at = case when $6 or $7::float8 is null then now() end,
        due_at = case when $6 or $7::float8 is null then due_at else now() + make_interval(secs => $7::float8) end
    where id = $1 and attempts = $2 and status = 'queued'
    returning webhook_id, status, created_at
), tried as (
    insert into webhook_attempts (delivery_id, number, answer, error, took_ms)
    select $1, $2, $3, $4, $5 from noted on conflict (delivery_id, number) do nothing
)
update webhooks w set
    failing_since = case when $6 then null else coalesce(w.failing_since, now()) end,
    active = w.active and not $8 and not (noted.status = 'failed' and w.failing_since <= noted.created_at),
    off_reason = case when not w.active then w.off_reason when $8 then 'gone'
        when noted.status = 'failed' and w.failing_since <= noted.created_at then 'failing' end
from noted where w.id = noted.webhook_id
"""


async def backlog(connection: Connection) -> Backlog:
    """What is to be delivered to webhooks that are switched on."""
    row = await connection.fetchrow(
        "select count(*) as queued, count(*) filter (where due_at < now() - interval '1 minute') as late"
        " from (select d.due_at from webhooks w join webhook_deliveries d on d.webhook_id = w.id"
        "  where w.active and d.status = 'queued' limit $1) q",
        COUNTED_MAX,
    )
    assert row is not None
    return Backlog(row["queued"], row["late"])


async def parcels_claim(connection: Connection, lease_s: float, rows_max: int) -> list[Parcel]:
    """Borrow the oldest due delivery of each webhook that nobody is sending to: no two senders get the same."""
    return [_parcel(row) for row in await connection.fetch(_CLAIM, lease_s, rows_max)]


async def parcel_next(connection: Connection, lease_s: float, webhook_id: UUID) -> Parcel | None:
    """Borrow the next due delivery of a webhook, for whoever has just sent one."""
    row = await connection.fetchrow(_CLAIM_NEXT, lease_s, webhook_id)
    return None if row is None else _parcel(row)


async def parcel_note(connection: Connection, parcel: Parcel, outcome: Outcome) -> None:
    """Note what came of a try, unless somebody else has taken over because it took too long."""
    await connection.execute(
        _NOTE,
        parcel.id,
        parcel.attempts,
        outcome.answer,
        outcome.error,
        outcome.took_ms,
        outcome.delivered,
        outcome.wait_s,
        outcome.gone,
    )


async def parcel_release(connection: Connection, parcel: Parcel) -> None:
    """Give a delivery back that was not tried to the end."""
    await connection.execute(
        "update webhook_deliveries set leased_until = null where id = $1 and attempts = $2", parcel.id, parcel.attempts
    )


async def log_prune(connection: Connection, keep_s: float, rows_max: int) -> int:
    """Forget deliveries that ended long ago; answers how many."""
    status = await connection.execute(
        "delete from webhook_deliveries where id in (select id from webhook_deliveries"
        " where ended_at < now() - make_interval(secs => $1) order by ended_at limit $2)",
        keep_s,
        rows_max,
    )
    return int(status.split()[-1])


async def secrets_prune(connection: Connection) -> None:
    """Forget secrets that no longer sign."""
    await connection.execute(
        "update webhooks set secret_before = null, secret_before_until = null where secret_before_until <= now()"
    )


def _parcel(row: Record) -> Parcel:
    return Parcel(**dict(row))
