"""Who may do what at a show besides its sellers and buyers: its organiser, and those who work for one. Pure."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from fairseat_common.contracts.refusals import Forbidden
from fairseat_common.contracts.shows import TeamDuty


class DutyMissing(Forbidden):
    """Neither organiser nor in the team with the duty that is needed."""

    slug = "duty-missing"
    title = "This is for the organiser's team"
    detail = "Only the show's organiser, members of the team with the duty that this needs, and operators may do this."


def duty_check(
    user_id: UUID, roles: Collection[str], organiser_id: UUID | None, duties: Collection[str], duty: TeamDuty
) -> None:
    """Raise DutyMissing unless somebody is an operator, the organiser, or has the duty in the organiser's team.

    An organiser whose role was taken away is none any more. None as `organiser_id`: nobody is known to be it.
    """
    own = organiser_id == user_id and "organiser" in roles
    if not (own or "operator" in roles or duty in duties):
        raise DutyMissing(duty=duty)
