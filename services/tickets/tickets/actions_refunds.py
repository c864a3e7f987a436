"""What a refund does: the tickets of its seats end, and what was on sale by them is not any more."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common import outbox
from fairseat_common.contracts import OrderRefundDue
from fairseat_common.database import Connection
from tickets import actions_orders, actions_transfers, store_copies, store_listings, store_refunds, store_tickets
from tickets.domain_listings import listing_shrunk, listing_withdrawn


async def refund_heard(tx: Connection, event: OrderRefundDue) -> None:
    """End the tickets of the refunded seats, whoever has been given them; done before, it is done.

    A refund that is heard before its order was confirmed tells of both: the seats are sold, and the tickets of the
    refunded ones begin as void. Raises what `listing_follow` raises.
    """
    sold = await store_refunds.order_sell(tx, event)
    await store_refunds.seats_refund(tx, event)
    if sold:
        await actions_orders.listing_follow(tx, event, "confirmed")
        return
    await store_listings.row_lock(tx, event.show_id, event.section, event.row)
    ended = await store_refunds.tickets_void_refunded(tx, event.order_id, event.refund_seats)
    await actions_transfers.tickets_lost(tx, ended)
    await leave_sale(tx, ended)


async def leave_sale(tx: Connection, ticket_ids: Sequence[UUID]) -> None:
    """Take what is sold on by these tickets, which were refunded or used, out of the sale.

    Where an order holds such a seat already, the hold stands, and so does a sale that follows; the listing sells
    nothing else then, so that the seat cannot come back on sale with it when the hold ends.
    """
    for found in await store_refunds.offers_of(tx, ticket_ids):
        listing = await store_listings.listing_lock(tx, found["listing_id"])
        assert listing is not None, "listings are never deleted"
        freed = await store_listings.seats_withdraw(tx, listing.id, found["seats"])
        held = len(freed) < len(found["seats"])
        if held:
            freed += await store_listings.seats_withdraw(tx, listing.id, listing.seats)
            await store_refunds.held_retract(tx, listing.id)
            await store_tickets.tickets_void_brought(tx, freed)
        ends = held or (len(freed) == listing.available and not listing.held)
        status = "withdrawn" if ends else listing.status
        left = await store_listings.listing_recount(tx, listing.id, listing.version + 1, status)
        now = await store_copies.clock(tx)
        await outbox.append(tx, listing_withdrawn(left, now) if ends else listing_shrunk(left, now))
