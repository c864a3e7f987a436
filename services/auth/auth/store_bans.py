"""The SQL of bans, and of what operators look for among accounts."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from uuid import UUID

from auth.domain import User
from auth.domain_bans import Account, Ban, Role
from auth.store import USER, user_of
from fairseat_common.database import Connection, Record
from fairseat_common.ids import new_id

APPOINTING = 7_231_101
"""The advisory lock of whoever appoints an operator by hand."""
_BAN = "b.reason, b.banned_by, b.banned_at, b.lifted_by, b.lifted_at"
_ACCOUNT = (
    f"u.id, u.email, u.name, u.roles, u.verified_at is not null as verified, u.created_at, u.version, {_BAN}"
    " from users u left join bans b on b.user_id = u.id and b.lifted_at is null"
)


async def is_banned(tx: Connection, user_id: UUID) -> bool:
    """Whether an account is banned. A ban that is being written is waited for, and one that comes later waits."""
    await tx.execute("select from users where id = $1 for share", user_id)
    return bool(await tx.fetchval("select exists (select from bans where user_id = $1 and lifted_at is null)", user_id))


async def user_lock(tx: Connection, user_id: UUID) -> User | None:
    """An account that was not erased; nobody opens a session of it, or changes it, until the transaction ends."""
    row = await tx.fetchrow(
        f"select {USER} from users u where u.id = $1 and u.erased_at is null for update of u", user_id
    )
    return None if row is None else user_of(row)


async def user_by_email_lock(tx: Connection, email: str) -> User | None:
    """The account of an address, in any case; as `user_lock`."""
    row = await tx.fetchrow(
        f"select {USER} from users u where lower(u.email) = lower($1::text collate pg_c_utf8) for update of u", email
    )
    return None if row is None else user_of(row)


async def operators_lock(tx: Connection) -> int:
    """How many accounts can operate the marketplace; nobody appoints another until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock($1)", APPOINTING)
    count = await tx.fetchval(
        "select count(*) from users u where 'operator' = any (u.roles)"
        " and not exists (select from bans b where b.user_id = u.id and b.lifted_at is null)"
    )
    assert isinstance(count, int)
    return count


async def ban_add(tx: Connection, user_id: UUID, reason: str, operator_id: UUID) -> bool:
    """Write a ban; False if one is in force."""
    done = await tx.execute(
        "insert into bans (id, user_id, reason, banned_by) values ($1, $2, $3, $4)"
        " on conflict (user_id) where lifted_at is null do nothing",
        new_id(),
        user_id,
        reason,
        operator_id,
    )
    return str(done) == "INSERT 0 1"


async def ban_lift(tx: Connection, user_id: UUID, operator_id: UUID) -> bool:
    """End the ban in force; False if there is none."""
    done = await tx.execute(
        "update bans set lifted_by = $2, lifted_at = now() where user_id = $1 and lifted_at is null",
        user_id,
        operator_id,
    )
    return str(done) == "UPDATE 1"


async def sessions_end_all(tx: Connection, user_id: UUID) -> int:
    """End every session of a banned account; answers how many there were."""
    done = await tx.execute(
        "update sessions set ended_at = now(), end_reason = 'banned' where user_id = $1 and ended_at is null", user_id
    )
    return int(done.split()[-1])


async def roles_set(tx: Connection, user_id: UUID, roles: tuple[Role, ...]) -> None:
    """Give an account other roles."""
    await tx.execute("update users set roles = $2 where id = $1", user_id, list(roles))


async def accounts_search(
    tx: Connection, text: str, role: Role | None, banned: bool, before: UUID | None, rows_max: int
) -> list[Account]:
    """Accounts that are not erased, the newest first, after the account `before`: whose id, e-mail or name fits.

    Ids sort by time. `text` may stand anywhere in the e-mail or the name, in any case.
    """
    rows = await tx.fetch(
        f"select {_ACCOUNT} where u.erased_at is null and ($4::uuid is null or u.id < $4)"
        " and ($1 = '' or u.id::text = lower($1) or strpos(lower(u.email), lower($1 collate pg_c_utf8)) > 0"
        "  or strpos(lower(u.name collate pg_c_utf8), lower($1 collate pg_c_utf8)) > 0)"
        " and ($2::text is null or $2 = any (u.roles)) and (not $3 or b.user_id is not null)"
        " order by u.id desc limit $5",
        text,
        role,
        banned,
        before,
        rows_max,
    )
    return [_account(row) for row in rows]


async def account_read(tx: Connection, user_id: UUID) -> Account | None:
    """One account that was not erased."""
    row = await tx.fetchrow(f"select {_ACCOUNT} where u.id = $1 and u.erased_at is null", user_id)
    return None if row is None else _account(row)


async def bans_of(tx: Connection, user_id: UUID, rows_max: int) -> list[Ban]:
    """The bans of an account, newest first."""
    rows = await tx.fetch(
        f"select {_BAN} from bans b where b.user_id = $1 order by b.banned_at desc limit $2", user_id, rows_max
    )
    return [Ban(**dict(row)) for row in rows]


async def sessions_count(tx: Connection, user_id: UUID) -> int:
    """In how many browsers somebody is signed in."""
    count = await tx.fetchval(
        "select count(*) from sessions where user_id = $1 and ended_at is null and expires_at > now()", user_id
    )
    assert isinstance(count, int)
    return count


def _account(row: Record) -> Account:
    fields = dict(row)
    ban = Ban(**{name: fields.pop(name) for name in Ban.__struct_fields__})
    fields["roles"] = tuple(fields["roles"])
    return Account(**fields, ban=ban if ban.reason is not None else None)
