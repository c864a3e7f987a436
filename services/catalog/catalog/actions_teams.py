"""What organisers can do with their teams, and what members may do with an organiser's shows."""

from __future__ import annotations

from uuid import UUID

from catalog import store, store_teams
from catalog.domain_teams import Member, Person, Team, duty_check, member_check, team_changed
from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.bans import check_not_banned
from fairseat_common.contracts import TeamDuty, UserChanged, UserRegistered, UserVerified
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.web import Page, SignedIn, page_of


async def show_duty_check(tx: Connection, user: SignedIn, show_id: UUID, duty: TeamDuty) -> None:
    """Raise DutyMissing unless somebody may do this at a show; NotFound for an unknown one."""
    organiser_id = await store_teams.show_organiser(tx, show_id)
    if organiser_id is None:
        raise NotFound
    await organiser_duty_check(tx, user, organiser_id, duty)


async def organiser_duty_check(tx: Connection, user: SignedIn, organiser_id: UUID, duty: TeamDuty) -> None:
    """Raise DutyMissing unless somebody is the organiser, has the duty in the team, or operates; or AccountBanned."""
    await check_not_banned(tx, user.id)
    duties = await store_teams.duties_of(tx, organiser_id, user.id)
    duty_check(user.id, user.roles, organiser_id, duties, duty)


async def list_members(tx: Connection, organiser_id: UUID, after: tuple[str, UUID] | None, limit: int) -> Page[Member]:
    """A page of one's own team, by name."""
    found = await store_teams.members_page(tx, organiser_id, after, limit + 1)
    page = page_of(found, limit, lambda item: item[0])
    return Page([member for _, member in page.items], page.next_cursor)


async def list_teams(tx: Connection, user_id: UUID, after: UUID | None, limit: int) -> Page[Team]:
    """A page of the teams that somebody is in."""
    return page_of(await store_teams.teams_of(tx, user_id, after, limit + 1), limit, lambda team: (team.organiser_id,))


async def set_member(tx: Connection, organiser_id: UUID, who: UUID | str, duties: tuple[TeamDuty, ...]) -> Member:
    """Take somebody into the team, by id or address, or give a member other duties.

    Raises PersonUnknown, PersonIsOrganiser, TeamFull, AccountBanned.
    """
    await check_not_banned(tx, organiser_id)
    await store_teams.team_lock(tx, organiser_id)
    team = {member.user_id: member.duties for member in await store_teams.members_of(tx, organiser_id)}
    found = await _find(tx, who)
    person = member_check(found, organiser_id, len(team.keys() - {found.id} if found else team))
    if team.get(person.id) != duties:
        await store_teams.member_put(tx, organiser_id, person.id, duties)
        await audit(tx, organiser_id, "team-member-set", str(person.id), duties=duties)
        await _tell(tx, organiser_id)
    member = await store_teams.member_get(tx, organiser_id, person.id)
    assert member is not None, "was written just now"
    return member


async def remove_member(tx: Connection, organiser_id: UUID, who: UUID | str, actor_id: UUID) -> None:
    """Take somebody out of a team, by id or address; `actor_id` is the organiser or the member. Raises NotFound."""
    await store_teams.team_lock(tx, organiser_id)
    person = None if isinstance(who, UUID) else await store_teams.person_by_email(tx, who)
    user_id = who if isinstance(who, UUID) else person.id if person else None
    if user_id is None or not await store_teams.member_remove(tx, organiser_id, user_id):
        raise NotFound
    await audit(tx, actor_id, "team-member-removed", str(user_id), organiser_id=str(organiser_id))
    await _tell(tx, organiser_id)


async def person_heard(tx: Connection, event: UserRegistered | UserChanged | UserVerified) -> None:
    """Somebody has an account, or another name or address."""
    await store_teams.person_apply(tx, event)


async def person_erased(tx: Connection, user_id: UUID) -> None:
    """An account is gone: nobody's team has that person any more, and their own team ends."""
    await store_teams.person_erase(tx, user_id)
    for organiser_id in await store_teams.teams_with(tx, user_id):
        await store_teams.team_lock(tx, organiser_id)
        await store_teams.member_remove(tx, organiser_id, user_id)
        await _tell(tx, organiser_id)
    if await store_teams.members_of(tx, user_id):
        await store_teams.team_lock(tx, user_id)
        await store_teams.members_remove(tx, user_id)
        await _tell(tx, user_id)


async def _find(tx: Connection, who: UUID | str) -> Person | None:
    return await (store_teams.person_get(tx, who) if isinstance(who, UUID) else store_teams.person_by_email(tx, who))


async def _tell(tx: Connection, organiser_id: UUID) -> None:
    version = await store_teams.team_next(tx, organiser_id)
    members = await store_teams.members_of(tx, organiser_id)
    await outbox.append(tx, team_changed(organiser_id, members, version, await store.clock(tx)))
