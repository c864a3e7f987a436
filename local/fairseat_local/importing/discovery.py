"""Ticketmaster Discovery API v2: an answer with `_embedded.events`, a list of events, one event, or JSON lines of them.

https://developer.ticketmaster.com/products-and-docs/apis/discovery-api/v2/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fairseat_local.importing.building import Show, Venue, record_of
from fairseat_local.importing.located import Located, Span
from fairseat_local.importing.places import country_of, zone_of
from fairseat_local.importing.records import (
    Bad,
    FileError,
    Finding,
    Found,
    Record,
    RecordError,
    capacity_of,
    currency_of,
    id_of,
    line_of,
    names_of,
    position_of,
    quoted,
    start_of,
)

SOURCE = "ticketmaster"
STATUSES = {
    "onsale": "scheduled",
    "offsale": "scheduled",
    "rescheduled": "scheduled",
    "postponed": "postponed",
    "cancelled": "cancelled",
    "canceled": "cancelled",
}
SEGMENTS = {"Music": "concert", "Sports": "sport", "Arts & Theatre": "theatre"}
# Words in genre, sub-genre, type and sub-type that say more than the segment does; the first that is there counts.
GENRES = (
    ("festival", "festival"),
    ("comedy", "comedy"),
    ("classical", "classical"),
    ("opera", "classical"),
    ("children", "family"),
    ("family", "family"),
    ("circus", "family"),
)
REFINED_SEGMENTS = frozenset({"Music", "Arts & Theatre"})


def parse(text: str, zone_default: str | None) -> Iterator[Finding]:
    """The events of a file, each with its line. Raises FileError where it has nothing of the sort."""
    located = Located(text)
    documents = 0
    for document in located.documents():
        documents += 1
        for event in _events(located, document, alone=documents == 1):
            yield _finding(located, event, zone_default)
    if documents == 0:
        raise FileError("is empty")


def _events(located: Located, document: Span, *, alone: bool) -> Iterator[Span]:
    """The events of an answer, of a list, or the one that this is."""
    members = located.members(document)
    if located.kind(document) == "[":
        yield from located.elements(document)
    elif "_embedded" in members and "dates" not in members:
        listed = located.members(members["_embedded"]).get("events")
        if listed is not None:
            yield from located.elements(listed)
    elif alone and not {"id", "dates", "name", "page"} & members.keys():
        raise FileError("is no Discovery answer: it has neither _embedded.events nor an event")
    elif "page" not in members:
        yield document


def _finding(located: Located, span: Span, zone_default: str | None) -> Finding:
    line = located.line(span.start)
    event: Any = None
    try:
        event = located.read(span)
        return Found(line, record_of(_show(event), zone_default))
    except RecordError as error:
        return Bad(line, str(error), _said(event, "id"), _said(event, "name"))


def _said(event: object, name: str) -> str:
    value = inside(event, name)
    return value if isinstance(value, str) else ""


def _show(event: object) -> Show:
    if not isinstance(event, dict):
        raise RecordError("is no event")
    external_id = id_of(event.get("id"))
    if event.get("type", "event") != "event":
        raise RecordError(f"is of type {quoted(event['type'])}, no event")
    if event.get("test") is True:
        raise RecordError("is marked as a test")
    house = inside(event, "_embedded", "venues", 0)
    zone = zone_of(inside(event, "dates", "timezone")) or zone_of(inside(house, "timezone"))
    attractions = inside(event, "_embedded", "attractions")
    return Show(
        external_id=external_id,
        title=line_of(event.get("name"), "title"),
        category=_category(event),
        performers=names_of(inside(each, "name") for each in (attractions if isinstance(attractions, list) else [])),
        start=_start(event),
        zone=zone,
        status=_status(event),
        venue=_venue(house),
        currency=currency_of(inside(event, "priceRanges", 0, "currency")),
    )


def _start(event: dict[str, Any]) -> Record:
    start = inside(event, "dates", "start")
    if inside(start, "dateTBA") is True or inside(start, "dateTBD") is True:
        raise RecordError("the date is to be announced")
    day, time = inside(start, "localDate"), inside(start, "localTime")
    timeless = inside(start, "timeTBA") is True or inside(start, "noSpecificTime") is True
    if timeless or (isinstance(day, str) and time is None and inside(start, "dateTime") is None):
        raise RecordError("the start has no time")
    if inside(start, "dateTime") is not None:
        return start_of(inside(start, "dateTime"))
    if not isinstance(day, str) or not isinstance(time, str):
        raise RecordError("has no start")
    return start_of(f"{day}T{time}")


def _status(event: dict[str, Any]) -> str:
    code = inside(event, "dates", "status", "code")
    if code is None:
        return "scheduled"
    status = STATUSES.get(code.lower()) if isinstance(code, str) else None
    if status is None:
        raise RecordError(f"the status {quoted(code)} is none that is known")
    return status


def _venue(house: object) -> Venue:
    if not isinstance(house, dict):
        raise RecordError("has no venue")
    name = line_of(house.get("name"), "venue's name")
    external_id = house.get("id")
    return Venue(
        name=name,
        city=line_of(inside(house, "city", "name"), "city"),
        country=country_of(inside(house, "country", "countryCode")),
        external_id=external_id if isinstance(external_id, str) and external_id else None,
        zone=zone_of(house.get("timezone")),
        position=position_of(inside(house, "location", "latitude"), inside(house, "location", "longitude")),
        capacity=capacity_of(house.get("capacity")),
    )


def _category(event: dict[str, Any]) -> str:
    """Our category for Discovery's segment, genre and type; the primary classification counts."""
    listed = inside(event, "classifications")
    classified = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if not classified:
        return "other"
    chosen = next((each for each in classified if each.get("primary") is True), classified[0])
    segment = inside(chosen, "segment", "name")
    if segment in REFINED_SEGMENTS:
        parts = ("genre", "subGenre", "type", "subType")
        said = " ".join(str(inside(chosen, part, "name")) for part in parts).lower()
        for word, category in GENRES:
            if word in said:
                return category
    if chosen.get("family") is True and segment != "Sports":
        return "family"
    return SEGMENTS.get(segment, "other") if isinstance(segment, str) else "other"


def inside(value: object, *path: str | int) -> Any:
    """What stands at a path of names and positions; None where nothing does."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
