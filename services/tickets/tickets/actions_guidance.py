"""What sellers are told before they set a price: what others ask, what was paid, and which places are taken."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.contracts.refusals import FieldError, Invalid, NotFound
from fairseat_common.database import Connection
from tickets import store_copies, store_guidance
from tickets.domain_guidance import Asked, Guidance, Seats, guidance
from tickets.domain_listings import Place
from tickets.domain_prices import FeeRule

LISTINGS_MAX = 1_000
SALES_MAX = 1_000
PLACES_MAX = 5_000


async def price_guide(tx: Connection, seller_id: UUID, asked: Asked, rule: FeeRule) -> Guidance:
    """What the show's own figures say about a price for seats of a row. Raises NotFound, Invalid."""
    show = await store_copies.show_get(tx, asked.show_id)
    if show is None:
        raise NotFound("There is no such show.")
    place = await store_copies.row_get(tx, show.venue_id, asked.section, asked.row)
    if place is None:
        raise Invalid(None, FieldError("section", "the venue has no such section"))
    # A row that is not in the chart, or not typed yet, is taken for the first: the section tells enough.
    seats = Seats(
        section=asked.section,
        row=asked.row,
        row_position=place.position or 0,
        currency=show.currency,
        quantity=asked.quantity,
        unit_price=asked.unit_price,
    )
    offered = await store_guidance.offered_of_show(tx, asked.show_id, seller_id, LISTINGS_MAX)
    sold = await store_guidance.sold_at_show(tx, asked.show_id, SALES_MAX)
    return guidance(seats, offered, sold, rule)


async def places_taken(tx: Connection, reader_id: UUID, show_id: UUID, section: str) -> list[Place]:
    """The places of a section that have a ticket already, and which of them are the reader's."""
    return await store_guidance.places_of_section(tx, show_id, section, reader_id, PLACES_MAX)
