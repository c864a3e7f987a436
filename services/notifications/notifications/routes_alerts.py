"""HTTP in: price alerts. Everybody sees and removes their own only."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, create_once, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from notifications import actions_alerts as actions
from notifications.domain_alerts import AlertView, NewAlert

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]


@post("/api/alerts")
async def alert_create(
    request: Request[Any, Any, Any], data: JSONBody[NewAlert], user: CurrentUser, database: OwnDatabase
) -> Response[AlertView]:
    """Wait for seats at a price. The same wish again changes the price of the alert that is there."""
    await actions.check_show(database, data.show_id, data.max_price.currency)
    return await create_once(
        request,
        database,
        user.id,
        lambda tx: actions.set_alert(tx, user.id, data),
        headers=lambda view: {"Location": f"/api/alerts/{view.id}"},
    )


@get("/api/alerts")
async def alert_list(
    user: CurrentUser,
    database: OwnDatabase,
    show_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[AlertView]:
    """One's own alerts, newest first; with `show_id` all of those for one show."""
    position = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        if show_id is not None:
            return Page(await actions.list_show_alerts(connection, user.id, show_id))
        found = await actions.list_alerts(connection, user.id, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda alert: (str(alert.id),))


@get("/api/alerts/{alert_id:uuid}")
async def alert_show(alert_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> AlertView:
    """One's own alert."""
    async with database.connection() as connection:
        return await actions.find_alert(connection, user.id, alert_id)


@delete("/api/alerts/{alert_id:uuid}")
async def alert_remove(alert_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """Wait no longer."""
    async with database.transaction() as tx:
        await actions.remove_alert(tx, user.id, alert_id)


ROUTES: list[ControllerRouterHandler] = [alert_create, alert_list, alert_show, alert_remove]
