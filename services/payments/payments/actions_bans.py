"""Payouts of banned sellers: they wait, and nothing of them is lost."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.bans import ban_follow
from fairseat_common.contracts import UserDeactivated, UserReactivated
from fairseat_common.database import Connection, Database
from payments import store_bans
from payments.domain_payouts import Waiting


async def ban_heard(tx: Connection, event: UserDeactivated | UserReactivated) -> None:
    """Follow a ban. From its commit on no payout of the seller's is made, and no transfer of one begins.

    Whoever just makes one has the seller's account locked, and so is waited for. An erasure is no ban: whoever left
    is owed nothing, or is paid what they are owed.
    """
    await store_bans.account_wait(tx, event.user_id)
    await ban_follow(tx, event)


async def is_waiting(database: Database, seller_id: UUID) -> bool:
    """Whether a seller's payouts wait."""
    async with database.connection() as connection:
        return await store_bans.payouts_wait(connection, seller_id)


async def waiting(database: Database, before: UUID | None, rows_max: int) -> list[Waiting]:
    """Banned sellers who are owed something, by currency; the newest accounts first."""
    async with database.connection() as connection:
        return await store_bans.waiting_page(connection, before, rows_max)
