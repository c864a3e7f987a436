"""What owners of webhooks can do, and what is queued for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from fairseat_common.audit import audit
from fairseat_common.contracts import Event, UserDeactivated, UserErased, UserReactivated
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.sealing import seal
from notifications import domain_webhooks, store_webhooks
from notifications.domain_webhook_subjects import AUDIENCES, TEST
from notifications.domain_webhooks import (
    PURPOSE,
    WEBHOOKS_MAX,
    DeliveryStatus,
    DeliveryView,
    DeliveryWhole,
    NewWebhook,
    WebhookLimit,
    WebhookMade,
    WebhookOff,
    WebhookView,
)

HEARD: tuple[type[Event], ...] = (*AUDIENCES, UserDeactivated, UserErased, UserReactivated)
"""What must be heard for webhooks, by whichever handler."""


@dataclass(frozen=True, kw_only=True)
class WebhookRules:
    """How webhooks are kept and sent to. `public_only`: only https, and only what anybody can reach."""

    secrets: tuple[str, ...]
    public_only: bool
    timeout_s: float
    retry_first_s: float


async def tell(tx: Connection, event: Event) -> None:
    """Queue a fact for whoever hears it; whose account has ended or rests hears nothing."""
    if isinstance(event, UserErased):
        await store_webhooks.webhooks_remove(tx, event.user_id)
    elif isinstance(event, UserDeactivated):
        await store_webhooks.webhooks_stop(tx, event.user_id)
    elif isinstance(event, UserReactivated):
        await store_webhooks.webhooks_resume(tx, event.user_id)
    elif told := domain_webhooks.told_of(event):
        event_id = domain_webhooks.event_id_of(event)
        await store_webhooks.deliveries_add(tx, event_id, event.subject, told)


async def add_webhook(tx: Connection, owner_id: UUID, wanted: NewWebhook, rules: WebhookRules) -> WebhookMade:
    """Add a webhook; raises Invalid and WebhookLimit."""
    domain_webhooks.check_url(wanted.url, rules.public_only)
    subjects = domain_webhooks.subjects_of(wanted.subjects)
    await store_webhooks.owner_lock(tx, owner_id)
    if await store_webhooks.webhooks_count(tx, owner_id) >= WEBHOOKS_MAX:
        raise WebhookLimit
    webhook_id, secret = new_id(), domain_webhooks.new_secret()
    sealed = seal(secret, PURPOSE, rules.secrets)
    await store_webhooks.webhook_add(tx, webhook_id, owner_id, wanted.url, subjects, sealed)
    await audit(tx, owner_id, "webhook-added", str(webhook_id), url=wanted.url)
    view = await find_webhook(tx, owner_id, webhook_id)
    return WebhookMade(secret=secret, **msgspec.structs.asdict(view))


async def find_webhook(tx: Connection, owner_id: UUID, webhook_id: UUID) -> WebhookView:
    """One's own webhook; raises NotFound."""
    view = await store_webhooks.webhook_view(tx, owner_id, webhook_id)
    if view is None:
        raise NotFound
    return view


async def list_webhooks(tx: Connection, owner_id: UUID, before: UUID | None, rows_max: int) -> Sequence[WebhookView]:
    """One's own webhooks, newest first."""
    return await store_webhooks.webhook_list(tx, owner_id, before, rows_max)


async def switch_webhook(tx: Connection, owner_id: UUID, webhook_id: UUID, active: bool) -> WebhookView:
    """Switch a webhook on or off: what waits meanwhile is sent when it is on again, or given up after its day."""
    if not await store_webhooks.webhook_switch(tx, owner_id, webhook_id, None if active else "owner"):
        raise NotFound
    return await find_webhook(tx, owner_id, webhook_id)


async def renew_secret(tx: Connection, owner_id: UUID, webhook_id: UUID, rules: WebhookRules) -> WebhookMade:
    """Sign with another secret from now on, and for a day with the old one too; raises NotFound."""
    secret = domain_webhooks.new_secret()
    if not await store_webhooks.secret_replace(tx, owner_id, webhook_id, seal(secret, PURPOSE, rules.secrets)):
        raise NotFound
    await audit(tx, owner_id, "webhook-secret-renewed", str(webhook_id))
    view = await find_webhook(tx, owner_id, webhook_id)
    return WebhookMade(secret=secret, **msgspec.structs.asdict(view))


async def remove_webhook(tx: Connection, owner_id: UUID, webhook_id: UUID) -> None:
    """Forget a webhook and its log; raises NotFound."""
    if not await store_webhooks.webhook_remove(tx, owner_id, webhook_id):
        raise NotFound
    await audit(tx, owner_id, "webhook-removed", str(webhook_id))


async def ping_webhook(tx: Connection, owner_id: UUID, webhook_id: UUID) -> DeliveryView:
    """Queue a delivery that only shows that deliveries arrive; raises NotFound and WebhookOff."""
    await _expect_active(tx, owner_id, webhook_id)
    event_id = new_id()
    body = domain_webhooks.ping_body(event_id, webhook_id, datetime.now(UTC))
    return await store_webhooks.delivery_add(tx, webhook_id, event_id, TEST, body)


async def list_deliveries(
    tx: Connection,
    owner_id: UUID,
    webhook_id: UUID,
    status: DeliveryStatus | None,
    before: UUID | None,
    rows_max: int,
) -> list[DeliveryView]:
    """What was sent to one's own webhook, newest first; raises NotFound."""
    await find_webhook(tx, owner_id, webhook_id)
    return await store_webhooks.delivery_list(tx, webhook_id, status, before, rows_max)


async def find_delivery(tx: Connection, owner_id: UUID, webhook_id: UUID, delivery_id: UUID) -> DeliveryWhole:
    """One delivery with its body and every try; raises NotFound."""
    await find_webhook(tx, owner_id, webhook_id)
    found = await store_webhooks.delivery_whole(tx, webhook_id, delivery_id)
    if found is None:
        raise NotFound
    return found


async def replay(tx: Connection, owner_id: UUID, webhook_id: UUID, delivery_id: UUID) -> DeliveryView:
    """Send a delivery again, the same to the byte but for its signature's time; raises NotFound and WebhookOff."""
    await _expect_active(tx, owner_id, webhook_id)
    found = await store_webhooks.delivery_again(tx, webhook_id, delivery_id)
    if found is None:
        raise NotFound
    return found


async def _expect_active(tx: Connection, owner_id: UUID, webhook_id: UUID) -> None:
    webhook = await find_webhook(tx, owner_id, webhook_id)
    if not webhook.active:
        raise WebhookOff
