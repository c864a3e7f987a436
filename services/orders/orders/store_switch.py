"""The SQL of the switch of all sales."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection
from orders.domain_switch import Switch

LOCK = 5
"""The key of the advisory lock that lets one operator at a time move the switch."""


async def sales_open(tx: Connection) -> bool:
    """Whether seats may be claimed."""
    return bool(await tx.fetchval("select sales_open()"))


async def switch_read(tx: Connection) -> Switch:
    """Where the switch stands."""
    row = await tx.fetchrow(
        "select open, reason, changed_by, changed_at, version from sales_switch order by version desc limit 1"
    )
    return Switch(**dict(row)) if row else Switch(open=True)


async def switch_lock(tx: Connection) -> Switch:
    """Where the switch stands, and nobody else moves it until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock($1, 0)", LOCK)
    return await switch_read(tx)


async def switch_move(tx: Connection, version: int, is_open: bool, reason: str, operator_id: UUID) -> Switch:
    """Move the switch, which the caller has locked."""
    await tx.execute(
        "insert into sales_switch (version, open, reason, changed_by) values ($1, $2, $3, $4)",
        version,
        is_open,
        reason,
        operator_id,
    )
    return await switch_read(tx)
