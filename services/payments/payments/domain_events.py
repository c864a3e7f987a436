"""What the provider says has happened: a reason to look at one of its objects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Happened:
    """An event by what it is about. `attempt_id` and `intent_id` are hints, which may be missing."""

    id: str
    type: str
    created_s: int
    object_id: str
    intent_id: str | None = None
    attempt_id: str | None = None
