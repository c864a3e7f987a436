"""What the demo seller offers: seats for the nearer shows, at prices that make a comparison worth while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from fairseat_common.money import MINOR_UNITS
from fairseat_local.demo.charts import Section
from fairseat_local.demo.schedule import DemoShow

NEAR_SHOWS = 150
BUSY_SHOW_LISTINGS = 14
SPLITS = ("any", "pairs", "none", "any")
NOTES = (
    None,
    "Aisle seats.",
    None,
    "Bought for friends who moved away. Enjoy it for us!",
    None,
    "Slightly to the side, and priced for it.",
    "Clear view of everything.",
    None,
)
STANDING_NOTES = (None, "A friend's birthday got in the way.", None, "Bought too many, as ever.")


@dataclass(frozen=True, kw_only=True)
class DemoListing:
    """Seats in one row, or so many places of a standing section; the price is what is asked for each."""

    show: DemoShow
    section: str
    row: str
    seats: tuple[str, ...]
    quantity: int
    unit_price: int
    split: str
    notes: str | None

    @property
    def slug(self) -> str:
        """Stable for one calendar, unique among the listings."""
        return f"{self.show.slug}:{self.section}:{self.row}:{'+'.join(self.seats) or self.quantity}"

    def body(self, show_id: str) -> dict[str, Any]:
        """What is sent to `POST /api/listings`."""
        money = {"amount": self.unit_price, "currency": self.show.venue.currency}
        body: dict[str, Any] = {"show_id": show_id, "section": self.section, "unit_price": money}
        body |= {"row": self.row, "seats": list(self.seats)} if self.seats else {"quantity": self.quantity}
        body["split"] = self.split
        if self.notes is not None:
            body["notes"] = self.notes
        return body


def listings(shows: list[DemoShow]) -> list[DemoListing]:
    """Listings for the nearer shows, tomorrow's first, and for the very last one.

    Every fifth nearer show has none yet, but money with no decimals or with three is always on sale, to be tried.
    """
    offers: list[DemoListing] = []
    *nearer, last = shows
    busy = next((show for show in nearer if show.venue.kind == "arena"), None)
    for index, show in enumerate(nearer[:NEAR_SHOWS]):
        if show is busy:
            offers += _offers(show, BUSY_SHOW_LISTINGS)
        elif index % 5 != 3 or MINOR_UNITS[show.venue.currency] != 2:
            offers += _offers(show, 1 + crc32(show.slug.encode()) % 3)
    return offers + list(_offers(last, 1))


def _offers(show: DemoShow, count: int) -> Iterator[DemoListing]:
    sections = show.venue.chart["sections"]
    spread = crc32(show.title.encode())
    stride = max(1, len(sections) * 2 // 5)
    taken: set[tuple[str, str]] = set()
    for number in range(count):
        index = (spread + number * stride + number) % len(sections)
        section = sections[index]
        euros = show.price_euros * _nearness(index, len(sections)) * (88 + (spread // 7 + number * 11) % 31) / 100
        offer = _places(section, spread // 11 + number * 3, 1 + (spread + number * 5) % 4)
        place = (section["name"], offer["row"] or str(offer["quantity"]))
        if place in taken:
            continue
        taken.add(place)
        notes = NOTES if offer["seats"] else STANDING_NOTES
        yield DemoListing(
            show=show,
            section=section["name"],
            unit_price=show.venue.minor_units(euros),
            split=_split(SPLITS[(spread + number) % len(SPLITS)], offer["quantity"]),
            notes=notes[(spread // 3 + number) % len(notes)],
            **offer,
        )


def _split(rule: str, places: int) -> str:
    """Only an even number can be sold in pairs."""
    return "any" if rule == "pairs" and places % 2 else rule


def _nearness(index: int, sections: int) -> float:
    """A chart begins at the stage: the first sections cost most, the last ones least."""
    return 1.3 - 0.6 * index / max(1, sections - 1) if sections > 1 else 1.0


def _places(section: Section, spread: int, count: int) -> dict[str, Any]:
    if section["kind"] == "standing":
        return {"row": "", "seats": (), "quantity": count + 1}
    row = section["rows"][spread % len(section["rows"])]
    first = spread // 5 % max(1, len(row["seats"]) - count)
    seats = tuple(row["seats"][first : first + count])
    return {"row": row["name"], "seats": seats, "quantity": len(seats)}
