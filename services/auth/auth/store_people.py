"""The SQL of profiles: what people change about their accounts, and what is left of an erased one."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from uuid import UUID

from auth import store
from auth.domain import User
from auth.domain_people import Profile
from fairseat_common.database import Connection, Record


async def profile(tx: Connection, user_id: UUID, session_id: UUID) -> Profile | None:
    """Everything that the owner of a living session may see of the account."""
    row = await tx.fetchrow(
        f"select {store.USER}, u.pending_email, u.created_at, u.version,"
        " (select count(*) from passkeys p where p.user_id = u.id)::int as passkeys"
        " from sessions s join users u on u.id = s.user_id"
        " where s.id = $2 and u.id = $1 and s.ended_at is null and s.expires_at > now()",
        user_id,
        session_id,
    )
    return None if row is None else Profile(**{**row, "roles": tuple(row["roles"])})


async def user_lock(tx: Connection, user_id: UUID) -> tuple[User, str, str | None] | None:
    """An account that was not erased, its password hash and the address that waits; locked until the end."""
    row = await tx.fetchrow(
        f"select {store.USER}, u.password_hash, u.pending_email from users u"
        " where u.id = $1 and u.erased_at is null for no key update",
        user_id,
    )
    return None if row is None else (store.user_of(row), row["password_hash"], row["pending_email"])


async def user_save(tx: Connection, user: User) -> None:
    """Write what its owner says about an account."""
    await tx.execute(
        "update users set name = $2, locale = $3, timezone = $4, currency = $5 where id = $1",
        user.id,
        user.name,
        user.locale,
        user.timezone,
        user.currency,
    )


async def email_await(tx: Connection, user_id: UUID, email: str | None) -> None:
    """Keep an address until it is verified."""
    await tx.execute("update users set pending_email = $2 where id = $1", user_id, email)


async def email_verify(tx: Connection, user_id: UUID, email: str) -> bool:
    """Take an address for the account's own; raises asyncpg.UniqueViolationError where another account has it.

    False if it is neither the account's address nor the one that waits.
    """
    status = await tx.execute(
        "update users set email = $2, verified_at = now(),"
        " pending_email = case when lower(pending_email) = lower($2::text collate pg_c_utf8) then null"
        " else pending_email end"
        " where id = $1 and erased_at is null and (lower(email) = lower($2::text collate pg_c_utf8)"
        " or lower(pending_email) = lower($2::text collate pg_c_utf8))",
        user_id,
        email,
    )
    return status.endswith(" 1")


async def email_taken(tx: Connection, user_id: UUID, email: str) -> bool:
    """Whether another account has an address."""
    return bool(
        await tx.fetchval(
            "select true from users where lower(email) = lower($2::text collate pg_c_utf8) and id <> $1", user_id, email
        )
    )


async def password_set(tx: Connection, user_id: UUID, password_hash: str) -> None:
    """Keep another password."""
    await tx.execute("update users set password_hash = $2 where id = $1", user_id, password_hash)


async def user_erase(tx: Connection, user_id: UUID, email: str) -> None:
    """Leave nothing of an account but its id; the database refuses this hash as any password's."""
    await tx.execute(
        "update users set email = $2, name = '', password_hash = '!', roles = array['user'], locale = null,"
        " timezone = null, currency = null, verified_at = null, pending_email = null, erased_at = now() where id = $1",
        user_id,
        email,
    )
    for table in ("sessions", "letter_tokens", "passkeys", "ties"):
        await tx.execute(f"delete from {table} where user_id = $1", user_id)


async def audit_of(tx: Connection, user_id: UUID, rows_max: int) -> list[Record]:
    """What the account's owner did that was written down, newest first: action, details (JSON), at."""
    return await tx.fetch(
        "select action, details::text as details, happened_at from audit_log where actor_id = $1"
        " order by position desc limit $2",
        user_id,
        rows_max,
    )
