"""Puts a record together from what a parser has read, and adds what its place tells: time zone and position."""

from __future__ import annotations

from dataclasses import dataclass

from fairseat_local.importing.places import city_position, venue_zone
from fairseat_local.importing.records import ID_CHARACTERS_MAX, Record, line_of


@dataclass(frozen=True)
class Venue:
    """A venue as a file names it; `zone` is a time zone that it names for it."""

    name: str
    city: str
    country: str
    external_id: str | None = None
    zone: str | None = None
    position: tuple[float, float] | None = None
    capacity: int | None = None


@dataclass(frozen=True)
class Show:
    """A show as a file names it. `start` is `starts_at` or `local_start`; `zone` is what a local start is told in."""

    external_id: str
    title: str
    category: str
    performers: list[str]
    start: Record
    zone: str | None
    status: str
    venue: Venue
    currency: str | None = None


def record_of(show: Show, zone_default: str | None) -> Record:
    """The record of a show; what nobody knows is left out. Raises RecordError."""
    venue = show.venue
    position = venue.position or city_position(venue.city, venue.country)
    house = {
        "external_id": venue.external_id and line_of(venue.external_id, "venue's id", ID_CHARACTERS_MAX),
        "name": line_of(venue.name, "venue's name"),
        "city": line_of(venue.city, "city"),
        "country": venue.country,
        "timezone": venue_zone(venue.country, venue.zone, show.zone, zone_default),
        "lat": position and position[0],
        "lon": position and position[1],
        "capacity": venue.capacity,
    }
    record = {
        "external_id": show.external_id,
        "title": show.title,
        "category": show.category,
        "performers": show.performers,
        **show.start,
        "timezone": show.zone if "local_start" in show.start else None,
        "status": show.status,
        "venue": {name: value for name, value in house.items() if value is not None},
        "currency": show.currency,
    }
    return {name: value for name, value in record.items() if value is not None}
