"""What expiration can do: remember deadlines, forget them, and say once which are due."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from expiration import store
from fairseat_common import outbox
from fairseat_common.contracts import ExpirationDue
from fairseat_common.database import Connection, Database

FIRE_MAX = 200


async def remember(tx: Connection, order_id: UUID, due_at: datetime) -> None:
    """An order's hold ends at `due_at` unless something happens before."""
    await store.deadline_open(tx, order_id, due_at)


async def forget(tx: Connection, order_id: UUID, due_at: datetime) -> None:
    """The order was confirmed or given up."""
    await store.deadline_close(tx, order_id, due_at)


async def fire_due(database: Database) -> bool:
    """Publish what is due; answers whether there may be more. Firing and saying so is one transaction."""
    async with database.transaction() as tx:
        rows = await store.deadlines_fire(tx, FIRE_MAX)
        if rows:
            await outbox.append_many(tx, [_due(row["order_id"], row["due_at"], row["fired_at"]) for row in rows])
    return len(rows) == FIRE_MAX


def _due(order_id: UUID, due_at: datetime, fired_at: datetime) -> ExpirationDue:
    return ExpirationDue(order_id=order_id, due_at=due_at, version=1, occurred_at=fired_at)
