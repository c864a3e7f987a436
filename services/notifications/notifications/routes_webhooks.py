"""HTTP in: webhooks, what was sent to them, and sending it again."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from notifications import actions_webhooks as actions
from notifications.actions_webhooks import WebhookRules
from notifications.domain_webhooks import (
    DeliveryStatus,
    DeliveryView,
    DeliveryWhole,
    NewWebhook,
    WebhookChange,
    WebhookMade,
    WebhookView,
)

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]


@post("/api/webhooks", status_code=201)
async def webhook_create(
    data: JSONBody[NewWebhook], user: CurrentUser, database: OwnDatabase, webhook_rules: NamedDependency[WebhookRules]
) -> Response[WebhookMade]:
    """Have facts about what is one's own sent to an address. The secret that signs them is in this answer only."""
    async with database.transaction() as tx:
        made = await actions.add_webhook(tx, user.id, data, webhook_rules)
    return Response(made, status_code=201, headers={"Location": f"/api/webhooks/{made.id}"})


@get("/api/webhooks")
async def webhook_list(
    user: CurrentUser, database: OwnDatabase, cursor: FromQuery[str | None] = None, limit: Limit = LIMIT_DEFAULT
) -> Page[WebhookView]:
    """One's own webhooks, newest first."""
    position = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        found = await actions.list_webhooks(connection, user.id, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda webhook: (str(webhook.id),))


@get("/api/webhooks/{webhook_id:uuid}")
async def webhook_show(webhook_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> WebhookView:
    """One webhook."""
    async with database.connection() as connection:
        return await actions.find_webhook(connection, user.id, webhook_id)


@patch("/api/webhooks/{webhook_id:uuid}")
async def webhook_switch(
    webhook_id: FromPath[UUID], data: JSONBody[WebhookChange], user: CurrentUser, database: OwnDatabase
) -> WebhookView:
    """Switch a webhook off or on; what waits meanwhile is sent later."""
    async with database.transaction() as tx:
        return await actions.switch_webhook(tx, user.id, webhook_id, data.active)


@post("/api/webhooks/{webhook_id:uuid}/secret", status_code=200)
async def webhook_secret_renew(
    webhook_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase, webhook_rules: NamedDependency[WebhookRules]
) -> WebhookMade:
    """Sign with a new secret, which is in this answer only. For 24 hours the old one signs too, in its own `v1=`."""
    async with database.transaction() as tx:
        return await actions.renew_secret(tx, user.id, webhook_id, webhook_rules)


@delete("/api/webhooks/{webhook_id:uuid}", status_code=204)
async def webhook_remove(webhook_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> None:
    """Remove a webhook and its log."""
    async with database.transaction() as tx:
        await actions.remove_webhook(tx, user.id, webhook_id)


@post("/api/webhooks/{webhook_id:uuid}/test", status_code=202)
async def webhook_ping(webhook_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> DeliveryView:
    """Send a delivery that only shows that deliveries arrive (`webhooks.test.v1`)."""
    async with database.transaction() as tx:
        return await actions.ping_webhook(tx, user.id, webhook_id)


@get("/api/webhooks/{webhook_id:uuid}/deliveries")
async def delivery_list(
    webhook_id: FromPath[UUID],
    user: CurrentUser,
    database: OwnDatabase,
    status: FromQuery[DeliveryStatus | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT_DEFAULT,
) -> Page[DeliveryView]:
    """What was sent to a webhook in the last thirty days, newest first, and what came of it."""
    position = position_in(cursor, tuple[UUID])
    before = position[0] if position else None
    async with database.connection() as connection:
        found = await actions.list_deliveries(connection, user.id, webhook_id, status, before, limit + 1)
    return page_of(found, limit, lambda delivery: (str(delivery.id),))


@get("/api/webhooks/{webhook_id:uuid}/deliveries/{delivery_id:uuid}")
async def delivery_show(
    webhook_id: FromPath[UUID], delivery_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase
) -> DeliveryWhole:
    """One delivery with the body that was signed, and every try."""
    async with database.connection() as connection:
        return await actions.find_delivery(connection, user.id, webhook_id, delivery_id)


@post("/api/webhooks/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/replay", status_code=202)
async def delivery_replay(
    webhook_id: FromPath[UUID], delivery_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase
) -> DeliveryView:
    """Send a delivery again, with the same body and event id; one that is queued is sent at once."""
    async with database.transaction() as tx:
        return await actions.replay(tx, user.id, webhook_id, delivery_id)


ROUTES: list[ControllerRouterHandler] = [
    webhook_create,
    webhook_list,
    webhook_show,
    webhook_switch,
    webhook_secret_renew,
    webhook_remove,
    webhook_ping,
    delivery_list,
    delivery_show,
    delivery_replay,
]
