"""The lines of a seller's file against what is known: the shows, their charts, and the seats that are taken."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from fairseat_common.languages import say
from web import dates
from web.forms_selling import SellForm, listing_body, section_of, show_currency
from web.models import Page, Show, Venue
from web.models_selling import Place
from web.services import ServiceProblem
from web.views_seller_import import Entry
from web.visit import Visit

ASKED_AT_ONCE = 6
SHOWS_ASKED = 50
Found = TypeVar("Found")


class Known:
    """What the services say, asked for once for each show, venue and section of the file."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._turn = asyncio.Semaphore(ASKED_AT_ONCE)
        self._answers: dict[tuple[str, ...], asyncio.Task[Any]] = {}

    async def _once(self, key: tuple[str, ...], ask: Callable[[], Awaitable[Found]]) -> Found:
        async def asked() -> Found:
            async with self._turn:
                return await ask()

        if key not in self._answers:
            self._answers[key] = asyncio.ensure_future(asked())
        found: Found = await self._answers[key]
        return found

    async def show(self, show_id: str) -> Show | None:
        """The show of that id."""

        async def ask() -> Show | None:
            try:
                return await self._visit.ask("catalog", "GET", f"/api/shows/{UUID(show_id)}", Show)
            except ValueError:
                return None
            except ServiceProblem as problem:
                if problem.status != 404:
                    raise
                return None

        return await self._once(("show", show_id), ask)

    async def shows(self, title: str, day: date) -> list[Show]:
        """Shows that may be meant by a title and a day; the filters of the catalogue are wider than both."""
        span = {"from": (day - timedelta(days=1)).isoformat(), "to": (day + timedelta(days=1)).isoformat()}

        async def ask() -> list[Show]:
            query = {"q": title[:100], "limit": str(SHOWS_ASKED), **span}
            try:
                return (await self._visit.ask("catalog", "GET", "/api/shows", Page[Show], query=query)).items
            except ServiceProblem as problem:
                if problem.status != 422:
                    raise
                return []

        return await self._once(("shows", title, day.isoformat()), ask)

    async def venue(self, venue_id: str) -> Venue:
        """A venue with its chart."""
        return await self._once(
            ("venue", venue_id), lambda: self._visit.ask("catalog", "GET", f"/api/venues/{venue_id}", Venue)
        )

    async def places(self, show_id: str, section: str) -> dict[tuple[str, str], str]:
        """The taken seats of a section, by row and seat."""

        async def ask() -> dict[tuple[str, str], str]:
            query = {"show_id": show_id, "section": section}
            page = await self._visit.ask("tickets", "GET", "/api/listings/places", Page[Place], query=query)
            return {(place.row, place.seat): place.state for place in page.items}

        return await self._once(("places", show_id, section), ask)


async def lines_checked(visit: Visit, entries: Sequence[Entry]) -> None:
    """Work out what each line means, and refuse those that cannot be listed. Changes nothing anywhere."""
    known = Known(visit)
    await asyncio.gather(*(_checked(known, entry) for entry in entries if entry.state == "ready"))
    first: dict[tuple[str, ...], int] = {}
    for entry in entries:
        _refuse_doubles(entry, first)


async def _checked(known: Known, entry: Entry) -> None:
    show = await _show_of(known, entry)
    if show is None:
        return
    entry.title = show.title
    if show.status == "cancelled" or (show.status == "scheduled" and show.starts_at <= datetime.now(UTC)):
        entry.refuse(say("This show is over."))
        return
    cells, venue = entry.cells, await known.venue(show.venue.id)
    if cells.get("section") and section_of(venue, cells["section"]) is None:
        entry.refuse(say("The venue has no section called %(section)s.", section=cells["section"][:60]))
        return
    if cells.get("currency") and cells["currency"].upper() != show_currency(show):
        entry.refuse(say("This show is sold in %(currency)s.", currency=show_currency(show)))
        return
    form = SellForm({**cells, "split": cells.get("split", "").lower() or "any"})
    form.fields["delivery"] = "later" if cells.get("in_hand_on") else "now"
    entry.body, errors = listing_body(form, show, venue)
    if errors:
        entry.refuse(*errors.values())
        return
    await _taken(known, entry, show)


async def _show_of(known: Known, entry: Entry) -> Show | None:
    """The show that a line names by its id, or by title, day and venue; the line is refused if there is none."""
    cells = entry.cells
    if cells.get("show_id"):
        show = await known.show(cells["show_id"].rstrip("/").rpartition("/")[2])
        if show is None:
            entry.refuse(say("There is no show with this show_id."))
        return show
    try:
        day = date.fromisoformat(cells.get("date", ""))
    except ValueError:
        entry.refuse(say("Give show_id, or title, venue and the date as year-month-day."))
        return None
    fitting = [show for show in await known.shows(cells.get("title", ""), day) if _fits(show, cells, day)]
    if len(fitting) != 1:
        several = say("Several shows have this title, date and venue: give the show_id.")
        entry.refuse(several if fitting else say("No show has this title, date and venue."))
        return None
    return fitting[0]


def _fits(show: Show, cells: dict[str, str], day: date) -> bool:
    same = (show.title.casefold(), show.venue.name.casefold()) == (
        cells.get("title", "").casefold(),
        cells.get("venue", "").casefold(),
    )
    return same and dates.at_venue(show.starts_at, show.venue.timezone).date() == day


async def _taken(known: Known, entry: Entry, show: Show) -> None:
    """Find seats that are on sale already: the reader's own are told of, others keep the line from being listed."""
    if "seats" not in entry.body:
        return
    places = await known.places(show.id, entry.body["section"])
    states = {seat: places.get((entry.body["row"], seat), "free") for seat in entry.body["seats"]}
    if set(states.values()) == {"listed-by-you"}:
        entry.state = "before"
        return
    taken = [seat for seat, state in states.items() if state not in {"free", "yours"}]
    if taken:
        entry.refuse(say("On sale or taken already: %(names)s.", names=", ".join(taken[:10])))


def _refuse_doubles(entry: Entry, first: dict[tuple[str, ...], int]) -> None:
    """Refuse a line whose seat stands in an earlier one."""
    if entry.state == "refused" or "seats" not in entry.body:
        return
    body = entry.body
    keys = [(body["show_id"], body["section"], body["row"], seat) for seat in body["seats"]]
    double = next((key for key in keys if key in first), None)
    if double:
        entry.refuse(say("Seat %(seat)s is in line %(line)s too.", seat=double[3], line=first[double]))
        return
    first |= dict.fromkeys(keys, entry.number)
