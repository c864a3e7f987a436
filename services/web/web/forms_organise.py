"""Organisers' forms: venues with their charts, shows, and dates of shows that move."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fairseat_common.languages import say
from web.dates import at_venue
from web.models import Chart, Row, Section
from web.models_organise import OwnShow, OwnVenue
from web.views_organise_chart import TEXT_MAX, rows_read, rows_text

if TYPE_CHECKING:  # views of other areas read dates by this module, and a visit brings all views
    from web.visit import Visit

SECTIONS_MAX = 500
PLACES_MAX = 250_000
NAME_MAX = 50
PERFORMERS_MAX = 30
_POSITION = re.compile(r"(-?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)")


@dataclass(slots=True)
class SectionForm:
    """A section as it stands in the editor; `rows` are lines such as `A-M: 1-24`."""

    name: str = ""
    kind: str = "seated"
    rows: str = ""
    places: str = ""
    error: str = ""
    name_error: str = ""


@dataclass(slots=True)
class VenueForm:
    """What stands in the editor of a venue."""

    fields: dict[str, str]
    sections: list[SectionForm] = field(default_factory=list)

    def get(self, name: str, otherwise: str = "") -> str:
        """A field's text."""
        return self.fields.get(name, otherwise)

    @property
    def wrong(self) -> bool:
        """Whether a section has a mistake."""
        return any(section.error or section.name_error for section in self.sections)


async def venue_form_read(visit: "Visit") -> VenueForm:
    """The posted form. Raises FormForged."""
    fields = await visit.form()
    posted = await visit.request.form()
    columns = [posted.getall(name, []) for name in ("section", "kind", "rows", "places")]
    sections = [
        SectionForm(*(str(value).strip()[:most] for value, most in zip(line, (500, 10, TEXT_MAX, 500), strict=True)))
        for line in zip(*columns, strict=False)
    ]
    return VenueForm(fields, sections[:SECTIONS_MAX])


def venue_form_of(venue: OwnVenue) -> VenueForm:
    """The editor as it opens for a venue."""
    fields = {"name": venue.name, "city": venue.city, "country": venue.country, "timezone": venue.timezone}
    fields |= {"position": f"{round(venue.lat, 6)}, {round(venue.lon, 6)}", "currency": venue.currency}
    fields |= {"version": str(venue.version)}
    sections = [
        SectionForm(section.name, section.kind, rows_text(section.rows), str(section.capacity or ""))
        for section in (venue.chart or Chart()).sections
    ]
    return VenueForm(fields, sections)


def sections_changed(form: VenueForm, button: str) -> bool:
    """Let a button of the editor do its work (`add`, `remove:2`, `copy:0`, `up:3`); False for other buttons."""
    deed, _, place = button.partition(":")
    index = int(place[:4]) if place.isascii() and place.isdigit() else SECTIONS_MAX
    if deed == "add" and len(form.sections) < SECTIONS_MAX:
        form.sections.append(SectionForm())
    elif deed == "remove" and index < len(form.sections):
        form.sections.pop(index)
    elif deed == "copy" and index < len(form.sections) < SECTIONS_MAX:
        old = form.sections[index]
        form.sections.insert(index + 1, SectionForm("", old.kind, old.rows, old.places))
    elif deed == "up" and 0 < index < len(form.sections):
        form.sections.insert(index - 1, form.sections.pop(index))
    else:
        return False
    return True


def sections_read(form: VenueForm) -> list[Section]:
    """The sections that can be read; a mistake is noted at its section."""
    sections: list[Section] = []
    for part in form.sections:
        part.error = part.name_error = ""
        if not part.name:
            part.name_error = say("Give the section a name.")
        elif len(part.name) > NAME_MAX:
            part.name_error = say("A name has %(most)s characters at most.", most=NAME_MAX)
        elif any(known.name == part.name for known in sections):
            part.name_error = say("Another section has this name.")
        try:
            rows, places = _section_places(part)
        except ValueError as mistake:
            part.error = str(mistake)
            continue
        if not part.name_error:
            sections.append(Section(part.name, "standing" if part.kind == "standing" else "seated", rows, places))
    return sections


def _section_places(part: SectionForm) -> tuple[list[Row], int]:
    if part.kind == "standing":
        if not (part.places.isascii() and part.places.isdigit() and 1 <= int(part.places) <= PLACES_MAX):
            raise ValueError(say("Say how many people can stand there."))
        return [], int(part.places)
    rows = rows_read(part.rows)
    return rows, sum(len(row.seats) for row in rows)


