"""Organisers' forms and figures: rows as people write them, dates on the venue's clock, bars of the reports."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from fairseat_common.contracts import Money
from web.forms_organise import (
    SectionForm,
    VenueForm,
    moment_at,
    places_kept,
    sections_changed,
    sections_read,
    show_body,
    start_read,
    venue_body,
)
from web.locales import DEFAULT
from web.models import Row, Section
from web.models_organise import DayFigures, QuarterFigures, SectionFigures
from web.views_organise import day_bars, percent, preview_of, quarter_bars, shares
from web.views_organise_chart import rows_read, rows_text

NUMBERS = [str(number) for number in range(1, 25)]


@pytest.mark.parametrize(
    ("text", "rows", "again"),
    [
        ("A-C: 1-24", [("A", NUMBERS), ("B", NUMBERS), ("C", NUMBERS)], "A-C: 1-24"),
        ("N , P :1-7 odd", [("N", ["1", "3", "5", "7"]), ("P", ["1", "3", "5", "7"])], "N, P: 1-7 odd"),
        ("1: 2-6 gerade", [("1", ["2", "4", "6"])], "1: 2-6 even"),
        ("AA–CC: 3-1", [(name, ["3", "2", "1"]) for name in ("AA", "BB", "CC")], "AA-CC: 3-1"),
        ("Q: 1-3, 11-12", [("Q", ["1", "2", "3", "11", "12"])], "Q: 1-3, 11-12"),
        ("A: 1 2 4\nB: L9-L11", [("A", ["1", "2", "4"]), ("B", ["L9", "L10", "L11"])], "A: 1-2, 4\nB: L9-L11"),
        ('"A-1", "Box: 2": 007', [("A-1", ["007"]), ("Box: 2", ["007"])], '"A-1", "Box: 2": 007'),
    ],
)
def test_rows_are_read_and_written(text: str, rows: list[tuple[str, list[str]]], again: str) -> None:
    read = rows_read(text)
    assert [(row.name, row.seats) for row in read] == rows
    assert rows_text(read) == again
    assert rows_read(again) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Name the rows"),
        ("A", "Line 1: write rows"),
        ("A: 1\nB 1-4", "Line 2: write rows"),
        ("A-9: 1", "Line 1: “A-9” is no range"),
        ("A: 1-4 third", "after a range, write odd or even"),
        ("A: 1-9999", "more than 500"),
        ("1-999999: 1", "more than 200"),
        ("A: 1, 1", "seat 1 is there twice"),
        ("A: 1\nA: 2", "Row A is there twice"),
        ("A: abcdefghijklm", "too long"),
        ("\n".join(f"{number}: 1" for number in range(201)), "200 rows at most"),
    ],
)
def test_what_is_wrong_with_rows_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rows_read(text)


def test_the_editors_buttons_change_what_stands_in_it() -> None:
    form = VenueForm({}, [SectionForm("A", "seated", "1: 1-2"), SectionForm("B", "standing", "", "9")])
    for button, names in (
        ("add", ["A", "B", ""]),
        ("up:1", ["B", "A", ""]),
        ("copy:0", ["B", "", "A", ""]),
        ("remove:3", ["B", "", "A"]),
    ):
        assert sections_changed(form, button)
        assert [section.name for section in form.sections] == names
    assert (form.sections[1].kind, form.sections[1].places) == ("standing", "9")
    assert [sections_changed(form, button) for button in ("save", "look", "up:0", "remove:9", "copy:x9")] == [False] * 5


def test_a_venue_is_asked_for_whatever_is_missing() -> None:
    form = VenueForm({"timezone": "Europe/Atlantis", "position": "north"}, [SectionForm("A", "standing", "", "0")])
    sections = sections_read(form)
    assert (sections, form.wrong) == ([], True)
    assert sorted(venue_body(form, sections)[1]) == ["city", "name", "position", "timezone"]
    good = {"name": "Saal", "city": "Ulm", "timezone": "Europe/Berlin", "position": "48.4, -9.99", "country": "DE"}
    form = VenueForm(good, [SectionForm("A", "seated", "1-2: 1-3"), SectionForm("A", "seated", "x: 1")])
    body, errors = venue_body(form, sections_read(form))
    assert (errors, body["lat"], body["lon"], body["capacity"]) == ({}, 48.4, -9.99, 6)
    assert form.sections[1].name_error


def test_what_tickets_name_has_to_stay_in_a_chart() -> None:
    before = [Section("A", "seated", [Row("1", ["1", "2", "3"])], 3), Section("Pit", "standing", [], 9)]
    grown = VenueForm({}, [SectionForm("Pit", "standing", "", "10"), SectionForm("A", "seated", "1: 1-4")])
    assert places_kept(before, grown)
    shrunk = VenueForm({}, [SectionForm("A", "seated", "1: 1-2"), SectionForm("Pit", "seated", "1: 1-9")])
    assert not places_kept(before, shrunk)
    assert "1 3" in shrunk.sections[0].error
    assert "Pit" in shrunk.sections[1].error


def test_a_date_is_read_on_the_venues_clock() -> None:
    fields = {"day": "2027-07-01", "time": "19:30"}
    assert start_read(fields, "Europe/Berlin")[0] == datetime(2027, 7, 1, 17, 30, tzinfo=UTC)
    for wrong, field in (
        ({"day": ""}, "day"),
        ({"time": "25:00"}, "time"),
        ({"day": "0001-01-01", "time": "00:30"}, "day"),
    ):
        assert list(start_read(fields | wrong, "Asia/Tokyo")[1]) == [field]
    # Clocks in Berlin go from 2 to 3 in that night.
    assert list(moment_at(date(2027, 3, 28), time(2, 30), "Europe/Berlin")[1]) == ["time"]


def test_performers_are_one_to_a_line() -> None:
    body, errors = show_body({"title": "T", "category": "concert", "performers": "Ada, Zoë\n Ada \n\n"})
    assert (body["performers"], errors) == (["Ada", "Zoë"], {})
    assert list(show_body({"title": "", "performers": "\n".join(map(str, range(31)))})[1]) == ["title", "performers"]


def test_the_preview_counts_places_and_draws_seats() -> None:
    sections = [Section("Stalls", "seated", [Row("A", NUMBERS)], 24), Section("Pit", "standing", [], 300)]
    preview = preview_of(sections)
    assert (preview.places, preview.sections, len(preview.rows)) == (324, 2, 1)
    assert preview.rows[0][0].count("h0") == 24
    assert preview_of([Section("Stand", "seated", [Row("A", NUMBERS)] * 400, 9600)]).rows == ()
    assert preview_of([]).plan is None


def figures(day: date, primary: int, resale: int) -> DayFigures:
    euros = Money(1000 * (primary + resale), "EUR")
    return DayFigures(primary + resale, 0, euros, Money(0, "EUR"), Money(0, "EUR"), day, primary, resale)


def test_bars_show_days_without_sales_and_never_grow_too_many() -> None:
    first = date(2027, 5, 1)
    chart = day_bars([figures(first, 2, 0), figures(first + timedelta(days=2), 1, 3)], DEFAULT)
    assert [bar.parts for bar in chart.bars] == [(50.0, 0.0), (0.0, 0.0), (25.0, 75.0)]
    assert (chart.top, chart.first) == (4, "Sat 1 May")
    year = day_bars([figures(first + timedelta(days=number), 1, 0) for number in range(365)], DEFAULT)
    assert len(year.bars) <= 62
    evening = datetime(2027, 5, 1, 18, tzinfo=UTC)
    quarters = [QuarterFigures(evening, 3), QuarterFigures(evening + timedelta(minutes=30), 1)]
    chart = quarter_bars(quarters, "Europe/Berlin", DEFAULT)
    assert [bar.parts for bar in chart.bars] == [(100.0,), (0.0,), (33.33,)]
    assert (chart.first, chart.last) == ("20:00", "20:45")
    assert (day_bars([], DEFAULT).bars, quarter_bars([], "UTC", DEFAULT).bars) == ((), ())


def test_a_sections_shares_are_of_its_places() -> None:
    none = Money(0, "EUR")
    section = SectionFigures(0, 0, none, none, none, "A", 8, 2, 1, 4, 1)
    assert [tuple(share) for share in shares(section)] == [
        ("sold", 0.0, 50.0),
        ("held", 50.0, 12.5),
        ("free", 62.5, 25.0),
    ]
    assert (percent(1, 3), percent(0, 0)) == (33, 0)
