"""The SQL of refunds and disputes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection, Record
from payments.domain_refunds import Dispute, DisputeStage, Refund


async def refund_insert(tx: Connection, refund: Refund) -> bool:
    """Keep a new refund; False if it is known, or the charge's one unwanted refund exists.

    Raises asyncpg.CheckViolationError when the attempt's refunds would come to more than its amount.
    """
    done = await tx.execute(
        "insert into refunds (id, order_id, attempt_id, reason, seats, amount, currency)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        refund.id,
        refund.order_id,
        refund.attempt_id,
        refund.reason,
        list(refund.seats),
        refund.amount.amount,
        refund.amount.currency,
    )
    return done == "INSERT 0 1"


async def refund_find(tx: Connection, refund_id: UUID) -> Refund | None:
    """A refund by its id."""
    row = await tx.fetchrow("select * from refunds where id = $1", refund_id)
    return _refund(row) if row else None


async def refund_lock(tx: Connection, refund_id: UUID) -> Refund:
    """A refund, which nobody else changes until the transaction ends."""
    row = await tx.fetchrow("select * from refunds where id = $1 for no key update", refund_id)
    assert row is not None, f"refund {refund_id} is never deleted"
    return _refund(row)


async def refund_update(tx: Connection, refund: Refund) -> None:
    """Write where a refund stands."""
    await tx.execute(
        "update refunds set status = $2, provider_id = $3, settled_by = $4, version = $5,"
        " settled_at = case when $2 = 'refunded' then clock_timestamp() end where id = $1",
        refund.id,
        refund.status,
        refund.provider_id,
        refund.settled_by,
        refund.version,
    )


async def refunds_lease(tx: Connection, rows_max: int, lease: timedelta) -> list[Refund]:
    """Due refunds of attempts that are decided and not disputed; nobody else gets them while the lease lasts."""
    rows = await tx.fetch(
        "with due as (select r.id from refunds r join attempts a on a.id = r.attempt_id"
        " where r.status = 'due' and r.leased_until <= clock_timestamp()"
        " and a.status in ('captured', 'stray', 'voided')"
        " and not exists (select from disputes d where d.attempt_id = a.id and d.stage = 'opened')"
        " order by r.leased_until limit $1 for update of r skip locked)"
        " update refunds set tries = tries + 1, leased_until = clock_timestamp() + $2"
        " where id in (select id from due) returning *",
        rows_max,
        lease,
    )
    return [_refund(row) for row in rows]


async def refund_mark_sent(tx: Connection, refund_id: UUID) -> None:
    """The provider may hear of this refund from now on."""
    await tx.execute(
        "update refunds set sent_at = coalesce(sent_at, clock_timestamp()) where id = $1",
        refund_id,
    )


async def refund_postpone(tx: Connection, refund_id: UUID, pause: timedelta) -> None:
    """Let go of a refund that could not be made; it is due again after a pause."""
    await tx.execute(
        "update refunds set leased_until = clock_timestamp() + $2 where id = $1 and status = 'due'",
        refund_id,
        pause,
    )


async def refund_key_spend(tx: Connection, refund_id: UUID, keys_used: int) -> None:
    """Never use an idempotency key again that the provider answers with a stored error."""
    await tx.execute(
        "update refunds set keys_used = $2 + 1 where id = $1 and keys_used = $2",
        refund_id,
        keys_used,
    )


async def dispute_lock(tx: Connection, provider_id: str) -> Dispute | None:
    """A dispute by the provider's id, which does not change until the transaction ends."""
    row = await tx.fetchrow(
        "select * from disputes where provider_id = $1 for no key update",
        provider_id,
    )
    return _dispute(row) if row else None


async def dispute_save(tx: Connection, dispute: Dispute) -> None:
    """Keep a new dispute, or how a known one stands."""
    await tx.execute(
        "insert into disputes (id, attempt_id, order_id, provider_id, amount, currency, stage, version, closed_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, case when $7 <> 'opened' then clock_timestamp() end)"
        " on conflict (id) do update set stage = excluded.stage, version = excluded.version,"
        " closed_at = excluded.closed_at",
        dispute.id,
        dispute.attempt_id,
        dispute.order_id,
        dispute.provider_id,
        dispute.amount.amount,
        dispute.amount.currency,
        dispute.stage,
        dispute.version,
    )


async def dispute_stage(tx: Connection, attempt_id: UUID) -> DisputeStage | None:
    """How the newest dispute of an attempt stands; None if there is none."""
    stage: DisputeStage | None = await tx.fetchval(
        "select stage from disputes where attempt_id = $1 order by opened_at desc, id desc limit 1",
        attempt_id,
    )
    return stage


def _refund(row: Record) -> Refund:
    same = ("id", "order_id", "attempt_id", "reason", "status", "provider_id", "settled_by", "version", "keys_used")
    return Refund(
        amount=Money(row["amount"], row["currency"]),
        seats=tuple(row["seats"]),
        sent=row["sent_at"] is not None,
        tries=row["tries"],
        created_at=row["created_at"],
        **{name: row[name] for name in same},
    )


def _dispute(row: Record) -> Dispute:
    return Dispute(
        id=row["id"],
        attempt_id=row["attempt_id"],
        order_id=row["order_id"],
        amount=Money(row["amount"], row["currency"]),
        provider_id=row["provider_id"],
        stage=row["stage"],
        version=row["version"],
    )