def venue_body(form: VenueForm, sections: Sequence[Section]) -> tuple[dict[str, Any], dict[str, str]]:
    """The request for a venue, and messages by field; without a position there is none in it."""
    errors: dict[str, str] = {}
    body: dict[str, Any] = {name: form.get(name) for name in ("name", "city", "country", "timezone", "currency")}
    needed = {"name": say("Give the venue a name."), "city": say("Say in which city it is.")}
    errors |= {name: text for name, text in needed.items() if not body[name]}
    if not _is_zone(body["timezone"]):
        errors["timezone"] = say("Choose a time zone, such as Europe/Berlin.")
    if form.get("position"):
        found = _POSITION.fullmatch(form.get("position"))
        if found and abs(float(found[1])) <= 90 and abs(float(found[2])) <= 180:
            body |= {"lat": float(found[1]), "lon": float(found[2])}
        else:
            errors["position"] = say("Give latitude and longitude, for example 52.52, 13.405.")
    if not form.sections:
        errors["sections"] = say("A venue has one section at least.")
    body["capacity"] = sum(section.capacity or 0 for section in sections)
    body["chart"] = {"sections": [_section_body(section) for section in sections]}
    return body, errors


def _section_body(section: Section) -> dict[str, Any]:
    rows = [{"name": row.name, "seats": row.seats} for row in section.rows]
    return {"name": section.name, "kind": section.kind, "rows": rows, "capacity": section.capacity}


def places_kept(before: Sequence[Section], form: VenueForm) -> bool:
    """Note at each section what of a chart in use would be gone; a section that is gone is noted at the first."""
    after = {section.name: section for section in sections_read(form)}
    for section in before:
        gone = _places_gone(section, after.get(section.name))
        if gone and form.sections:
            at = next((part for part in form.sections if part.name == section.name), form.sections[0])
            at.error = at.error or say("Tickets name these places, so they have to stay: %(places)s.", places=gone)
    return not form.wrong


def _places_gone(before: Section, after: Section | None) -> str:
    if after is None or after.kind != before.kind:
        return before.name
    if before.kind == "standing":
        return before.name if (after.capacity or 0) < (before.capacity or 0) else ""
    rows = {row.name: set(row.seats) for row in after.rows}
    gone = [row.name for row in before.rows if row.name not in rows]
    gone += [
        f"{row.name} {seat}" for row in before.rows for seat in row.seats if seat not in rows.get(row.name, {seat})
    ]
    return ", ".join(gone[:5])


def show_body(fields: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Title, category and performers of a show, and messages by field."""
    names = [name.strip() for name in re.split(r"[\n,]", fields.get("performers", "")) if name.strip()]
    body: dict[str, Any] = {"title": fields.get("title", ""), "category": fields.get("category", "")}
    body["performers"] = list(dict.fromkeys(names))
    errors = {} if body["title"] else {"title": say("Give the show a title.")}
    if len(names) > PERFORMERS_MAX:
        errors["performers"] = say("Name %(most)s performers at most.", most=PERFORMERS_MAX)
    return body, errors


def start_read(fields: dict[str, str], timezone: str) -> tuple[datetime | None, dict[str, str]]:
    """The moment of day and time on the venue's clock, and messages by field."""
    try:
        day = date.fromisoformat(fields.get("day", ""))
    except ValueError:
        return None, {"day": say("Choose the day.")}
    try:
        clock = time.fromisoformat(fields.get("time", ""))
    except ValueError:
        return None, {"time": say("Choose the time.")}
    return moment_at(day, clock, timezone)


def moment_at(day: date, clock: time, timezone: str) -> tuple[datetime | None, dict[str, str]]:
    """The moment at which clocks at the venue show this; a time that they skip that night is refused."""
    local = datetime.combine(day, clock.replace(tzinfo=None))
    try:
        moment = local.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
        if at_venue(moment, timezone).replace(tzinfo=None) != local:
            return None, {"time": say("Clocks at the venue skip this time that night.")}
    except (OverflowError, ValueError, OSError, ZoneInfoNotFoundError):
        return None, {"day": say("Choose the day.")}
    return moment, {}


def until_read(
    fields: dict[str, str], show: OwnShow, start: datetime | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The end of the choice: that of the chosen day at the venue, or the new start where it is on that day.

    Nothing chosen leaves it to the catalogue.
    """
    text = fields.get("refund_until", "")
    if not text:
        return {}, {}
    try:
        moment, _ = moment_at(date.fromisoformat(text), time(23, 59), show.venue.timezone)
    except ValueError:
        moment = None
    if moment is None:
        return {}, {"refund_until": say("Choose the day.")}
    on_that_day = start is not None and at_venue(start, show.venue.timezone).date().isoformat() == text
    return {"refund_until": (start if start and on_that_day else moment).isoformat()}, {}


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return False
    return bool(name)
