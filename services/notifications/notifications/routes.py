"""HTTP in: what somebody was told."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import get
from litestar.params import FromQuery, QueryParameter

from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, page_of, position_in
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from notifications import actions
from notifications.domain import NotificationView

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]


@get("/api/notifications")
async def notification_list(
    user: CurrentUser, database: OwnDatabase, cursor: FromQuery[str | None] = None, limit: Limit = LIMIT_DEFAULT
) -> Page[NotificationView]:
    """One's own mails, newest first, with what became of them."""
    position = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        found = await actions.list_mails(connection, user.id, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda mail: (str(mail.id),))
