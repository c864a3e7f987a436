"""What a service that sells keeps of bans, so that a token that has not run out yet is good for nothing there.

Auth owns bans; `banned_users` is the copy of a service that follows users.deactivated and users.reactivated.
"""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import UserDeactivated, UserErased, UserReactivated
from fairseat_common.contracts.refusals import Forbidden
from fairseat_common.database import Connection

_APPLY = """
insert into banned_users as b (user_id, banned, version) values ($1, $2, $3)
on conflict (user_id) do update set banned = excluded.banned, version = excluded.version, changed_at = now()
where b.version < excluded.version
"""


class AccountBanned(Forbidden):
    """An operator has closed the account."""

    slug = "account-banned"
    title = "This account is closed"
    detail = "Fairseat has closed it. The letter that we sent says why, and whom to write to."


async def ban_follow(tx: Connection, event: UserDeactivated | UserReactivated | UserErased) -> bool:
    """Keep the copy of a ban; False if something newer is known. Who was erased does nothing here any more either."""
    banned = not isinstance(event, UserReactivated)
    return str(await tx.execute(_APPLY, event.user_id, banned, event.version)).endswith(" 1")


async def is_banned(tx: Connection, user_id: UUID) -> bool:
    """Whether an account is banned, as far as this service has heard."""
    return bool(await tx.fetchval("select banned from banned_users where user_id = $1", user_id))


async def check_not_banned(tx: Connection, user_id: UUID) -> None:
    """Raise AccountBanned for somebody who is."""
    if await is_banned(tx, user_id):
        raise AccountBanned
