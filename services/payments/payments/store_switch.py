"""The SQL of the switches of sales and of payouts."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import SalesSwitched
from fairseat_common.database import Connection
from payments.domain_switch import SalesHeard, Switch

LOCK = 7231006
"""The key of the advisory lock that lets one operator at a time move the switch of payouts."""


async def sales_heard(tx: Connection, event: SalesSwitched) -> None:
    """Note where the switch of sales stands."""
    await tx.execute(
        "insert into sales_switch (version, open, changed_at) values ($1, $2, $3) on conflict do nothing",
        event.version,
        event.open,
        event.occurred_at,
    )


async def sales_open(tx: Connection) -> bool:
    """Whether payments may begin."""
    return bool(await tx.fetchval("select sales_open()"))


async def sales_read(tx: Connection) -> SalesHeard:
    """Where the switch of sales stands, as far as it was heard."""
    row = await tx.fetchrow(
        "select open, version, changed_at, heard_at from sales_switch order by version desc limit 1"
    )
    return SalesHeard(**dict(row)) if row else SalesHeard(open=True)


async def payouts_open(tx: Connection) -> bool:
    """Whether payouts may begin."""
    return bool(await tx.fetchval("select payouts_open()"))


async def payouts_read(tx: Connection) -> Switch:
    """Where the switch of payouts stands."""
    row = await tx.fetchrow(
        "select open, reason, changed_by, changed_at, version from payouts_switch order by version desc limit 1"
    )
    return Switch(**dict(row)) if row else Switch(open=True)


async def payouts_lock(tx: Connection) -> Switch:
    """Where the switch of payouts stands, and nobody else moves it until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock($1)", LOCK)
    return await payouts_read(tx)


async def payouts_move(tx: Connection, version: int, is_open: bool, reason: str, operator_id: UUID) -> Switch:
    """Move the switch of payouts, which the caller has locked."""
    await tx.execute(
        "insert into payouts_switch (version, open, reason, changed_by) values ($1, $2, $3, $4)",
        version,
        is_open,
        reason,
        operator_id,
    )
    return await payouts_read(tx)
