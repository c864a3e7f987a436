"""How an organiser puts a whole house on sale: price zones over the venue's chart, from a moment on. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from fairseat_common.contracts import ListingPublished, Money
from fairseat_common.contracts.refusals import Conflict, FieldError, Invalid
from fairseat_common.money import MINOR_UNITS, step_of
from tickets.domain import Label, NewListing, Price, Show
from tickets.domain_listings import Listing, listing_new
from tickets.domain_rules import Terms

ZONES_MAX = 20
SECTIONS_MAX = 500
ROWS_MAX = 5_000
"""Rows that one zone may name of one section."""
HOUSE_MAX = 100_000
"""Seats that go on sale at once."""
PLACES_MAX = 1_000
"""Seats of one listing; a longer row, or a bigger standing section, becomes several."""
SEATS_TOLD_MAX = 20
"""Seats that a refusal names."""
ERRORS_MAX = 20

Moment = Annotated[datetime, Meta(tz=True)]
Place = tuple[str, str]
"""A section and one of its rows ("" in a standing section)."""


class SeatsAlreadyListed(Conflict):
    """Somebody was there before: some places are on sale or have a ticket."""

    slug = "seats-already-listed"
    title = "Some seats are taken"
    detail = (
        "`count` of these seats are on sale already, have a ticket or were refunded; `seats` names the first of them."
    )


class OnsaleExists(Conflict):
    """A house goes on sale once."""

    slug = "on-sale-exists"
    title = "This show is on sale already"
    detail = "PATCH /api/onsales/{show_id} changes when it opens; its prices are changed listing by listing."


class OnsaleOpen(Conflict):
    """The sale has begun."""

    slug = "on-sale-open"
    title = "The sale has begun"
    detail = "The opening time can be changed until the sale opens."


class OrganiserUnknown(Conflict):
    """Nobody is known to organise the show, so nobody could be paid."""

    slug = "organiser-unknown"
    title = "This show has no organiser"
    detail = "Change the show once in the catalog, which tells who organises it, and try again."


class ZoneRows(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some rows of a section."""

    section: Label
    rows: Annotated[tuple[Label, ...], Meta(min_length=1, max_length=ROWS_MAX)]


class Zone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price, and what is sold for it: whole sections, and rows of others."""

    name: Label
    unit_price: Price
    sections: Annotated[tuple[Label, ...], Meta(max_length=SECTIONS_MAX)] = ()
    rows: Annotated[tuple[ZoneRows, ...], Meta(max_length=SECTIONS_MAX)] = ()


class NewOnsale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A house that goes on sale. Nobody can hold before `opens_at`; null: at once. What no zone names stays unsold."""

    show_id: UUID
    zones: Annotated[tuple[Zone, ...], Meta(min_length=1, max_length=ZONES_MAX)]
    opens_at: Moment | None = None


class OnsaleEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another opening time; null: now."""

    opens_at: Moment | UnsetType | None = UNSET


class HouseRow(NamedTuple):
    """A row of the chart, or a standing section as a whole (`row` is "")."""

    section: str
    row: str
    position: int
    seats: tuple[str, ...]


class Block(NamedTuple):
    """What becomes one listing: seats of a row with their zone and price."""

    place: HouseRow
    zone: str
    price: Money


class OnsaleZoneView(msgspec.Struct, frozen=True, kw_only=True):
    """A zone of an on-sale: what is in it, and how much of that is left.

    `all_in_unit_price` is the lowest that a buyer pays there for a seat, all fees included, null once nothing is on
    sale. Only the organiser's people see what is held and sold.
    """

    name: str
    unit_price: Money
    all_in_unit_price: Money | None
    sections: tuple[str, ...]
    seats: int
    available: int
    held: int | UnsetType = UNSET
    sold: int | UnsetType = UNSET


class OnsaleView(msgspec.Struct, frozen=True, kw_only=True):
    """The sale of a house; `open` is as of `now`, this service's time."""

    show_id: UUID
    organiser_id: UUID
    opens_at: datetime
    open: bool
    now: datetime
    seats: int
    zones: list[OnsaleZoneView]
    version: int


def opening_asked(opens_at: datetime | None, show: Show) -> datetime:
    """When the sale opens; raises Invalid for a time at which there is nothing to sell any more."""
    if opens_at is None or opens_at <= show.now:
        return show.now
    if show.status == "scheduled" and opens_at >= show.starts_at:
        raise Invalid(None, FieldError("opens_at", "the sale has to open before the show begins"))
    return opens_at


