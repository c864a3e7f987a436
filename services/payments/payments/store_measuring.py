"""The SQL of what operators watch."""

from __future__ import annotations

from fairseat_common.database import Connection

COUNTED_MAX = 100_000


async def payouts_due(connection: Connection) -> tuple[int, float]:
    """How many payouts are due (COUNTED_MAX at most), and for how long the oldest has been, in seconds."""
    row = await connection.fetchrow(
        "select count(*) as due, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_s"
        " from (select created_at from payouts where status = 'due' limit $1) p",
        COUNTED_MAX,
    )
    assert row is not None
    return row["due"], row["oldest_s"]


async def uncaptured_oldest_s(connection: Connection) -> float:
    """For how long the oldest sale has waited for its money, in seconds."""
    age_s = await connection.fetchval(
        "select extract(epoch from now() - min(sold_at))::float8 from sale_lines where captured_at is null"
    )
    return max(age_s or 0.0, 0.0)
