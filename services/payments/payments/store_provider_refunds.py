"""The calls to the payment provider about money that goes back: refunds and disputes."""

from __future__ import annotations

from typing import Any

import stripe

from fairseat_common.contracts import Money
from payments.domain_refunds import Claim, DisputeStage, GivenBack, Refund
from payments.store_provider import LIST_PAGE, Provider, heard, key_of, metadata_of

REFUNDS_PAGES_MAX = 10
_CLOSED: dict[str, DisputeStage] = {"won": "won", "lost": "lost"}
_TAKEN = frozenset(["needs_response", "under_review", "won", "lost"])
"""Disputes that have moved money; the others only ask a question."""


async def refund_make(provider: Provider, refund: Refund, intent_id: str) -> GivenBack:
    """Give money back. Raises ProviderRefuses when the charge does not allow it."""
    params: Any = {
        "payment_intent": intent_id,
        "amount": refund.amount.amount,
        "metadata": {
            "refund_id": str(refund.id),
            "order_id": str(refund.order_id),
            "attempt_id": str(refund.attempt_id),
        },
    }
    options = key_of(str(refund.id), "", refund.keys_used)
    return _given_back(await heard(provider.client.v1.refunds.create_async(params, options)))


async def refunds_of(provider: Provider, intent_id: str) -> list[GivenBack]:
    """Every refund of an intent; this list is never behind."""
    found: list[GivenBack] = []
    cursor: dict[str, Any] = {}
    for _ in range(REFUNDS_PAGES_MAX):
        query: Any = {"payment_intent": intent_id, "limit": LIST_PAGE} | cursor
        page = await heard(provider.client.v1.refunds.list_async(query))
        found += [_given_back(refund) for refund in page.data]
        if not page.has_more:
            break
        cursor = {"starting_after": page.data[-1].id}
    return found


async def refund_find(provider: Provider, refund: Refund, intent_id: str) -> GivenBack | None:
    """The provider's refund that carries our refund's id, if there is one."""
    found = [back for back in await refunds_of(provider, intent_id) if back.refund_id == str(refund.id)]
    return next((back for back in found if back.made), found[0] if found else None)


async def refund_read(provider: Provider, provider_id: str) -> GivenBack:
    """A refund as it is now. Raises ProviderRefuses when there is none."""
    return _given_back(await heard(provider.client.v1.refunds.retrieve_async(provider_id)))


async def dispute_read(provider: Provider, provider_id: str) -> Claim | None:
    """A dispute as it is now; None if it has moved no money. Raises ProviderRefuses when there is none."""
    return _claim(await heard(provider.client.v1.disputes.retrieve_async(provider_id)))


async def disputes_of(provider: Provider, intent_id: str) -> list[Claim]:
    """The disputes of an intent that have moved money."""
    page = await heard(provider.client.v1.disputes.list_async({"payment_intent": intent_id, "limit": LIST_PAGE}))
    claims = [_claim(dispute) for dispute in page.data]
    return [claim for claim in claims if claim is not None]


def _given_back(found: stripe.Refund) -> GivenBack:
    return GivenBack(
        id=found.id,
        intent_id=_id_of(found.payment_intent),
        amount=Money(found.amount, found.currency.upper()),
        refund_id=metadata_of(found, "refund_id"),
        made=found.status in ("succeeded", "pending"),
    )


def _claim(found: stripe.Dispute) -> Claim | None:
    if found.status not in _TAKEN:
        return None
    return Claim(
        id=found.id,
        intent_id=_id_of(found.payment_intent),
        amount=Money(found.amount, found.currency.upper()),
        stage=_CLOSED.get(found.status, "opened"),
    )


def _id_of(found: str | stripe.PaymentIntent | None) -> str:
    """The id, whether or not the provider sends the whole object along."""
    return found if isinstance(found, str) else found.id if found is not None else ""
