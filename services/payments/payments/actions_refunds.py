"""Giving money back: a reconciler that settles due refunds, each once, after any crash and in several processes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from fairseat_common.database import Database
from payments import domain, domain_refunds, store, store_provider_refunds, store_refunds
from payments.actions import LEASE
from payments.actions_record import dispute_keep, refund_settle
from payments.domain import Attempt
from payments.domain_refunds import GivenBack, Refund
from payments.domain_refusals import ProviderBroke, ProviderDisagrees, ProviderRefuses, ProviderUnavailable
from payments.store_provider import Provider

log = structlog.get_logger(__name__)

REFUNDS_MAX = 8


async def refunds_due(database: Database, provider: Provider) -> bool:
    """Settle a few refunds at once; answers whether there may be more."""
    async with database.connection() as connection:
        refunds = await store_refunds.refunds_lease(connection, REFUNDS_MAX, LEASE)
    await asyncio.gather(*(refund_work(database, provider, refund) for refund in refunds))
    return len(refunds) == REFUNDS_MAX


async def refund_work(database: Database, provider: Provider, refund: Refund) -> None:
    """Do what is due for a leased refund; what cannot be done now is due again after a pause."""
    try:
        if await _work(database, provider, refund):
            return
    except ProviderUnavailable as error:
        log.warning("refund.postponed", refund_id=str(refund.id), tries=refund.tries, error=repr(error))
        if isinstance(error, ProviderBroke):
            async with database.connection() as connection:
                await store_refunds.refund_key_spend(connection, refund.id, refund.keys_used)
    except (ProviderRefuses, ProviderDisagrees) as error:
        # Money that should go back does not: the refund stays due, is an open break, and is for people to see.
        code = error.code if isinstance(error, ProviderRefuses) else error.said
        log.error("refund.refused", refund_id=str(refund.id), tries=refund.tries, code=code)
    except Exception as error:  # one refund that breaks must not keep the others waiting
        log.error("refund.broke", refund_id=str(refund.id), tries=refund.tries, exc_info=error)
    async with database.connection() as connection:
        pause = timedelta(seconds=domain.retry_in_s(refund.tries))
        await store_refunds.refund_postpone(connection, refund.id, pause)


async def _work(database: Database, provider: Provider, refund: Refund) -> bool:
    """Whether the refund is settled, or waits for something that will say so."""
    async with database.connection() as connection:
        attempt = await store.attempt_find(connection, refund.attempt_id)
        stage = await store_refunds.dispute_stage(connection, refund.attempt_id)
    assert attempt is not None, f"refund {refund.id} names attempt {refund.attempt_id}"
    due = domain_refunds.refund_work(attempt.status, stage)
    if due is None:
        return False
    if due != "send":
        await refund_settle(database, refund.id, due, None)
        return True
    found = await _send(database, provider, refund, attempt)
    if found is None:
        return False
    domain_refunds.check_given_back(refund, attempt, found)
    await refund_settle(database, refund.id, "provider", found.id)
    return True


async def _send(database: Database, provider: Provider, refund: Refund, attempt: Attempt) -> GivenBack | None:
    """The provider's refund; None if a dispute has to be decided first. Nothing that was sent is sent again blindly."""
    assert attempt.intent_id is not None, f"attempt {attempt.id} is charged"
    found = await store_provider_refunds.refund_find(provider, refund, attempt.intent_id) if refund.sent else None
    if found is not None:
        return _made(found)
    if not refund.sent:
        async with database.connection() as connection:
            await store_refunds.refund_mark_sent(connection, refund.id)
    try:
        return _made(await store_provider_refunds.refund_make(provider, refund, attempt.intent_id))
    except ProviderRefuses:
        # Somebody may have been faster with this very refund; and a disputed charge cannot be refunded.
        found = await store_provider_refunds.refund_find(provider, refund, attempt.intent_id)
        if found is not None:
            return _made(found)
        if await _disputed(database, provider, attempt):
            return None
        raise


async def _disputed(database: Database, provider: Provider, attempt: Attempt) -> bool:
    assert attempt.intent_id is not None, f"attempt {attempt.id} is charged"
    claims = await store_provider_refunds.disputes_of(provider, attempt.intent_id)
    for claim in claims:
        await dispute_keep(database, attempt.id, claim)
    return any(claim.stage != "won" for claim in claims)


def _made(found: GivenBack) -> GivenBack:
    if not found.made:
        raise ProviderDisagrees(f"{found.id} came back from the bank")
    return found
