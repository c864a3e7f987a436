"""What the provider tells by itself: a reason to look, never a fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fairseat_common.contracts.refusals import Malformed
from fairseat_common.database import Database
from payments import actions_look, domain_signatures, store, store_events
from payments.store_provider import Provider


class _Object(msgspec.Struct):
    id: str = ""
    payment_intent: Any = None


class _Data(msgspec.Struct):
    object: _Object


class ProviderEvent(msgspec.Struct):
    """What we read of an event: which object to look at."""

    id: str
    type: str
    data: _Data


async def hear(database: Database, provider: Provider, payload: bytes, signature: str, secrets: Sequence[str]) -> None:
    """Look at what an event is about, once per event. Raises SignatureInvalid for what the provider did not send.

    The payload only names an object; what is believed is what the provider answers when asked for it.
    """
    async with database.connection() as connection:
        now = await store.now(connection)
        domain_signatures.check_signature(payload, signature, secrets, now.timestamp())
        event = _event(payload)
        if event.type not in actions_look.HEARD or await store_events.provider_event_known(connection, event.id):
            return
    about = event.data.object
    intent_id = about.payment_intent if isinstance(about.payment_intent, str) else None
    await actions_look.look(database, provider, event.id, event.type, about.id, intent_id)


def _event(payload: bytes) -> ProviderEvent:
    try:
        return msgspec.json.decode(payload, type=ProviderEvent)
    except msgspec.MsgspecError as error:
        raise Malformed("The body is not an event of the payment provider.") from error
