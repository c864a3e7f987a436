"""The SQL of sellers' accounts at the provider."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fairseat_common.database import Connection, Record
from payments.domain_payouts import AccountStatus, SellerAccount


async def account_start(tx: Connection, seller_id: UUID) -> SellerAccount | None:
    """A row for a seller's account, before the provider hears of it; None if there is one."""
    row = await tx.fetchrow(
        "insert into seller_accounts (seller_id) values ($1) on conflict do nothing returning *", seller_id
    )
    return _account(row) if row else None


async def account_of_seller(tx: Connection, seller_id: UUID) -> SellerAccount | None:
    """A seller's account, if one was ever asked for."""
    row = await tx.fetchrow("select * from seller_accounts where seller_id = $1", seller_id)
    return _account(row) if row else None


async def account_lock(tx: Connection, seller_id: UUID) -> SellerAccount | None:
    """A seller's account; who holds it makes the seller's payouts. None if somebody else does, or there is none."""
    row = await tx.fetchrow(
        "select * from seller_accounts where seller_id = $1 for no key update skip locked", seller_id
    )
    return _account(row) if row else None


async def account_link(tx: Connection, seller_id: UUID, account_id: str) -> None:
    """Note the account that the provider made, once."""
    await tx.execute(
        "update seller_accounts set account_id = $2, version = version + 1, leased_until = clock_timestamp()"
        " where seller_id = $1 and account_id is null",
        seller_id,
        account_id,
    )


async def account_judge(tx: Connection, seller_id: UUID, account_id: str, status: AccountStatus) -> None:
    """Note whether the provider lets the account receive money."""
    await tx.execute(
        "update seller_accounts set status = $3, version = version + 1, tries = 0"
        " where seller_id = $1 and account_id = $2 and status <> $3",
        seller_id,
        account_id,
        status,
    )


async def account_key_spend(tx: Connection, seller_id: UUID, keys_used: int) -> None:
    """Use the next idempotency key from now on: the provider has stored an error under this one."""
    await tx.execute(
        "update seller_accounts set keys_used = keys_used + 1 where seller_id = $1 and keys_used = $2",
        seller_id,
        keys_used,
    )


async def accounts_lease(tx: Connection, rows_max: int, pause_max: timedelta) -> list[SellerAccount]:
    """Pending accounts that have not been looked at for a while: 5 s at first, then longer, up to `pause_max`."""
    rows = await tx.fetch(
        "with due as (select seller_id from seller_accounts where status = 'pending' and account_id is not null"
        " and leased_until <= clock_timestamp() order by leased_until limit $1 for update skip locked)"
        " update seller_accounts set tries = tries + 1,"
        " leased_until = clock_timestamp() + least($2, interval '5 s' * (1 + tries))"
        " where seller_id in (select seller_id from due) returning *",
        rows_max,
        pause_max,
    )
    return [_account(row) for row in rows]


def _account(row: Record) -> SellerAccount:
    return SellerAccount(**{name: row[name] for name in SellerAccount.__dataclass_fields__})
