"""Tells whoever has tickets of a show that it moved, and keeps who that is."""

from __future__ import annotations

from fairseat_common.contracts import OrderConfirmed, OrderKept, OrderRefundDue, ShowChanged, TicketsTransferred
from fairseat_common.database import Connection
from notifications import domain_moves, store, store_moves
from notifications.domain import Show


async def keep_purchase(tx: Connection, event: OrderConfirmed) -> None:
    """Somebody has bought seats."""
    await store_moves.purchase_add(tx, event, 0)


async def keep_refund(tx: Connection, event: OrderRefundDue) -> None:
    """Some of what was bought is not theirs any more."""
    await store_moves.purchase_add(tx, event, len(event.refund_seats))


async def keep_receiver(tx: Connection, event: TicketsTransferred) -> None:
    """Somebody was given tickets."""
    await store_moves.receiver_add(tx, event)


async def tell_moved(tx: Connection, before: Show, event: ShowChanged) -> None:
    """Holders hear of another date, of none, and of a show that is off."""
    kind = domain_moves.kind_of(before, event)
    if kind is not None:
        fact = domain_moves.fact_of(before, event)
        await store_moves.mails_of_move(tx, kind, event.show_id, domain_moves.move_id(event), fact)


async def tell_kept(tx: Connection, event: OrderKept) -> None:
    """Whoever keeps the tickets is told until when that can be changed."""
    await store.mail_add(tx, "move-kept", event.buyer_id, event.show_id, event)
