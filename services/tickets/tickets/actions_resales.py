"""The end of resale: what was listed until a time that the organiser set leaves the sale then."""

from __future__ import annotations

from datetime import timedelta

import structlog

from fairseat_common.database import Database
from tickets import store_rules
from tickets.actions_delivery import listing_locked, listing_retract

log = structlog.get_logger(__name__)

END_MAX = 20
LEASE = timedelta(seconds=60)


async def resales_end(database: Database) -> bool:
    """Withdraw some listings whose rules ended resale; True while there may be more. Holds and sales stand."""
    async with database.connection() as connection:
        due = await store_rules.listings_over_lease(connection, END_MAX, LEASE)
    for listing_id in due:
        try:
            async with database.transaction() as tx:
                listing, now = await listing_locked(tx, listing_id)
                if listing.status == "active":
                    await listing_retract(tx, listing, now)
        except Exception as error:  # one listing that breaks must not keep the others on sale
            log.error("resale.broke", listing_id=str(listing_id), exc_info=error)
    return len(due) == END_MAX
