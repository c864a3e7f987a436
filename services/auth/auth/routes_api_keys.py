"""HTTP in: keys for programs, and the tokens that they are exchanged for."""

from __future__ import annotations

import time
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from auth import actions_api_keys as actions
from auth.actions_keys import Signer
from auth.domain_api_keys import KeyMade, KeyToken, KeyView, NewKey
from auth.domain_letters import LetterRules
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.auth import bearer_of
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]


@post("/api/keys", status_code=201)
async def api_key_create(
    data: JSONBody[NewKey], user: CurrentUser, database: OwnDatabase, letters: NamedDependency[LetterRules]
) -> KeyMade:
    """Make an API key. Its secret is in this answer and nowhere else."""
    async with database.transaction() as tx:
        return await actions.make_key(tx, letters, user.id, user.session_id, data)


@get("/api/keys")
async def api_key_list(
    user: CurrentUser, database: OwnDatabase, cursor: FromQuery[str | None] = None, limit: Limit = LIMIT_DEFAULT
) -> Page[KeyView]:
    """One's own API keys, newest first; those that were ended are gone."""
    position = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        found = await actions.list_keys(connection, user.id, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda key: (str(key.id),))


@delete("/api/keys/{key_id:uuid}", status_code=204)
async def api_key_end(key_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """End an API key; tokens that it has been exchanged for run out within minutes."""
    async with database.transaction() as tx:
        await actions.end_key(tx, user.id, key_id)


@post("/api/users/token", status_code=200)
async def api_key_exchange(
    request: Request[Any, Any, Any], database: OwnDatabase, signer: NamedDependency[Signer]
) -> KeyToken:
    """Exchange an API key, sent as `Authorization: Bearer fsk_...`, for an access token of a few minutes."""
    async with database.transaction() as tx:
        return await actions.exchange(tx, bearer_of(request.headers) or "", signer, time.time())


ROUTES: list[ControllerRouterHandler] = [api_key_create, api_key_list, api_key_end, api_key_exchange]
