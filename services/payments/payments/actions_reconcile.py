"""Reconciliation: provider, payments and ledger are compared one to one, and what does not agree is a break.

One process at a time does it. Whatever is found must be found again after a grace period before it is a break, since
the two sides of a movement never change in the same moment; a break that is not found any more is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from fairseat_common.database import Database
from fairseat_common.ids import new_id
from payments import domain_reconcile, store_breaks, store_provider_lists, store_reconcile
from payments.actions_payouts import transfer_heard
from payments.domain_reconcile import DisputeFact, Finding, IntentFact, RefundFact, TransferFact
from payments.domain_refusals import ProviderDisagrees, ProviderRefuses, ProviderUnavailable
from payments.store_provider import Provider

log = structlog.get_logger(__name__)

TURN = "reconcile"
LEASE = timedelta(minutes=10)
WINDOW = timedelta(days=2)
DETAIL_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often is looked, and for how long a difference may be in flight."""

    interval: timedelta
    grace: timedelta

    def pause(self, *, suspected: bool) -> timedelta:
        """Until the next look: what is suspected is looked at again as soon as it can be a break."""
        return min(self.interval, self.grace + timedelta(seconds=1)) if suspected else self.interval


@dataclass(frozen=True, slots=True)
class Listed:
    """What the provider has, by its own lists."""

    intents: Sequence[IntentFact]
    refunds: Sequence[RefundFact]
    disputes: Sequence[DisputeFact]
    transfers: Sequence[TransferFact]


async def reconcile_due(database: Database, provider: Provider, pace: Pace) -> bool:
    """Compare, if it is time and nobody else does; never has more to do at once."""
    holder = new_id()
    async with database.connection() as connection:
        mine = await store_breaks.turn_take(connection, TURN, holder, LEASE)
    pause = pace.interval
    if mine:
        try:
            pause = pace.pause(suspected=await reconcile(database, provider, pace.grace))
        finally:
            await _end(database, holder, pause)
    return False


async def _end(database: Database, holder: UUID, pause: timedelta) -> None:
    async with database.connection() as connection:
        await store_breaks.turn_end(connection, TURN, holder, pause)


async def reconcile(database: Database, provider: Provider, grace: timedelta) -> bool:
    """Compare everything once, and note what does not agree; answers whether something is suspected.

    Without the provider only what is inside payments is compared; breaks that the provider would show stay as they are.
    """
    async with database.connection() as connection:
        start = await store_breaks.window_start(connection, WINDOW)
    findings: list[Finding] = []
    untouched: frozenset[str] = frozenset()
    try:
        listed = await _list(provider, start)
        await _take_back(database, provider, listed, start)
        findings += await _compare(database, listed, start)
    except (ProviderUnavailable, ProviderRefuses) as error:
        log.warning("reconcile.provider_away", error=repr(error))
        untouched = domain_reconcile.PROVIDER_KINDS
    except Exception as error:  # what cannot be compared is a break itself, and hides nothing else
        log.error("reconcile.broke", exc_info=error)
        findings.append(Finding("not-compared", "provider", repr(error)[:DETAIL_MAX]))
        untouched = domain_reconcile.PROVIDER_KINDS
    async with database.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
        findings += await store_reconcile.differences(tx, start)
    async with database.connection() as tx, tx.transaction():
        breaks, suspected = await store_breaks.findings_note(tx, findings, untouched, grace)
    log.info("reconcile.done", findings=len(findings), breaks=breaks)
    if breaks:
        log.error("reconcile.breaks", breaks=breaks)
    return suspected


async def _list(provider: Provider, start: datetime) -> Listed:
    return Listed(
        await store_provider_lists.intents_since(provider, start),
        await store_provider_lists.refunds_since(provider, start),
        await store_provider_lists.disputes_since(provider, start),
        await store_provider_lists.transfers_since(provider, start),
    )


async def _take_back(database: Database, provider: Provider, listed: Listed, start: datetime) -> None:
    """Adopt reversals that no webhook has told of: they need nobody's decision."""
    known = [transfer.payout_id for transfer in listed.transfers if transfer.payout_id]
    async with database.connection() as connection:
        ours = {str(row.id): row for row in await store_breaks.payouts_listed(connection, start, known)}
    for transfer in listed.transfers:
        row = ours.get(transfer.payout_id or "")
        if row is not None and row.transfer_id == transfer.id and transfer.reversed.amount > row.reversed.amount:
            with suppress(ProviderDisagrees):  # the comparison will say so
                await transfer_heard(database, provider, transfer.id)


async def _compare(database: Database, listed: Listed, start: datetime) -> list[Finding]:
    intents = [fact.id for fact in listed.intents]
    attempt_ids = [fact.attempt_id for fact in listed.intents if fact.attempt_id]
    refund_ids = [fact.refund_id for fact in listed.refunds if fact.refund_id]
    payout_ids = [fact.payout_id for fact in listed.transfers if fact.payout_id]
    about = [fact.intent_id for fact in listed.refunds] + [fact.intent_id for fact in listed.disputes]
    async with database.connection() as tx, tx.transaction(isolation="repeatable_read", readonly=True):
        attempts = await store_breaks.attempts_listed(tx, start, intents, attempt_ids)
        refunds = await store_breaks.refunds_listed(tx, start, [fact.id for fact in listed.refunds], refund_ids)
        disputes = await store_breaks.disputes_listed(tx, start, [fact.id for fact in listed.disputes])
        payouts = await store_breaks.payouts_listed(tx, start, payout_ids)
        known = await store_breaks.intents_known(tx, about)
    return [
        *domain_reconcile.compare_payments(listed.intents, attempts),
        *domain_reconcile.compare_refunds(listed.refunds, refunds, known),
        *domain_reconcile.compare_disputes(listed.disputes, disputes, known),
        *domain_reconcile.compare_transfers(listed.transfers, payouts),
    ]
