"""The rules of venues that change. Pure.

Whoever has a ticket has a place in the chart. So once a show has been announced at a venue, its chart only grows: what
is there stays, under its name, and keeps its seats; sections, rows, seats and standing places may be added. The city,
the country and the time zone stay as well, since tickets, letters and calendars name them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from catalog.domain_venues import (
    CAPACITY_MAX,
    ChartDraft,
    CountryCode,
    CurrencyCode,
    Line,
    Venue,
    VenueDraft,
    venue_new,
)
from fairseat_common.contracts import ChartSection, VenuePublished
from fairseat_common.contracts.refusals import Conflict, Forbidden, VersionStale

RENAMED_SHOWS_MAX = 500
"""Each show ahead is told of again when its venue takes another name."""
_FIXED = ("city", "country", "timezone")


class VenueNotYours(Forbidden):
    """The venue was added by another organiser."""

    slug = "venue-not-yours"
    title = "This venue was added by another organiser"
    detail = "Only who added a venue, their team, or the operator may change it. Anybody may announce shows there."


class VenueInUse(Conflict):
    """Tickets name what would go away."""

    slug = "venue-in-use"
    title = "Shows have been announced at this venue"
    detail = (
        "Tickets name its places. The chart may grow, but nothing of it may be taken away or renamed; city, country"
        " and time zone stay. `missing` names what would be gone."
    )


class VenueChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an organiser changes; what is left out stays. A new chart without a capacity has that of its sections."""

    name: Line | UnsetType = UNSET
    city: Line | UnsetType = UNSET
    country: CountryCode | UnsetType = UNSET
    timezone: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$")] | UnsetType = UNSET
    lat: Annotated[float, Meta(ge=-90, le=90)] | UnsetType = UNSET
    lon: Annotated[float, Meta(ge=-180, le=180)] | UnsetType = UNSET
    capacity: Annotated[int, Meta(ge=1, le=CAPACITY_MAX)] | UnsetType = UNSET
    currency: CurrencyCode | UnsetType = UNSET
    chart: ChartDraft | UnsetType = UNSET


def venue_edited(
    venue: Venue, changes: VenueChanges, expected: int, now: datetime, *, in_use: bool
) -> tuple[Venue, VenuePublished | None]:
    """The venue after an edit, and the event that tells of it; no event where nothing changes.

    `in_use`: a show has been announced there. Raises VersionStale, Invalid, VenueInUse.
    """
    if venue.version != expected:
        raise VersionStale(current_version=venue.version)
    wanted = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    if changes.chart is not UNSET:
        wanted.setdefault("capacity", sum(section.capacity for section in changes.chart.sections))
    kept = {name: getattr(venue, name) for name in VenueDraft.__struct_fields__}
    kept["chart"] = msgspec.convert(msgspec.to_builtins(venue.chart), ChartDraft)
    made, event = venue_new(VenueDraft(**kept | wanted), venue.id, now)
    if msgspec.structs.replace(made, version=venue.version) == venue:
        return venue, None
    if in_use:
        _in_use_check(venue, made)
    version = venue.version + 1
    return msgspec.structs.replace(made, version=version), msgspec.structs.replace(event, version=version)


def _in_use_check(before: Venue, after: Venue) -> None:
    gone = [name for name in _FIXED if getattr(before, name) != getattr(after, name)]
    gone += chart_missing(before.chart.sections, after.chart.sections)
    if gone:
        raise VenueInUse(missing=gone[:20])


def chart_missing(before: tuple[ChartSection, ...], after: tuple[ChartSection, ...]) -> list[str]:
    """What of a chart is not in another: names of sections, `section, row` and `section, row, seat`."""
    sections = {section.name: section for section in after}
    gone = []
    for old in before:
        new = sections.get(old.name)
        if new is None or new.kind != old.kind or (old.kind == "standing" and new.capacity < old.capacity):
            gone.append(old.name)
            continue
        rows = {row.name: frozenset(row.seats) for row in new.rows}
        for row in old.rows:
            if row.name not in rows:
                gone.append(f"{old.name}, {row.name}")
            else:
                gone += [f"{old.name}, {row.name}, {seat}" for seat in row.seats if seat not in rows[row.name]]
    return gone
