"""A small scene for stepwise tests: one seller, one show, two rows of three seats, everybody has heard of it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fairseat_common.contracts import ChartRow, ChartSection, Money, ShowPublished, VenuePublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, show_published
from fairseat_local.stepwise.people import People
from fairseat_local.stepwise.world import World

SEATS = ("1", "2", "3")
PRICES = {"EUR": 4995, "JPY": 12_001, "KWD": 10_010}
"""For one seat, in minor units: amounts whose fees have to be rounded."""


@dataclass(frozen=True)
class Scene:
    """What is on sale: one listing for each row."""

    show: ShowPublished
    seller_id: UUID
    listings: tuple[UUID, ...]


async def open_scene(world: World, people: People, currency: str) -> Scene:
    """Begin anew, announce the show, list the seats, and let the seller be paid."""
    await world.begin()
    show = show_published(currency=currency)
    await world.announce(_venue(show), show)
    seller_id = new_id()
    price = Money(PRICES[currency], currency)
    listings = [await people.list_seats(show.show_id, seller_id, row, SEATS, price) for row in ("A", "B")]
    await world.deliver_all()
    await people.onboard(seller_id)
    return Scene(show, seller_id, tuple(listings))


def _venue(show: ShowPublished) -> VenuePublished:
    rows = (ChartRow("A", SEATS), ChartRow("B", SEATS))
    return VenuePublished(
        venue_id=show.venue_id,
        name="Theater am Ufer",
        city="Berlin",
        country="DE",
        timezone="Europe/Berlin",
        capacity=6,
        sections=(ChartSection("Stalls", "seated", rows, 6),),
        version=1,
        occurred_at=now(),
    )
