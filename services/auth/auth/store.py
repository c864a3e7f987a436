"""The SQL of accounts, their sessions, and failed sign-ins."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from auth.domain import User
from fairseat_common.database import Connection, Record

USER = "u.id, u.email, u.name, u.roles, u.verified_at is not null as verified, u.locale, u.timezone, u.currency"
"""The columns of an account, for `user_of`."""


async def user_add(tx: Connection, user: User, password_hash: str) -> datetime | None:
    """Keep a new account; answers when that was, or None if its e-mail has one. A parallel sign-up is waited for."""
    added: datetime | None = await tx.fetchval(
        "insert into users (id, email, name, password_hash, roles, locale, verified_at)"
        " values ($1, $2, $3, $4, $5, $6, case when $7 then now() end)"
        " on conflict (lower(email)) do nothing returning created_at",
        user.id,
        user.email,
        user.name,
        password_hash,
        list(user.roles),
        user.locale,
        user.verified,
    )
    return added


async def version_next(tx: Connection, user_id: UUID) -> tuple[int, datetime]:
    """Count a fact about an account: its version from now on, and the moment. The row is locked until the end."""
    row = await tx.fetchrow(
        "update users set version = version + 1 where id = $1 returning version, now() as at", user_id
    )
    assert row is not None, f"there is no account {user_id}"
    return row["version"], row["at"]


async def user_by_email(tx: Connection, email: str) -> tuple[User, str] | None:
    """The account with this e-mail in any case, and its password hash."""
    row = await tx.fetchrow(
        f"select {USER}, u.password_hash from users u where lower(u.email) = lower($1::text collate pg_c_utf8)",
        email,
    )
    return None if row is None else (user_of(row), row["password_hash"])


async def password_replace(tx: Connection, user_id: UUID, old_hash: str, new_hash: str) -> None:
    """Keep the same password hashed anew, unless the password has changed in the meantime."""
    await tx.execute(
        "update users set password_hash = $3 where id = $1 and password_hash = $2", user_id, old_hash, new_hash
    )


async def session_add(
    tx: Connection, session_id: UUID, user_id: UUID, user_agent: str, lifetime: timedelta, token_hash: bytes
) -> None:
    """Open a session with its first token."""
    await tx.execute(
        "insert into sessions (id, user_id, user_agent, expires_at) values ($1, $2, $3, now() + $4::interval)",
        session_id,
        user_id,
        user_agent,
        lifetime,
    )
    await token_add(tx, session_id, token_hash)


async def token_add(tx: Connection, session_id: UUID, token_hash: bytes) -> None:
    """Give a session its next token; the one before must be replaced first."""
    await tx.execute("insert into session_tokens (token_hash, session_id) values ($1, $2)", token_hash, session_id)


async def token_replace(tx: Connection, token_hash: bytes) -> None:
    """Note that a token has a successor."""
    await tx.execute("update session_tokens set replaced_at = now() where token_hash = $1", token_hash)


async def session_lock(tx: Connection, token_hash: bytes) -> bool:
    """Lock the session that a token belongs to; False if there is none."""
    found = await tx.fetchval(
        "select id from sessions where id = (select session_id from session_tokens where token_hash = $1) for update",
        token_hash,
    )
    return found is not None


async def session_by_token(tx: Connection, token_hash: bytes) -> Record | None:
    """A token with its session: session_id, ended_at, expires_at, replaced_at, now, and the account's columns."""
    return await tx.fetchrow(
        "select s.id as session_id, s.ended_at, s.expires_at, t.replaced_at, clock_timestamp() as now,"
        f" {USER}"
        " from session_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id"
        " where t.token_hash = $1",
        token_hash,
    )


async def session_user(tx: Connection, user_id: UUID, session_id: UUID) -> User | None:
    """The owner of a session that has not ended."""
    row = await tx.fetchrow(
        f"select {USER} from sessions s join users u on u.id = s.user_id"
        " where s.id = $1 and u.id = $2 and s.ended_at is null and s.expires_at > now()",
        session_id,
        user_id,
    )
    return None if row is None else user_of(row)


