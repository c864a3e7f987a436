"""What this service keeps of people: their address and name, until they are forgotten."""

from __future__ import annotations

from fairseat_common.contracts import UserChanged, UserErased, UserRegistered, UserVerified
from fairseat_common.database import Connection
from tickets import store_people


async def user_heard(tx: Connection, event: UserRegistered | UserVerified | UserChanged) -> None:
    """An address and a name belong to an account."""
    await store_people.user_apply(tx, event)


async def user_forget(tx: Connection, event: UserErased) -> None:
    """Somebody is to be forgotten; their tickets and sales are over, or auth would not have let them go."""
    await store_people.user_forget(tx, event)
