"""The SQL of what operators watch."""

from __future__ import annotations

from fairseat_common.database import Connection

COUNTED_MAX = 100_000


async def holds_open(connection: Connection) -> tuple[int, float]:
    """How many orders are held (COUNTED_MAX at most), and for how long the first deadline has passed, in seconds."""
    row = await connection.fetchrow(
        "select (select count(*) from (select from orders where status = 'held' limit $1) h) as held,"
        " greatest((select extract(epoch from now() - min(expires_at))::float8 from orders where status = 'held'), 0)"
        "  as overdue_s",
        COUNTED_MAX,
    )
    assert row is not None
    return row["held"], row["overdue_s"]
