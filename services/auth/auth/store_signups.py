"""The SQL of accounts that were opened from an address."""

from __future__ import annotations

from datetime import timedelta

from fairseat_common.database import Connection


async def address_lock(tx: Connection, address: str) -> None:
    """Let accounts be opened from one address one after the other, until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"sign-ups {address}")


async def signups_wait_s(connection: Connection, address: str, window: timedelta, address_max: int) -> float:
    """For how many seconds no account can be opened from there; 0 if one can be now.

    If the n-th newest was opened within the window, there are n, until it leaves the window.
    """
    wait_s = await connection.fetchval(
        "select coalesce(extract(epoch from (select made_at from signups where address = $1"
        " and made_at > clock_timestamp() - $2::interval order by made_at desc offset $3 limit 1)"
        " + $2::interval - clock_timestamp()), 0)::float8",
        address,
        window,
        address_max - 1,
    )
    return float(wait_s)


async def signup_add(tx: Connection, address: str) -> None:
    """Note that an account is opened from there."""
    await tx.execute("insert into signups (address) values ($1)", address)


async def signups_prune(tx: Connection, window: timedelta, rows_max: int) -> int:
    """Forget what is not counted any more; answers how many rows went."""
    gone = await tx.execute(
        "delete from signups where id in (select id from signups where made_at < clock_timestamp() - $1::interval"
        " order by made_at limit $2)",
        window,
        rows_max,
    )
    return int(gone.split()[-1])
