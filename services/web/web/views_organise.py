"""Pages about what organisers do: what they show, worked out from what the services answered. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from babel import Locale as Names

from fairseat_common.contracts import Money
from fairseat_common.languages import mark, say
from fairseat_common.money import MINOR_UNITS
from web import dates, money
from web.locales import Locale
from web.models import Section
from web.models_organise import DayFigures, Figures, OwnShow, QuarterFigures, SectionFigures, Team
from web.views_map import Plan, plan_of
from web.views_map_shapes import seat_places
from web.views_organise_chart import rows_text as rows_text

DUTIES = {
    "manage": (mark("Manage"), mark("Announce and change shows, put houses on sale, postpone and cancel.")),
    "report": (mark("Reports"), mark("See what was sold and who came.")),
    "scan": (mark("Doors"), mark("Let people in.")),
}
REFUSALS = {
    "already-used": mark("used before"),
    "void": mark("void"),
    "wrong-show": mark("for another show"),
    "forged": mark("not one of ours"),
    "code-stale": mark("an old code"),
    "not-yet": mark("too early"),
    "unproven": mark("never sold here"),
    "on-sale": mark("still on sale"),
    "not-listed": mark("not on the offline list"),
}
CURRENCIES = sorted(MINOR_UNITS)
SEATS_DRAWN_MAX = 8_000
BARS_MAX = 62
_ZONE_ROOTS = frozenset(
    ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)


class State(NamedTuple):
    """A show's state as a badge: its colour and its words."""

    kind: str
    label: str


def state_of(show: OwnShow, now: datetime) -> State:
    """What its organiser should know at a glance."""
    if show.status == "cancelled":
        return State("bad", say("Cancelled"))
    if show.status == "postponed":
        return State("warn", say("Postponed"))
    if show.starts_at <= now:
        return State("", say("Over"))
    if show.listings_count:
        return State("good", say("On sale"))
    return State("", say("Announced"))


def choosing(show: OwnShow, now: datetime) -> bool:
    """Whether holders of a show that has moved may still choose a refund."""
    return show.refund_until is not None and show.refund_until > now and show.status != "cancelled"


def duties_of(show: OwnShow, user_id: str, roles: Sequence[str], teams: Sequence[Team]) -> frozenset[str]:
    """What the reader may do at a show; the services decide, this is what pages offer."""
    if "operator" in roles or (show.organiser_id == user_id and "organiser" in roles):
        return frozenset(DUTIES)
    return frozenset(duty for team in teams if team.organiser_id == show.organiser_id for duty in team.duties)


def announcing_for(user_id: str, roles: frozenset[str], teams: Sequence[Team]) -> list[tuple[str, str]]:
    """For whom the reader may announce shows: ids and names, the reader first."""
    own = [(user_id, say("Your own"))] if roles & {"organiser", "operator"} else []
    others = [team for team in teams if "manage" in team.duties]
    return own + [(team.organiser_id, team.organiser_name or say("An organiser")) for team in others]


def can_change(show: OwnShow, now: datetime) -> bool:
    """Whether anything but cancelling is left to be changed."""
    return show.status != "cancelled" and not (show.status == "scheduled" and show.starts_at <= now)


def can_cancel(show: OwnShow, now: datetime) -> bool:
    """Whether it can still be called off: until 24 hours after its start."""
    return show.status != "cancelled" and (show.status == "postponed" or now < show.starts_at + timedelta(hours=24))


def clock_fields(moment: datetime, timezone: str) -> dict[str, str]:
    """Day and time on the venue's clock as the fields of a form have them."""
    local = dates.at_venue(moment, timezone)
    return {"day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}"}


@cache
def zones() -> tuple[str, ...]:
    """Names of time zones to choose from."""
    return tuple(sorted(name for name in available_timezones() if name.split("/")[0] in _ZONE_ROOTS))


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Countries by code with their names in a language, by name."""
    names = Names.parse(language).territories
    found = [
        (code, name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY
    ]
    return tuple(sorted(found, key=lambda pair: pair[1].casefold()))


_NO_COUNTRY = frozenset(("EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "DG", "EA", "IC", "TA"))


class Preview(NamedTuple):
    """The map of a chart as it stands in the editor: `rows` are SVG paths of seats with the width of their dots."""

    plan: Plan | None
    rows: tuple[tuple[str, float], ...]
    places: int
    sections: int


def preview_of(sections: Sequence[Section]) -> Preview:
    """The map that a show's page would draw, with the seats themselves where they are not too many."""
    bare = [Section(section.name, section.kind, [], section.capacity) for section in sections]
    plan, places = plan_of(bare), sum(section.capacity or 0 for section in sections)
    drawn: list[tuple[str, float]] = []
    if plan and places <= SEATS_DRAWN_MAX:
        for zone, section in zip(plan.zones, sections, strict=True):
            radius, rows = seat_places(zone.shape, [len(row.seats) for row in section.rows])
            path = "".join(f"M{x:.1f} {y:.1f}h0" for row in rows for x, y in row)
            drawn += [(path, round(2 * radius, 2))] if path else []
    return Preview(plan, tuple(drawn), places, len(sections))


