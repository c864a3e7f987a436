"""The SQL of the switches of sales and of payouts."""

from __future__ import annotations

from fairseat_common.contracts import SalesSwitched
from fairseat_common.database import Connection
from payments.domain_switch import SalesHeard

PAYOUTS = "payouts_switch"


async def sales_heard(tx: Connection, event: SalesSwitched) -> None:
    """Note where the switch of sales stands."""
    await tx.execute(
        "insert into sales_switch (version, open, changed_at) values ($1, $2, $3) on conflict do nothing",
        event.version,
        event.open,
        event.occurred_at,
    )


async def sales_open(tx: Connection) -> bool:
    """Whether payments may begin."""
    return bool(await tx.fetchval("select sales_open()"))


async def sales_read(tx: Connection) -> SalesHeard:
    """Where the switch of sales stands, as far as it was heard."""
    row = await tx.fetchrow(
        "select open, version, changed_at, heard_at from sales_switch order by version desc limit 1"
    )
    return SalesHeard(**dict(row)) if row else SalesHeard(open=True)


async def payouts_open(tx: Connection) -> bool:
    """Whether payouts may begin."""
    return bool(await tx.fetchval("select payouts_open()"))
