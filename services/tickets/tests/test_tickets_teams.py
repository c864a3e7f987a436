"""Who may act at a show: its organiser, the organiser's team by its duties, operators; as catalog has told it."""

from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import UUID

import pytest

from fairseat_common.contracts import Event, TeamChanged, TeamMember
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.contracts.shows import TeamDuty
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_common.web import SignedIn
from tickets import actions_teams
from tickets.domain_teams import DutyMissing

ORGANISER, HELPER, STRANGER = UUID(int=1), UUID(int=2), UUID(int=3)


def team(version: int, *duties: TeamDuty, organiser_id: UUID = ORGANISER) -> TeamChanged:
    members = (TeamMember(HELPER, duties),) if duties else ()
    return TeamChanged(organiser_id=organiser_id, members=members, version=version, occurred_at=now())


async def hear(tickets: RunningService, *events: Event) -> None:
    for event_id in [await tickets.publish(event) for event in events]:
        await eventually(lambda event_id=event_id: tickets.heard(event_id))  # type: ignore[misc]


async def may(tickets: RunningService, user_id: UUID, show_id: UUID, duty: TeamDuty, *roles: str) -> bool:
    user = SignedIn(user_id, new_id(), frozenset(("user", *roles)), (now() + timedelta(minutes=5)).timestamp())
    async with tickets.database.connection() as connection:
        try:
            await actions_teams.duty_check(connection, user, show_id, duty)
        except DutyMissing:
            return False
    return True


async def test_who_may_do_what_at_a_show(start: StartService) -> None:
    tickets = await start("tickets")
    show, other, old = (show_published(organiser_id=whose) for whose in (ORGANISER, UUID(int=9), None))
    # The newest word on a team counts, whatever comes last.
    await hear(tickets, show, other, old, team(2, "scan", "report"), team(1, "manage"))
    duties: tuple[TeamDuty, ...] = ("manage", "report", "scan")
    asked = list(itertools.product((show, other, old), duties))
    helper = [(event, duty) for event, duty in asked if await may(tickets, HELPER, event.show_id, duty)]
    assert helper == [(show, "report"), (show, "scan")]
    organiser = [(e, duty) for e, duty in asked if await may(tickets, ORGANISER, e.show_id, duty, "organiser")]
    assert organiser == [(show, duty) for duty in duties]
    assert not await may(tickets, ORGANISER, show.show_id, "manage")  # the role was taken away
    assert not await may(tickets, STRANGER, show.show_id, "scan", "organiser")
    assert all([await may(tickets, STRANGER, event.show_id, duty, "operator") for event, duty in asked])
    with pytest.raises(NotFound):
        await may(tickets, ORGANISER, new_id(), "scan", "operator")
    await hear(tickets, team(3))
    assert not await may(tickets, HELPER, show.show_id, "scan")
