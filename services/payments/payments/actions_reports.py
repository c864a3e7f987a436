"""What operators and sellers can read about money."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Database
from payments import store_orders, store_payouts, store_reports
from payments.domain_payouts import Payout
from payments.domain_reports import Balance, Break, LedgerEntry, OrderMoney, Sale, SellerTotals

ENTRIES_OF_ORDER_MAX = 1_000


async def balances(
    database: Database, prefix: str | None, currency: str | None, after: tuple[str, str] | None, rows_max: int
) -> list[Balance]:
    """Accounts by name and currency, each with its running total and the sum of its lines."""
    async with database.connection() as connection:
        return await store_reports.balances_page(connection, prefix, currency, after, rows_max)


async def entries(
    database: Database, account: str | None, order_id: UUID | None, before: UUID | None, rows_max: int
) -> list[LedgerEntry]:
    """Entries, newest first."""
    async with database.connection() as connection:
        return await store_reports.entries_page(connection, account, order_id, before, rows_max)


async def breaks(database: Database, *, open_only: bool, before: UUID | None, rows_max: int) -> list[Break]:
    """What reconciliation could not explain, newest first."""
    async with database.connection() as connection:
        return await store_reports.breaks_page(connection, open_only, before, rows_max)


async def order_money(database: Database, order_id: UUID) -> OrderMoney:
    """Everything about an order's money, of one moment; raises NotFound for an order that payments has not heard of."""
    async with database.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
        order = await store_orders.order_find(tx, order_id)
        if order is None:
            raise NotFound
        return OrderMoney(
            order=order,
            attempts=await store_reports.attempts_of_order(tx, order_id),
            refunds=await store_reports.refunds_of_order(tx, order_id),
            disputes=await store_reports.disputes_of_order(tx, order_id),
            sale=await store_reports.sale_of(tx, order_id),
            payouts=await store_payouts.payouts_of_order(tx, order_id),
            entries=await store_reports.entries_page(tx, None, order_id, None, ENTRIES_OF_ORDER_MAX),
        )


async def sales(database: Database, seller_id: UUID, before: UUID | None, rows_max: int) -> list[Sale]:
    """A seller's own sales, newest first."""
    async with database.connection() as connection:
        return await store_reports.sales_page(connection, seller_id, before, rows_max)


async def seller_totals(database: Database, seller_id: UUID) -> list[SellerTotals]:
    """All of a seller's own sales added up, by currency."""
    async with database.connection() as connection:
        return await store_reports.seller_totals(connection, seller_id)


async def payouts(database: Database, seller_id: UUID, before: UUID | None, rows_max: int) -> list[Payout]:
    """A seller's own payouts, newest first."""
    async with database.connection() as connection:
        return await store_payouts.payouts_of_seller(connection, seller_id, before, rows_max)
