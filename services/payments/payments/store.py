"""The only SQL of payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from payments.domain import Attempt, Order

PROVIDER_EVENTS_KEPT = timedelta(days=30)


async def order_apply(tx: Connection, order: Order) -> None:
    """Take an order's news, unless something newer is known."""
    await tx.execute(
        "insert into orders (id, buyer_id, version, status, amount, currency, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)"
        " on conflict (id) do update set version = excluded.version, status = excluded.status,"
        " expires_at = excluded.expires_at where orders.version < excluded.version",
        order.id,
        order.buyer_id,
        order.version,
        order.status,
        order.total.amount,
        order.total.currency,
        order.expires_at,
    )


async def order_find(tx: Connection, order_id: UUID) -> Order | None:
    """The copy of an order."""
    row = await tx.fetchrow("select * from orders where id = $1", order_id)
    return _order(row) if row else None


async def order_lock(tx: Connection, order_id: UUID) -> Order:
    """The copy of an order, which does not change until the transaction ends."""
    row = await tx.fetchrow("select * from orders where id = $1 for no key update", order_id)
    assert row is not None, f"an attempt names order {order_id}"
    return _order(row)


async def attempt_start(
    tx: Connection, attempt_id: UUID, order_id: UUID, payment_method: str, key: str, hashed: bytes, lease: timedelta
) -> Attempt | None:
    """A new attempt for the order's total; None if the order is not payable, or the key or the order is taken.

    One statement: `attempts_live` makes a second live attempt impossible, and whoever comes second waits for the
    first's commit and then gets nothing. The hold's end is compared by this database's clock.
    """
    row = await tx.fetchrow(
        "insert into attempts (id, order_id, buyer_id, idempotency_key, request_hash, payment_method,"
        " amount, currency, status, leased_until)"
        " select $1, id, buyer_id, $3, $4, $5, amount, currency, 'started', clock_timestamp() + $6"
        " from orders where id = $2 and status = 'held' and expires_at > clock_timestamp()"
        " on conflict do nothing returning *",
        attempt_id,
        order_id,
        key,
        hashed,
        payment_method,
        lease,
    )
    return _attempt(row) if row else None


async def attempt_of_key(tx: Connection, buyer_id: UUID, key: str) -> Attempt | None:
    """The attempt that a buyer's Idempotency-Key made."""
    row = await tx.fetchrow(
        "select * from attempts where buyer_id = $1 and idempotency_key = $2",
        buyer_id,
        key,
    )
    return _attempt(row) if row else None


async def attempt_find(tx: Connection, attempt_id: UUID) -> Attempt | None:
    """An attempt by its id."""
    row = await tx.fetchrow("select * from attempts where id = $1", attempt_id)
    return _attempt(row) if row else None


async def attempt_lock(tx: Connection, attempt_id: UUID) -> tuple[Attempt, datetime]:
    """An attempt, which nobody else changes until the transaction ends, and this database's time."""
    row = await tx.fetchrow(
        "select *, clock_timestamp() as now from attempts where id = $1 for no key update",
        attempt_id,
    )
    assert row is not None, f"attempt {attempt_id} is never deleted"
    return _attempt(row), row["now"]


async def attempt_update(tx: Connection, attempt: Attempt) -> None:
    """Write where an attempt stands. What is due next is due at once."""
    await tx.execute(
        "update attempts set status = $2, version = $3, outcome = $4, reason = $5, intent_id = $6,"
        " tries = 0, leased_until = clock_timestamp() where id = $1",
        attempt.id,
        attempt.status,
        attempt.version,
        attempt.outcome,
        attempt.reason,
        attempt.intent_id,
    )


async def attempt_postpone(tx: Connection, attempt_id: UUID, pause: timedelta) -> None:
    """Let go of an attempt whose provider call brought nothing; it is due again after a pause."""
    await tx.execute(
        "update attempts set tries = greatest(tries, 1), leased_until = clock_timestamp() + $2"
        " where id = $1 and status in ('started', 'authorized')",
        attempt_id,
        pause,
    )


async def attempts_lease(tx: Connection, rows_max: int, lease: timedelta) -> list[Attempt]:
    """Attempts for which something is due at the provider; nobody else gets them while the lease lasts."""
    rows = await tx.fetch(
        "with due as (select a.id from attempts a join orders o on o.id = a.order_id"
        " where a.leased_until <= clock_timestamp()"
        " and (a.status = 'started' or (a.status = 'authorized' and o.status in ('confirmed', 'cancelled')))"
        " order by a.leased_until limit $1 for update of a skip locked)"
        " update attempts set tries = tries + 1, leased_until = clock_timestamp() + $2"
        " where id in (select id from due) returning *",
        rows_max,
        lease,
    )
    return [_attempt(row) for row in rows]


async def attempts_of_buyer(
    tx: Connection, buyer_id: UUID, order_id: UUID | None, before: UUID | None, rows_max: int
) -> list[Attempt]:
    """A buyer's attempts, newest first, also of one order only."""
    rows = await tx.fetch(
        "select * from attempts where buyer_id = $1"
        " and ($2::uuid is null or order_id = $2) and ($3::uuid is null or id < $3) order by id desc limit $4",
        buyer_id,
        order_id,
        before,
        rows_max,
    )
    return [_attempt(row) for row in rows]


async def provider_event_known(tx: Connection, event_id: str) -> bool:
    """Whether this event of the provider was acted upon."""
    return bool(await tx.fetchval("select exists (select from provider_events where id = $1)", event_id))


async def provider_event_enter(tx: Connection, event_id: str, type_: str) -> None:
    """Note that an event of the provider was acted upon, and forget those that it cannot send any more."""
    await tx.execute(
        "insert into provider_events (id, type) values ($1, $2) on conflict do nothing",
        event_id,
        type_,
    )
    await tx.execute("delete from provider_events where received_at < now() - $1::interval", PROVIDER_EVENTS_KEPT)


async def now(tx: Connection) -> datetime:
    """This database's time: the clock by which everything is judged."""
    value = await tx.fetchval("select clock_timestamp()")
    assert isinstance(value, datetime)
    return value


def _order(row: Record) -> Order:
    return Order(
        id=row["id"],
        buyer_id=row["buyer_id"],
        version=row["version"],
        status=row["status"],
        total=Money(row["amount"], row["currency"]),
        expires_at=row["expires_at"],
    )


def _attempt(row: Record) -> Attempt:
    same = ("id", "order_id", "buyer_id", "request_hash", "payment_method", "status", "version")
    more: Sequence[str] = ("outcome", "reason", "intent_id", "tries", "created_at")
    return Attempt(amount=Money(row["amount"], row["currency"]), **{name: row[name] for name in (*same, *more)})