def blocks_of(zones: Sequence[Zone], chart: Mapping[str, Sequence[HouseRow]], currency: str) -> list[Block]:
    """What the zones sell, in the order of the chart: by section, the rows of each.

    Raises Invalid, naming every field that is wrong: a price, an unknown section or row, a place in two zones.
    """
    errors: list[FieldError] = []
    taken: dict[Place, int] = {}
    for index, zone in enumerate(zones):
        errors += _price_errors(zone.unit_price, currency, f"zones[{index}].unit_price")
        for field, place in _places(zone, chart, f"zones[{index}]", errors):
            if place in taken:
                name = zones[taken[place]].name
                errors.append(FieldError(field, f"{_text(place)} is in {name} already"))
            taken.setdefault(place, index)
        if not (zone.sections or zone.rows):
            errors.append(FieldError(f"zones[{index}].sections", "choose a section or rows"))
    names = [zone.name for zone in zones]
    errors += [
        FieldError(f"zones[{n}].name", "two zones have this name") for n, name in enumerate(names) if name in names[:n]
    ]
    if errors:
        raise Invalid(None, *errors[:ERRORS_MAX])
    return [
        Block(part, zones[taken[row.section, row.row]].name, _money(zones[taken[row.section, row.row]]))
        for rows in chart.values()
        for row in rows
        if (row.section, row.row) in taken
        for part in _parts(row)
    ]


def _places(
    zone: Zone, chart: Mapping[str, Sequence[HouseRow]], field: str, errors: list[FieldError]
) -> Iterator[tuple[str, Place]]:
    """Each place of a zone with the field that names it; what the chart does not have goes to the errors."""
    for n, section in enumerate(zone.sections):
        if section not in chart:
            errors.append(FieldError(f"{field}.sections[{n}]", "the venue has no such section"))
        for row in chart.get(section, ()):
            yield f"{field}.sections[{n}]", (section, row.row)
    for n, chosen in enumerate(zone.rows):
        known = {row.row for row in chart.get(chosen.section, ())}
        if chosen.section not in chart or "" in known:
            errors.append(FieldError(f"{field}.rows[{n}].section", "the venue has no such section with rows"))
            continue
        for m, name in enumerate(chosen.rows):
            if name not in known:
                errors.append(FieldError(f"{field}.rows[{n}].rows[{m}]", "the section has no such row"))
            else:
                yield f"{field}.rows[{n}].rows[{m}]", (chosen.section, name)


def _price_errors(price: Price, currency: str, field: str) -> list[FieldError]:
    if price.currency not in MINOR_UNITS or price.currency != currency:
        return [FieldError(f"{field}.currency", f"this show is sold in {currency}")]
    if price.amount % (step := step_of(currency)):
        return [FieldError(f"{field}.amount", f"cards pay {currency} in steps of {step} minor units")]
    return []


def _parts(row: HouseRow) -> Iterator[HouseRow]:
    for start in range(0, len(row.seats), PLACES_MAX):
        yield row._replace(seats=row.seats[start : start + PLACES_MAX])


def _money(zone: Zone) -> Money:
    return Money(zone.unit_price.amount, zone.unit_price.currency)


def _text(place: Place) -> str:
    return f"{place[0]}, row {place[1]}" if place[1] else place[0]


def house_check(blocks: Sequence[Block]) -> None:
    """Raise Invalid for more seats than can go on sale at once."""
    if (seats := sum(len(block.place.seats) for block in blocks)) > HOUSE_MAX:
        raise Invalid(None, FieldError("zones", f"at most {HOUSE_MAX} seats go on sale at once, not {seats}"))


def check_untaken(blocks: Sequence[Block], taken: Collection[tuple[str, str, str]]) -> None:
    """Raise SeatsAlreadyListed, naming the first ones, where a place (section, row, seat) is somebody's."""
    found = [
        {"section": place.section, "row": place.row, "seat": seat}
        for place in (block.place for block in blocks)
        for seat in place.seats
        if (place.section, place.row, seat) in taken
    ]
    if found:
        raise SeatsAlreadyListed(count=len(found), seats=found[:SEATS_TOLD_MAX])


def listing_first(
    block: Block, show: Show, terms: Terms, organiser_id: UUID, listing_id: UUID
) -> tuple[Listing, ListingPublished]:
    """The listing of a part of the house, and the event that tells of it."""
    wanted = NewListing(
        show_id=show.id,
        section=block.place.section,
        row=block.place.row,
        unit_price=Price(block.price.amount, block.price.currency),
    )
    terms = terms._replace(zone=block.zone)
    return listing_new(wanted, show, block.place.position, block.place.seats, listing_id, organiser_id, terms)
