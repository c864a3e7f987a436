"""The SQL of who works for which organiser, as catalog tells it."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import TeamChanged
from fairseat_common.database import Connection


async def team_apply(tx: Connection, event: TeamChanged) -> None:
    """Take over a team, unless a newer version is known."""
    status = await tx.execute(
        "insert into teams (organiser_id, version) values ($1, $2)"
        " on conflict (organiser_id) do update set version = excluded.version where teams.version < excluded.version",
        event.organiser_id,
        event.version,
    )
    if not status.endswith(" 1"):
        return
    await tx.execute("delete from team_members where organiser_id = $1", event.organiser_id)
    await tx.executemany(
        "insert into team_members (organiser_id, user_id, duties) values ($1, $2, $3)",
        [(event.organiser_id, member.user_id, list(member.duties)) for member in event.members],
    )


async def standing_of(tx: Connection, show_id: UUID, user_id: UUID) -> tuple[UUID | None, frozenset[str]] | None:
    """A show's organiser, and the duties that somebody has in the organiser's team; None for an unknown show."""
    row = await tx.fetchrow(
        "select s.organiser_id, m.duties from shows s"
        " left join team_members m on m.organiser_id = s.organiser_id and m.user_id = $2 where s.id = $1",
        show_id,
        user_id,
    )
    return None if row is None else (row["organiser_id"], frozenset(row["duties"] or ()))


async def organiser_of(tx: Connection, show_id: UUID) -> UUID | None:
    """Who organises a show; None where nobody told."""
    found: UUID | None = await tx.fetchval("select organiser_id from shows where id = $1", show_id)
    return found
