"""One request's unit of work: what it reads, what it writes, what it makes known."""

from __future__ import annotations

import time

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.journal import Journal
from fairseat_local.provider.objects import ApiObject, Event, Stored, WebhookEndpoint, new_id

API_VERSION = "2026-10-28.endive"


class Work:
    """Lives inside one transaction of the journal. `now` is the request's one time, in seconds since 1970."""

    def __init__(self, journal: Journal, request_id: str, idempotency_key: str | None) -> None:
        self.journal = journal
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
            self.journal.delivery_insert(event.id, endpoint.id)
