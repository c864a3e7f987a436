"""What people can wait for: alerts are set, removed, listed, and made into mails."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts.refusals import FieldError, NotFound
from fairseat_common.database import Connection, Database, wait_for
from notifications import store_alerts, store_copies
from notifications.domain_alerts import (
    ALERTS_MAX,
    OFFERS_TOLD_MAX,
    AlertLimit,
    AlertView,
    CurrencyMismatch,
    NewAlert,
    ShowEnded,
    ShowUnknown,
)

ROWS_MAX = 500


async def check_show(database: Database, show_id: UUID, currency: str | None) -> None:
    """Raise unless the show is known and, where a currency is given, still to come and sold in it."""

    async def look() -> tuple[str | None, bool] | None:
        async with database.connection() as connection:
            return await store_copies.show_currency(connection, show_id)

    found = await wait_for(look)
    if found is None:
        raise ShowUnknown
    if currency is None:
        return
    sold_in, to_come = found
    if not to_come:
        raise ShowEnded
    if sold_in not in (None, currency):
        raise CurrencyMismatch(
            f"Seats of this show are sold in {sold_in}.", FieldError("max_price.currency", f"must be {sold_in}")
        )


async def set_alert(tx: Connection, user_id: UUID, wish: NewAlert) -> AlertView:
    """Wait for what is wished. What fits already is seen, and never told. Raises AlertLimit."""
    await store_alerts.owner_lock(tx, user_id)
    if await store_alerts.alerts_count(tx, user_id, wish) >= ALERTS_MAX:
        raise AlertLimit
    await store_copies.show_lock(tx, wish.show_id)
    alert_id = await store_alerts.alert_set(tx, user_id, wish)
    await store_alerts.matches_see(tx, alert_id)
    return await find_alert(tx, user_id, alert_id)


async def find_alert(tx: Connection, user_id: UUID, alert_id: UUID) -> AlertView:
    """One's own alert; raises NotFound."""
    view = await store_alerts.alert_view(tx, user_id, alert_id)
    if view is None:
        raise NotFound
    return view


async def remove_alert(tx: Connection, user_id: UUID, alert_id: UUID) -> None:
    """Wait no longer. Raises NotFound for an alert that is not there, or not one's own."""
    if not await store_alerts.alert_remove(tx, user_id, alert_id):
        raise NotFound


async def list_alerts(tx: Connection, user_id: UUID, before: UUID | None, rows_max: int) -> list[AlertView]:
    """One's own alerts, newest first."""
    return await store_alerts.alert_list(tx, user_id, before, rows_max)


async def list_show_alerts(tx: Connection, user_id: UUID, show_id: UUID) -> list[AlertView]:
    """One's own alerts for one show, newest first."""
    return await store_alerts.show_alerts(tx, user_id, show_id)


async def tell_due(database: Database, pause_s: float) -> bool:
    """Make mails of what alerts came across, at most one per alert and pause; answers whether there may be more."""
    async with database.connection() as connection:
        return await store_alerts.alerts_tell(connection, pause_s, OFFERS_TOLD_MAX, ROWS_MAX) == ROWS_MAX
