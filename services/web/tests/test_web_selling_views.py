"""What sellers' pages make of what is typed: the chart, codes, promises, several listings, and files."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import Money
from web import views_seller_import as lines
from web import views_selling
from web.forms_listings import BulkForm, Pick, bulk_body
from web.forms_selling import SellForm, listing_body, picks_applied
from web.locales import DEFAULT
from web.models import Chart, Row, Section, Show, Venue, VenueSummary
from web.models_selling import BulkItem, BulkProblem, Guidance, OwnListing, Place
from web.views_seller_import import FileRefused

NOW = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)
STALLS = Section("Stalls", "seated", [Row("E", ["1", "2", "3"]), Row("F", ["1", "2", "3", "A 4"])])
VENUE = Venue("v", "Town Hall", "Köln", "DE", "Europe/Berlin", chart=Chart([STALLS, Section("Floor", "standing")]))
SHOW = Show("s", "Night Swim", "concert", VenueSummary("v", "Town Hall", "Köln"), NOW, currency="EUR")
FIELDS = {"section": "Stalls", "row": "F", "seats": "1-2", "price": "49,90", "split": "any"}


def form(picks: list[str] | None = None, codes: str = "", **changes: str) -> SellForm:
    return SellForm({**FIELDS, **changes}, picks or [], codes)


def mistakes(**changes: Any) -> dict[str, str]:
    return listing_body(form(**changes), SHOW, VENUE)[1]


def test_the_chart_shows_what_is_taken_yours_and_chosen() -> None:
    places = [Place("F", "1", "listed"), Place("F", "2", "yours"), Place("E", "1", "taken")]
    back, front = views_selling.chart_lines(STALLS, places, "F", ["2"])[::-1]
    assert [(spot.state, spot.free, spot.chosen) for spot in back.spots[:3]] == [
        ("listed", False, False),
        ("yours", True, True),
        ("free", True, False),
    ]
    both = views_selling.chart_lines(STALLS, [], "E", ["1"], ["0.0", "1.1"])
    assert [spot.value for line in both for spot in line.spots if spot.chosen] == ["0.0", "1.1"]
    assert (front.row, front.spots[0].free, front.spots[0].value) == ("E", False, "0.0")
    assert views_selling.chart_lines(Section("Box", rows=[Row("A", ["1"] * 2_001)]), [], "", []) == []


def test_the_chart_decides_unless_somebody_has_typed_something_else() -> None:
    chosen = form(["1.0", "1.3"], row="", seats="")
    assert picks_applied(chosen, VENUE) == {}
    body, errors = listing_body(chosen, SHOW, VENUE)
    assert (body["row"], body["seats"], errors) == ("F", ["1", "A 4"], {})
    unchanged = form(["0.1"], was="F/1-2")
    picks_applied(unchanged, VENUE)
    assert (unchanged.get("row"), unchanged.get("seats")) == ("E", "2")
    typed = form(["0.1"], was="E/2")
    picks_applied(typed, VENUE)
    assert (typed.get("row"), typed.get("seats")) == ("F", "1-2")
    several = picks_applied(form(["0.1", "1.1"], row="", seats=""), VENUE)
    assert several == {"seats": "List one row at a time: you chose seats in rows E, F."}
    for nonsense in ("9.1", "1.99", "x", "-1.0", "", "1", "²."):
        assert picks_applied(form([nonsense]), VENUE) == {}


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"section": ""}, "section", "Choose the section."),
        ({"row": ""}, "row", "Give the row as on the ticket."),
        ({"row": "Z"}, "row", "This section has no such row."),
        ({"seats": "1, 9"}, "seats", "Row F has no 9."),
        ({"seats": ""}, "seats", "Name the seats, for example 12, 13 or 12-15."),
        ({"seats": "1", "split": "pairs"}, "split", "Pairs need an even number of seats."),
        ({"split": "odd"}, "split", "Choose how the seats may be sold."),
        ({"price": "free"}, "price", "Give the price as a number, for example 85 or 85.50."),
        ({"section": "Floor"}, "quantity", "Give a number from 1 to 50."),
        ({"section": "Floor", "quantity": "²"}, "quantity", "Give a number from 1 to 50."),
        ({"delivery": "later"}, "in_hand_on", "Give the day as year-month-day."),
        ({"delivery": "codes", "codes": "FSX-1"}, "codes", "Give one code for each seat: 2 lines, not 1."),
        ({"delivery": "soon"}, "delivery", "Say when you have the tickets."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(changes: dict[str, str], field: str, text: str) -> None:
    assert mistakes(**changes) == {field: text}


def test_promises_and_codes_travel_with_the_request() -> None:
    promised, _ = listing_body(form(delivery="later", in_hand_on="2026-11-20"), SHOW, VENUE)
    assert promised["in_hand_on"] == "2026-11-20"
    coded, _ = listing_body(form(codes=" FSX-1 \r\n\r\nFSX-2\n", delivery="codes"), SHOW, VENUE)
    assert coded["codes"] == ["FSX-1", "FSX-2"]
    for text, line in (("FSX-1\nabc", 2), ("FSX-1\nZoë-😀", 2), (f"{'x' * 101}\nFSX-1", 1)):
        with pytest.raises(ValueError, match=f"Line {line} is no code"):
            views_selling.codes_read(text, 2)
    with pytest.raises(ValueError, match="Line 2 is there twice"):
        views_selling.codes_read("FSX-1\nFSX-1", 2)


def own(**changes: Any) -> OwnListing:
    price = Money(4_990, "EUR")
    values = {"id": "l", "show_id": "s", "section": "Stalls", "unit_price": price, "all_in_unit_price": price}
    return OwnListing(**{**values, "available": 2, "seats": ["1", "2"], **changes})


def test_a_promise_is_counted_in_days_and_its_end_is_told() -> None:
    day = date(2026, 11, 30)
    promised = own(delivery="promised", in_hand_on=day)
    assert views_selling.own_state(promised, NOW).label == "On sale, promised"
    assert views_selling.owes_codes(promised)
    lapsed = own(delivery="promised", in_hand_on=day, status="withdrawn", available=0, seats=[])
    assert "did not come" in views_selling.own_state(lapsed, NOW + timedelta(days=3)).label
    assert views_selling.own_state(lapsed, NOW).label == "Withdrawn"
    assert not views_selling.owes_codes(lapsed)
    left = [views_selling.promise_left(day, NOW + timedelta(days=days)) for days in (-1, 1, 2, 3)]
    assert left == ["3 days left", "until tomorrow", "today is the last day", "the day is over"]
    assert views_selling.day(day, DEFAULT) == "Mon 30 Nov 2026"
    assert views_selling.paid_from(SHOW, 60) == NOW + timedelta(seconds=60)
    assert views_selling.paid_from(SHOW, None) is None


def test_guidance_says_what_it_is_made_of() -> None:
    assert "Nobody sells" in views_selling.basis_text(Guidance(), "Stalls")
    near = Guidance("sales", True, seats_sold=1, seats_on_sale=3)
    assert views_selling.basis_text(near, "Stalls") == "1 seat sold and 3 on sale in Stalls."
    assert [views_selling.chance_words(percent) for percent in (99, 60, 45, 30, 1)] == [
        "very likely", "likely", "as likely as not", "not likely", "hardly",
    ]  # fmt: skip


def bulk(picks: int = 1, currency: str = "EUR", **fields: str) -> tuple[dict[str, Any], dict[str, str]]:
    chosen = {f"l{number}": Pick(number + 1, currency if number else "EUR") for number in range(picks)}
    return bulk_body(BulkForm(fields=fields, picks=chosen))


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"what": "percent", "percent": "-10"}, {"change": {"percent": -10}}),
        ({"what": "percent", "percent": "+5 %"}, {"change": {"percent": 5}}),
        ({"what": "percent", "percent": "−10"}, {"change": {"percent": -10}}),
        ({"what": "price", "price": "60"}, {"change": {"unit_price": {"amount": 6_000, "currency": "EUR"}}}),
        ({"what": "split", "split": "pairs"}, {"change": {"split": "pairs"}}),
        ({"what": "notes", "notes": "Aisle"}, {"change": {"notes": "Aisle"}}),
        ({"what": "withdraw"}, {"withdraw": True}),
    ],
)
def test_one_thing_is_done_with_all_that_are_chosen(fields: dict[str, str], part: dict[str, Any]) -> None:
    assert bulk(2, **fields) == ({"ids": ["l0", "l1"], "versions": [1, 2], **part}, {})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"what": "percent", "percent": ""}, "percent"),
        ({"what": "percent", "percent": "0"}, "percent"),
        ({"what": "percent", "percent": "-91"}, "percent"),
        ({"what": "percent", "percent": "1.5"}, "percent"),
        ({"what": "price", "price": "free"}, "price"),
        ({"what": "split", "split": "odd"}, "split"),
        ({"what": "burn"}, "what"),
    ],
)
def test_several_listings_are_not_changed_by_nonsense(fields: dict[str, str], field: str) -> None:
    assert list(bulk(1, **fields)[1]) == [field]


def test_a_price_needs_listings_of_one_currency() -> None:
    assert bulk(2, "USD", what="price", price="60")[1] == {
        "price": "Choose listings of one currency, not of several: EUR, USD."
    }
    assert bulk(0, what="withdraw")[1] == {"picks": "Choose at least one listing."}


def test_the_outcome_of_many_is_counted() -> None:
    stale = BulkItem("a", "refused", BulkProblem("version-stale", "t", "d"))
    told = [BulkItem("a", "changed"), BulkItem("b", "changed"), stale]
    assert views_selling.told_text(told) == "2 changed, 1 stayed as it was."
    assert "changed since you opened" in views_selling.result_text(stale)
    odd = BulkItem("a", "refused", BulkProblem("invalid", "t", "pairs need an even number of seats"))
    assert views_selling.result_text(odd) == "Pairs need an even number of seats."


GOOD = "title;date;venue;section;row;seats;price\nNight Swim;2026-11-28;Town Hall;Stalls;F;12-13;49,90\n"


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode("cp1252"),
        GOOD.replace(";", '","').replace("\n", '"\n"').removesuffix('"').join(['"', ""]).encode(),
    ],
)
def test_files_are_read_as_spreadsheets_write_them(content: bytes) -> None:
    [entry] = lines.entries_read(lines.text_of(content))
    assert (entry.number, entry.cells["venue"], entry.cells["price"]) == (2, "Town Hall", "49,90")
    assert lines.text_of("Köln 5 €".encode("cp1252")) == "Köln 5 €"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must name the columns"),
        ("Night Swim;Stalls", "must name the columns"),
        ("show_id;section", "missing: price"),
        ("section;price", "missing: title, date, venue"),
        ("show_id;section;price;price", "twice"),
        ("show_id;section;price;note", "no column called note"),
        ("show_id;section;price", "no lines below"),
        ("show_id;section;price\n;;\n\n", "no lines below"),
        ('show_id;section;price\n1;"Stalls;5\n', "cannot be read"),
        ("show_id;section;price\n" + "1;Stalls;5\n" * 501, "more than 500"),
        ("show_id;section;price\n1;" + "x" * 200_000 + ";5\n", "cannot be read"),
        ("show_id;section;price\n\0;;", "no text file"),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(FileRefused, match=why):
        lines.entries_read(text)


def test_what_is_no_text_or_too_much_is_refused() -> None:
    for content, why in ((b"PK\x03\x04\0\0", "no text file"), (b"x" * 1_000_001, "larger than 1 MB")):
        with pytest.raises(FileRefused, match=why):
            lines.text_of(content)


def test_lines_keep_their_numbers_and_odd_ones_are_refused_alone() -> None:
    text = 'show_id,section,price,notes\n1,Stalls,5,"two\nlines"\n\n2,Stalls,5,a,b\n3,Stalls,5\n'
    first, second, third = lines.entries_read(text)
    assert [entry.number for entry in (first, second, third)] == [2, 5, 6]
    assert (first.cells["notes"], first.state, third.state) == ("two\nlines", "ready", "ready")
    assert (second.state, "more cells" in second.message) == ("refused", True)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_no_cell_of_a_report_is_a_formula_and_it_reads_back(cells: list[str]) -> None:
    content = lines.csv_text([cells])
    [row] = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    assert len(row) == len(cells)
    for was, cell in zip(cells, row, strict=True):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert cell in (was, f"'{was}")


def test_a_report_and_the_template_can_be_sent_again() -> None:
    template = lines.csv_text(lines.template_rows()).decode("utf-8-sig")
    seated, standing = lines.entries_read(template)
    assert (seated.cells["seats"], standing.cells["quantity"]) == ("12-13", "4")
    [entry] = lines.entries_read("show_id,section,price,notes\n1,Stalls,5,'=1+1\n")
    assert entry.cells["notes"] == "=1+1"
    entry.refuse("=cmd|' /C calc'!A0", "Twice.")
    [row] = lines.report_rows([entry])
    assert row[:3] == ["2", "Not listed", "=cmd|' /C calc'!A0 Twice."]
    assert b"\n2,Not listed,'=cmd|" in lines.csv_text([lines.REPORT, row]).replace(b"\r\n", b"\n")
