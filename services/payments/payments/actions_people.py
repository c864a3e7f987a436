"""People who are forgotten."""

from __future__ import annotations

from fairseat_common.contracts import UserErased
from fairseat_common.database import Connection
from payments import store_people


async def forget(tx: Connection, event: UserErased) -> None:
    """Forget with which cards somebody has paid; what was paid stays in the books, under a number."""
    await store_people.cards_forget(tx, event.user_id)
