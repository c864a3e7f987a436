"""Which fee rule this process computes by."""

from __future__ import annotations

from fairseat_common.database import Connection, Database
from tickets import store_fees
from tickets.domain_prices import FeeRule


class FeeRules:
    """The rule that this process's settings make, with the number that it has in the database.

    It gets its number at its first use and keeps it for as long as the process lives, so that processes of two
    releases beside each other do not number their rules in turns.
    """

    def __init__(self, buyer_percent: int, seller_percent: int) -> None:
        self._buyer_percent = buyer_percent
        self._seller_percent = seller_percent
        self._rule: FeeRule | None = None

    async def rule(self, database: Database) -> FeeRule:
        """The rule, numbered in a transaction of its own: a number that is given out stays, whatever becomes of it."""
        if self._rule is None:
            async with database.transaction() as tx:
                rule = await _numbered(tx, self._buyer_percent, self._seller_percent)
            self._rule = rule
        return self._rule


async def _numbered(tx: Connection, buyer_percent: int, seller_percent: int) -> FeeRule:
    """The newest rule if it has these percentages, else a new one; of several processes one makes it."""
    await store_fees.rules_lock(tx)
    newest = await store_fees.rule_newest(tx)
    if newest is not None and (newest.buyer_percent, newest.seller_percent) == (buyer_percent, seller_percent):
        return newest
    version = await store_fees.version_next(tx)
    rule = FeeRule(version=version, buyer_percent=buyer_percent, seller_percent=seller_percent)
    await store_fees.rule_add(tx, rule)
    return rule
