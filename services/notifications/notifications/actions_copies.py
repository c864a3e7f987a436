"""Keeps copies of people, shows, listings and orders, and lets what follows from them happen at once."""

from __future__ import annotations

from fairseat_common.contracts import (
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    ShowChanged,
    ShowPublished,
    UserChanged,
    UserRegistered,
    UserVerified,
)
from fairseat_common.database import Connection
from notifications import actions_moves, domain_alerts, store_alerts, store_copies, store_favourites
from notifications.domain_alerts import ChangedFact


async def keep_user(tx: Connection, event: UserRegistered | UserVerified | UserChanged) -> None:
    """Know where somebody's mail goes, and how they read it."""
    await store_copies.user_copy(tx, event)


async def keep_show(tx: Connection, event: ShowPublished | ShowChanged) -> None:
    """Know what mails are about; whoever saved the show hears if it takes place at another time, or not at all."""
    before = await store_copies.show_before(tx, event)
    await store_copies.show_copy(tx, event)
    if before is None or not isinstance(event, ShowChanged):
        return
    await actions_moves.tell_moved(tx, before, event)
    change = domain_alerts.change_of(before, event)
    if change is not None:
        fact = ChangedFact(change, before.starts_at)
        await store_favourites.mails_of_change(tx, event.show_id, domain_alerts.change_id(event), fact)


async def keep_listing(tx: Connection, event: ListingPublished | ListingChanged | ListingWithdrawn) -> None:
    """Know what is on sale; alerts that it newly fits come across it, and the first of a show is told to its fans."""
    await store_copies.show_lock(tx, event.show_id)
    first = await store_copies.listing_copy(tx, event)
    if first is None or isinstance(event, ListingWithdrawn):
        return
    await store_alerts.matches_find(tx, event.listing_id)
    if first:
        day = domain_alerts.listed_id(event.show_id, event.occurred_at)
        await store_favourites.mails_of_first_listing(tx, event.listing_id, day)


async def keep_claim(tx: Connection, event: OrderHeld | OrderConfirmed) -> None:
    """Know which places are taken. A listing fits nobody better for it."""
    await store_copies.claim_copy(tx, event)


async def keep_release(tx: Connection, event: OrderCancelled) -> None:
    """Know which places came back; alerts that they newly fit come across them."""
    await store_copies.show_lock(tx, event.show_id)
    await store_copies.claim_copy(tx, event)
    await store_alerts.matches_find(tx, event.listing_id)
