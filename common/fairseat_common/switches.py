"""Switches that stop what a service does, and let it go on: where one stands is its newest row, which nothing changes.

A service keeps one in a table of its own, ``(version, open, reason, changed_by, changed_at)``, and says in SQL what
must not begin while it is off.
"""

# ruff: noqa: S608 -- a service names its own table, a constant; values are bound.

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from fairseat_common.database import Connection

Reason = Annotated[
    str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)")
]


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """Where a switch stands. Version 0 was never moved."""

    open: bool
    reason: str = ""
    changed_by: UUID | None = None
    changed_at: datetime | None = None
    version: int = 0


class SwitchMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether things go on from now on, and why."""

    open: bool
    reason: Reason


async def switch_read(tx: Connection, table: str) -> Switch:
    """Where the switch in a table stands."""
    row = await tx.fetchrow(
        f"select open, reason, changed_by, changed_at, version from {table} order by version desc limit 1"
    )
    return Switch(**dict(row)) if row else Switch(open=True)


async def switch_lock(tx: Connection, table: str) -> Switch:
    """Where the switch stands, and nobody else moves it until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"switch {table}")
    return await switch_read(tx, table)


async def switch_move(tx: Connection, table: str, move: SwitchMove, operator_id: UUID) -> Switch | None:
    """Move the switch, as one operator at a time; None where it stands so already."""
    now = await switch_lock(tx, table)
    if now.open == move.open:
        return None
    await tx.execute(
        f"insert into {table} (version, open, reason, changed_by) values ($1, $2, $3, $4)",
        now.version + 1,
        move.open,
        move.reason,
        operator_id,
    )
    return await switch_read(tx, table)
