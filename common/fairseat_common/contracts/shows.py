"""Facts that catalog publishes: venues and the shows that take place in them."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts.base import Event, Money, published

ShowStatus = Literal["scheduled", "postponed", "cancelled"]
SectionKind = Literal["seated", "standing"]
TeamDuty = Literal["manage", "report", "scan"]


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
    """What both show events carry: the show as it is after the fact.

    ``refund_until``: holders of a postponed or rescheduled show may choose a refund until then. It counts together
    with ``moved_from``, the start that they bought tickets for.
    """

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
    organiser_id: UUID | None = None
    moved_from: datetime | None = None
    refund_until: datetime | None = None


@published
class ShowPublished(_Show, frozen=True, kw_only=True):
    """A show was announced; seats can be listed from now on."""

    subject: ClassVar[str] = "shows.published.v1"
    aggregate: ClassVar[str] = "show_id"


@published
class ShowChanged(_Show, frozen=True, kw_only=True):
    """A show was edited, rescheduled, postponed or cancelled (``status``).

    ``operator_reason`` is what an operator who cancelled somebody's show tells its organiser; None in all other cases.
    """

    subject: ClassVar[str] = "shows.changed.v1"
    aggregate: ClassVar[str] = "show_id"

    operator_reason: str | None = None


@published
class ResaleRulesSet(Event, frozen=True, kw_only=True):
    """The rules of a show were set; ``version`` counts its rules, and each listing and sale names one.

    A cap is in per cent of the seat's first price or an amount, before the buyer's fee; of both the lower one binds.
    Fees replace the marketplace's own for tickets that are sold again; None leaves those. ``by_venue`` names the
    rules that the place demands of all shows; the others are the organiser's.
    """

    subject: ClassVar[str] = "rules.set.v1"
    aggregate: ClassVar[str] = "rules_id"

    rules_id: UUID
    show_id: UUID
    organiser_id: UUID
    resale: bool = True
    transferable: bool = True
    cap_percent: int | None = None
    cap_amount: Money | None = None
    buyer_fee_percent: int | None = None
    seller_fee_percent: int | None = None
    resale_until: datetime | None = None
    by_venue: tuple[str, ...] = ()


class TeamMember(msgspec.Struct, frozen=True):
    """Somebody who works for an organiser, and what they may do at that organiser's shows."""

    user_id: UUID
    duties: tuple[TeamDuty, ...]


@published
class TeamChanged(Event, frozen=True, kw_only=True):
    """Who works for an organiser; ``members`` is the whole team after the fact."""

    subject: ClassVar[str] = "teams.changed.v1"
    aggregate: ClassVar[str] = "organiser_id"

    organiser_id: UUID
    members: tuple[TeamMember, ...]
