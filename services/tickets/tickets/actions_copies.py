"""What this service takes over from catalog."""

from __future__ import annotations

from fairseat_common.contracts import ShowChanged, ShowPublished, VenuePublished
from fairseat_common.database import Connection
from tickets import store_copies, store_transfers


async def venue_heard(tx: Connection, event: VenuePublished) -> None:
    """A venue's chart says which seats there are."""
    await store_copies.venue_apply(tx, event)


async def show_heard(tx: Connection, event: ShowPublished | ShowChanged) -> None:
    """A show says where and when, and in which currency. No offer of its tickets outlives its beginning."""
    await store_copies.show_apply(tx, event)
    await store_transfers.transfers_of_show_shorten(tx, event.show_id)
