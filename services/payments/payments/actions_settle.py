"""What payments does by itself: find out how attempts ended, capture for confirmed orders, void what is refused.

A reconciler: it looks what is due, so it may run twice, in several processes, and after any crash.
"""

from __future__ import annotations

import asyncio

import structlog

from fairseat_common.database import Database
from payments import actions_cards, domain, store, store_orders
from payments.actions import LEASE, postpone
from payments.actions_record import record
from payments.domain import Attempt, Intent, Order
from payments.domain_refusals import ProviderDisagrees, ProviderRefuses, ProviderUnavailable
from payments.store_provider import Provider

log = structlog.get_logger(__name__)

SETTLE_MAX = 8
CHALLENGE_POLL_MIN_S = 0.5


async def settle_due(database: Database, provider: Provider) -> bool:
    """Settle a few attempts at once; answers whether there may be more."""
    # One statement, committed by itself: a lease is nobody's news, so it must not wake this worker again.
    async with database.connection() as connection:
        attempts = await store.attempts_lease(connection, SETTLE_MAX, LEASE)
    await asyncio.gather(*(settle(database, provider, attempt) for attempt in attempts))
    return len(attempts) == SETTLE_MAX


async def settle(database: Database, provider: Provider, attempt: Attempt) -> None:
    """Do what is due for a leased attempt; what cannot be done now is due again after a pause."""
    try:
        async with database.connection() as connection:
            order = await store_orders.order_find(connection, attempt.order_id)
        assert order is not None, f"attempt {attempt.id} names order {attempt.order_id}"
        await _settle(database, provider, attempt, order)
        return
    except (ProviderUnavailable, ProviderRefuses) as error:
        broke: Exception | None = error
        log.warning("settle.postponed", attempt_id=str(attempt.id), tries=attempt.tries, error=repr(error))
    except ProviderDisagrees as error:
        broke = error
        log.error("settle.disagrees", attempt_id=str(attempt.id), tries=attempt.tries, error=error.said)
    except Exception as error:  # one attempt that breaks must not keep the others waiting
        broke = error
        log.error("settle.broke", attempt_id=str(attempt.id), tries=attempt.tries, exc_info=error)
    await postpone(database, attempt, domain.retry_in_s(attempt.tries), broke)


async def _settle(database: Database, provider: Provider, attempt: Attempt, order: Order) -> None:
    due = domain.work_due(attempt, order)
    if due == "recover":
        await _recover(database, provider, attempt, order)
    elif due is not None:
        assert attempt.intent_id is not None, f"attempt {attempt.id} is authorised"
        call = provider.capture if due == "capture" else provider.release
        intent = await call(attempt, attempt.intent_id)
        if intent.status == "authorized":
            raise ProviderUnavailable
        await _adopt(database, provider, attempt, intent)


async def _recover(database: Database, provider: Provider, attempt: Attempt, order: Order) -> None:
    """Find out how an attempt ended whose answer nobody heard, or which waits for its buyer.

    Looking comes first: nothing is sent again blindly.
    """
    intent = await (provider.read(attempt.intent_id) if attempt.intent_id else provider.find(attempt))
    async with database.connection() as connection:
        now = await store.now(connection)
    try:
        if intent is None and domain.may_send_again(attempt, order, now):
            intent = await provider.authorise(attempt)
        elif intent is not None and intent.status in ("pending", "challenged") and not domain.may_go_on(order, now):
            intent = await provider.release(attempt, intent.id)
    except ProviderRefuses as refusal:
        code = refusal.code
        await record(database, attempt.id, lambda a, _, now: domain.fail(a, "rejected", code, now))
        return
    if intent is None:
        await record(database, attempt.id, lambda a, _, now: domain.fail(a, "abandoned", "no_answer", now))
    elif intent.status == "pending":
        raise ProviderUnavailable
    elif intent.status == "challenged" and attempt.status == "challenged":
        left_s = (order.expires_at - now).total_seconds()
        pause_s = max(CHALLENGE_POLL_MIN_S, min(domain.retry_in_s(attempt.tries), left_s))
        await postpone(database, attempt, pause_s)
    else:
        await _adopt(database, provider, attempt, intent)


async def _adopt(database: Database, provider: Provider, attempt: Attempt, intent: Intent) -> None:
    changed = await record(database, attempt.id, lambda a, order, now: domain.adopt(a, order, intent, now))
    await actions_cards.let_go(provider, changed, intent)
