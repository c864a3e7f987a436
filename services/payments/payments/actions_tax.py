"""Tax: which rate a sale is made at, what a receipt says of it, and what is owed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

import structlog

from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database
from payments import domain_tax, store_orders, store_tax
from payments.domain_tax import TaxOwed, TaxRate, TaxReceipt

log = structlog.get_logger(__name__)


class ShowUnknown(LookupError):
    """A seat was sold of a show that was not heard of, and shows are taxed by their country: it is tried again."""


@asynccontextmanager
async def rates_in_force(database: Database, wanted: Iterable[TaxRate]) -> AsyncIterator[None]:
    """Put the rates of the settings in force as the service starts; what was sold before keeps its own."""
    async with database.transaction() as tx:
        await rates_set(tx, wanted)
    yield


async def rates_set(tx: Connection, wanted: Iterable[TaxRate]) -> None:
    """Put exactly these rates in force; those that are stay as they were written."""
    changed = domain_tax.rates_changed(await store_tax.rates_lock(tx), wanted)
    await store_tax.rates_insert(tx, changed)
    for rate in changed:
        log.info("tax.rate", country=rate.country, percent=domain_tax.percent(rate.rate))


async def rate_of(tx: Connection, show_id: UUID) -> TaxRate | None:
    """What the fees for a show include at this moment; None: no tax. Raises ShowUnknown."""
    known, rate = await store_tax.rate_of_show(tx, show_id)
    if not known:
        raise ShowUnknown(f"show {show_id} is not known yet")
    return rate


async def receipt(database: Database, order_id: UUID, buyer_id: UUID) -> TaxReceipt:
    """The tax in a buyer's own order. Raises NotFound, also before it is confirmed."""
    async with database.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
        order = await store_orders.order_find(tx, order_id)
        if order is None or order.buyer_id != buyer_id or not order.wanted:
            raise NotFound
        return await store_tax.receipt_of(tx, order_id)


async def owed(database: Database, before: tuple[date, str, str, int] | None, rows_max: int) -> list[TaxOwed]:
    """What each month adds to the accounts of tax, newest first."""
    async with database.connection() as connection:
        return await store_tax.owed_page(connection, before, rows_max)
