"""schema.org events as JSON-LD: in the scripts of an HTML page, or a JSON file.

https://schema.org/Event and its kinds. Read are a single event, lists, `@graph`, the items of an ItemList, and the
`mainEntity` of a page; parts that are named by `@id` only are looked up in the same file.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from typing import Any

from fairseat_local.importing.building import Show, Venue, record_of
from fairseat_local.importing.discovery import inside
from fairseat_local.importing.located import DEPTH_MAX, Located, Span
from fairseat_local.importing.places import address_city, country_of, location_of, plain
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

SOURCE = "jsonld"
CATEGORIES = {
    "Event": "other",
    "MusicEvent": "concert",
    "Festival": "festival",
    "TheaterEvent": "theatre",
    "ComedyEvent": "comedy",
    "SportsEvent": "sport",
    "ChildrensEvent": "family",
}
STATUSES = {
    "EventScheduled": "scheduled",
    "EventRescheduled": "scheduled",
    "EventPostponed": "postponed",
    "EventCancelled": "cancelled",
}
SCRIPTS_MAX = 1000
_OPENING = re.compile(r"<!--|<script\b([^<>]{0,1000})>", re.IGNORECASE)
_CLOSING = re.compile(r"</script\s*>", re.IGNORECASE)
_TYPE = re.compile(r"""\btype\s*=\s*["']?\s*application/ld\+json\b""", re.IGNORECASE)
_VOCABULARY = re.compile(r"(https?://schema\.org/|schema:)")
_ABSOLUTE = re.compile(r"(https?|urn|tag|acct|mailto|ftp):.", re.IGNORECASE)
Nodes = dict[str, dict[str, Any]]


def parse(text: str, zone_default: str | None) -> Iterator[Finding]:
    """The events of a page or a file, each with its line. Raises FileError where it has none."""
    located = scripts(text) if text.lstrip().startswith("<") else [Located(text)]
    if not located:
        raise FileError("has no script of type application/ld+json")
    spans = [
        (script, span) for script in located for document in script.documents() for span in _nodes(script, document)
    ]
    nodes: Nodes = {}
    read: list[tuple[int, dict[str, Any] | Bad]] = []
    for script, span in spans:
        line = script.line(span.start)
        try:
            node = script.read(span)
        except RecordError as error:
            read.append((line, Bad(line, str(error))))
            continue
        if isinstance(node, dict):
            _note(node, nodes)
            read.append((line, node))
    shows = 0
    for line, found in read:
        if isinstance(found, Bad):
            yield found
        elif (kind := _kind(found)) is not None:
            yield _finding(line, found, kind, nodes, zone_default)
        else:
            continue
        shows += 1
    if shows == 0:
        raise FileError("has no schema.org Event")


def scripts(page: str) -> list[Located]:
    """The JSON-LD scripts of an HTML page, without those in comments; one that is never closed ends with the page."""
    found: list[Located] = []
    at = 0
    while len(found) < SCRIPTS_MAX and (opening := _OPENING.search(page, at)) is not None:
        if opening[1] is None:
            at = page.find("-->", opening.end())
            if at < 0:
                break
            continue
        closing = _CLOSING.search(page, opening.end())
        at = closing.start() if closing else len(page)
        if _TYPE.search(opening[1]):
            found.append(Located(page[opening.end() : at], page.count("\n", 0, opening.end()) + 1))
    return found


def _nodes(located: Located, span: Span, depth: int = 0) -> Iterator[Span]:
    """The nodes that stand on their own: lists and graphs taken apart."""
    if depth > DEPTH_MAX:
        return
    members = located.members(span)
    inner = [members[name] for name in ("@graph", "itemListElement", "mainEntity", "item") if name in members]
    if located.kind(span) == "[":
        inner = list(located.elements(span))
    elif "startDate" in members or not inner:
        yield span
        return
    for each in inner:
        yield from _nodes(located, each, depth + 1)


def _note(node: dict[str, Any], nodes: Nodes) -> None:
    name = node.get("@id")
    if isinstance(name, str) and len(node) > 1:
        nodes.setdefault(name, node)


def _kind(node: dict[str, Any]) -> str | None:
    """Our category for a node's type; None if it is no event."""
    types = node.get("@type")
    names = [
        _VOCABULARY.sub("", each) for each in (types if isinstance(types, list) else [types]) if isinstance(each, str)
    ]
    events = [name for name in names if name in CATEGORIES or name.endswith("Event")]
    if not events:
        return None
    return next((CATEGORIES[name] for name in events if name != "Event" and name in CATEGORIES), "other")


