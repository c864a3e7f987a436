"""Facts that expiration publishes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from fairseat_common.contracts.base import Event, published


@published
class ExpirationDue(Event, frozen=True, kw_only=True):
    """The deadline of an order's hold has passed, by expiration's database clock. Said once per deadline."""

    subject: ClassVar[str] = "expiration.due.v1"
    aggregate: ClassVar[str] = "order_id"

    order_id: UUID
    due_at: datetime
