"""The SQL of banned sellers and of what waits for them."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.database import Connection
from payments.domain_payouts import Waiting


async def account_wait(tx: Connection, seller_id: UUID) -> None:
    """Wait for whoever makes a payout of the seller's, and keep others from it until the transaction ends."""
    await tx.execute("select from seller_accounts where seller_id = $1 for no key update", seller_id)


async def payouts_wait(tx: Connection, seller_id: UUID) -> bool:
    """Whether the seller is banned, as far as was heard."""
    return bool(await tx.fetchval("select payouts_wait($1)", seller_id))


async def waiting_page(tx: Connection, before: UUID | None, rows_max: int) -> list[Waiting]:
    """Banned sellers who are owed something: what is released and not paid out, and what is due and not sent."""
    rows = await tx.fetch(
        "select b.user_id as seller_id, b.changed_at as since,"
        " array_agg(o.currency order by o.currency) as currencies, array_agg(o.amount order by o.currency) as amounts"
        " from banned_users b cross join lateral (select currency, sum(amount)::bigint as amount from ("
        "select currency, amount from payables where seller_id = b.user_id and payout_id is null"
        " union all select currency, amount from payouts where seller_id = b.user_id and status = 'due') each"
        " group by currency having sum(amount) <> 0) o"
        " where b.banned and ($1::uuid is null or b.user_id < $1)"
        " group by b.user_id, b.changed_at order by b.user_id desc limit $2",
        before,
        rows_max,
    )
    return [
        Waiting(
            seller_id=row["seller_id"],
            since=row["since"],
            owed=tuple(Money(amount, code) for code, amount in zip(row["currencies"], row["amounts"], strict=True)),
        )
        for row in rows
    ]
