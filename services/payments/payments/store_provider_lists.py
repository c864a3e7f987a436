"""The provider's own lists, page by page: the outside truth that reconciliation compares with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from fairseat_common.contracts import Money
from payments.domain_reconcile import DisputeFact, IntentFact, RefundFact, TransferFact
from payments.domain_refunds import DisputeStage
from payments.domain_refusals import ProviderUnavailable
from payments.store_provider import LIST_PAGE, Provider, heard, metadata_of

PAGES_MAX = 2_000
"""What is longer is no list of a few days."""
_MOVED: dict[str, DisputeStage] = {"needs_response": "opened", "under_review": "opened", "won": "won", "lost": "lost"}
"""Disputes that have moved money; the others only ask a question."""


async def intents_since(provider: Provider, start: datetime) -> list[IntentFact]:
    """Payments that were begun since then, newest first."""
    return [
        IntentFact(
            id=each.id,
            status=each.status,
            received=_money(each.amount_received, each.currency),
            attempt_id=metadata_of(each, "attempt_id"),
            order_id=metadata_of(each, "order_id"),
        )
        async for each in _all(provider.client.v1.payment_intents, start)
    ]


async def refunds_since(provider: Provider, start: datetime) -> list[RefundFact]:
    """Refunds that were asked for since then, newest first."""
    return [
        RefundFact(
            id=each.id,
            intent_id=_id(each.payment_intent),
            amount=_money(each.amount, each.currency),
            refund_id=metadata_of(each, "refund_id"),
            made=each.status not in ("failed", "canceled"),
        )
        async for each in _all(provider.client.v1.refunds, start)
    ]


async def disputes_since(provider: Provider, start: datetime) -> list[DisputeFact]:
    """Disputes that were opened since then, newest first."""
    return [
        DisputeFact(
            id=each.id,
            intent_id=_id(each.payment_intent),
            amount=_money(each.amount, each.currency),
            stage=_MOVED[each.status],
        )
        async for each in _all(provider.client.v1.disputes, start)
        if each.status in _MOVED
    ]


async def transfers_since(provider: Provider, start: datetime) -> list[TransferFact]:
    """Transfers that were made since then, newest first."""
    return [
        TransferFact(
            id=each.id,
            amount=_money(each.amount, each.currency),
            reversed=_money(each.amount_reversed, each.currency),
            payout_id=metadata_of(each, "payout_id"),
        )
        async for each in _all(provider.client.v1.transfers, start)
    ]


async def _all(service: Any, start: datetime) -> AsyncIterator[Any]:
    cursor: dict[str, Any] = {}
    for _ in range(PAGES_MAX):
        query = {"limit": LIST_PAGE, "created": {"gte": int(start.timestamp())}} | cursor
        page = await heard(service.list_async(query))
        for each in page.data:
            yield each
        if not page.has_more:
            return
        cursor = {"starting_after": page.data[-1].id}
    raise ProviderUnavailable("The provider's list is too long.")


def _id(reference: Any) -> str:
    return reference if isinstance(reference, str) else str(reference.id) if reference else ""


def _money(amount: int, currency: str) -> Money:
    return Money(amount, currency.upper())
