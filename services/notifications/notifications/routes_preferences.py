"""HTTP in: what people want to be told. The link of a letter needs no sign-in: its token is the authority."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from notifications import actions_preferences as actions
from notifications.domain_preferences import TOKEN_LENGTH_MAX, Preferences, Subscription

Secrets: TypeAlias = NamedDependency[tuple[str, ...]]
"""``secrets``: what sealed the links of letters, the newest first."""


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a letter's link; `wanted` begins its mails again."""

    token: Annotated[str, Meta(min_length=1, max_length=TOKEN_LENGTH_MAX)]
    wanted: bool = False


@get("/api/notifications/preferences")
async def preferences_show(user: CurrentUser, database: OwnDatabase) -> Preferences:
    """What one is told by mail. Purchases and money are always told."""
    address = await actions.address_of(database, user.id)
    async with database.connection() as connection:
        return await actions.read(connection, address)


@put("/api/notifications/preferences")
async def preferences_change(data: JSONBody[Preferences], user: CurrentUser, database: OwnDatabase) -> Preferences:
    """Choose what one is told by mail; every topic is named."""
    address = await actions.address_of(database, user.id)
    async with database.transaction() as tx:
        return await actions.write(tx, address, data)


@get("/api/notifications/unsubscribe")
async def unsubscribe_look(
    token: Annotated[str, QueryParameter(min_length=1, max_length=TOKEN_LENGTH_MAX)],
    database: OwnDatabase,
    secrets: Secrets,
) -> Subscription:
    """What the link of a letter would end; nothing changes."""
    async with database.connection() as connection:
        return await actions.look(connection, token, secrets)


@post("/api/notifications/unsubscribe", status_code=200)
async def unsubscribe(data: JSONBody[Ending], database: OwnDatabase, secrets: Secrets) -> Subscription:
    """End the mails on the topic of a letter, for its address; a repeat changes nothing."""
    async with database.transaction() as tx:
        return await actions.turn(tx, data.token, secrets, data.wanted)


ROUTES: list[ControllerRouterHandler] = [preferences_show, preferences_change, unsubscribe_look, unsubscribe]
