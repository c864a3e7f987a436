"""The rules of teams: who works for an organiser, and what they may do at that organiser's shows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, get_args
from uuid import UUID

import msgspec
from msgspec import Meta

from fairseat_common.contracts import TeamChanged, TeamDuty, TeamMember
from fairseat_common.contracts.refusals import Conflict, FieldError, Forbidden, Invalid, NotFound

MEMBERS_MAX = 100
DUTIES: tuple[TeamDuty, ...] = get_args(TeamDuty)
"""manage: change the shows; report: see what was sold and who came; scan: let people in."""


class PersonUnknown(NotFound):
    """Teams are made of people with accounts."""

    slug = "person-unknown"
    title = "Nobody has an account with this address"
    detail = "Ask them to sign up first, and to tell you the address of their account."


class PersonIsOrganiser(Conflict):
    """Whoever organises may do everything already."""

    slug = "person-is-organiser"
    title = "This is your own account"
    detail = "You may do everything at your own shows. A team is made of others."


class TeamFull(Conflict):
    """A team has a limit."""

    slug = "team-full"
    title = "The team is full"
    detail = f"A team has {MEMBERS_MAX} members at most. Remove somebody first."


class DutyMissing(Forbidden):
    """Neither the organiser, nor in the team with the duty that is needed."""

    slug = "duty-missing"
    title = "This is for the organiser's team"
    detail = "Only the organiser, members of the team with the duty that this needs, and operators may do this."


class DutiesDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody is to do in the team."""

    duties: Annotated[tuple[TeamDuty, ...], Meta(min_length=1, max_length=len(DUTIES))]

    def checked(self) -> tuple[TeamDuty, ...]:
        """The duties in their usual order; raises Invalid for one that is there twice."""
        if len(set(self.duties)) < len(self.duties):
            raise Invalid(None, FieldError("duties", "has one twice"))
        return tuple(duty for duty in DUTIES if duty in self.duties)


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a team, as its organiser sees them; `verified`: the address was shown to be theirs."""

    user_id: UUID
    name: str
    email: str
    verified: bool
    duties: tuple[TeamDuty, ...]
    since: datetime


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """A team that one is in; `organiser_name` is empty where nothing is known of the organiser."""

    organiser_id: UUID
    organiser_name: str
    duties: tuple[TeamDuty, ...]
    since: datetime


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with an account."""

    id: UUID
    name: str
    email: str


def member_check(person: Person | None, organiser_id: UUID, others_count: int) -> Person:
    """Who is to join; raises PersonUnknown, PersonIsOrganiser, TeamFull."""
    if person is None:
        raise PersonUnknown
    if person.id == organiser_id:
        raise PersonIsOrganiser
    if others_count >= MEMBERS_MAX:
        raise TeamFull
    return person


def duty_check(
    user_id: UUID, roles: Collection[str], organiser_id: UUID, duties: Collection[str], duty: TeamDuty
) -> None:
    """Raise DutyMissing unless somebody is an operator, the organiser, or has the duty in the organiser's team."""
    own = organiser_id == user_id and "organiser" in roles
    if not (own or "operator" in roles or duty in duties):
        raise DutyMissing(duty=duty)


def team_changed(organiser_id: UUID, members: Sequence[TeamMember], version: int, now: datetime) -> TeamChanged:
    """What everybody is told of a team."""
    return TeamChanged(organiser_id=organiser_id, members=tuple(members), version=version, occurred_at=now)
