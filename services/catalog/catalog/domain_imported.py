"""The rules for records of another system: what they mean here, and what of a show they change. Pure.

What a source says now is compared with what it said before, field by field, so that an edit made here outlives an
import that brings nothing new about that field.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from catalog.domain import Show, ShowChanges
from catalog.domain_imports import Facts, ShowGiven, VenueGiven
from catalog.domain_search import fold
from catalog.domain_venues import (
    LINE_CHARACTERS_MAX,
    ChartDraft,
    SectionDraft,
    VenueDraft,
    VenueLine,
    line_of,
    repeated,
)
from fairseat_common.contracts.refusals import FieldError, Invalid

CAPACITY_DEFAULT = 500
"""For a new venue of which nobody says how many fit in."""
SECTION_NAME = "General admission"
YEARS = range(1970, 9000)
"""Years in which any time zone can be reckoned with."""

# Of the currencies we trade in, each country's own.
CURRENCIES = {
    country: currency
    for currency, countries in {
        "EUR": "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MC MT NL PT SI SK SM VA",
        "USD": "US PR GU VI",
        "GBP": "GB IM JE GG",
        "CHF": "CH LI",
        "DKK": "DK FO GL",
        "NZD": "NZ",
        "AUD": "AU",
        "BRL": "BR",
        "CAD": "CA",
        "CZK": "CZ",
        "HUF": "HU",
        "INR": "IN",
        "JPY": "JP",
        "KRW": "KR",
        "KWD": "KW",
        "MXN": "MX",
        "NOK": "NO",
        "PLN": "PL",
        "SEK": "SE",
        "SGD": "SG",
        "ZAR": "ZA",
    }.items()
    for country in countries.split()
}


def of_venue(refusal: Invalid) -> Invalid:
    """What is wrong with a venue, said of the record that names it."""
    own = {"currency", "venue"}
    fields = refusal.members.get("errors", [])
    named = ((error["field"], error["message"]) for error in fields)
    return Invalid(
        None,
        *(FieldError(name if name.partition(".")[0] in own else f"venue.{name}", message) for name, message in named),
    )


def outline(given: ShowGiven) -> Show:
    """The show as far as its record alone tells: enough to know its words and performers."""
    names = [line_of("performers", name, []) for name in given.performers]
    return Show(
        id=UUID(int=0),
        title=line_of("title", given.title, []),
        category=given.category,
        performers=tuple(name for name in names if 0 < len(name) <= LINE_CHARACTERS_MAX),
        venue=VenueLine(
            id=UUID(int=0), name=given.venue.name, city=given.venue.city, country=given.venue.country, timezone="UTC"
        ),
        starts_at=datetime.min.replace(tzinfo=UTC),
        status=given.status,
        currency="",
        image_url=None,
        organiser_id=UUID(int=0),
        version=0,
    )


def facts_of(given: ShowGiven, venue_zone: str | None) -> Facts:
    """A record in our own terms; raises Invalid with every field that is wrong."""
    errors: list[FieldError] = []
    title = line_of("title", given.title, errors)
    performers = tuple(line_of(f"performers[{place}]", name, errors) for place, name in enumerate(given.performers))
    if twice := repeated(performers):
        errors.append(FieldError("performers", f"{twice} is there twice"))
    starts_at = _start(given, venue_zone, errors)
    if errors or starts_at is None:
        raise Invalid(None, *errors)
    return Facts(
        title=title,
        category=given.category,
        performers=performers,
        starts_at=starts_at,
        status=given.status,
    )


def _start(given: ShowGiven, venue_zone: str | None, errors: list[FieldError]) -> datetime | None:
    if given.local_start is not None and given.starts_at is None:
        return _moment(given.local_start, given.timezone or venue_zone, errors)
    if given.starts_at is None or given.local_start is not None:
        errors.append(FieldError("starts_at", "is needed, or local_start in its place; not both"))
        return None
    if given.starts_at.year not in YEARS:
        errors.append(FieldError("starts_at", "is not in our times"))
        return None
    return given.starts_at.astimezone(UTC)


def _moment(local: datetime, zone_name: str | None, errors: list[FieldError]) -> datetime | None:
    """When clocks in the zone show this; the first time of two in the night in which they are set back (RFC 5545).

    A time that is skipped when they are set forward is refused, since nobody can mean it.
    """
    if zone_name is None:
        errors.append(FieldError("timezone", "is needed: the start has no offset, and the venue is new here"))
        return None
    zone = _zone(zone_name)
    if zone is None:
        errors.append(FieldError("timezone", "is not a time zone of the IANA database, such as Europe/Berlin"))
        return None
    if local.year not in YEARS:
        errors.append(FieldError("local_start", "is not in our times"))
        return None
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        errors.append(FieldError("local_start", f"is a time that clocks in {zone_name} skip that night"))
        return None
    return moment


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return None


def venue_draft(given: VenueGiven, currency: str | None, middle: tuple[float, float] | None) -> VenueDraft:
    """A venue that is new here: one standing section for everybody. `middle` is the middle of the city's other venues.

    Raises Invalid with what is missing.
    """
    errors = []
    currency = currency or CURRENCIES.get(given.country)
    if currency is None:
        errors.append(FieldError("currency", f"is needed: the venue is new here, and {given.country} has none of ours"))
    if given.timezone is None:
        errors.append(FieldError("venue.timezone", "is needed: the venue is new here"))
    position = middle if given.lat is None or given.lon is None else (given.lat, given.lon)
    if position is None:
        errors.append(FieldError("venue.lat", "and lon are needed: neither the venue nor its city is known here"))
    if not fold(given.name) or not fold(given.city):
        errors.append(FieldError("venue.name", "and city need a letter or a digit to be told from others"))
    if errors or currency is None or given.timezone is None or position is None:
        raise Invalid(None, *errors)
    capacity = given.capacity or CAPACITY_DEFAULT
    return VenueDraft(
        name=given.name,
        city=given.city,
        country=given.country,
        timezone=given.timezone,
        lat=position[0],
        lon=position[1],
        capacity=capacity,
        currency=currency,
        chart=ChartDraft((SectionDraft(SECTION_NAME, "standing", capacity),)),
    )


def changes_of(show: Show, before: Facts, after: Facts) -> ShowChanges | None:
    """What to edit in a show, where its source said `before` and now says `after`; None if that is nothing.

    A cancelled show only learns that it is cancelled, a postponed one no date: it has none until there is a new one.
    """
    if after.status == "cancelled":
        return None if show.status == "cancelled" else ShowChanges(status="cancelled")
    said = msgspec.structs.asdict(before)
    new = {name: value for name, value in msgspec.structs.asdict(after).items() if value != said[name]}
    if after.status == "postponed":
        new.pop("starts_at", None)
    elif "starts_at" in new:
        # Whatever has a date takes place; and a show that we postponed ourselves has one again.
        new.pop("status", None)
    return ShowChanges(**new) if new else None


def same_show_check(show: Show, given: ShowGiven, venue_id: UUID | None) -> None:
    """Raise Invalid where a source moved a show to another venue, or into another currency: tickets name both."""
    errors = []
    if venue_id != show.venue.id:
        moved = f"a show cannot move from {show.venue.name} to another venue; cancel it and announce a new one"
        errors.append(FieldError("venue", moved))
    if given.currency is not None and given.currency != show.currency:
        errors.append(FieldError("currency", f"is {show.currency} since the show was announced, and stays so"))
    if errors:
        raise Invalid(None, *errors)
