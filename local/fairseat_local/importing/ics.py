"""iCalendar (RFC 5545): one show for each VEVENT.

A start with a zone is told in it; one that floats is told in the calendar's zone (X-WR-TIMEZONE) or else the venue's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fairseat_local.importing.building import Show, Venue, record_of
from fairseat_local.importing.contentlines import Component, components, unescaped, unfolded
from fairseat_local.importing.places import location_of, plain, zone_of
from fairseat_local.importing.records import (
    Bad,
    FileError,
    Finding,
    Found,
    Record,
    RecordError,
    id_of,
    line_of,
    position_of,
    quoted,
    start_of,
)

SOURCE = "ics"
STATUSES = {"CONFIRMED": "scheduled", "CANCELLED": "cancelled"}
LOCATION_CHARACTERS_MAX = 1000
ONCE = ("UID", "DTSTART", "SUMMARY", "LOCATION", "STATUS", "RECURRENCE-ID", "GEO")
# Words of CATEGORIES, in small letters, for ours; the first that is known counts.
CATEGORIES = {
    word: category
    for category, words in {
        "concert": "concert concerts music gig gigs konzert konzerte musik musique musica live",
        "festival": "festival festivals",
        "theatre": "theatre theater theaters musical musicals play drama dance ballet",
        "comedy": "comedy kabarett cabaret stand-up standup",
        "classical": "classical classic klassik opera oper orchestra symphony",
        "family": "family kids children familie kinder",
        "sport": "sport sports football soccer basketball hockey tennis match",
        "other": "other",
    }.items()
    for word in words.split()
}
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)", re.ASCII)
_COMMA = re.compile(r"(?<!\\),")


def parse(data: bytes, zone_default: str | None) -> Iterator[Finding]:
    """The events of a calendar, each with its line. Raises FileError where it is none."""
    lines = unfolded(data)
    first = next(lines, None)
    if first is None or first[1].strip().upper() != b"BEGIN:VCALENDAR":
        raise FileError("is no calendar: it does not begin with BEGIN:VCALENDAR")
    calendar = Component(first[0])
    for component in components(lines, calendar):
        yield _finding(component, calendar, zone_default)


def _finding(event: Component, calendar: Component, zone_default: str | None) -> Finding:
    try:
        if event.problem:
            raise RecordError(event.problem)
        return Found(event.line, record_of(_show(event, calendar), zone_default))
    except RecordError as error:
        return Bad(event.line, str(error), event.text("UID") or "", event.text("SUMMARY") or "")


def _show(event: Component, calendar: Component) -> Show:
    for name in ONCE:
        if len(event.properties.get(name, ())) > 1:
            raise RecordError(f"has {name} twice")
    if event.properties.keys() & {"RRULE", "RDATE"}:
        raise RecordError("repeats itself; write an entry for each day")
    external_id = id_of(event.text("UID"))
    recurrence = event.one("RECURRENCE-ID")
    zone = _zone(event, calendar)
    return Show(
        external_id=f"{external_id}/{recurrence.value}" if recurrence else external_id,
        title=line_of(event.text("SUMMARY"), "summary"),
        category=_category(event),
        performers=[],
        start=_start(event),
        zone=zone,
        status=_status(event, calendar),
        venue=_venue(event),
    )


def _start(event: Component) -> Record:
    start = event.one("DTSTART")
    if start is None:
        raise RecordError("has no start")
    value = start.value.strip()
    if start.parameters.get("VALUE", "").upper() == "DATE" or re.fullmatch(r"\d{8}", value, re.ASCII):
        raise RecordError("the start has no time: it is a whole day")
    time = _TIME.fullmatch(value)
    if time is None:
        raise RecordError(f"the start {quoted(value)} is no date and time such as 20270501T200000")
    year, month, day, hour, minute, second, utc = time.groups()
    return start_of(f"{year}-{month}-{day}T{hour}:{minute}:{second}{utc}")


def _zone(event: Component, calendar: Component) -> str | None:
    start = event.one("DTSTART")
    told = start.parameters.get("TZID") if start else None
    if told is None:
        return zone_of(calendar.text("X-WR-TIMEZONE"))
    zone = zone_of(told.removeprefix("/"))
    if zone is None:
        raise RecordError(f"the time zone {quoted(told)} is none of the IANA database, such as Europe/Berlin")
    return zone


def _status(event: Component, calendar: Component) -> str:
    if (calendar.text("METHOD") or "").strip().upper() == "CANCEL":
        return "cancelled"
    said = (event.text("STATUS") or "CONFIRMED").strip().upper()
    if said == "TENTATIVE":
        raise RecordError("is tentative")
    if said not in STATUSES:
        raise RecordError(f"the status {quoted(said)} is none that is known")
    return STATUSES[said]


def _venue(event: Component) -> Venue:
    location = event.text("LOCATION")
    if location is None or not location.strip():
        raise RecordError("has no location")
    place = location_of(line_of(location.replace("\n", ", "), "location", LOCATION_CHARACTERS_MAX))
    geo = event.one("GEO")
    lat, _, lon = geo.value.partition(";") if geo else ("", "", "")
    return Venue(place.name, place.city, place.country, position=position_of(lat, lon))


def _category(event: Component) -> str:
    for listed in event.properties.get("CATEGORIES", ()):
        for word in _COMMA.split(listed.value):
            for part in (plain(unescaped(word)), *plain(unescaped(word)).split()):
                if part in CATEGORIES:
                    return CATEGORIES[part]
    return "other"
