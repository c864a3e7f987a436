"""The SQL of fee rules."""

from __future__ import annotations

from fairseat_common.database import Connection
from tickets.domain_prices import FeeRule


async def rules_lock(tx: Connection) -> None:
    """Number rules as the only one until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('fee_rules', 0))")


async def rule_newest(tx: Connection) -> FeeRule | None:
    """The rule that applies now; None before the first."""
    row = await tx.fetchrow(
        "select version, buyer_percent, seller_percent from fee_rules order by version desc limit 1"
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
