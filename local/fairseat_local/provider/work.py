"""One request's unit of work: what it reads, what it writes, what it makes known."""

from __future__ import annotations

import time

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.effects import Effect, Kind
from fairseat_local.provider.journal import Journal
from fairseat_local.provider.objects import ApiObject, Event, Stored, WebhookEndpoint, new_id

API_VERSION = "2026-10-28.endive"


class Work:
    """Lives inside one transaction of the journal. `now` is the request's one time, in seconds since 1970.

    `public_url` is where browsers reach the stand-in.
    """

    def __init__(
        self, journal: Journal, request_id: str | None = None, idempotency_key: str | None = None, public_url: str = ""
    ) -> None:
        self.journal = journal
        self.public_url = public_url
        self.now = int(time.time())
        self._request: dict[str, str | None] = {"id": request_id, "idempotency_key": idempotency_key}

    def load(self, kind: type[Stored], noun: str, object_id: str, param: str = "id") -> Stored:
        """The object, or the provider's answer for one that does not exist."""
        found = self.journal.find(kind, object_id)
        if found is None:
            raise errors.missing(noun, object_id, param)
        return found

    def emit(self, type_: str, value: ApiObject) -> None:
        """Make an event of what just became true, due at every endpoint that asked for its type."""
        endpoints = [
            endpoint
            for endpoint in self.journal.all_of(WebhookEndpoint)
            if endpoint.status == "enabled" and {"*", type_} & set(endpoint.enabled_events)
        ]
        event = Event(
            id=new_id("evt"),
            created=self.now,
            type=type_,
            api_version=API_VERSION,
            data={"object": msgspec.to_builtins(value)},
            pending_webhooks=len(endpoints),
            request=self._request,
        )
        self.journal.insert(event, parent=value.id)
        for endpoint in endpoints:
            delays_s = self.journal.faults.next_delays_s()
            if not delays_s:
                self.journal.deliveries.insert_lost(event.id, endpoint.id)
            for copy, delay_s in enumerate(delays_s):
                self.journal.deliveries.insert(event.id, endpoint.id, copy, delay_s)

    def record(self, kind: Kind, value: ApiObject, *, amount: int | None = None, intent_id: str | None = None) -> None:
        """Note something done to an object, for those who check from outside."""
        self.journal.effects.append(
            Effect(
                at=time.time(),
                kind=kind,
                object_id=value.id,
                intent_id=intent_id,
                amount=amount,
                currency=None if amount is None else getattr(value, "currency", None),
                idempotency_key=self._request["idempotency_key"],
                metadata=getattr(value, "metadata", {}),
            )
        )
