"""The SQL of what a holder takes along: sheets of codes, and codes on paper."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection


async def sheet_take(tx: Connection, ticket_id: UUID, per_hour_max: int) -> bool:
    """Count a sheet of codes; False if the ticket's hour has had its share."""
    taken = await tx.fetchval(
        "insert into code_sheets as c (ticket_id) values ($1) on conflict (ticket_id) do update set"
        " taken = case when c.since < now() - interval '1 hour' then 1 else c.taken + 1 end,"
        " since = case when c.since < now() - interval '1 hour' then now() else c.since end"
        " where c.since < now() - interval '1 hour' or c.taken < $2 returning taken",
        ticket_id,
        per_hour_max,
    )
    return taken is not None


async def print_note(tx: Connection, ticket_id: UUID) -> None:
    """Note when a ticket was first put on paper."""
    await tx.execute("update tickets set printed_at = now() where id = $1 and printed_at is null", ticket_id)
