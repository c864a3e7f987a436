"""HTTP in: favourite shows. Everybody sees and changes their own only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import delete, get, put
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from notifications import actions_alerts, actions_favourites
from notifications.domain_alerts import FavouriteView

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]


@put("/api/favourites/{show_id:uuid}", status_code=204)
async def favourite_add(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """Save a show; saving it again changes nothing."""
    await actions_alerts.check_show(database, show_id, None)
    async with database.transaction() as tx:
        await actions_favourites.save_show(tx, user.id, show_id)


@delete("/api/favourites/{show_id:uuid}")
async def favourite_remove(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """Save a show no longer; a repeat changes nothing."""
    async with database.transaction() as tx:
        await actions_favourites.forget_show(tx, user.id, show_id)


@get("/api/favourites/{show_id:uuid}")
async def favourite_show(show_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> FavouriteView:
    """A show that one has saved; 404 for one that one has not."""
    async with database.connection() as connection:
        return await actions_favourites.find_show(connection, user.id, show_id)


@get("/api/favourites")
async def favourite_list(
    user: CurrentUser, database: OwnDatabase, cursor: FromQuery[str | None] = None, limit: Limit = LIMIT_DEFAULT
) -> Page[FavouriteView]:
    """The shows that one has saved, the latest first."""
    position = position_in(cursor, tuple[datetime, UUID])
    async with database.connection() as connection:
        found = await actions_favourites.list_shows(connection, user.id, position, limit + 1)
    return page_of(found, limit, lambda saved: (saved.created_at.isoformat(), str(saved.show_id)))


ROUTES: list[ControllerRouterHandler] = [favourite_add, favourite_remove, favourite_show, favourite_list]
