"""The SQL of people who are forgotten. The ledger, orders and payouts name nobody: their numbers lead nowhere then."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection

FORGOTTEN = "erased"
"""What is left of the name of a card."""


async def cards_forget(tx: Connection, user_id: UUID) -> None:
    """Forget with which cards somebody has paid. An attempt that is under way keeps its own until it has ended."""
    await tx.execute(
        "update attempts set card = null, payment_method = $2"
        " where buyer_id = $1 and status in ('captured', 'voided', 'failed')",
        user_id,
        FORGOTTEN,
    )
