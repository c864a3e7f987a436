"""What people want to be told: by their settings when signed in, or by the link of a letter."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.contracts.refusals import Unavailable
from fairseat_common.database import Connection, Database, wait_for
from notifications import store_copies, store_preferences
from notifications.domain_preferences import (
    TOPIC_OF,
    Preferences,
    Subscription,
    Topic,
    UnsubscribeInvalid,
    masked,
    token_read,
)


async def address_of(database: Database, user_id: UUID) -> str:
    """Where somebody's mail goes, in lower case; raises Unavailable while that has not been heard."""

    async def look() -> str | None:
        async with database.connection() as connection:
            return await store_copies.user_address(connection, user_id)

    address = await wait_for(look)
    if address is None:
        raise Unavailable("Your account has not been heard of here yet. Please try again in a moment.")
    return address


async def read(tx: Connection, address: str) -> Preferences:
    """What an address is told."""
    return Preferences.without(await store_preferences.muted_of(tx, address))


async def write(tx: Connection, address: str, wanted: Preferences) -> Preferences:
    """Tell an address what it wants, and nothing else that has a switch."""
    await store_preferences.muted_replace(tx, address, wanted.muted)
    return wanted


async def look(tx: Connection, token: str, secrets: Sequence[str]) -> Subscription:
    """What a letter's link is about; raises UnsubscribeInvalid."""
    address, topic = await _behind(tx, token, secrets)
    return await _subscription(tx, address, topic)


async def turn(tx: Connection, token: str, secrets: Sequence[str], wanted: bool) -> Subscription:
    """End the mails that a letter's link is about, or begin them again; raises UnsubscribeInvalid."""
    address, topic = await _behind(tx, token, secrets)
    if wanted:
        await store_preferences.muted_remove(tx, address, topic)
    else:
        await store_preferences.muted_add(tx, address, topic)
    return await _subscription(tx, address, topic)


async def _behind(tx: Connection, token: str, secrets: Sequence[str]) -> tuple[str, Topic]:
    about = await store_preferences.mail_about(tx, token_read(token, secrets))
    topic = TOPIC_OF.get(about[0]) if about else None
    if about is None or topic is None:
        raise UnsubscribeInvalid
    return about[1], topic


async def _subscription(tx: Connection, address: str, topic: Topic) -> Subscription:
    muted = await store_preferences.muted_of(tx, address)
    return Subscription(topic, topic not in muted, masked(address))
