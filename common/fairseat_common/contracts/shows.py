"""Facts that catalog publishes: venues and the shows that take place in them."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts.base import Event, published

ShowStatus = Literal["scheduled", "postponed", "cancelled"]
SectionKind = Literal["seated", "standing"]


class ChartRow(msgspec.Struct, frozen=True):
    """A row of seats, in the order in which they stand."""

    name: str
    seats: tuple[str, ...]


class ChartSection(msgspec.Struct, frozen=True):
    """A part of a venue. A standing section has places (``capacity``) but no rows."""

    name: str
    kind: SectionKind
    rows: tuple[ChartRow, ...]
    capacity: int


@published
class VenuePublished(Event, frozen=True, kw_only=True):
    """A venue and its seating chart were added or replaced."""

    subject: ClassVar[str] = "venues.published.v1"
    aggregate: ClassVar[str] = "venue_id"

    venue_id: UUID
    name: str
    city: str
    country: str
    timezone: str
    capacity: int
    sections: tuple[ChartSection, ...]


class _Show(Event, frozen=True, kw_only=True):
    """What both show events carry: the show as it is after the fact."""

    show_id: UUID
    title: str
    category: str
    performers: tuple[str, ...]
    venue_id: UUID
    venue_name: str
    city: str
    country: str
    timezone: str
    starts_at: datetime
    status: ShowStatus
    currency: str
    image_url: str | None


@published
class ShowPublished(_Show, frozen=True, kw_only=True):
    """A show was announced; seats can be listed from now on."""

    subject: ClassVar[str] = "shows.published.v1"
    aggregate: ClassVar[str] = "show_id"


@published
class ShowChanged(_Show, frozen=True, kw_only=True):
    """A show was edited, rescheduled, postponed or cancelled (``status``)."""

    subject: ClassVar[str] = "shows.changed.v1"
    aggregate: ClassVar[str] = "show_id"
