"""The SQL of API keys."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from uuid import UUID

from auth.domain_api_keys import KeyOwner, KeyView, NewKey
from fairseat_common.database import Connection, Record

_VIEW = "id, name, hint, scopes, per_minute, created_at, expires_at, used_at, expires_at <= now() as expired"


async def owner_lock(tx: Connection, user_id: UUID) -> None:
    """Let nobody else make a key for this account until the transaction ends, so that the limit holds."""
    await tx.execute("select 1 from users where id = $1 for update", user_id)


async def keys_count(tx: Connection, user_id: UUID) -> int:
    """How many keys of an account have neither been ended nor expired."""
    count: int = await tx.fetchval(
        "select count(*) from api_keys where user_id = $1 and ended_at is null and expires_at > now()", user_id
    )
    return count


async def key_add(
    tx: Connection, key_id: UUID, user_id: UUID, wanted: NewKey, scopes: tuple[str, ...], hint: str, key_hash: bytes
) -> KeyView:
    """Keep a new key."""
    row = await tx.fetchrow(
        "insert into api_keys (id, user_id, name, hint, key_hash, scopes, per_minute, expires_at)"
        f" values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8)) returning {_VIEW}",
        key_id,
        user_id,
        wanted.name.strip(),
        hint,
        key_hash,
        list(scopes),
        wanted.requests_per_minute,
        wanted.expires_in_days,
    )
    assert row is not None
    return _view(row)


async def key_list(tx: Connection, user_id: UUID, before: UUID | None, rows_max: int) -> list[KeyView]:
    """An account's keys that were not ended, newest first, after the key `before`."""
    rows = await tx.fetch(
        f"select {_VIEW} from api_keys where user_id = $1 and ended_at is null"
        " and ($2::uuid is null or id < $2) order by id desc limit $3",
        user_id,
        before,
        rows_max,
    )
    return [_view(row) for row in rows]


async def key_end(tx: Connection, user_id: UUID, key_id: UUID) -> bool | None:
    """End a key of this account: True now, False if it was ended before, None if the account has no such key."""
    ended: bool | None = await tx.fetchval(
        "with before as (select id, ended_at from api_keys where id = $2 and user_id = $1 for update)"
        " update api_keys k set ended_at = coalesce(k.ended_at, now()) from before where k.id = before.id"
        " returning before.ended_at is null",
        user_id,
        key_id,
    )
    return ended


async def keys_end(tx: Connection, user_id: UUID) -> int:
    """End all keys of an account; answers how many there were."""
    status = await tx.execute("update api_keys set ended_at = now() where user_id = $1 and ended_at is null", user_id)
    return int(status.split()[-1])


async def key_use(tx: Connection, key_hash: bytes) -> KeyOwner | None:
    """Whom a key acts for, having noted that it is in use; None unless it is good."""
    row = await tx.fetchrow(
        "update api_keys k set used_at = now() from users u"
        " where k.key_hash = $1 and k.ended_at is null and k.expires_at > now()"
        " and u.id = k.user_id and u.erased_at is null"
        " returning k.id as key_id, k.user_id, u.roles, k.scopes, k.per_minute,"
        "  extract(epoch from k.expires_at - now())::float8 as left_s",
        key_hash,
    )
    if row is None:
        return None
    return KeyOwner(
        row["key_id"], row["user_id"], tuple(row["roles"]), tuple(row["scopes"]), row["per_minute"], row["left_s"]
    )


def _view(row: Record) -> KeyView:
    columns = {name: value for name, value in row.items() if name not in ("scopes", "per_minute")}
    return KeyView(scopes=tuple(row["scopes"]), requests_per_minute=row["per_minute"], **columns)
