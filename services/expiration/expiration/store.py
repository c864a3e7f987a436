"""The only SQL of expiration."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fairseat_common.database import Connection, Record


async def deadline_open(tx: Connection, order_id: UUID, due_at: datetime) -> None:
    """Note a deadline; one that is known already, whatever its state, stays as it is."""
    await tx.execute(
        "insert into deadlines (order_id, due_at) values ($1, $2) on conflict (order_id) do nothing",
        order_id,
        due_at,
    )


async def deadline_close(tx: Connection, order_id: UUID, due_at: datetime) -> None:
    """Note that the order no longer needs its deadline, also when that is heard before the deadline itself."""
    await tx.execute(
        "insert into deadlines (order_id, due_at, state, ended_at) values ($1, $2, 'closed', now())"
        " on conflict (order_id) do update set state = 'closed', ended_at = now() where deadlines.state = 'open'",
        order_id,
        due_at,
    )


async def deadlines_fire(tx: Connection, rows_max: int) -> list[Record]:
    """Fire what is due by this database's clock: order_id, due_at, now. No two callers get the same deadline."""
    return await tx.fetch(
        "update deadlines set state = 'fired', ended_at = now() where order_id in ("
        " select order_id from deadlines where state = 'open' and due_at <= now()"
        " order by due_at limit $1 for update skip locked)"
        " returning order_id, due_at, now() as fired_at",
        rows_max,
    )
