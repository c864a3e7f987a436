"""The SQL of fee rules."""

from __future__ import annotations

from fairseat_common.database import Connection
from tickets.domain_prices import FeeRule


async def rules_lock(tx: Connection) -> None:
    """Number rules as the only one until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('fee_rules', 0))")


async def rule_newest(tx: Connection) -> FeeRule | None:
    """The marketplace's rule that applies now; None before the first."""
    row = await tx.fetchrow(
        "select version, buyer_percent, seller_percent from fee_rules where not of_shows order by version desc limit 1"
    )
    return None if row is None else FeeRule(**dict(row))


async def rule_add(tx: Connection, rule: FeeRule) -> None:
    """Let a rule apply from now on."""
    await tx.execute(
        "insert into fee_rules (version, buyer_percent, seller_percent) values ($1, $2, $3)",
        rule.version,
        rule.buyer_percent,
        rule.seller_percent,
    )


async def version_next(tx: Connection) -> int:
    """The number of a new rule; the caller has locked the rules."""
    number = await tx.fetchval("select coalesce(max(version), 0) + 1 from fee_rules")
    assert isinstance(number, int)
    return number


async def rule_of_shows(tx: Connection, buyer_percent: int, seller_percent: int) -> FeeRule:
    """The rule that shows with these fees share; it is numbered at its first use."""
    found = await _rule_of_shows(tx, buyer_percent, seller_percent)
    if found is None:
        await rules_lock(tx)
        found = await _rule_of_shows(tx, buyer_percent, seller_percent)
    if found is None:
        found = await version_next(tx)
        await tx.execute(
            "insert into fee_rules (version, buyer_percent, seller_percent, of_shows) values ($1, $2, $3, true)",
            found,
            buyer_percent,
            seller_percent,
        )
    return FeeRule(version=found, buyer_percent=buyer_percent, seller_percent=seller_percent)


async def _rule_of_shows(tx: Connection, buyer_percent: int, seller_percent: int) -> int | None:
    version: int | None = await tx.fetchval(
        "select version from fee_rules where of_shows and buyer_percent = $1 and seller_percent = $2",
        buyer_percent,
        seller_percent,
    )
    return version
