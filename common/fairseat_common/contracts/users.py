"""Facts that auth publishes."""

from typing import ClassVar
from uuid import UUID

from fairseat_common.contracts.base import Event, published


@published
class UserRegistered(Event, frozen=True, kw_only=True):
    """Somebody signed up."""

    subject: ClassVar[str] = "users.registered.v1"
    aggregate: ClassVar[str] = "user_id"

    user_id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