async def session_use(tx: Connection, session_id: UUID) -> None:
    """Note that the session is in use."""
    await tx.execute("update sessions set used_at = now() where id = $1", session_id)


async def session_end(tx: Connection, session_id: UUID, user_id: UUID, reason: str) -> bool:
    """End a session of this account; ending it again changes nothing. False if the account has no such session."""
    status = await tx.execute(
        "update sessions set ended_at = coalesce(ended_at, now()), end_reason = coalesce(end_reason, $3)"
        " where id = $1 and user_id = $2",
        session_id,
        user_id,
        reason,
    )
    return status.endswith(" 1")


async def sessions_end(tx: Connection, user_id: UUID, reason: str, but: UUID | None = None) -> None:
    """End all sessions of an account, except one."""
    await tx.execute(
        "update sessions set ended_at = now(), end_reason = $2"
        " where user_id = $1 and ended_at is null and ($3::uuid is null or id <> $3)",
        user_id,
        reason,
        but,
    )


async def browser_is_new(tx: Connection, user_id: UUID, user_agent: str) -> bool:
    """Whether an account that has had sessions has had none in such a browser."""
    row = await tx.fetchrow(
        "select count(*) > 0 and count(*) filter (where user_agent = $2) = 0 as new from sessions where user_id = $1",
        user_id,
        user_agent,
    )
    return row is not None and bool(row["new"])


async def session_list(tx: Connection, user_id: UUID, before: UUID | None, rows_max: int) -> list[Record]:
    """An account's live sessions, newest first, after the session `before`."""
    return await tx.fetch(
        "select id, user_agent, created_at, used_at, expires_at from sessions"
        " where user_id = $1 and ended_at is null and expires_at > now() and ($2::uuid is null or id < $2)"
        " order by id desc limit $3",
        user_id,
        before,
        rows_max,
    )


async def attempts_lock(tx: Connection, account: bytes, address: str) -> None:
    """Let the attempts for one account from one address be judged one after the other, until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{account.hex()} {address}")


async def failures_wait_s(
    tx: Connection, account: bytes, address: str, window: timedelta, account_max: int, address_max: int
) -> float:
    """For how many seconds there are too many failures within the window: 0 if there are not.

    If the n-th newest failure lies within the window, there are n; they are too many until it leaves the window.
    """
    wait_s = await tx.fetchval(
        "select coalesce(extract(epoch from greatest("
        " (select failed_at from signin_failures where account_key = $1 and address = $2"
        "  and failed_at > now() - $3::interval order by failed_at desc offset $4 limit 1),"
        " (select failed_at from signin_failures where address = $2"
        "  and failed_at > now() - $3::interval order by failed_at desc offset $5 limit 1)"
        ") + $3::interval - now()), 0)::float8",
        account,
        address,
        window,
        account_max - 1,
        address_max - 1,
    )
    return float(wait_s)


async def failure_add(tx: Connection, account: bytes, address: str) -> None:
    """Note a failed sign-in."""
    await tx.execute("insert into signin_failures (account_key, address) values ($1, $2)", account, address)


async def failures_forget(tx: Connection, account: bytes, address: str) -> None:
    """The right password came from this address."""
    await tx.execute("delete from signin_failures where account_key = $1 and address = $2", account, address)


async def prune(tx: Connection, failures_keep: timedelta, sessions_keep: timedelta, rows_max: int) -> int:
    """Delete old failures, and sessions that expired long ago; answers how many rows went."""
    gone = await tx.execute(
        "delete from signin_failures where id in (select id from signin_failures"
        " where failed_at < now() - $1::interval order by failed_at limit $2)",
        failures_keep,
        rows_max,
    )
    ended = await tx.execute(
        "delete from sessions where id in (select id from sessions"
        " where expires_at < now() - $1::interval order by expires_at limit $2)",
        sessions_keep,
        rows_max,
    )
    return int(gone.split()[-1]) + int(ended.split()[-1])


def user_of(row: Record) -> User:
    """The account in a row that has its columns."""
    return User(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        roles=tuple(row["roles"]),
        verified=row["verified"],
        locale=row["locale"],
        timezone=row["timezone"],
        currency=row["currency"],
    )
