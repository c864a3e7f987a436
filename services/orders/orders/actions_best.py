"""Holding the best seats that there are: the listing is chosen here, and the next best is tried if it is lost."""

from __future__ import annotations

from fairseat_common.database import Database
from fairseat_common.ids import new_id
from orders import domain_best, store, store_best
from orders.actions_hold import HoldPump, Outcome, Repeated, Unknown
from orders.domain import Claim, NotOpenYet, SeatsUnavailable, ShowOver
from orders.domain_waiting import Wish

LISTINGS_MAX = 50
"""The cheapest of those that fit; the best of these are tried."""
TRIES_MAX = 5
ROUNDS_MAX = 3
QUOTE_S = 60


async def hold_best(
    pump: HoldPump, database: Database, wish: Wish, idempotency_key: str, traceparent: str | None
) -> Outcome:
    """Hold seats of the best listing that fits the wish, all of them or none.

    Each listing is asked for as if the buyer had chosen it, by the one key: a repetition finds the first result.
    """
    for _ in range(ROUNDS_MAX):
        claims = await _look(database, wish, idempotency_key, traceparent)
        if not isinstance(claims, list):
            return claims
        for claim in claims:
            outcome = await pump.hold(claim)
            if not isinstance(outcome, domain_best.LOST):
                return outcome
    return SeatsUnavailable()


async def _look(database: Database, wish: Wish, idempotency_key: str, traceparent: str | None) -> list[Claim] | Outcome:
    """What to claim, the best first; or how it ends without a claim."""
    async with database.connection() as connection:
        if await store.order_by_key(connection, wish.user_id, idempotency_key):
            return Repeated()
        on_sale = await store_best.on_sale(connection, wish.show_id)
        if not on_sale:
            return Unknown() if on_sale is None else ShowOver()
        listings = await store_best.listings_fitting(connection, wish, LISTINGS_MAX)
        expires_at = int((await store.now_read(connection)).timestamp()) + QUOTE_S
    if not listings:
        return SeatsUnavailable()
    if listings[0].opens_at is not None:
        return NotOpenYet(opens_at=listings[0].opens_at)
    return [
        Claim(
            order_id=new_id(),
            event_id=new_id(),
            buyer_id=wish.user_id,
            listing_id=listing.listing_id,
            quantity=wish.quantity,
            idempotency_key=idempotency_key,
            traceparent=traceparent,
            quote=domain_best.quote_for(listing, expires_at),
        )
        for listing in domain_best.ranked([each for each in listings if each.opens_at is None])[:TRIES_MAX]
    ]
