"""The rules of venues and their seating charts. Pure: time and ids come in as arguments, events are returned."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from fairseat_common.contracts import ChartRow, ChartSection, SectionKind, VenuePublished
from fairseat_common.contracts.refusals import Conflict, FieldError, Forbidden, Invalid
from fairseat_common.money import MINOR_UNITS

CAPACITY_MAX = 250_000
SECTIONS_MAX = 500
ROWS_MAX = 200
ROW_SEATS_MAX = 500
CHART_CHARACTERS_MAX = 700_000
"""A venue travels in one event, and the broker carries a million bytes."""
SEAT_OVERHEAD_CHARACTERS = 4
LINE_CHARACTERS_MAX = 200
ORGANISER_ROLES = frozenset({"organiser", "operator"})

# The end of these patterns refuses a line break at the end, which a bare $ would let through.
Line = Annotated[str, Meta(min_length=1, max_length=LINE_CHARACTERS_MAX, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$(?!\n)")]
ShortName = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$(?!\n)")]
SeatName = Annotated[str, Meta(min_length=1, max_length=12, pattern=r"^[^\x00-\x20\x7f-\x9f]+$(?!\n)")]
CountryCode = Annotated[str, Meta(max_length=2, pattern=r"^[A-Z]{2}$")]
CurrencyCode = Annotated[str, Meta(max_length=3, pattern=r"^[A-Z]{3}$")]


class OrganiserOnly(Forbidden):
    """The catalogue is edited by organisers."""

    slug = "organiser-only"
    title = "Only organisers may do this"
    detail = "Ask the operator for an organiser's account."


class VenueExists(Conflict):
    """The same house twice would divide its shows."""

    slug = "venue-exists"
    title = "This venue is already in the catalogue"
    detail = "Use the venue that is there: venue_id names it."


class RowDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of seats as an organiser describes it."""

    name: ShortName
    seats: Annotated[tuple[SeatName, ...], Meta(min_length=1, max_length=ROW_SEATS_MAX)]


class SectionDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A section as an organiser describes it; a standing one has no rows."""

    name: ShortName
    kind: SectionKind
    capacity: Annotated[int, Meta(ge=1, le=CAPACITY_MAX)]
    rows: Annotated[tuple[RowDraft, ...], Meta(max_length=ROWS_MAX)] = ()


class ChartDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A seating chart as an organiser describes it."""

    sections: Annotated[tuple[SectionDraft, ...], Meta(min_length=1, max_length=SECTIONS_MAX)]


class VenueDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A venue that an organiser adds; `currency` is what its tickets are sold in."""

    name: Line
    city: Line
    country: CountryCode
    timezone: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$")]
    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    capacity: Annotated[int, Meta(ge=1, le=CAPACITY_MAX)]
    currency: CurrencyCode
    chart: ChartDraft


class Chart(msgspec.Struct, frozen=True):
    """A seating chart."""

    sections: tuple[ChartSection, ...]


class VenueLine(msgspec.Struct, frozen=True, kw_only=True):
    """A venue as a show names it."""

    id: UUID
    name: str
    city: str
    country: str
    timezone: str


class VenueFacts(VenueLine, frozen=True, kw_only=True):
    """A venue without its seating chart, which is large."""

    lat: float
    lon: float
    capacity: int
    currency: str
    version: int


class Venue(VenueFacts, frozen=True, kw_only=True):
    """A venue with its seating chart."""

    chart: Chart

    @property
    def facts(self) -> VenueFacts:
        """The venue without its chart."""
        return VenueFacts(**{name: getattr(self, name) for name in VenueFacts.__struct_fields__})


def organiser_check(roles: frozenset[str]) -> None:
    """Raise OrganiserOnly unless one of the roles may edit the catalogue."""
    if not roles & ORGANISER_ROLES:
        raise OrganiserOnly


def venue_new(draft: VenueDraft, venue_id: UUID, now: datetime) -> tuple[Venue, VenuePublished]:
    """A venue from what an organiser entered; raises Invalid with every field that is wrong."""
    errors = _chart_errors(draft.chart, draft.capacity) + currency_errors(draft.currency)
    if not _is_timezone(draft.timezone):
        errors.append(FieldError("timezone", "is not a time zone of the IANA database, such as Europe/Berlin"))
    name, city = line_of("name", draft.name, errors), line_of("city", draft.city, errors)
    if errors:
        raise Invalid(None, *errors)
    venue = Venue(
        id=venue_id,
        name=name,
        city=city,
        country=draft.country,
        timezone=draft.timezone,
        lat=draft.lat,
        lon=draft.lon,
        capacity=draft.capacity,
        currency=draft.currency,
        chart=Chart(tuple(_section(section) for section in draft.chart.sections)),
        version=1,
    )
    return venue, _venue_published(venue, now)


def _venue_published(venue: Venue, now: datetime) -> VenuePublished:
    return VenuePublished(
        venue_id=venue.id,
        name=venue.name,
        city=venue.city,
        country=venue.country,
        timezone=venue.timezone,
        capacity=venue.capacity,
        sections=venue.chart.sections,
        version=venue.version,
        occurred_at=now,
    )


def _section(draft: SectionDraft) -> ChartSection:
    rows = tuple(ChartRow(row.name, row.seats) for row in draft.rows)
    return ChartSection(draft.name, draft.kind, rows, draft.capacity)


def _chart_errors(chart: ChartDraft, capacity: int) -> list[FieldError]:
    errors = []
    if twice := repeated([section.name for section in chart.sections]):
        errors.append(FieldError("chart.sections", f"{twice} is there twice"))
    total = sum(section.capacity for section in chart.sections)
    if total != capacity:
        errors.append(FieldError("capacity", f"is {capacity}, but the sections add up to {total}"))
    rows = [row.seats for section in chart.sections for row in section.rows]
    characters = sum(sum(map(len, seats)) + len(seats) * SEAT_OVERHEAD_CHARACTERS for seats in rows)
    if characters > CHART_CHARACTERS_MAX:
        errors.append(FieldError("chart.sections", "have more seats than one chart can carry"))
    for index, section in enumerate(chart.sections):
        errors += _section_errors(section, f"chart.sections[{index}]")
    return errors


def _section_errors(section: SectionDraft, field: str) -> list[FieldError]:
    if section.kind == "standing":
        return [FieldError(f"{field}.rows", "must be empty where people stand")] if section.rows else []
    errors = []
    if twice := repeated([row.name for row in section.rows]):
        errors.append(FieldError(f"{field}.rows", f"row {twice} is there twice"))
    for index, row in enumerate(section.rows):
        if seat := repeated(row.seats):
            errors.append(FieldError(f"{field}.rows[{index}].seats", f"seat {seat} is there twice"))
    seats = sum(len(row.seats) for row in section.rows)
    if seats != section.capacity:
        errors.append(FieldError(f"{field}.capacity", f"is {section.capacity}, but there are {seats} seats"))
    return errors


def currency_errors(currency: str) -> list[FieldError]:
    """What is wrong with a currency."""
    if currency in MINOR_UNITS:
        return []
    return [FieldError("currency", f"{currency} is not a currency we trade in")]


def line_of(field: str, value: str, errors: list[FieldError]) -> str:
    """One line of text, composed and without space around it; an error where nothing is left, or where it has grown.

    Composing makes some letters longer: U+0958 becomes two characters.
    """
    line = unicodedata.normalize("NFC", value).strip()
    if not line:
        errors.append(FieldError(field, "must not be blank"))
    if len(line) > LINE_CHARACTERS_MAX:
        errors.append(FieldError(field, f"must have {LINE_CHARACTERS_MAX} characters at most"))
    return line


def repeated(names: Sequence[str]) -> str | None:
    """The first name that is there twice."""
    if len(set(names)) == len(names):
        return None
    return Counter(names).most_common(1)[0][0]


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return False
    return True
