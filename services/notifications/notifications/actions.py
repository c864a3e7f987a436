"""What notifications can do: keep copies, and queue a mail for each fact that somebody should hear of."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts import (
    OrderCancelled,
    OrderConfirmed,
    ShowChanged,
    ShowPublished,
    TicketsIssued,
    UserRegistered,
)
from fairseat_common.contracts.orders import CancelReason
from fairseat_common.database import Connection
from notifications import store
from notifications.domain import Kind, NotificationView

KIND_OF_REASON: dict[CancelReason, Kind] = {"expired": "hold-expired", "payment_failed": "payment-failed"}
"""Whoever gives a hold up knows it; who loses it is told."""


async def keep_user(tx: Connection, event: UserRegistered) -> None:
    """Know where somebody's mail goes."""
    await store.user_copy(tx, event)


async def keep_show(tx: Connection, event: ShowPublished | ShowChanged) -> None:
    """Know what mails are about."""
    await store.show_copy(tx, event)


async def tell_sold(tx: Connection, event: OrderConfirmed) -> None:
    """The seller hears of the sale; the buyer's receipt waits for the tickets."""
    await store.receipt_add(tx, event)
    await store.mail_add(tx, "sold", event.seller_id, event.show_id, event)


async def tell_tickets(tx: Connection, event: TicketsIssued) -> None:
    """The buyer hears of the tickets."""
    await store.mail_add(tx, "tickets", event.holder_id, event.show_id, event)


async def tell_cancelled(tx: Connection, event: OrderCancelled) -> None:
    """The buyer hears of a hold that ended without their doing."""
    kind = KIND_OF_REASON.get(event.reason)
    if kind is not None:
        await store.mail_add(tx, kind, event.buyer_id, event.show_id, event)


async def list_mails(tx: Connection, user_id: UUID, before: UUID | None, rows_max: int) -> list[NotificationView]:
    """A user's mails, newest first."""
    return await store.mail_list(tx, user_id, before, rows_max)
