"""What payments can do for buyers: start an attempt, ask the provider, write what came of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Database, wait_for
from fairseat_common.ids import new_id
from payments import actions_cards, domain, store, store_orders, store_switch
from payments.actions_record import record
from payments.actions_switch import Hearing
from payments.domain import Attempt, Order, Wanted
from payments.domain_refusals import OrderNotPayable, ProviderBroke, ProviderRefuses, ProviderUnavailable
from payments.domain_switch import SalesStopped
from payments.store_provider import CALL_LONGEST_S
from payments.store_provider import Provider as Provider  # the edges name it as an argument, too

LEASE = timedelta(seconds=CALL_LONGEST_S + 6.0)
"""Longer than any call to the provider: while it lasts nobody else works on the attempt."""


async def pay(
    database: Database,
    provider: Provider,
    hearing: Hearing,
    buyer_id: UUID,
    wanted: Wanted,
    key: str,
    hashed: bytes,
) -> tuple[Attempt, bool]:
    """The attempt that this request makes, or the one that its key made before (then True).

    The attempt is committed before the provider hears of it, and the provider is asked outside any transaction:
    whatever breaks in between, the row is there to find out from.
    """
    async with database.connection() as connection:
        known = await store.attempt_of_key(connection, buyer_id, key)
    if known is None:
        hearing.check()
        await _check_order(database, buyer_id, wanted.order_id)
        async with database.transaction() as tx:
            started = await store.attempt_start(tx, new_id(), wanted, key, hashed, LEASE)
            if started is None:
                known = await store.attempt_of_key(tx, buyer_id, key)
                if known is None and not await store_switch.sales_open(tx):
                    raise SalesStopped
        if started is not None:
            return await _authorise(database, provider, started), False
    if known is None:
        raise OrderNotPayable
    return known, True


async def _check_order(database: Database, buyer_id: UUID, order_id: UUID) -> None:
    async def look() -> Order | None:
        async with database.connection() as connection:
            return await store_orders.order_find(connection, order_id)

    order = await wait_for(look)
    if order is None or order.buyer_id != buyer_id:
        raise NotFound


async def _authorise(database: Database, provider: Provider, attempt: Attempt) -> Attempt:
    try:
        intent = await provider.authorise(attempt)
    except ProviderUnavailable as error:
        await postpone(database, attempt, domain.RETRY_FIRST_S, error)
        raise
    except ProviderRefuses as refusal:
        code = refusal.code
        return await record(database, attempt.id, lambda a, _, now: domain.fail(a, "rejected", code, now))
    changed = await record(database, attempt.id, lambda a, order, now: domain.adopt(a, order, intent, now))
    await actions_cards.let_go(provider, changed, intent)
    return changed


async def postpone(database: Database, attempt: Attempt, pause_s: float, error: Exception | None = None) -> None:
    """Let go of an attempt for a while; a key that the provider has broken is not used again."""
    async with database.connection() as connection:
        if isinstance(error, ProviderBroke):
            await store.attempt_key_spend(connection, attempt.id, attempt.keys_used)
        await store.attempt_postpone(connection, attempt.id, timedelta(seconds=pause_s))


async def attempt_of(database: Database, buyer_id: UUID, attempt_id: UUID) -> Attempt:
    """A buyer's own attempt; raises NotFound for anything else."""
    async with database.connection() as connection:
        attempt = await store.attempt_find(connection, attempt_id)
    if attempt is None or attempt.buyer_id != buyer_id:
        raise NotFound
    return attempt


async def attempts_of(
    database: Database, buyer_id: UUID, order_id: UUID | None, before: UUID | None, rows_max: int
) -> list[Attempt]:
    """A buyer's own attempts, newest first."""
    async with database.connection() as connection:
        return await store.attempts_of_buyer(connection, buyer_id, order_id, before, rows_max)
