"""What payments can do for buyers: start an attempt, ask the provider, write what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from fairseat_common import outbox
from fairseat_common.contracts import Event
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection, Database, wait_for
from fairseat_common.ids import new_id
from payments import domain, store
from payments.domain import Attempt, Order, OrderNotPayable, ProviderRefuses, ProviderUnavailable
from payments.store_provider import CALL_LONGEST_S
from payments.store_provider import Provider as Provider  # the edges name it as an argument, too

LEASE = timedelta(seconds=CALL_LONGEST_S + 6.0)
"""Longer than any call to the provider: while it lasts nobody else works on the attempt."""

Change = Callable[[Attempt, Order, datetime], tuple[Attempt, list[Event]]]


async def order_heard(tx: Connection, order: Order) -> None:
    """Keep the copy of an order up to date."""
    await store.order_apply(tx, order)


async def pay(
    database: Database, provider: Provider, buyer_id: UUID, order_id: UUID, payment_method: str, key: str, hashed: bytes
) -> tuple[Attempt, bool]:
    """The attempt that this request makes, or the one that its key made before (then True).

    The attempt is committed before the provider hears of it, and the provider is asked outside any transaction:
    whatever breaks in between, the row is there to find out from.
    """
    async with database.connection() as connection:
        known = await store.attempt_of_key(connection, buyer_id, key)
    if known is None:
        await _check_order(database, buyer_id, order_id)
        async with database.transaction() as tx:
            started = await store.attempt_start(tx, new_id(), order_id, payment_method, key, hashed, LEASE)
            if started is None:
                known = await store.attempt_of_key(tx, buyer_id, key)
        if started is not None:
            return await _authorise(database, provider, started), False
    if known is None:
        raise OrderNotPayable
    return known, True


async def _check_order(database: Database, buyer_id: UUID, order_id: UUID) -> None:
    async def look() -> Order | None:
        async with database.connection() as connection:
            return await store.order_find(connection, order_id)

    order = await wait_for(look)
    if order is None or order.buyer_id != buyer_id:
        raise NotFound


async def _authorise(database: Database, provider: Provider, attempt: Attempt) -> Attempt:
    try:
        intent = await provider.authorise(attempt)
    except ProviderUnavailable:
        async with database.connection() as connection:
            await store.attempt_postpone(connection, attempt.id, timedelta(seconds=domain.RETRY_FIRST_S))
        raise
    except ProviderRefuses as refusal:
        code = refusal.code
        return await record(database, attempt.id, lambda a, _, now: domain.fail(a, "rejected", code, now))
    return await record(database, attempt.id, lambda a, order, now: domain.adopt(a, order, intent, now))


async def record(database: Database, attempt_id: UUID, change: Change) -> Attempt:
    """Change an attempt and publish what became true, in one transaction."""
    async with database.transaction() as tx:
        return await record_within(tx, attempt_id, change)


async def record_within(tx: Connection, attempt_id: UUID, change: Change) -> Attempt:
    """The same inside the caller's transaction. The order is locked first, as its news does: none is overlooked."""
    known = await store.attempt_find(tx, attempt_id)
    assert known is not None, f"attempt {attempt_id} is never deleted"
    order = await store.order_lock(tx, known.order_id)
    attempt, now = await store.attempt_lock(tx, attempt_id)
    changed, events = change(attempt, order, now)
    if changed != attempt:
        await store.attempt_update(tx, changed)
    for event in events:
        await outbox.append(tx, event)
    return changed


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
