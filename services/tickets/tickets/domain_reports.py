"""What an organiser is told of a show: what was sold for how much, and who came. Pure.

`face` is what the seats' sellers asked, `buyer_fees` what buyers paid on top of it, `seller_fees` what was kept of it.
Refunded seats count as refunded alone, with no money. Days and times are those of the venue.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money
from fairseat_common.money import MINOR_UNITS

DAYS_MAX = 400
"""The last ones; a show is announced three years ahead at most."""
CSV_ROWS_MAX = 50_000
QUARTERS_MAX = 200

Kind = Literal["primary", "resale"]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Seats and money of some sales."""

    sold: int
    refunded: int
    face: Money
    buyer_fees: Money
    seller_fees: Money


class KindFigures(Figures, frozen=True, kw_only=True):
    """What was sold for the first time, or again."""

    kind: Kind


class DayFigures(Figures, frozen=True, kw_only=True):
    """A day on which something was sold; `primary` and `resale` divide `sold`."""

    day: date
    primary: int
    resale: int


class ZoneFigures(Figures, frozen=True, kw_only=True):
    """A price zone of the first sale."""

    zone: str


class SectionFigures(Figures, frozen=True, kw_only=True):
    """A section: what became of its places now, and what was sold in it.

    `capacity` = `for_sale` + `held` + `with_buyers` + `not_offered`; what was sold twice counts twice in `sold`.
    """

    section: str
    capacity: int
    for_sale: int
    held: int
    with_buyers: int
    not_offered: int
    primary: int
    resale: int


class SalesReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was sold of a show until `at`. Days are the last 400 with a sale, the earliest first."""

    show_id: UUID
    at: datetime
    timezone: str
    currency: str
    totals: Figures
    kinds: list[KindFigures]
    days: list[DayFigures]
    zones: list[ZoneFigures]
    sections: list[SectionFigures]


class GateFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A door: how many it let in, and how often it said no."""

    gate: str
    admitted: int
    refused: int


class QuarterFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many were let in within 15 minutes from `since` on."""

    since: datetime
    admitted: int


class RefusalFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How often codes were turned away for one reason."""

    result: str
    count: int


class AttendanceReport(msgspec.Struct, frozen=True, kw_only=True):
    """Who came to a show until `at`: `expected` are the tickets that buyers hold, used ones among them."""

    show_id: UUID
    at: datetime
    timezone: str
    expected: int
    admitted: int
    gates: list[GateFigures]
    quarters: list[QuarterFigures]
    refusals: list[RefusalFigures]


class SalesRow(NamedTuple):
    """Some sales added up, by what is not None. Money in minor units."""

    day: date | None
    section: str | None
    zone: str | None
    primary: bool | None
    sold: int
    refunded: int
    face: int
    buyer_fees: int
    seller_fees: int


class Places(NamedTuple):
    """A section and what became of its places."""

    section: str
    capacity: int
    for_sale: int
    held: int
    with_buyers: int


class ShowFacts(NamedTuple):
    """What a report says of its show."""

    show_id: UUID
    at: datetime
    timezone: str
    currency: str


def sales_report(show: ShowFacts, rows: Sequence[SalesRow], places: Sequence[Places]) -> SalesReport:
    """The report out of rows by kind, by day and kind, by section and kind, and by zone."""
    kinds = [row for row in rows if row.primary is not None and row.day is None and row.section is None]
    by_day = [row for row in rows if row.day is not None]
    by_section = [row for row in rows if row.section is not None]
    by_zone = [row for row in rows if row.zone is not None]
    days = sorted({row.day for row in by_day if row.day})[-DAYS_MAX:]
    return SalesReport(
        show_id=show.show_id,
        at=show.at,
        timezone=show.timezone,
        currency=show.currency,
        totals=Figures(**_sums(kinds, show.currency)),
        kinds=[
            KindFigures(kind="primary" if first else "resale", **_sums(_of_kind(kinds, first), show.currency))
            for first in (True, False)
        ],
        days=[
            DayFigures(
                day=day,
                primary=sum(row.sold for row in by_day if row.day == day and row.primary),
                resale=sum(row.sold for row in by_day if row.day == day and not row.primary),
                **_sums([row for row in by_day if row.day == day], show.currency),
            )
            for day in days
        ],
        zones=[ZoneFigures(zone=row.zone or "", **_sums([row], show.currency)) for row in by_zone],
        sections=[_section(each, [r for r in by_section if r.section == each.section], show) for each in places],
    )


def _section(places: Places, rows: Sequence[SalesRow], show: ShowFacts) -> SectionFigures:
    return SectionFigures(
        section=places.section,
        capacity=places.capacity,
        for_sale=places.for_sale,
        held=places.held,
        with_buyers=places.with_buyers,
        not_offered=max(0, places.capacity - places.for_sale - places.held - places.with_buyers),
        primary=sum(row.sold for row in rows if row.primary),
        resale=sum(row.sold for row in rows if not row.primary),
        **_sums(rows, show.currency),
    )


def _of_kind(rows: Iterable[SalesRow], first: bool) -> list[SalesRow]:
    return [row for row in rows if row.primary is first]


def _sums(rows: Sequence[SalesRow], currency: str) -> dict[str, Any]:
    return {
        "sold": sum(row.sold for row in rows),
        "refunded": sum(row.refunded for row in rows),
        "face": Money(sum(row.face for row in rows), currency),
        "buyer_fees": Money(sum(row.buyer_fees for row in rows), currency),
        "seller_fees": Money(sum(row.seller_fees for row in rows), currency),
    }


SALES_HEAD = ("day", "section", "kind", "sold", "refunded", "face", "buyer_fees", "seller_fees", "currency")
ATTENDANCE_HEAD = ("since", "gate", "admitted")


def sales_csv(rows: Iterable[SalesRow], currency: str) -> bytes:
    """One line for each day, section and kind; amounts with a point and the currency's decimals."""
    lines = (
        (
            row.day,
            row.section,
            "primary" if row.primary else "resale",
            row.sold,
            row.refunded,
            *(amount_text(amount, currency) for amount in (row.face, row.buyer_fees, row.seller_fees)),
            currency,
        )
        for row in rows
    )
    return csv_text(SALES_HEAD, lines)


def attendance_csv(rows: Iterable[tuple[datetime, str, int]]) -> bytes:
    """One line for each quarter of an hour and gate; times in UTC."""
    return csv_text(ATTENDANCE_HEAD, ((since.isoformat(), gate, admitted) for since, gate, admitted in rows))


def amount_text(amount: int, currency: str) -> str:
    """`1234.50`: minor units as a spreadsheet reads them."""
    places = MINOR_UNITS.get(currency, 2)
    whole, part = divmod(amount, 10**places)
    return f"{whole}.{part:0{places}d}" if places else str(whole)


def csv_text(head: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """A file that spreadsheets open: UTF-8 with a mark, and no cell that they would take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_safe(cell) for cell in line] for line in lines)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _safe(cell: object) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text
