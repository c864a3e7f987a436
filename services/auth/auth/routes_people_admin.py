"""HTTP in: operators look for accounts, ban and restore them, and give roles."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from auth import actions_bans
from auth.domain_bans import Account, AccountDetail, Role
from auth.domain_letters import LetterRules
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from fairseat_common.web.operations import check_operator

Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)")]


class NewBan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody is shut out. They read it, too."""

    reason: Reason


class RolesWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All roles that somebody is to have; everybody is a user."""

    roles: Annotated[list[Role], Meta(max_length=3)]


@get("/api/users")
async def account_list(
    user: CurrentUser,
    database: OwnDatabase,
    q: Annotated[str, QueryParameter(max_length=254, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")] = "",
    role: FromQuery[Role | None] = None,
    banned: FromQuery[bool] = False,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[Account]:
    """Accounts, newest first: whose id is `q`, or with `q` in their e-mail or name; of one role; only banned ones."""
    check_operator(user)
    position = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        found = await actions_bans.accounts(connection, q, role, banned, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda account: [account.id])


@get("/api/users/{user_id:uuid}")
async def account_show(user_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> AccountDetail:
    """One account, for operators."""
    check_operator(user)
    async with database.connection() as connection:
        return await actions_bans.account(connection, user_id)


@post("/api/users/{user_id:uuid}/ban", status_code=200)
async def ban_create(
    user_id: FromPath[UUID],
    data: JSONBody[NewBan],
    user: CurrentUser,
    database: OwnDatabase,
    letters: NamedDependency[LetterRules],
) -> AccountDetail:
    """Shut an account out: its sessions end, its listings leave the sale, and its tokens hold and list nothing."""
    check_operator(user)
    async with database.transaction() as tx:
        return await actions_bans.ban(tx, user.id, user_id, data.reason, letters)


@delete("/api/users/{user_id:uuid}/ban", status_code=204)
async def ban_lift(
    user_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase, letters: NamedDependency[LetterRules]
) -> None:
    """Let an account in again; repeats are fine. Listings that were withdrawn stay so."""
    check_operator(user)
    async with database.transaction() as tx:
        await actions_bans.lift_ban(tx, user.id, user_id, letters)


@put("/api/users/{user_id:uuid}/roles")
async def roles_set(
    user_id: FromPath[UUID], data: JSONBody[RolesWanted], user: CurrentUser, database: OwnDatabase
) -> AccountDetail:
    """Say which roles an account has; tokens follow within their life."""
    check_operator(user)
    async with database.transaction() as tx:
        return await actions_bans.set_roles(tx, user.id, user_id, data.roles)


ROUTES: list[ControllerRouterHandler] = [account_list, account_show, ban_create, ban_lift, roles_set]
