"""How text becomes words, what a slip of the fingers explains, and how query parameters are read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from catalog.domain_filters import Near, Search, search_of
from catalog.domain_search import (
    corrections,
    expression_of,
    fold,
    slips,
    slips_allowed,
    words_of,
)
from fairseat_common.contracts.refusals import Invalid


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Zoë Ångström", "zoe angstrom"),
        ("São Paulo", "sao paulo"),
        ("Kraków / Łódź", "krakow lodz"),
        ("Große Freiheit 36", "grosse freiheit 36"),
        ("L'Olympia", "l olympia"),
        ("Noriko Hayase: 夜の電車", "noriko hayase 夜の電車"),
        ("Smørrebrød & Æther", "smorrebrod aether"),
        ("  -- !! ", ""),
        ("İstanbul", "istanbul"),
        ("हिन्दी", "हनद"),
        ("𝕬𝖉𝖆", "ada"),
    ],
)
def test_folding_takes_accents_and_case_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(some.text(max_size=80))
def test_folding_twice_changes_nothing_and_leaves_only_words(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert all(word.isalnum() for word in once.split())


def test_fillers_are_left_out_unless_they_are_all_there_is() -> None:
    assert words_of("the Marlow and the trains in Berlin") == ("marlow", "trains", "berlin")
    assert words_of("The The") == ("the",)


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [("marlow", "marlow", 0), ("marlwo", "marlow", 1), ("velvt", "velvet", 1), ("abcd", "badc", 2), ("", "ab", 2)],
)
def test_slips_are_counted(first: str, second: str, count: int) -> None:
    assert slips(first, second, 3) == count
    assert slips(second, first, 3) == count


@given(some.text("abc", max_size=7), some.text("abc", max_size=7), some.integers(0, 3))
def test_counting_gives_up_only_past_the_limit(first: str, second: str, most: int) -> None:
    exact = slips(first, second, 20)
    assert slips(first, second, most) == exact if exact <= most else slips(first, second, most) > most


def test_a_word_is_corrected_to_the_nearest_first() -> None:
    assert corrections("harbor", ["harbour", "arbor", "harvest", "barber"]) == ("arbor", "harbour")
    assert corrections("philharmoine", ["philharmonie", "philharmonic", "harmony"]) == ("philharmonie", "philharmonic")
    assert corrections("abc", ["abd"]) == ()
    assert slips_allowed("2027") == 0


def test_every_word_must_be_there_in_one_of_its_forms() -> None:
    expression = expression_of(("velvt", "o2"), {"velvt": ("velvet",)})
    assert expression == "('velvt':* | 'velvet') & ('o2')"


def test_parameters_are_read() -> None:
    search = search_of(
        {
            "q": " Velvet in Köln ",
            "category": "concert",
            "city": "KÖLN",
            "near": "52.52, 13.4",
            "radius_km": "30",
            "from": "2027-05-01",
            "to": "2027-05-02T20:00:00 02:00",
            "limit": "7",
            "sort": "",
        }
    )
    assert search == Search(
        text="Velvet in Köln",
        words=("velvet", "koln"),
        category="concert",
        city_keys=("koln", "cologne"),
        near=Near(52.52, 13.4, 30.0),
        day_from=date(2027, 5, 1),
        moment_to=datetime(2027, 5, 2, 18, 0, tzinfo=UTC),
        limit=7,
    )


def test_empty_parameters_ask_for_nothing() -> None:
    assert search_of(dict.fromkeys(("q", "category", "city", "near", "from", "to", "sort", "limit"), " ")) == Search()


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"category": "opera"}, ["category"]),
        ({"near": "91,0"}, ["near"]),
        ({"near": "nan,0"}, ["near"]),
        ({"near": "52.5"}, ["near"]),
        ({"near": "1,2,3"}, ["near"]),
        ({"radius_km": "10"}, ["near"]),
        ({"near": "1,2", "radius_km": "0"}, ["radius_km"]),
        ({"near": "1,2", "radius_km": "inf"}, ["radius_km"]),
        ({"from": "tomorrow"}, ["from"]),
        ({"from": "2027-05-01T20:00:00"}, ["from"]),
        ({"to": "2027-13-01"}, ["to"]),
        ({"limit": "0"}, ["limit"]),
        ({"limit": "101"}, ["limit"]),
        ({"limit": "1e1"}, ["limit"]),
        ({"limit": "٣"}, ["limit"]),
        ({"sort": "random"}, ["sort"]),
        ({"sort": "price"}, ["sort"]),
        ({"currency": "XXX"}, ["currency"]),
        ({"venue_id": "7"}, ["venue_id"]),
        ({"status": "sold"}, ["status"]),
        ({"q": "x" * 201}, ["q"]),
        ({"city": "x" * 201, "limit": "-1"}, ["city", "limit"]),
    ],
)
def test_each_bad_parameter_is_named(asked: dict[str, str | None], wrong: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        search_of(asked)
    assert [error["field"] for error in refused.value.members["errors"]] == wrong
