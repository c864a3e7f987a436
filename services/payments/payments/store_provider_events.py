"""The provider's own list of what has happened, read forward from a place in it."""

from __future__ import annotations

from typing import Any

import stripe

from payments.domain_events import Happened
from payments.domain_refusals import ProviderRefuses
from payments.store_provider import LIST_PAGE, Provider, heard


async def events_after(provider: Provider, after_id: str | None) -> tuple[list[Happened], bool]:
    """The events that follow one in the provider's order, oldest first, and whether there are more.

    Without one, or when the provider has forgotten it (it keeps a month), its newest events.
    """
    place: dict[str, Any] = {"ending_before": after_id} if after_id else {}
    try:
        page = await _page(provider, place)
    except ProviderRefuses:
        if after_id is None:
            raise
        return await events_after(provider, None)
    return [_happened(event) for event in reversed(page.data)], bool(page.has_more and after_id)


async def _page(provider: Provider, place: dict[str, Any]) -> stripe.ListObject[stripe.Event]:
    query: Any = {"limit": LIST_PAGE} | place
    return await heard(provider.client.v1.events.list_async(query))


def _happened(event: stripe.Event) -> Happened:
    about: Any = event.data.object
    about = about.to_dict() if isinstance(about, stripe.StripeObject) else about
    metadata = about.get("metadata") or {}
    intent_id = about.get("id") if about.get("object") == "payment_intent" else about.get("payment_intent")
    return Happened(
        id=event.id,
        type=event.type,
        created_s=event.created,
        object_id=str(about.get("id", "")),
        intent_id=intent_id if isinstance(intent_id, str) else None,
        attempt_id=metadata.get("attempt_id"),
    )
