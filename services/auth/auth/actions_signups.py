"""Counting the accounts that are opened from each address."""

from __future__ import annotations

from math import ceil

from auth import store_signups
from auth.domain_signups import SignUpRules, TooManySignUps
from fairseat_common.database import Connection, Database

PRUNE_MAX = 1000


async def expect_room(connection: Connection, address: str, rules: SignUpRules) -> None:
    """Raise TooManySignUps while no account can be opened from there; before any work is done for it."""
    if rules.address_max:
        wait_s = await store_signups.signups_wait_s(connection, address, rules.window, rules.address_max)
        if wait_s > 0:
            raise TooManySignUps(retry_after_s=ceil(wait_s))


async def count(tx: Connection, address: str, rules: SignUpRules) -> None:
    """Count one more, in the transaction that opens the account; raises TooManySignUps.

    However many come at once: they are counted one after the other.
    """
    if rules.address_max:
        await store_signups.address_lock(tx, address)
        await expect_room(tx, address, rules)
        await store_signups.signup_add(tx, address)


async def tidy(database: Database, rules: SignUpRules) -> bool:
    """Forget what is not counted any more; True while there may be more."""
    async with database.transaction() as tx:
        return await store_signups.signups_prune(tx, rules.window, PRUNE_MAX) == PRUNE_MAX
