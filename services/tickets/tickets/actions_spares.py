"""Another place for a ticket that failed: one that whoever is at fault has brought in and not sold."""

from __future__ import annotations

from uuid import UUID, uuid4

from fairseat_common import outbox
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from tickets import store_claims, store_copies, store_listings, store_tickets
from tickets.domain_listings import listing_shrunk, listing_withdrawn
from tickets.domain_tickets import Ticket, tickets_new
from tickets.store_claims import Spare


async def spare_for(tx: Connection, ticket: Ticket) -> Spare | None:
    """An unsold place of the ticket's seller that is as good; None where there is none. Nothing is locked."""
    link = (await store_claims.chain_get(tx, ticket.id))[-1]
    if link.seller_id is None or link.unit_price is None:
        return None
    return await store_claims.spare_find(tx, link.seller_id, ticket, link.unit_price.amount)


async def spare_give(tx: Connection, spare: Spare, show_id: UUID, holder_id: UUID) -> UUID | None:
    """Take a place out of the sale and give it to somebody; answers their ticket, None if it has just gone.

    The caller has the lock of its row.
    """
    listing = await store_listings.listing_lock(tx, spare.listing_id)
    assert listing is not None, "listings are never deleted"
    if not await store_listings.seats_withdraw(tx, listing.id, [spare.seat]):
        return None
    now = await store_copies.clock(tx)
    made = tickets_new(show_id, spare.section, spare.row, [spare.seat], holder_id, None, new_id, uuid4, now)
    await store_tickets.tickets_void(tx, [spare.ticket_id], [made[0].id])
    added = await store_tickets.tickets_add(tx, made)
    assert added, "the seller's ticket was the only one of the place"
    ends = listing.available == 1 and not listing.held
    status = "withdrawn" if ends else listing.status
    left = await store_listings.listing_recount(tx, listing.id, listing.version + 1, status)
    await outbox.append(tx, listing_withdrawn(left, now) if ends else listing_shrunk(left, now))
    return made[0].id
