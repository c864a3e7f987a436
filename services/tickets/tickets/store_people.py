"""The SQL of people: who has which address and name, and what is left of those who are forgotten."""

from __future__ import annotations

from fairseat_common.contracts import UserChanged, UserErased, UserRegistered, UserVerified
from fairseat_common.database import Connection


async def user_apply(tx: Connection, event: UserRegistered | UserVerified | UserChanged) -> None:
    """Keep what is new about a user. Which address is verified has a version of its own: news come in any order."""
    verified = isinstance(event, UserVerified)
    await tx.execute(
        "insert into users as u (id, version, email, name, verified_email, verified_version)"
        " values ($1, $2, $3, $4, $5, $6) on conflict (id) do update set"
        " email = case when u.version < excluded.version then excluded.email else u.email end,"
        " name = case when u.version < excluded.version then excluded.name else u.name end,"
        " version = greatest(u.version, excluded.version),"
        " verified_email = case when u.verified_version < excluded.verified_version then excluded.verified_email"
        "  else u.verified_email end,"
        " verified_version = greatest(u.verified_version, excluded.verified_version)",
        event.user_id,
        event.version,
        event.email,
        event.name,
        event.email if verified else None,
        event.version if verified else 0,
    )


async def user_forget(tx: Connection, event: UserErased) -> None:
    """Leave a row that says nothing, which nothing older fills again; where the address was written is a pseudonym."""
    address = await tx.fetchval("select lower(email) from users where id = $1 for update", event.user_id)
    await tx.execute(
        "insert into users as u (id, version, email, name, verified_version) values ($1, $2, '', '', $2)"
        " on conflict (id) do update set email = '', name = '', verified_email = null,"
        " version = greatest(u.version, excluded.version), verified_version = excluded.verified_version",
        event.user_id,
        event.version,
    )
    await tx.execute("update transfers set message = '' where from_id = $1 and message <> ''", event.user_id)
    await tx.execute("update listings set notes = '' where seller_id = $1 and notes <> ''", event.user_id)
    if address:
        await tx.execute(
            "update transfers set to_email = lower($2), message = '' where to_email = $1", address, event.pseudonym
        )
