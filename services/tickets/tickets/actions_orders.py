"""What an order does to a listing: seats are held, freed or sold, and tickets change hands with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID, uuid4

import msgspec

from fairseat_common import outbox
from fairseat_common.contracts import OrderCancelled, OrderConfirmed, OrderHeld, OrderRefundDue
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from tickets import (
    actions_claims,
    actions_transfers,
    store_claims,
    store_copies,
    store_listings,
    store_orders,
    store_refunds,
    store_tickets,
    store_transfers,
)
from tickets.domain_listings import Listing, listing_shrunk
from tickets.domain_orders import ListingUnknown, OrderStatus, Seat, SeatContested, seat_followed
from tickets.domain_tickets import Ticket, ticket_refunded, tickets_issued, tickets_new


async def order_heard(tx: Connection, event: OrderHeld | OrderConfirmed | OrderCancelled, status: OrderStatus) -> None:
    """Let the listing follow an order, unless something newer is known of it; raises what `listing_follow` raises."""
    if await store_orders.order_apply(tx, event, status):
        await listing_follow(tx, event, status)


async def listing_follow(
    tx: Connection, event: OrderHeld | OrderConfirmed | OrderCancelled | OrderRefundDue, status: OrderStatus
) -> None:
    """Let seats and tickets follow from an order that is new, or has this status since this event.

    Raises ListingUnknown, and SeatContested for a sale whose place another order still holds.
    """
    await store_listings.row_lock(tx, event.show_id, event.section, event.row)
    listing = await store_listings.listing_lock(tx, event.listing_id)
    if listing is None or (listing.show_id, listing.section, listing.row) != (event.show_id, event.section, event.row):
        raise ListingUnknown(f"order {event.order_id} is for listing {event.listing_id}")
    before = await store_orders.seats_get(tx, listing.id, event.seats)
    if len(before) < len(event.seats):
        raise ListingUnknown(f"order {event.order_id} is for seats that listing {listing.id} never had")
    if status == "confirmed":
        refunded = await store_refunds.seats_refunded(tx, event.order_id)
        await _make_room(tx, listing, before, refunded)
        await _change_hands(tx, listing, event, await _follow(tx, listing, before), refunded)
    else:
        await _follow(tx, listing, before)
    await store_listings.listing_recount(tx, listing.id, listing.version, listing.status)


async def _follow(tx: Connection, listing: Listing, before: Sequence[Seat]) -> list[Seat]:
    """Let seats follow from the orders on them, and the seller's tickets from their seats."""
    claims = await store_orders.claims_on(tx, listing.id, [seat.seat for seat in before])
    gone = [seat for seat in before if not seat.offered]
    taken = await store_orders.seats_taken(tx, listing, gone) if gone else set()
    after = [seat_followed(seat, claims, taken) for seat in before]
    await store_orders.seats_update(tx, listing.id, after)
    if gone:
        revived = [seat.ticket_id for seat in after if not seat.offered and seat.state == "held"]
        await store_tickets.tickets_revive(tx, revived)
        ended = [seat.ticket_id for seat in after if seat.state == "withdrawn"]
        await store_tickets.tickets_void_brought(tx, ended)
    return after


async def _make_room(tx: Connection, listing: Listing, seats: Sequence[Seat], refunded: Collection[str]) -> None:
    """Take places that were sold from this listing out of later ones.

    It happens when a seller withdraws seats while a buyer is holding them elsewhere, and they are listed again
    before the sale is heard of. The sale was first; what is listed again loses the seats. Only a seat that was refunded
    in the meantime leaves a later order alone.
    """
    gone = [seat.seat for seat in seats if not seat.offered]
    if not gone:
        return
    for found in await store_orders.rivals(tx, listing, gone):
        rival = await store_listings.listing_lock(tx, found["listing_id"])
        assert rival is not None, "listings are never deleted"
        ticket_ids = await store_listings.seats_withdraw(tx, rival.id, found["seats"])
        if len(ticket_ids) < len(found["seats"]) and not set(found["seats"]) <= set(refunded):
            raise SeatContested(f"listing {rival.id} has an order for {', '.join(found['seats'])}")
        await store_tickets.tickets_void_brought(tx, ticket_ids)
        shrunk = await store_listings.listing_recount(tx, rival.id, rival.version + 1, rival.status)
        await outbox.append(tx, listing_shrunk(shrunk, await store_copies.clock(tx)))


async def _change_hands(
    tx: Connection,
    listing: Listing,
    event: OrderHeld | OrderConfirmed | OrderCancelled | OrderRefundDue,
    seats: Sequence[Seat],
    refunded: Collection[str],
) -> None:
    """End the seller's tickets, begin the buyer's, and say so. Tickets of refunded seats begin as void."""
    now = await store_copies.clock(tx)
    labels = [seat.seat for seat in seats]
    tickets = tickets_new(
        listing.show_id, listing.section, listing.row, labels, event.buyer_id, event.order_id, new_id, uuid4, now
    )
    tickets = await _with_faces(tx, tickets, seats, event.unit_price.amount)
    await _end_sellers(tx, {seat.ticket_id: ticket.id for seat, ticket in zip(seats, tickets, strict=True)})
    gone = await _gone_in(tx, listing, labels)
    ended = {*gone, *refunded}
    tickets = [ticket_refunded(ticket, now) if ticket.seat in ended else ticket for ticket in tickets]
    if len(await store_tickets.tickets_add(tx, tickets)) < len(tickets):
        raise SeatContested(f"a place of order {event.order_id} has another valid ticket")
    await outbox.append(tx, tickets_issued(event.order_id, event.buyer_id, tickets, now))
    for ticket in tickets:
        if ticket.seat in gone and ticket.seat not in refunded:
            await actions_claims.sold_twice(tx, ticket, by_seller=gone[ticket.seat])


async def _with_faces(tx: Connection, tickets: Sequence[Ticket], seats: Sequence[Seat], price: int) -> list[Ticket]:
    """The buyer's tickets with what their places were first sold for: now, unless the seller's have it already."""
    known = {ticket.id: ticket.face for ticket in await store_tickets.tickets_get(tx, [s.ticket_id for s in seats])}
    faces = [known.get(seat.ticket_id) or price for seat in seats]
    return [msgspec.structs.replace(ticket, face=face) for ticket, face in zip(tickets, faces, strict=True)]


async def _gone_in(tx: Connection, listing: Listing, seats: Sequence[str]) -> dict[str, bool]:
    """Places that somebody has gone in at, or was given for another that had failed; and whether it was the seller.

    The sale was heard too late. Its buyer gets the money back without having to ask.
    """
    taken = await store_tickets.tickets_at(tx, listing.show_id, listing.section, listing.row, seats)
    given = await store_claims.replacements_at(tx, [ticket.id for ticket in taken])
    return {
        ticket.seat: ticket.holder_id == listing.seller_id
        for ticket in taken
        if ticket.status == "used" or ticket.id in given
    }


async def _end_sellers(tx: Connection, successors: Mapping[UUID, UUID]) -> None:
    """End the seller's tickets, each with its successor.

    A seat may have been taken out of the sale and given away while its buyer was paying. The sale was first, and was
    paid for: an offer of the ticket ends, and so does the ticket of whoever has been given it.
    """
    ended = dict(successors)
    for given in await store_transfers.heirs(tx, list(successors)):
        ended[given["heir_id"]] = ended.pop(given["id"])
    await store_tickets.tickets_void(tx, list(ended), list(ended.values()))
    await actions_transfers.tickets_lost(tx, list(ended))
