"""Calendar files (RFC 5545): what a phone's calendar adds when it is handed a show. Pure."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

MEDIA_TYPE = "text/calendar"
LINE_OCTETS_MAX = 75
EVENING = timedelta(hours=3)
"""How long an event takes up the calendar where nobody says when it ends."""

_STATUS: dict[str, Status] = {"scheduled": "CONFIRMED", "postponed": "TENTATIVE", "cancelled": "CANCELLED"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


class CalendarEvent(NamedTuple):
    """One entry of a calendar. Moments carry their offset; text may be anything.

    `uid` must stay the same for ever, and `sequence` grow with every change: so a calendar that has the entry
    already replaces it. `location` is text, `geo` latitude and longitude in degrees.
    """

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime | None = None
    sequence: int = 0
    status: Status = "CONFIRMED"
    location: str = ""
    geo: tuple[float, float] | None = None
    description: str = ""
    url: str = ""


def status_of(show_status: str) -> Status:
    """The calendar's word for a show's status; a postponed show may still change its date."""
    return _STATUS.get(show_status, "CONFIRMED")


def calendar_file(events: Iterable[CalendarEvent], now: datetime, name: str = "") -> bytes:
    """A complete calendar with these events, as it was at `now`; `name` is what a calendar app calls it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Fairseat//Shows//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    if name:
        lines += [f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}"]
    for event in events:
        lines += _event_lines(event, now)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def file_name(title: str) -> str:
    """A name for the file that every system can keep: plain letters, digits and dashes."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.casefold())[:60].strip("-")
    return f"{plain or 'show'}.ics"


def _event_lines(event: CalendarEvent, now: datetime) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"DTSTAMP:{_moment(now)}",
        f"DTSTART:{_moment(event.starts_at)}",
        f"DTEND:{_moment(event.ends_at or event.starts_at + EVENING)}",
        f"SEQUENCE:{event.sequence}",
        f"STATUS:{event.status}",
        f"SUMMARY:{_text(event.summary)}",
    ]
    if event.location:
        lines.append(f"LOCATION:{_text(event.location)}")
    if event.geo:
        lines.append(f"GEO:{event.geo[0]:.6f};{event.geo[1]:.6f}")
    if event.description:
        lines.append(f"DESCRIPTION:{_text(event.description)}")
    if event.url and event.url.isprintable():
        lines.append(f"URL:{event.url}")
    # What does not take place keeps nobody busy.
    lines.append("TRANSP:TRANSPARENT" if event.status == "CANCELLED" else "TRANSP:OPAQUE")
    return [*lines, "END:VEVENT"]


def _moment(moment: datetime) -> str:
    """UTC, which every calendar shows in its reader's own zone."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """A TEXT value: one line, its special characters escaped, no control characters."""
    plain = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", value)
    return _CONTROL.sub("", plain).translate(_ESCAPES)


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets, no character torn, each further piece begun by a space."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        octets = character.encode(errors="replace")
        if len(piece) + len(octets) > LINE_OCTETS_MAX - bool(pieces):
            pieces.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
