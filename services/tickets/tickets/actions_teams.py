"""What the organiser of a show and those who work for one may do here."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import TeamChanged
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.contracts.shows import TeamDuty
from fairseat_common.database import Connection
from fairseat_common.web import SignedIn
from tickets import domain_teams, store_teams


async def team_heard(tx: Connection, event: TeamChanged) -> None:
    """An organiser's team is another."""
    await store_teams.team_apply(tx, event)


async def duty_check(tx: Connection, user: SignedIn, show_id: UUID, duty: TeamDuty) -> None:
    """Raise DutyMissing unless somebody may do this at a show; NotFound for a show not heard of."""
    standing = await store_teams.standing_of(tx, show_id, user.id)
    if standing is None:
        raise NotFound
    domain_teams.duty_check(user.id, user.roles, *standing, duty)
