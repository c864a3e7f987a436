"""HTTP in: what somebody was told."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import get
from litestar.params import Parameter

from fairseat_common.database import Database
from fairseat_common.web import LIMIT_DEFAULT, LIMIT_MAX, Page, SignedIn, page_of, position_in
from notifications import actions
from notifications.domain import NotificationView

Limit: TypeAlias = Annotated[int, Parameter(ge=1, le=LIMIT_MAX)]


@get("/api/notifications")
async def notification_list(
    user: SignedIn, database: Database, cursor: str | None = None, limit: Limit = LIMIT_DEFAULT
) -> Page[NotificationView]:
    """One's own mails, newest first, with what became of them."""
    position = position_in(cursor, tuple[UUID])
    async with database.connection() as connection:
        found = await actions.list_mails(connection, user.id, position[0] if position else None, limit + 1)
    return page_of(found, limit, lambda mail: (str(mail.id),))
