"""The SQL of teams, and of the people whom organisers can take into them."""

from __future__ import annotations

from uuid import UUID

from catalog.domain_teams import Member, Person, Team
from fairseat_common.contracts import TeamDuty, TeamMember, UserChanged, UserRegistered, UserVerified
from fairseat_common.database import Connection

_MEMBERS = (
    "select m.user_id, coalesce(p.name, '') as name, coalesce(p.email, '') as email,"
    " p.email is not null and p.email is not distinct from p.verified_email as verified, m.duties, m.since"
    " from team_members m left join people p on p.id = m.user_id where m.organiser_id = $1"
)


async def person_apply(tx: Connection, event: UserRegistered | UserChanged | UserVerified) -> None:
    """Take over who somebody is, unless a newer version is known or the account is gone."""
    await tx.execute(
        "insert into people (id, version, email, name, roles, verified_email)"
        " select $1, $2, $3, $4, $5, $6 where not exists (select from people_erased where id = $1)"
        " on conflict (id) do update set version = excluded.version, email = excluded.email, name = excluded.name,"
        " roles = excluded.roles, verified_email = coalesce(excluded.verified_email, people.verified_email)"
        " where people.version < excluded.version",
        event.user_id,
        event.version,
        event.email,
        event.name,
        list(event.roles),
        event.email if isinstance(event, UserVerified) else None,
    )


async def person_erase(tx: Connection, user_id: UUID) -> None:
    """Forget somebody for good."""
    await tx.execute("insert into people_erased (id) values ($1) on conflict do nothing", user_id)
    await tx.execute("delete from people where id = $1", user_id)


async def person_by_email(tx: Connection, email: str) -> Person | None:
    """Whose address this is; None as well while two are told to have it, until it is known who gave it up."""
    rows = await tx.fetch("select id, name, email from people where lower(email) = lower($1) limit 2", email)
    return Person(**dict(rows[0])) if len(rows) == 1 else None


async def person_get(tx: Connection, user_id: UUID) -> Person | None:
    """Somebody by id."""
    row = await tx.fetchrow("select id, name, email from people where id = $1", user_id)
    return None if row is None else Person(**dict(row))


async def team_lock(tx: Connection, organiser_id: UUID) -> None:
    """Let nobody else change a team until this transaction has ended; an empty one begins where there is none."""
    await tx.execute(
        "insert into teams (organiser_id, version) values ($1, 1) on conflict (organiser_id) do nothing", organiser_id
    )
    await tx.execute("select from teams where organiser_id = $1 for update", organiser_id)


async def team_next(tx: Connection, organiser_id: UUID) -> int:
    """The number of a team's next version."""
    version = await tx.fetchval(
        "update teams set version = version + 1 where organiser_id = $1 returning version", organiser_id
    )
    assert isinstance(version, int)
    return version


async def members_of(tx: Connection, organiser_id: UUID) -> list[TeamMember]:
    """A whole team, as others are told of it."""
    rows = await tx.fetch(
        "select user_id, duties from team_members where organiser_id = $1 order by since, user_id", organiser_id
    )
    return [TeamMember(row["user_id"], tuple(row["duties"])) for row in rows]


async def members_page(
    tx: Connection, organiser_id: UUID, after: tuple[str, UUID] | None, rows_max: int
) -> list[tuple[tuple[str, UUID], Member]]:
    """A team by name: `(key, member)` pairs."""
    name, user_id = after or ("", UUID(int=0))
    rows = await tx.fetch(
        f"select * from ({_MEMBERS}) as t where (lower(name), user_id) > ($2::text, $3::uuid)"  # noqa: S608
        " order by lower(name), user_id limit $4",
        organiser_id,
        name,
        user_id,
        rows_max,
    )
    return [((row["name"].lower(), row["user_id"]), _member(dict(row))) for row in rows]


async def member_get(tx: Connection, organiser_id: UUID, user_id: UUID) -> Member | None:
    """A member of a team."""
    row = await tx.fetchrow(f"{_MEMBERS} and m.user_id = $2", organiser_id, user_id)
    return None if row is None else _member(dict(row))


async def member_put(tx: Connection, organiser_id: UUID, user_id: UUID, duties: tuple[TeamDuty, ...]) -> None:
    """Add a member, or give one other duties."""
    await tx.execute(
        "insert into team_members (organiser_id, user_id, duties) values ($1, $2, $3)"
        " on conflict (organiser_id, user_id) do update set duties = excluded.duties",
        organiser_id,
        user_id,
        list(duties),
    )


async def member_remove(tx: Connection, organiser_id: UUID, user_id: UUID) -> bool:
    """Take somebody out of a team; False where they were not in it."""
    status = await tx.execute(
        "delete from team_members where organiser_id = $1 and user_id = $2", organiser_id, user_id
    )
    return status.endswith(" 1")


async def members_remove(tx: Connection, organiser_id: UUID) -> None:
    """Leave nobody in a team."""
    await tx.execute("delete from team_members where organiser_id = $1", organiser_id)


async def teams_of(tx: Connection, user_id: UUID, after: UUID | None, rows_max: int) -> list[Team]:
    """The teams that somebody is in, by the organiser's id."""
    rows = await tx.fetch(
        "select m.organiser_id, coalesce(p.name, '') as organiser_name, m.duties, m.since from team_members m"
        " left join people p on p.id = m.organiser_id"
        " where m.user_id = $1 and ($2::uuid is null or m.organiser_id > $2) order by m.organiser_id limit $3",
        user_id,
        after,
        rows_max,
    )
    return [Team(**{**dict(row), "duties": tuple(row["duties"])}) for row in rows]


async def teams_with(tx: Connection, user_id: UUID) -> list[UUID]:
    """The organisers in whose teams somebody is, in order, so that nobody waits for each other."""
    rows = await tx.fetch("select organiser_id from team_members where user_id = $1 order by 1", user_id)
    return [row["organiser_id"] for row in rows]


async def duties_of(tx: Connection, organiser_id: UUID, user_id: UUID) -> frozenset[str]:
    """What somebody may do in an organiser's team; nothing where they are not in it."""
    duties = await tx.fetchval(
        "select duties from team_members where organiser_id = $1 and user_id = $2", organiser_id, user_id
    )
    return frozenset(duties or ())


async def manages_somewhere(tx: Connection, user_id: UUID) -> bool:
    """Whether somebody manages shows for any organiser."""
    found = await tx.fetchval(
        "select exists (select from team_members where user_id = $1 and 'manage' = any(duties))", user_id
    )
    return bool(found)


async def show_organiser(tx: Connection, show_id: UUID) -> UUID | None:
    """Who organises a show; None for an unknown one."""
    found: UUID | None = await tx.fetchval("select organiser_id from shows where id = $1", show_id)
    return found


def _member(row: dict[str, object]) -> Member:
    duties = row["duties"]
    assert isinstance(duties, list)
    return Member(**{**row, "duties": tuple(duties)})  # type: ignore[arg-type]