def _finding(line: int, node: dict[str, Any], kind: str, nodes: Nodes, zone_default: str | None) -> Finding:
    try:
        return Found(line, record_of(_show(node, kind, nodes), zone_default))
    except RecordError as error:
        title, name = _text(node.get("name")), _text(node.get("@id")) or _text(node.get("url"))
        return Bad(line, str(error), name if isinstance(name, str) else "", title if isinstance(title, str) else "")


def _show(node: dict[str, Any], kind: str, nodes: Nodes) -> Show:
    title = line_of(_text(node.get("name")), "title")
    start = start_of(_text(node.get("startDate")))
    place = _whole(_first(node.get("location")), nodes)
    capacity = capacity_of(_text(node.get("maximumAttendeeCapacity")))
    venue = _venue(place, nodes, capacity)
    return Show(
        external_id=_id(node, title, start, venue),
        title=title,
        category=kind,
        performers=_performers(node, nodes),
        start=start,
        zone=None,
        status=_status(node),
        venue=venue,
        currency=_currency(node),
    )


def _id(node: dict[str, Any], title: str, start: Record, venue: Venue) -> str:
    """`@id`, `identifier` or `url`; without any of them title, venue and day make the show."""
    identifier = _first(node.get("identifier"))
    value = identifier.get("value") if isinstance(identifier, dict) else identifier
    for name in (node.get("@id"), value, _text(node.get("url"))):
        usable = name is value if not isinstance(name, str) else name is value or _ABSOLUTE.match(name)
        if name not in (None, "") and usable:
            return id_of(name)
    day = next(iter(start.values()))[:10]
    parts = "\n".join(plain(part) for part in (title, venue.name, venue.city, venue.country, day))
    return f"sha256:{hashlib.sha256(parts.encode()).hexdigest()}"


def _status(node: dict[str, Any]) -> str:
    mode = _VOCABULARY.sub("", str(_first(node.get("eventAttendanceMode"))))
    said = _text(node.get("eventStatus"))
    status = "EventScheduled" if said is None else _VOCABULARY.sub("", str(said))
    if mode == "OnlineEventAttendanceMode" or status == "EventMovedOnline":
        raise RecordError("takes place online")
    if status not in STATUSES:
        raise RecordError(f"the status {quoted(said)} is none that is known")
    return STATUSES[status]


def _venue(place: object, nodes: Nodes, capacity: int | None) -> Venue:
    if place is None:
        raise RecordError("has no location")
    if isinstance(place, str):
        named = location_of(html.unescape(place))
        return Venue(named.name, named.city, named.country, capacity=capacity)
    if inside(place, "@type") == "VirtualLocation":
        raise RecordError("takes place online")
    name = line_of(_text(inside(place, "name")), "venue's name")
    address = _whole(_first(inside(place, "address")), nodes)
    if isinstance(address, str):
        city, country = address_city(html.unescape(address))
    else:
        given = _first(inside(address, "addressCountry"))
        country = country_of(_text(inside(given, "name") if isinstance(given, dict) else given))
        city = line_of(_text(inside(address, "addressLocality")), "city")
    own = inside(place, "@id")
    geo = _whole(_first(inside(place, "geo")), nodes)
    return Venue(
        name=name,
        city=city,
        country=country,
        external_id=own if isinstance(own, str) and _ABSOLUTE.match(own) else None,
        position=position_of(inside(geo, "latitude"), inside(geo, "longitude")),
        capacity=capacity or capacity_of(_text(inside(place, "maximumAttendeeCapacity"))),
    )


def _performers(node: dict[str, Any], nodes: Nodes) -> list[str]:
    given = node.get("performer", node.get("performers"))
    whole = [_whole(each, nodes) for each in (given if isinstance(given, list) else [given])]
    return names_of(_text(inside(each, "name")) if isinstance(each, dict) else _text(each) for each in whole)


def _currency(node: dict[str, Any]) -> str | None:
    offer = _first(node.get("offers"))
    return currency_of(_text(inside(offer, "priceCurrency")))


def _whole(value: object, nodes: Nodes) -> object:
    """A node, looked up where it is named by its `@id` only."""
    if isinstance(value, dict) and value.keys() <= {"@id", "@type"} and isinstance(value.get("@id"), str):
        return nodes.get(value["@id"])
    return value


def _first(value: object) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _text(value: object) -> Any:
    """A text as pages write it: perhaps in a list, with a language, or with HTML's escapes."""
    first = _first(value)
    plainly = first.get("@value") if isinstance(first, dict) else first
    return html.unescape(plainly) if isinstance(plainly, str) else plainly
