"""The SQL of attempts to pay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from payments.domain import Attempt, Wanted


async def attempt_start(
    tx: Connection, attempt_id: UUID, wanted: Wanted, key: str, hashed: bytes, lease: timedelta
) -> Attempt | None:
    """A new attempt for the order's total; None if the order is not payable, the key or the order is taken, or sales
    are stopped.

    One statement: `attempts_live` makes a second live attempt impossible, and whoever comes second waits for the
    first's commit and then gets nothing. The hold's end is compared by this database's clock.
    """
    row = await tx.fetchrow(
        "insert into attempts (id, order_id, buyer_id, idempotency_key, request_hash, payment_method,"
        " return_url, amount, currency, status, leased_until, card_tickets_max)"
        " select $1, id, buyer_id, $3, $4, $5, $6, amount, currency, 'started', clock_timestamp() + $7, $8"
        " from orders where id = $2 and status = 'held' and expires_at > clock_timestamp() and sales_open()"
        " on conflict do nothing returning *",
        attempt_id,
        wanted.order_id,
        key,
        hashed,
        wanted.payment_method,
        wanted.return_url,
        lease,
        wanted.card_tickets_max,
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


async def attempt_of_intent(tx: Connection, intent_id: str) -> Attempt | None:
    """The attempt that the provider's object belongs to."""
    row = await tx.fetchrow("select * from attempts where intent_id = $1", intent_id)
    return _attempt(row) if row else None


async def attempt_paying(tx: Connection, order_id: UUID) -> Attempt | None:
    """The attempt that a confirmed order was to be paid with: the live one, else what was lost at the provider."""
    row = await tx.fetchrow(
        "select * from attempts where order_id = $1 and refused_at is null"
        " and status in ('authorized', 'captured', 'voided') order by status = 'voided', id desc limit 1",
        order_id,
    )
    return _attempt(row) if row else None


async def attempt_lock(tx: Connection, attempt_id: UUID) -> tuple[Attempt, datetime]:
    """An attempt, which nobody else changes until the transaction ends, and this database's time."""
    row = await tx.fetchrow(
        "select *, clock_timestamp() as now from attempts where id = $1 for no key update",
        attempt_id,
    )
    assert row is not None, f"attempt {attempt_id} is never deleted"
    return _attempt(row), row["now"]


async def attempt_update(tx: Connection, attempt: Attempt, pause: timedelta) -> None:
    """Write where an attempt stands. What is due next is due after the pause."""
    await tx.execute(
        "update attempts set status = $2, version = $3, outcome = $4, reason = $5, intent_id = $6, action_url = $7,"
        " refused_at = case when $8 then coalesce(refused_at, clock_timestamp()) end,"
        " tries = 0, leased_until = clock_timestamp() + $9, card = $10 where id = $1",
        attempt.id,
        attempt.status,
        attempt.version,
        attempt.outcome,
        attempt.reason,
        attempt.intent_id,
        attempt.action_url,
        attempt.refused,
        pause,
        attempt.card,
    )


async def attempt_postpone(tx: Connection, attempt_id: UUID, pause: timedelta) -> None:
    """Let go of an attempt whose provider call brought nothing; it is due again after a pause."""
    await tx.execute(
        "update attempts set tries = greatest(tries, 1), leased_until = clock_timestamp() + $2"
        " where id = $1 and status in ('started', 'challenged', 'authorized')",
        attempt_id,
        pause,
    )


async def attempts_lease(tx: Connection, rows_max: int, lease: timedelta) -> list[Attempt]:
    """Attempts for which something is due at the provider; nobody else gets them while the lease lasts."""
    rows = await tx.fetch(
        "with due as (select a.id from attempts a join orders o on o.id = a.order_id"
        " where a.leased_until <= clock_timestamp()"
        " and (a.status in ('started', 'challenged') or a.status = 'authorized'"
        " and (a.refused_at is not null or o.status in ('confirmed', 'refunded')))"
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


async def now(tx: Connection) -> datetime:
    """This database's time: the clock by which everything is judged."""
    value = await tx.fetchval("select clock_timestamp()")
    assert isinstance(value, datetime)
    return value


async def attempt_key_spend(tx: Connection, attempt_id: UUID, keys_used: int) -> None:
    """Never use an idempotency key again that the provider answers with a stored error."""
    await tx.execute(
        "update attempts set keys_used = $2 + 1 where id = $1 and keys_used = $2",
        attempt_id,
        keys_used,
    )


def _attempt(row: Record) -> Attempt:
    same = ("id", "order_id", "buyer_id", "request_hash", "payment_method", "return_url", "status", "version")
    more: Sequence[str] = ("outcome", "reason", "intent_id", "action_url", "keys_used", "tries", "created_at", "card")
    return Attempt(
        amount=Money(row["amount"], row["currency"]),
        refunds=Money(row["refunds"], row["currency"]),
        card_tickets_max=row["card_tickets_max"],
        refused=row["refused_at"] is not None,
        **{name: row[name] for name in (*same, *more)},
    )
