"""What pages show, worked out from what services say."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from fairseat_common.contracts import Money
from web import views
from web.forms import form_key, safe_return
from web.models import Listing, Show, VenueSummary

PRICE = Money(5_000, "EUR")


def listing(**changes: Any) -> Listing:
    values: dict[str, Any] = {
        "id": "1", "show_id": "2", "section": "Stalls", "row": "F", "seats": ["1", "2", "3"], "available": 3,
        "unit_price": PRICE, "all_in_unit_price": Money(5_500, "EUR"),
    }  # fmt: skip
    return Listing(**{**values, **changes})


@pytest.mark.parametrize(
    ("available", "split", "choices"),
    [
        (3, "any", [1, 2, 3]),
        (5, "pairs", [2, 4]),
        (1, "pairs", []),
        (4, "none", [4]),
        (0, "any", []),
        (99, "any", [*range(1, 21)]),
    ],
)
def test_quantities_follow_the_split_rule(available: int, split: str, choices: list[int]) -> None:
    assert views.quantities(available, split) == choices


def test_two_seats_are_chosen_unless_something_else_is_wanted_or_there_is_one() -> None:
    assert views.preferred_quantity([1, 2, 3], None) == 2
    assert views.preferred_quantity([1, 2, 3], 3) == 3
    assert views.preferred_quantity([1], 4) == 1


@pytest.mark.parametrize(
    ("typed", "seats"),
    [("12, 13", ["12", "13"]), ("12-15", ["12", "13", "14", "15"]), ("12 – 13;A1", ["12", "13", "A1"]), ("7", ["7"])],
)
def test_typed_seats_are_understood(typed: str, seats: list[str]) -> None:
    assert views.seats_read(typed) == seats


@pytest.mark.parametrize("typed", ["", " , ", "5-3", "1-9999", "4, 4", ", ".join(str(n) for n in range(60))])
def test_what_names_no_seats_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        views.seats_read(typed)


def test_counts_of_a_listing_add_up_and_its_seats_are_marked() -> None:
    known = listing(sold=1, held=1, available=1, sold_seats=["1"], held_seats=["2"])
    assert views.tally(known) == (3, 1, 1, 1)
    assert views.seat_states(known) == [("1", "sold"), ("2", "held"), ("3", "free")]


def test_a_listing_says_how_it_stands() -> None:
    assert views.listing_state(listing()).label == "On sale"
    assert views.listing_state(listing(available=0, sold=3)) == ("good", "Sold", True)
    assert views.listing_state(listing(status="withdrawn")).over


def test_a_place_is_told_without_empty_parts() -> None:
    assert views.place_text("Stalls", "F", ["5"]) == "Stalls, row F, seat 5"
    assert views.place_text("Stalls", "F", ["5", "6"]) == "Stalls, row F, seats 5, 6"
    assert views.place_text("Standing", "", ["17"]) == "Standing"
    assert views.left_text(listing(row="", available=1)) == "1 place left"


def test_a_long_run_is_shown_once_and_looks_the_same_on_all_dates() -> None:
    place = VenueSummary("v", "Hall", "Bonn")
    run = [Show(str(n), "Cats", "theatre", place, datetime.now(UTC)) for n in range(5)]
    other = msgspec.structs.replace(run[0], id="9", title="Dogs")
    assert views.first_of_runs([*run, other], 12) == [run[0], other]
    assert len({views.art(show) for show in run}) == 1


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\x",
        "/sign-out",
        "/api/users",
        "x",
        "",
        "/a\nb",
        "javascript:1",
    ],
)
def test_nobody_is_led_away_after_signing_in(target: str) -> None:
    assert safe_return(target) == "/"


def test_people_come_back_to_where_they_were() -> None:
    assert safe_return("/shows/1?quantity=2#listing-3") == "/shows/1?quantity=2#listing-3"
    assert safe_return("/shows?q=Mün\u200bster") == "/"
    assert safe_return("/shows?q=Münster") == "/shows?q=M%C3%BCnster"


def test_a_double_click_has_one_key_and_another_choice_another() -> None:
    form = {"key": "01890000-0000-7000-8000-000000000001"}
    assert form_key(form, "a", "2") == form_key(form, "a", "2") != form_key(form, "a", "3")
    assert form_key({"key": "no uuid"}, "a") == form_key({}, "a")
