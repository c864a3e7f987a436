"""The lines of iCalendar files (RFC 5545, 3.1): unfolded, taken apart, and put into components.

VTIMEZONE, VALARM and whatever else is no VEVENT is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fairseat_local.importing.records import RecordError

LINE_BYTES_MAX = 64 * 1024
PROPERTIES_MAX = 500
EVENT_BEGIN, EVENT_END = b"BEGIN:VEVENT", b"END:VEVENT"
CALENDAR_BEGIN, CALENDAR_END = b"BEGIN:VCALENDAR", b"END:VCALENDAR"
BOUNDS = frozenset({EVENT_BEGIN, EVENT_END, CALENDAR_BEGIN, CALENDAR_END})
_LINE = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"\x00-\x08\x0a-\x1f]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)',
    re.DOTALL,
)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^";:]*)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Property:
    """One line of a component: its parameters by name, and its value as it stands."""

    parameters: dict[str, str]
    value: str


@dataclass
class Component:
    """A VEVENT on its way: the line on which it begins, what it has, and what is wrong with it."""

    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    problem: str = ""

    def one(self, name: str) -> Property | None:
        """The property of this name."""
        found = self.properties.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str | None:
        """The value of a property with its escapes undone."""
        found = self.one(name)
        return None if found is None else unescaped(found.value)


def unfolded(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines with what was folded put together again, each with the number of its first one.

    Lines are folded between bytes, so this comes before reading bytes as text.
    """
    number, parts = 0, list[bytes]()
    for count, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        bare = line.removesuffix(b"\r")
        if bare[:1] in (b" ", b"\t") and parts:
            parts.append(bare[1:])
            continue
        if any(part.strip() for part in parts):
            yield number, b"".join(parts)
        number, parts = count, [bare]
    if any(part.strip() for part in parts):
        yield number, b"".join(parts)


def unescaped(value: str) -> str:
    """A text without the escapes of RFC 5545, 3.3.11."""
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def components(lines: Iterator[tuple[int, bytes]], calendar: Component) -> Iterator[Component]:
    """Each VEVENT, whole or as far as it goes; what stands for the calendar as a whole goes into `calendar`."""
    event: Component | None = None
    passing, ended = b"", False
    for number, raw in lines:
        name = raw.strip().upper()
        if passing and name not in BOUNDS:  # in a component that tells nothing of shows
            passing = b"" if name == passing else passing
        elif name in BOUNDS:
            if event is not None:
                yield event if name == EVENT_END else _unended(event)
            event = Component(number) if name == EVENT_BEGIN else None
            if name == CALENDAR_BEGIN:
                calendar.line, calendar.properties = number, {}
            passing, ended = b"", name == CALENDAR_END
        elif name.startswith(b"BEGIN:"):
            passing = name.replace(b"BEGIN:", b"END:", 1)
        else:
            _note(event or calendar, number, raw)
    if event is not None:
        yield _unended(event)
    elif not ended:
        yield Component(calendar.line, problem="the calendar never ends: the file may have been cut off")


def _unended(event: Component) -> Component:
    event.problem = event.problem or "never ends"
    return event


def _note(component: Component, number: int, raw: bytes) -> None:
    """Add a line to a component; what cannot be read spoils an event, but not what only stands around it."""
    try:
        name, kept = _property(raw)
    except RecordError as error:
        component.problem = component.problem or f"{error} (line {number})"
        return
    found = component.properties.setdefault(name, [])
    if len(found) < PROPERTIES_MAX:
        found.append(kept)


def _property(raw: bytes) -> tuple[str, Property]:
    if len(raw) > LINE_BYTES_MAX:
        raise RecordError(f"has a line of more than {LINE_BYTES_MAX} bytes")
    try:
        match = _LINE.fullmatch(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RecordError("has a line that is not UTF-8") from error
    if match is None:
        raise RecordError("has a line that is not NAME:VALUE")
    parameters = {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(match[2])}
    return match[1].upper(), Property(parameters, match[3])
