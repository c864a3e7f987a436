"""The shape that every event has, and money.

An event is a fact that one service publishes about one aggregate. Its class is frozen once published: a change
is a new class with the next ``.vN`` subject beside the old one. The golden file of each version proves it.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, TypeVar
from uuid import UUID

import msgspec

E = TypeVar("E", bound="type[Event]")

_registry: dict[str, type[Event]] = {}


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in the currency's minor units (cents for EUR, whole yen for JPY)."""

    amount: int
    currency: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events.

    ``version`` is the aggregate's version after the fact, counting from 1 without gaps; a copy applies an event
    only when it is newer than what the copy has. ``occurred_at`` is the publishing database's time, in UTC.
    """

    subject: ClassVar[str]
    aggregate: ClassVar[str]
    """Name of the field that holds the aggregate's id."""

    version: int
    occurred_at: datetime

    @property
    def aggregate_id(self) -> UUID:
        """The id of what the fact is about."""
        value = getattr(self, self.aggregate)
        assert isinstance(value, UUID)
        return value


def published(event_type: E) -> E:
    """Register an event class under its subject; two classes under one subject are a bug."""
    subject = event_type.subject
    assert subject not in _registry, f"{subject} is defined twice"
    parts = subject.split(".")
    assert len(parts) == 3, f"{subject} is not <service>.<fact>.v<N>"
    assert parts[2].startswith("v"), f"{subject} has no version"
    assert event_type.aggregate in event_type.__struct_fields__, f"{subject} has no field {event_type.aggregate}"
    _registry[subject] = event_type
    return event_type


def registry() -> dict[str, type[Event]]:
    """Every published event class by subject, sorted."""
    return dict(sorted(_registry.items()))


def stream_of(subject: str) -> str:
    """The stream that carries a subject: one per publishing noun, e.g. ``ORDERS`` for ``orders.held.v1``."""
    return subject.split(".", 1)[0].upper()


def encode(event: Event) -> bytes:
    """The event's wire form: JSON, keys in field order."""
    return msgspec.json.encode(event)


def decode(subject: str, data: bytes) -> Event:
    """Read an event's wire form strictly.

    Raises ``LookupError`` for a subject that nobody has published and ``msgspec.ValidationError`` for data that
    does not fit it.
    """
    try:
        event_type = _registry[subject]
    except KeyError:
        raise LookupError(f"no event is published as {subject}") from None
    return msgspec.json.decode(data, type=event_type)
