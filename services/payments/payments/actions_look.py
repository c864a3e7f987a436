"""Looking at the provider's objects that something has happened to, whoever says so: a webhook, or its own list.

What is believed is what the provider answers when asked. Looking again changes nothing.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from fairseat_common.database import Database
from payments import (
    actions_accounts,
    actions_cards,
    actions_payouts,
    domain,
    store,
    store_events,
    store_provider_refunds,
    store_refunds,
)
from payments.actions_record import dispute_keep, record, refund_settle
from payments.domain import Attempt
from payments.domain_refunds import GivenBack, check_given_back
from payments.domain_refusals import ProviderDisagrees, ProviderRefuses
from payments.store_provider import Provider

log = structlog.get_logger(__name__)

INTENT = frozenset(
    f"payment_intent.{fact}"
    for fact in ("amount_capturable_updated", "requires_action", "succeeded", "payment_failed", "canceled")
)
CHARGE = frozenset(["charge.refunded"])
REFUND = frozenset(["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"])
DISPUTE = frozenset(
    f"charge.dispute.{fact}" for fact in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)
ACCOUNT = frozenset(["account.updated"])
TRANSFER = frozenset(f"transfer.{fact}" for fact in ("created", "updated", "reversed"))
SELLERS = ACCOUNT | TRANSFER
"""About sellers: no attempt and no intent belongs to these."""
HEARD = INTENT | CHARGE | REFUND | DISPUTE | SELLERS


async def look(
    database: Database, provider: Provider, event_id: str, type_: str, object_id: str, intent_id: str | None
) -> None:
    """Find out what an event is about, and note that it was. Raises ProviderUnavailable when nobody answers."""
    try:
        await _look(database, provider, type_, object_id, intent_id)
    except (ProviderRefuses, ProviderDisagrees) as refusal:
        # Looking again would change nothing; what is wrong is for people to see.
        log.error("look.disagrees", event_id=event_id, type=type_, object_id=object_id, error=refusal.said)
    async with database.transaction() as tx:
        await store_events.provider_event_enter(tx, event_id, type_)


async def _look(database: Database, provider: Provider, type_: str, object_id: str, intent_id: str | None) -> None:
    if type_ in INTENT:
        await _look_intent(database, provider, object_id)
    elif type_ in CHARGE:
        for found in await store_provider_refunds.refunds_of(provider, intent_id or ""):
            await _look_refund(database, found)
    elif type_ in REFUND:
        await _look_refund(database, await store_provider_refunds.refund_read(provider, object_id))
    elif type_ in DISPUTE:
        await _look_dispute(database, provider, object_id)
    elif type_ in ACCOUNT:
        await actions_accounts.account_heard(database, provider, object_id)
    elif type_ in TRANSFER:
        await actions_payouts.transfer_heard(database, provider, object_id)


async def _look_intent(database: Database, provider: Provider, intent_id: str) -> Attempt | None:
    intent = await provider.read(intent_id)
    attempt_id = _uuid(intent.attempt_id)
    async with database.connection() as connection:
        attempt = await store.attempt_find(connection, attempt_id) if attempt_id else None
    if attempt is None:
        log.info("look.foreign", intent_id=intent.id)
        return None
    if domain.is_forgotten(attempt, intent):
        intent = await provider.release(attempt, intent.id)
    if attempt.intent_id not in (None, intent.id) and intent.status in ("released", "unpaid"):
        return attempt
    changed = await record(database, attempt.id, lambda a, order, now: domain.adopt(a, order, intent, now))
    await actions_cards.let_go(provider, changed, intent)
    return changed


async def _look_refund(database: Database, found: GivenBack) -> None:
    refund_id = _uuid(found.refund_id)
    async with database.connection() as connection:
        refund = await store_refunds.refund_find(connection, refund_id) if refund_id else None
        attempt = await store.attempt_find(connection, refund.attempt_id) if refund else None
        foreign = refund is None and await store.attempt_of_intent(connection, found.intent_id) is not None
    if refund is not None and attempt is not None:
        check_given_back(refund, attempt, found)
        if found.made:
            await refund_settle(database, refund.id, "provider", found.id)
        else:
            log.error("refund.bounced", refund_id=str(refund.id), provider_id=found.id)
    elif foreign:
        log.error("refund.foreign", provider_id=found.id, intent_id=found.intent_id)


async def _look_dispute(database: Database, provider: Provider, dispute_id: str) -> None:
    claim = await store_provider_refunds.dispute_read(provider, dispute_id)
    if claim is None:
        return
    # The charge comes first: its own news may still be on its way.
    attempt = await _look_intent(database, provider, claim.intent_id)
    if attempt is not None:
        await dispute_keep(database, attempt.id, claim)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
