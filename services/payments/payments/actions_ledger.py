"""What each fact about an order's money moves in the ledger.

Every function is called in the transaction that makes its fact true, after the order's copy was locked. The entry's
cause is unique, so a fact that is told twice moves money once.
"""

from __future__ import annotations

from datetime import timedelta

from fairseat_common.database import Connection, Database
from payments import actions_tax, domain_ledger, domain_payouts, store_ledger, store_payouts
from payments.domain import Attempt, Order
from payments.domain_ledger import Entry
from payments.domain_refunds import Dispute, Refund

RELEASE_MAX = 100


async def sold(tx: Connection, order: Order) -> None:
    """The order is confirmed: its total belongs to the show's escrow, seat by seat, and the tax in it is fixed."""
    if await _post(tx, domain_ledger.order_confirmed(order)):
        tax = await actions_tax.rate_of(tx, order.show_id)
        await store_ledger.sale_lines_insert(tx, domain_ledger.lines_of(order, tax))


async def captured(tx: Connection, attempt: Attempt) -> None:
    """The buyer was charged, so the order's lines can be released once the show took place."""
    if await _post(tx, domain_ledger.payment_captured(attempt.id, attempt.amount, attempt.order_id)):
        await store_ledger.sale_lines_captured(tx, attempt.order_id)


async def stray_captured(tx: Connection, attempt: Attempt) -> None:
    """The buyer was charged for an order that does not want it: the money belongs to nobody until it is back."""
    await _post(tx, domain_ledger.payment_captured(attempt.id, attempt.amount, attempt.order_id))


async def refund_due(tx: Connection, refund: Refund, order: Order) -> None:
    """Money is to go back: out of the escrow or, for lines that were released, off the seller's next payout."""
    if refund.reason == "unwanted":
        await _post(tx, domain_ledger.stray_refund_due(refund.id, refund.amount, order.id))
        return
    await sold(tx, order)
    every = await store_ledger.sale_lines_lock(tx, order.id)
    if await store_ledger.cause_known(tx, f"refund-due:{refund.id}"):
        return
    lines = [line for line in every if line.seat in refund.seats]
    entry = domain_ledger.refund_due(refund.id, refund.amount, order.id, lines)
    await _post(tx, entry)
    await store_ledger.sale_lines_refund(tx, order.id, refund.seats, refund.id)
    owed = [domain_payouts.taken_back(line, "refund", entry.cause) for line in lines]
    await store_payouts.payables_insert(tx, [payable for payable in owed if payable])


async def refunded(tx: Connection, refund: Refund, attempt: Attempt | None = None) -> None:
    """The money is on its way to the buyer, or need not be sent: `settled_by` says whose books it moved."""
    by = refund.settled_by or ("provider" if attempt else "void")
    await _post(tx, domain_ledger.payment_refunded(refund.id, refund.amount, refund.order_id, by))


async def dispute_opened(tx: Connection, dispute: Dispute, order: Order) -> None:
    """The bank took the money back for now: what still stands of the order is held."""
    lines = await store_ledger.sale_lines_lock(tx, order.id)
    if await _post(tx, domain_ledger.dispute_opened(dispute.id, dispute.amount, order.id)) and lines:
        await store_ledger.sale_lines_dispute(tx, order.id, dispute.id)


async def dispute_closed(tx: Connection, dispute: Dispute, order: Order) -> None:
    """The bank decided: the lines go on, or their money is gone, from the escrow or off the seller's next payout."""
    await dispute_opened(tx, dispute, order)
    lines = await store_ledger.sale_lines_lock(tx, order.id)
    if dispute.stage == "won":
        if await _post(tx, domain_ledger.dispute_won(dispute.id, dispute.amount, order.id)):
            await store_ledger.sale_lines_undispute(tx, order.id, dispute.id)
        return
    entry, lost = domain_ledger.dispute_lost(dispute.id, dispute.amount, order.id, lines)
    if await _post(tx, entry):
        await store_ledger.sale_lines_undispute(tx, order.id, dispute.id, [line.line for line in lost])
        owed = [domain_payouts.taken_back(line, "chargeback", entry.cause) for line in lost]
        await store_payouts.payables_insert(tx, [payable for payable in owed if payable])


async def release_due(database: Database, delay: timedelta) -> bool:
    """Release some lines whose show took place long enough ago; answers whether there may be more.

    A batch is one transaction, so it may be killed anywhere; two processes take different lines.
    """
    async with database.connection() as connection:
        if not await store_ledger.releasable_exist(connection, delay):
            return False
    async with database.transaction() as tx:
        lines = await store_ledger.sale_lines_releasable(tx, delay, RELEASE_MAX)
        if not lines:
            return False
        await store_ledger.entries_post(tx, [domain_ledger.line_released(line) for line in lines])
        await store_ledger.sale_lines_release(tx, lines)
        owed = [domain_payouts.owed(line) for line in lines]
        await store_payouts.payables_insert(tx, [payable for payable in owed if payable])
    return len(lines) == RELEASE_MAX


async def _post(tx: Connection, entry: Entry) -> bool:
    """Add an entry; answers whether the fact was new."""
    return bool(await store_ledger.entries_post(tx, [entry]))
