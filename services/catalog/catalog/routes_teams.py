"""HTTP in: teams. Organisers choose who works for them; members see whose teams they are in, and leave them."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from litestar import Response, delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from catalog import actions_teams
from catalog.domain_teams import DutiesDraft, Member, Team
from catalog.domain_venues import organiser_check
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, CurrentUser, Email, OwnDatabase, Page, position_in

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="Items on a page.")]


@get("/api/teams")
async def members_list(
    user: CurrentUser, database: OwnDatabase, cursor: FromQuery[str | None] = None, limit: Limit = LIMIT_DEFAULT
) -> Page[Member]:
    """One's own team, by name. For organisers."""
    organiser_check(user.roles)
    after = position_in(cursor, tuple[str, UUID])
    async with database.connection() as connection:
        return await actions_teams.list_members(connection, user.id, after, limit)


@get("/api/teams/mine")
async def teams_mine(
    user: CurrentUser, database: OwnDatabase, cursor: FromQuery[str | None] = None, limit: Limit = LIMIT_DEFAULT
) -> Page[Team]:
    """The teams that one is in, and with which duties."""
    after = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        return await actions_teams.list_teams(connection, user.id, after[0] if after else None, limit)


@delete("/api/teams/mine/{organiser_id:uuid}")
async def team_leave(organiser_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> Response[None]:
    """Leave a team."""
    async with database.transaction() as tx:
        await actions_teams.remove_member(tx, organiser_id, user.id, user.id)
    return Response(None, status_code=204)


@put("/api/teams/members/{who:str}")
async def member_set(
    who: FromPath[str], data: JSONBody[DutiesDraft], user: CurrentUser, database: OwnDatabase
) -> Member:
    """Take somebody with an account into the team, by id or address, or give a member other duties. For organisers."""
    organiser_check(user.roles)
    async with database.transaction() as tx:
        return await actions_teams.set_member(tx, user.id, _person(who), data.checked())


@delete("/api/teams/members/{who:str}")
async def member_remove(who: FromPath[str], user: CurrentUser, database: OwnDatabase) -> Response[None]:
    """Take somebody out of the team. For organisers."""
    organiser_check(user.roles)
    async with database.transaction() as tx:
        await actions_teams.remove_member(tx, user.id, _person(who), user.id)
    return Response(None, status_code=204)


def _person(who: str) -> UUID | str:
    """An id or an address; raises NotFound for what is neither."""
    try:
        return UUID(who) if "@" not in who else msgspec.convert(who, Email)
    except (ValueError, msgspec.ValidationError):
        raise NotFound from None


all_routes: list[ControllerRouterHandler] = [members_list, teams_mine, team_leave, member_set, member_remove]
