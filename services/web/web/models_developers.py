"""What auth and notifications answer about API keys and webhooks, as far as the pages need it."""

from datetime import datetime

from msgspec import Struct


class ApiKey(Struct, frozen=True):
    """An API key of the reader's; `secret` only in the answer that made it."""

    id: str
    name: str
    hint: str
    scopes: list[str]
    requests_per_minute: int
    created_at: datetime
    expires_at: datetime
    expired: bool
    used_at: datetime | None = None
    secret: str = ""


class Webhook(Struct, frozen=True):
    """A webhook of the reader's; `secret` only in the answer that added it."""

    id: str
    url: str
    subjects: list[str]
    active: bool
    missed: int
    waiting: int
    created_at: datetime
    off_reason: str | None = None
    failing_since: datetime | None = None
    old_secret_until: datetime | None = None
    secret: str = ""


class Delivery(Struct, frozen=True):
    """What became of one fact; `status` is queued, delivered or failed."""

    id: str
    event_id: str
    subject: str
    status: str
    attempts: int
    created_at: datetime
    due_at: datetime
    answer: int | None = None
    error: str | None = None
    ended_at: datetime | None = None


class Try(Struct, frozen=True):
    """One try to deliver."""

    number: int
    made_at: datetime
    took_ms: int
    answer: int | None = None
    error: str | None = None


class DeliveryWhole(Delivery, frozen=True, kw_only=True):
    """A delivery with the body that was signed, and every try."""

    body: str
    tries: list[Try]
