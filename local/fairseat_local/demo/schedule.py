"""The shows of the demo catalogue: the acts of acts.toml on tour, dated relative to a day.

Everything follows from the day alone, so the same day gives the same shows: no chance is involved, only a
checksum of each act's name that spreads them over the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from fairseat_local.demo.venues import DemoVenue, read_table, venues

HORIZON_DAYS = 300
WEEKS = HORIZON_DAYS // 7 - 1  # the last week belongs to the end of the season
LAST_SHOW_TITLE = "Last Night of the Fairseat Season"
REHEARSAL_TITLE = f"{LAST_SHOW_TITLE}: Open Rehearsal"
LAST_SHOW_VENUE = "royal-albert-hall"

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
EVENINGS: dict[str, tuple[int, ...]] = {
    "concert": (FRI, SAT, THU, WED, SUN, TUE),
    "festival": (SAT, SUN),
    "comedy": (THU, FRI, SAT, WED),
    "classical": (SUN, THU, SAT, WED),
    "family": (SAT, SUN),
    "sport": (SAT, SUN, WED),
}
DOORS: dict[str, time] = {
    "concert": time(20, 0),
    "festival": time(14, 0),
    "comedy": time(20, 30),
    "classical": time(19, 30),
    "family": time(15, 0),
    "sport": time(18, 30),
    "theatre": time(19, 30),
}
SUNDAY_DOORS: dict[str, time] = {
    "concert": time(19, 0),
    "classical": time(11, 0),
    "family": time(11, 0),
    "sport": time(15, 30),
    "theatre": time(15, 0),
}


@dataclass(frozen=True, kw_only=True)
class DemoShow:
    """One evening; `price_euros` is what an ordinary place costs, before the currency of the venue."""

    title: str
    category: str
    performers: tuple[str, ...]
    venue: DemoVenue
    starts_at: datetime
    price_euros: int

    @property
    def slug(self) -> str:
        """Stable for one calendar: the venue and the moment, for no house plays two shows at once."""
        return f"{self.venue.slug}:{self.starts_at:%Y%m%dT%H%M}"

    def body(self, venue_id: str) -> dict[str, Any]:
        """What is sent to `POST /api/shows`."""
        return {
            "title": self.title,
            "category": self.category,
            "performers": list(self.performers),
            "venue_id": venue_id,
            "starts_at": self.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "image_url": f"/static/art/{self.category}.svg",
        }


@dataclass
class Calendar:
    """Who plays where on which day after `today`; a house has one show a day."""

    today: date
    taken: set[tuple[str, date]] = field(default_factory=set)

    def book(self, house: DemoVenue, category: str, week: int, turn: int) -> datetime:
        """The first free day that suits the category, from that week on; weeks are counted from tomorrow."""
        weekdays = EVENINGS.get(category, (TUE, WED, THU, FRI, SAT, SUN, MON))
        tomorrow = self.today + timedelta(days=1)
        while True:
            week %= WEEKS
            for offset in range(len(weekdays)):
                weekday = weekdays[(turn + offset) % len(weekdays)]
                day = tomorrow + timedelta(days=7 * week + (weekday - tomorrow.weekday()) % 7)
                if (house.slug, day) not in self.taken:
                    self.taken.add((house.slug, day))
                    return moment(house, category, day)
            week += 1


def moment(house: DemoVenue, category: str, day: date) -> datetime:
    """When the doors open: the hour on the wall of that place, told in UTC."""
    hour = SUNDAY_DOORS.get(category, DOORS[category]) if day.weekday() == SUN else DOORS[category]
    return datetime.combine(day, hour, ZoneInfo(house.timezone)).astimezone(UTC)


def season_end(today: date) -> tuple[DemoShow, DemoShow]:
    """The open rehearsal and the show that ends the calendar.

    The date of the last show tells from which day a loaded catalogue was reckoned.
    """
    return _ending(today, REHEARSAL_TITLE, HORIZON_DAYS - 1, 15), _ending(today, LAST_SHOW_TITLE, HORIZON_DAYS, 45)


def _ending(today: date, title: str, days: int, price_euros: int) -> DemoShow:
    house = venues()[LAST_SHOW_VENUE]
    return DemoShow(
        title=title,
        category="classical",
        performers=("Camerata of the Seven Bridges", "Zoë Ångström", "Everybody who wants to sing"),
        venue=house,
        starts_at=moment(house, "classical", today + timedelta(days=days)),
        price_euros=price_euros,
    )


def shows(today: date) -> list[DemoShow]:
    """Every show of the demo catalogue, by date; the first is tomorrow, the last two are `season_end`."""
    calendar = Calendar(today)
    planned: list[DemoShow] = []
    for category, acts in read_table("acts.toml").items():
        if category == "sport":
            planned += [show for league in acts.values() for show in _season(calendar, league)]
        else:
            planned += [show for act in acts for show in _tour(calendar, category, act)]
    return [*sorted(planned, key=lambda show: (show.starts_at, show.venue.slug)), *season_end(today)]


def _tour(calendar: Calendar, category: str, act: dict[str, Any]) -> Iterator[DemoShow]:
    """Dates in one house after the other; an act with a `run` stays for a week before it travels on."""
    houses = _houses(act)
    spread = crc32(act["title"].encode())
    run: int = act.get("run", 1)
    stays: int = act.get("stays", 1) if run > 1 else act["shows"]
    first_week: int = act.get("week", spread % 6)
    step = max(1, 38 // stays)
    for stay in range(stays):
        house = houses[(spread + stay) % len(houses)]
        for night in range(run):
            starts_at = calendar.book(house, category, first_week + stay * step, spread % 5 + stay + night)
            yield DemoShow(
                title=act["title"],
                category=category,
                performers=tuple(act["performers"]),
                venue=house,
                starts_at=starts_at,
                price_euros=act["price"],
            )


def _houses(act: dict[str, Any]) -> list[DemoVenue]:
    fits = [house for house in venues().values() if house.kind in act["kinds"]]
    if "cities" in act:
        fits = [house for house in fits if house.city in act["cities"]]
    if "regions" in act:
        fits = [house for house in fits if house.region in act["regions"]]
    # A fixed shuffle: a tour crosses the map instead of following the order of the file.
    return sorted(fits, key=lambda house: crc32(f"{act['title']}/{house.slug}".encode()))


def _season(calendar: Calendar, league: dict[str, Any]) -> Iterator[DemoShow]:
    """Home fixtures of every side of a league, spread over the weekends."""
    teams: dict[str, str] = league["teams"]
    pairs = list(permutations(teams, 2))
    if "guests" in league:
        pairs = [(home, guest) for home in teams for guest in league["guests"]]
    for index, (home, away) in enumerate(pairs):
        house = venues()[teams[home]]
        week = index % len(teams) * 2 + index // len(teams) * 5
        yield DemoShow(
            title=league["title"].format(home=home, away=away),
            category="sport",
            performers=(home,) if away in {"Quarter-finals", "Semi-finals", "Final"} else (home, away),
            venue=house,
            starts_at=calendar.book(house, "sport", week, index % 2),
            price_euros=league["price"],
        )
