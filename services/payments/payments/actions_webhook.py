"""What the provider tells by itself: a reason to look, never a fact."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
import structlog

from fairseat_common.contracts.refusals import Malformed
from fairseat_common.database import Database
from payments import domain, store
from payments.actions import record_within
from payments.domain import Intent, ProviderDisagrees, ProviderRefuses
from payments.store_provider import Provider

log = structlog.get_logger(__name__)

HEARD = frozenset(
    f"payment_intent.{fact}" for fact in ("amount_capturable_updated", "succeeded", "payment_failed", "canceled")
)


class _Object(msgspec.Struct):
    id: str = ""


class _Data(msgspec.Struct):
    object: _Object


class ProviderEvent(msgspec.Struct):
    """What we read of an event: which object to look at."""

    id: str
    type: str
    data: _Data


async def hear(database: Database, provider: Provider, payload: bytes, signature: str, secrets: Sequence[str]) -> None:
    """Look at what an event is about, once per event. Raises SignatureInvalid for what the provider did not send.

    The payload only names an intent; what is believed is what the provider answers when asked for it.
    """
    async with database.connection() as connection:
        now = await store.now(connection)
        domain.check_signature(payload, signature, secrets, now.timestamp())
        event = _event(payload)
        if event.type not in HEARD or await store.provider_event_known(connection, event.id):
            return
    try:
        await _look(database, provider, event)
    except (ProviderRefuses, ProviderDisagrees) as refusal:
        # Sending it again would change nothing; what is wrong is for people to see.
        log.error("webhook.disagrees", event_id=event.id, intent_id=event.data.object.id, error=refusal.said)


def _event(payload: bytes) -> ProviderEvent:
    try:
        return msgspec.json.decode(payload, type=ProviderEvent)
    except msgspec.MsgspecError as error:
        raise Malformed("The body is not an event of the payment provider.") from error


async def _look(database: Database, provider: Provider, event: ProviderEvent) -> None:
    intent = await provider.read(event.data.object.id)
    attempt_id = _attempt_id(intent)
    async with database.connection() as connection:
        attempt = await store.attempt_find(connection, attempt_id) if attempt_id else None
    if attempt is None:
        log.info("webhook.foreign", event_id=event.id, intent_id=intent.id)
        return
    if domain.is_stray(attempt, intent):
        intent = await provider.release(intent.id, str(attempt.id))
    async with database.transaction() as tx:
        await store.provider_event_enter(tx, event.id, event.type)
        await record_within(tx, attempt.id, lambda a, order, at: domain.adopt(a, order, intent, at))


def _attempt_id(intent: Intent) -> UUID | None:
    try:
        return UUID(intent.attempt_id or "")
    except ValueError:
        return None
