"""The SQL of the switch of all sales."""

from __future__ import annotations

from fairseat_common.database import Connection

TABLE = "sales_switch"


async def sales_open(tx: Connection) -> bool:
    """Whether seats may be claimed."""
    return bool(await tx.fetchval("select sales_open()"))
