"""What a gift changes here: a place that its buyer gave away can be sold on by its receiver."""

from __future__ import annotations

from fairseat_common.contracts import TicketsTransferred
from fairseat_common.database import Connection
from orders import actions_waiting, store_seats, store_transfers


async def follow_transfer(tx: Connection, event: TicketsTransferred) -> None:
    """Know the receiver for the holder; where their listing came first, its seats are on sale from now on."""
    waiting = await actions_waiting.enter(tx, event.show_id)
    await store_transfers.given_add(tx, event)
    renewed = {
        listing_id
        for section, row, seat in await store_transfers.sold_give_way(tx, event)
        for listing_id in await store_seats.places_renew(tx, event.show_id, section, row, [seat])
    }
    if waiting and renewed:
        await actions_waiting.offer_freed(tx, event.show_id, sorted(renewed), patient=False)
