"""The SQL of links in letters, and of passwords that are to be reset."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from auth.domain_letters import Purpose
from fairseat_common.database import Connection, Record


async def clock(tx: Connection) -> datetime:
    """The database's time."""
    now = await tx.fetchval("select now()")
    assert isinstance(now, datetime)
    return now


async def token_add(
    tx: Connection, token_hash: bytes, user_id: UUID, purpose: Purpose, email: str, lasts: timedelta
) -> None:
    """Keep a link's token, as its hash."""
    await tx.execute(
        "insert into letter_tokens (token_hash, user_id, purpose, email, expires_at)"
        " values ($1, $2, $3, $4, now() + $5::interval)",
        token_hash,
        user_id,
        purpose,
        email,
        lasts,
    )


async def token_look(tx: Connection, token_hash: bytes, purpose: Purpose) -> Record | None:
    """A living token: user_id and email."""
    return await tx.fetchrow(
        "select user_id, email from letter_tokens where token_hash = $1 and purpose = $2 and expires_at > now()",
        token_hash,
        purpose,
    )


async def token_take(tx: Connection, token_hash: bytes, purpose: Purpose) -> Record | None:
    """The same, once: of several who come with it one gets it."""
    return await tx.fetchrow(
        "delete from letter_tokens where token_hash = $1 and purpose = $2 and expires_at > now()"
        " returning user_id, email",
        token_hash,
        purpose,
    )


async def tokens_forget(tx: Connection, user_id: UUID, purpose: Purpose) -> None:
    """Let no link of this kind work any more."""
    await tx.execute("delete from letter_tokens where user_id = $1 and purpose = $2", user_id, purpose)


async def tokens_wait_s(tx: Connection, user_id: UUID, purpose: Purpose, window: timedelta, most: int) -> float:
    """For how many seconds an account has had enough letters of a kind: 0 if it has not. Others wait for the answer."""
    await tx.execute("select id from users where id = $1 for no key update", user_id)
    wait_s = await tx.fetchval(
        "select coalesce(extract(epoch from (select created_at from letter_tokens where user_id = $1 and purpose = $2"
        " and created_at > now() - $3::interval order by created_at desc offset $4 limit 1) + $3::interval - now())"
        ", 0)::float8",
        user_id,
        purpose,
        window,
        most - 1,
    )
    return float(wait_s)


async def request_add(tx: Connection, account: bytes, address: str, email: str, locale: str | None) -> None:
    """Keep the wish to reset a password until somebody looks into it."""
    await tx.execute(
        "insert into reset_requests (account_key, address, email, locale) values ($1, $2, $3, $4)",
        account,
        address,
        email,
        locale,
    )


async def requests_wait_s(tx: Connection, address: str, window: timedelta, most: int) -> float:
    """For how many seconds an address has asked often enough: 0 if it has not."""
    wait_s = await tx.fetchval(
        "select coalesce(extract(epoch from (select asked_at from reset_requests where address = $1"
        " and asked_at > now() - $2::interval order by asked_at desc offset $3 limit 1) + $2::interval - now())"
        ", 0)::float8",
        address,
        window,
        most - 1,
    )
    return float(wait_s)


async def requests_take(tx: Connection, window: timedelta, account_max: int, rows_max: int) -> list[Record]:
    """Some requests that nobody has looked into: email, locale, and whether their account has asked `often` enough.

    What was typed is forgotten with that. Rows that another process has are left to it.
    """
    return await tx.fetch(
        "with due as (select id, email, locale, account_key, asked_at from reset_requests where email is not null"
        "  order by id limit $3 for update skip locked)"
        " update reset_requests r set email = null from due where r.id = due.id"
        " returning due.email, due.locale, (select count(*) from reset_requests o where o.account_key = due.account_key"
        "  and o.id < due.id and o.asked_at > due.asked_at - $1::interval) >= $2 as often",
        window,
        account_max,
        rows_max,
    )


async def prune(tx: Connection, keep: timedelta, rows_max: int) -> int:
    """Delete links that have ended and requests that no longer count; answers how many rows went."""
    tokens = await tx.execute(
        "delete from letter_tokens where token_hash in (select token_hash from letter_tokens"
        " where expires_at < now() - $1::interval order by expires_at limit $2)",
        keep,
        rows_max,
    )
    requests = await tx.execute(
        "delete from reset_requests where id in (select id from reset_requests"
        " where asked_at < now() - $1::interval and email is null order by asked_at limit $2)",
        keep,
        rows_max,
    )
    return int(tokens.split()[-1]) + int(requests.split()[-1])
