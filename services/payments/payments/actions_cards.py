"""The limit of tickets that one card buys of a show: judged when money is reserved, before anybody hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from fairseat_common.contracts import Event
from fairseat_common.database import Connection
from payments import domain, domain_cards, store_cards
from payments.domain import Attempt, Intent, Order
from payments.domain_refusals import CARD_LIMIT, ProviderRefuses, ProviderUnavailable
from payments.store_provider import Provider

log = structlog.get_logger(__name__)


async def judge(
    tx: Connection, before: Attempt, after: Attempt, order: Order, events: Sequence[Event], now: datetime
) -> tuple[Attempt, list[Event]]:
    """What becomes of an attempt that is to change so; it fails where its card would have bought too much.

    Lock, then look: whoever is judged later sees what was decided before.
    """
    if not domain_cards.is_counted(before, after):
        return after, list(events)
    assert after.card is not None, "a card is counted by its fingerprint"
    await store_cards.card_lock(tx, after.card, order.show_id)
    tickets = await store_cards.card_tickets(tx, after.card, order.show_id, after.id)
    if not domain_cards.exceeds(after, order, tickets):
        return after, list(events)
    return domain_cards.refuse(before, after, now)


async def let_go(provider: Provider, attempt: Attempt, intent: Intent) -> None:
    """Release what is reserved for an attempt that has failed here.

    If the provider does not answer, its own news of the reservation lead to the same later.
    """
    if attempt.reason != CARD_LIMIT or not domain.is_forgotten(attempt, intent):
        return
    try:
        await provider.release(attempt, intent.id)
    except (ProviderUnavailable, ProviderRefuses) as error:
        log.warning("card.release_postponed", attempt_id=str(attempt.id), error=repr(error))
