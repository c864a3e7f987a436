"""The SQL of passkeys and of the challenges that they answer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from auth import store
from auth.domain import User
from auth.domain_passkeys import ChallengePurpose, PasskeyView
from fairseat_common.database import Connection, Record


async def challenge_keep(
    tx: Connection, holder: bytes, purpose: ChallengePurpose, challenge: bytes, address: str, lasts: timedelta
) -> None:
    """Keep what is to be signed; a holder has one challenge for each purpose."""
    await tx.execute(
        "insert into passkey_challenges (holder, purpose, challenge, address, expires_at)"
        " values ($1, $2, $3, $4, now() + $5::interval) on conflict (holder, purpose) do update set"
        " challenge = excluded.challenge, address = excluded.address, expires_at = excluded.expires_at,"
        " created_at = now()",
        holder,
        purpose,
        challenge,
        address,
        lasts,
    )


async def challenge_take(tx: Connection, holder: bytes, purpose: ChallengePurpose) -> bytes | None:
    """What was to be signed, once; None if nothing was, or it is too late."""
    row = await tx.fetchrow(
        "delete from passkey_challenges where holder = $1 and purpose = $2"
        " returning challenge, expires_at > now() as ok",
        holder,
        purpose,
    )
    return row["challenge"] if row is not None and row["ok"] else None


async def challenges_many(tx: Connection, address: str, most: int) -> bool:
    """Whether an address has more challenges open than anybody needs."""
    found = await tx.fetchval(
        "select count(*) from (select 1 from passkey_challenges where address = $1 and expires_at > now() limit $2) c",
        address,
        most,
    )
    return int(found) >= most


async def passkey_add(
    tx: Connection, user_id: UUID, credential_id: bytes, public_key: bytes, sign_count: int, view: PasskeyView
) -> bool:
    """Keep a passkey; False if some account has it."""
    status = await tx.execute(
        "insert into passkeys (id, user_id, credential_id, public_key, sign_count, name, transports, backed_up)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (credential_id) do nothing",
        view.id,
        user_id,
        credential_id,
        public_key,
        sign_count,
        view.name,
        list(view.transports),
        view.backed_up,
    )
    return status.endswith(" 1")


async def passkeys_of(tx: Connection, user_id: UUID, before: UUID | None, rows_max: int) -> list[PasskeyView]:
    """An account's passkeys, newest first."""
    rows = await tx.fetch(
        "select id, name, transports, backed_up, created_at, used_at from passkeys"
        " where user_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3",
        user_id,
        before,
        rows_max,
    )
    return [PasskeyView(**{**row, "transports": tuple(row["transports"])}) for row in rows]


async def credentials_of(tx: Connection, user_id: UUID) -> list[bytes]:
    """The credential ids of an account, which its authenticators are told so that none is used twice."""
    rows = await tx.fetch("select credential_id from passkeys where user_id = $1 order by id", user_id)
    return [row["credential_id"] for row in rows]


async def passkey_owner(tx: Connection, credential_id: bytes) -> tuple[Record, User] | None:
    """A passkey (id, public_key, sign_count) with the account that it is for."""
    row = await tx.fetchrow(
        f"select p.id as passkey_id, p.public_key, p.sign_count, {store.USER}"  # noqa: S608 - own words only
        " from passkeys p join users u on u.id = p.user_id where p.credential_id = $1",
        credential_id,
    )
    return None if row is None else (row, store.user_of(row))


async def passkey_use(tx: Connection, passkey_id: UUID, sign_count: int, backed_up: bool) -> bool:
    """Note a use; False if the count is not above the last one: there is a copy. 0 means that nothing is counted."""
    status = await tx.execute(
        "update passkeys set sign_count = $2, backed_up = $3, used_at = now()"
        " where id = $1 and ($2 > sign_count or ($2 = 0 and sign_count = 0))",
        passkey_id,
        sign_count,
        backed_up,
    )
    return status.endswith(" 1")


async def passkey_remove(tx: Connection, user_id: UUID, passkey_id: UUID) -> str | None:
    """Forget a passkey of an account; its name, None if there is none."""
    name: str | None = await tx.fetchval(
        "delete from passkeys where id = $2 and user_id = $1 returning name", user_id, passkey_id
    )
    return name


async def prune(tx: Connection, rows_max: int) -> int:
    """Delete challenges that nobody answered; answers how many rows went."""
    gone = await tx.execute(
        "delete from passkey_challenges where (holder, purpose) in (select holder, purpose from passkey_challenges"
        " where expires_at < now() order by expires_at limit $1)",
        rows_max,
    )
    return int(gone.split()[-1])
