"""Venues' maps, drawn from the catalogue's charts and kept for a minute: charts are large and change rarely."""

import time
from collections import OrderedDict

from web.models import Section, Venue
from web.services import ServiceDown, ServiceProblem
from web.views_map import Plan, plan_of
from web.visit import Visit

KEPT_S = 60.0
KEPT_MAX = 200


class Plans:
    """The maps of this process by venue, the ones asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, Plan | None]] = OrderedDict()

    async def find(self, visit: Visit, venue_id: str) -> Plan | None:
        """The map of a venue; None where there is no chart or the catalogue does not answer for it."""
        known = self._kept.get(venue_id)
        if known and known[0] > time.monotonic():
            self._kept.move_to_end(venue_id)
            return known[1]
        try:
            venue = await chart_of(visit, venue_id)
        except (ServiceProblem, ServiceDown):
            return known[1] if known else None
        plan = plan_of([_without_seats(section) for section in venue.chart.sections] if venue.chart else [])
        self._kept[venue_id] = (time.monotonic() + KEPT_S, plan)
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return plan


async def chart_of(visit: Visit, venue_id: str) -> Venue:
    """A venue with every seat of its chart; raises ServiceProblem and ServiceDown."""
    return await visit.ask("catalog", "GET", f"/api/venues/{venue_id}", Venue)


def _without_seats(section: Section) -> Section:
    """What the map needs of a section: the names of tens of thousands of seats are not kept."""
    places = section.capacity or sum(len(row.seats) for row in section.rows)
    return Section(section.name, section.kind, [], places)


PLANS = Plans()