class Bar(NamedTuple):
    """A bar of a chart 100 high: where it begins, how wide it is, and the heights of its parts from below."""

    left: float
    width: float
    parts: tuple[float, ...]


class Bars(NamedTuple):
    """A chart of bars: the highest value, and what stands below its first and its last bar."""

    bars: tuple[Bar, ...]
    top: int
    first: str
    last: str


def day_bars(days: Sequence[DayFigures], locale: Locale) -> Bars:
    """Seats sold by day, first sales below resales; by longer spans where there would be too many bars."""
    if not days:
        return Bars((), 0, "", "")
    first, last = days[0].day, days[-1].day
    span = -(-((last - first).days + 1) // BARS_MAX)
    count = (last - first).days // span + 1
    values = [[0, 0] for _ in range(count)]
    for day in days:
        values[(day.day - first).days // span][0] += day.primary
        values[(day.day - first).days // span][1] += day.resale
    return _bars(values, _day(first, locale), _day(last, locale))


def quarter_bars(quarters: Sequence[QuarterFigures], timezone: str, locale: Locale) -> Bars:
    """Who was let in by quarters of an hour, with those in which nobody came."""
    if not quarters:
        return Bars((), 0, "", "")
    first, last = quarters[0].since, quarters[-1].since
    step = timedelta(minutes=15)
    span = -(-((last - first) // step + 1) // BARS_MAX)
    values = [[0] for _ in range((last - first) // step // span + 1)]
    for quarter in quarters:
        values[(quarter.since - first) // step // span][0] += quarter.admitted
    return _bars(values, clock(first, timezone, locale), clock(last + step, timezone, locale))


def _bars(values: Sequence[Sequence[int]], first: str, last: str) -> Bars:
    top = max(1, *(sum(parts) for parts in values)) if len(values) > 1 else max(1, sum(values[0]))
    slot = 100 / max(len(values), 8)
    bars = tuple(
        Bar(round(place * slot + slot * 0.12, 3), round(slot * 0.76, 3), tuple(round(100 * v / top, 2) for v in parts))
        for place, parts in enumerate(values)
    )
    return Bars(bars, top, first, last)


def _day(day: date, locale: Locale) -> str:
    return dates.day_text(day, locale, short=True, year=False)


def day_name(day: date, locale: Locale) -> str:
    """A day in a table: `Sat 12 Dec 2026`."""
    return dates.day_text(day, locale, short=True)


def clock(moment: datetime, timezone: str, locale: Locale) -> str:
    """A time at the venue: `19:45`."""
    return dates.clock_text(dates.at_venue(moment, timezone), locale)


def taken(figures: Figures) -> Money:
    """What buyers paid."""
    return Money(figures.face.amount + figures.buyer_fees.amount, figures.face.currency)


class Share(NamedTuple):
    """A part of a section's places in a bar 100 long."""

    kind: str
    start: float
    length: float


def shares(section: SectionFigures) -> list[Share]:
    """What became of a section's places: with buyers, held, for sale."""
    found, start = [], 0.0
    for kind, count in (("sold", section.with_buyers), ("held", section.held), ("free", section.for_sale)):
        length = 100 * count / max(1, section.capacity)
        found += [Share(kind, round(start, 2), round(length, 2))] if count else []
        start += length
    return found


def percent(part: int, whole: int) -> int:
    """A share in whole per cent; 0 of nothing."""
    return round(100 * part / whole) if whole else 0


def refusal_text(result: str) -> str:
    """Why codes were turned away."""
    return say(REFUSALS.get(result, result))


def currency_name(code: str) -> str:
    """`EUR (€)`, or the code alone."""
    sign = money.sign(code)
    return code if sign == code else f"{code} ({sign})"
