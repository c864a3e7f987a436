"""What the sample is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fairseat_common import outbox
from fairseat_common.contracts import Event, ListingPublished, OrderHeld, ShowPublished
from fairseat_common.database import Connection, Database
from fairseat_common.ids import new_id
from fairseat_local.sample.provider import Lists

SERVICES = ("catalog", "orders", "tickets", "payments", "expiration")

PRICE, FEE, SELLER_FEE = 5000, 500, 250
TAX_RATE, FEE_TAX, SELLER_FEE_TAX = 1900, 80, 40
TAX = FEE_TAX + SELLER_FEE_TAX
LINE, NET, KEPT = PRICE + FEE, PRICE - SELLER_FEE, FEE + SELLER_FEE - TAX


@dataclass(frozen=True)
class Trade:
    """An order of some seats, what became of it, and the attempt that pays it."""

    order: OrderHeld
    status: str
    positions: list[int]
    intent: str
    attempt_id: UUID = field(default_factory=new_id)
    refund_id: UUID = field(default_factory=new_id)

    @property
    def id(self) -> UUID:
        """The order's id."""
        return self.order.order_id

    @property
    def total(self) -> int:
        """What it costs."""
        return self.order.total.amount


@dataclass
class Sample:
    """The market's databases, the provider's lists, and the trades by what became of them."""

    databases: Mapping[str, Database]
    provider: Lists
    show: ShowPublished
    listing: ListingPublished
    trades: dict[str, Trade]

    @property
    def seller_id(self) -> UUID:
        """Who sells everything."""
        return self.listing.seller_id

    async def run(self, service: str, statement: str, *values: Any) -> None:
        """Run one statement in a service's database, as its owner."""
        async with self.databases[service].transaction() as tx:
            await tx.execute(statement, *values)

    async def say(self, service: str, event: Event, *hearers: str) -> None:
        """Let a service publish an event, heard by these consumers (`service-...`)."""
        async with self.databases[service].transaction() as tx:
            event_id = await outbox.append(tx, event)
            await tx.execute("update outbox set published_at = now()")
        for hearer in hearers:
            async with self.databases[hearer.partition("-")[0]].transaction() as tx:
                await insert(tx, "inbox", consumer=hearer, event_id=event_id, outcome="handled")


async def insert(tx: Connection, table: str, **values: Any) -> None:
    """Insert one row."""
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await tx.execute(f"insert into {table} ({names}) values ({places})", *values.values())  # noqa: S608


def said(event: Event, **changes: Any) -> dict[str, Any]:
    """An event's fields, some of them changed."""
    return {name: getattr(event, name) for name in event.__struct_fields__} | changes
