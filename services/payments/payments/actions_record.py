"""Writing what became true: state, published facts and ledger entries, always in one transaction.

Everything is locked in one order (order, attempt, refund), as the news of orders does it: none is overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from fairseat_common import outbox
from fairseat_common.contracts import Event, Money
from fairseat_common.database import Connection, Database
from fairseat_common.ids import new_id
from payments import actions_cards, actions_ledger, domain_refunds, store, store_orders, store_refunds
from payments.domain import Attempt, Order
from payments.domain_refunds import Claim, Refund, SettledBy

CHALLENGE_PAUSE = timedelta(seconds=2)
"""How soon a challenged attempt is looked at: before that nobody has answered the bank's questions."""

Change = Callable[[Attempt, Order, datetime], tuple[Attempt, list[Event]]]


async def record(database: Database, attempt_id: UUID, change: Change) -> Attempt:
    """Change an attempt and publish what became true, in one transaction."""
    async with database.transaction() as tx:
        return await record_within(tx, attempt_id, change)


async def record_within(tx: Connection, attempt_id: UUID, change: Change) -> Attempt:
    """The same inside the caller's transaction."""
    order, attempt, now = await _locked(tx, attempt_id)
    changed, events = change(attempt, order, now)
    changed, events = await actions_cards.judge(tx, attempt, changed, order, events, now)
    await _keep(tx, attempt, changed, events)
    if changed.status != attempt.status:
        await _follow(tx, changed, order, now)
    return changed


async def refund_begin(tx: Connection, refund: Refund, order: Order) -> None:
    """Keep a refund that is due, once; the order is locked."""
    if await store_refunds.refund_insert(tx, refund):
        await actions_ledger.refund_due(tx, refund, order)


async def refund_settle(database: Database, refund_id: UUID, by: SettledBy, provider_id: str | None) -> None:
    """A refund's money went back: say so, once."""
    async with database.transaction() as tx:
        known = await store_refunds.refund_find(tx, refund_id)
        assert known is not None, f"refund {refund_id} is never deleted"
        _, attempt, now = await _locked(tx, known.attempt_id)
        refund = await store_refunds.refund_lock(tx, refund_id)
        settled, changed, events = domain_refunds.settle(refund, attempt, by, provider_id, now)
        if settled != refund:
            await store_refunds.refund_update(tx, settled)
            await _keep(tx, attempt, changed, events)
            await actions_ledger.refunded(tx, settled, changed)


async def dispute_keep(database: Database, attempt_id: UUID, claim: Claim) -> None:
    """What the buyer's bank did: say so, once for each stage."""
    async with database.transaction() as tx:
        order, attempt, now = await _locked(tx, attempt_id)
        known = await store_refunds.dispute_lock(tx, claim.id)
        dispute, changed, events = domain_refunds.dispute_heard(known, new_id(), attempt, claim, now)
        if dispute != known:
            await store_refunds.dispute_save(tx, dispute)
            await _keep(tx, attempt, changed, events)
            book = actions_ledger.dispute_opened if dispute.stage == "opened" else actions_ledger.dispute_closed
            await book(tx, dispute, order)


async def _locked(tx: Connection, attempt_id: UUID) -> tuple[Order, Attempt, datetime]:
    known = await store.attempt_find(tx, attempt_id)
    assert known is not None, f"attempt {attempt_id} is never deleted"
    order = await store_orders.order_lock(tx, known.order_id)
    attempt, now = await store.attempt_lock(tx, attempt_id)
    return order, attempt, now


async def _keep(tx: Connection, before: Attempt, after: Attempt, events: Sequence[Event]) -> None:
    if after != before:
        pause = CHALLENGE_PAUSE if after.status == "challenged" else timedelta()
        await store.attempt_update(tx, after, pause)
    for event in events:
        await outbox.append(tx, event)


async def _follow(tx: Connection, attempt: Attempt, order: Order, now: datetime) -> None:
    """What a new status entails: a charge is booked, and one that nobody wants goes back, all that is left of it."""
    if attempt.status == "captured":
        await actions_ledger.captured(tx, attempt)
    if attempt.status != "stray":
        return
    await actions_ledger.stray_captured(tx, attempt)
    left = attempt.amount.amount - attempt.refunds.amount
    if left > 0:
        amount = Money(left, attempt.amount.currency)
        refund = domain_refunds.refund_due(new_id(), attempt, "unwanted", (), amount, now)
        await refund_begin(tx, refund, order)
