"""The shows that people have saved."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from notifications import store_alerts, store_favourites
from notifications.domain_alerts import FAVOURITES_MAX, FavouriteLimit, FavouriteView


async def save_show(tx: Connection, user_id: UUID, show_id: UUID) -> None:
    """Save a show; raises FavouriteLimit."""
    await store_alerts.owner_lock(tx, user_id)
    if await store_favourites.favourites_count(tx, user_id, show_id) >= FAVOURITES_MAX:
        raise FavouriteLimit
    await store_favourites.favourite_add(tx, user_id, show_id)


async def forget_show(tx: Connection, user_id: UUID, show_id: UUID) -> None:
    """Save a show no longer."""
    await store_favourites.favourite_remove(tx, user_id, show_id)


async def find_show(tx: Connection, user_id: UUID, show_id: UUID) -> FavouriteView:
    """A show that one has saved; raises NotFound for one that one has not."""
    view = await store_favourites.favourite_view(tx, user_id, show_id)
    if view is None:
        raise NotFound("You have not saved this show.")
    return view


async def list_shows(
    tx: Connection, user_id: UUID, after: tuple[datetime, UUID] | None, rows_max: int
) -> list[FavouriteView]:
    """The shows that one has saved, the latest first."""
    return await store_favourites.favourite_list(tx, user_id, after, rows_max)
