"""Days and places in plain words: how they are read, and which days they are seen from any day of the year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from catalog.domain_facets import BANDS_MAX, DayShows, bands_of, days_counted
from catalog.domain_places import cities_named, city_of_slug, city_slug, same_city
from catalog.domain_search import expression_of, splits, words_of
from catalog.domain_suggestions import SUGGESTIONS_MAX, Suggestion, ranked
from catalog.domain_when import PRESETS, When, days_of, days_on_earth, said_in

SUNDAY = date(2026, 11, 22)
WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("query", "today", "first", "last", "rest"),
    [
        ("this weekend in Berlin", WEDNESDAY, "2026-11-27", "2026-11-29", "in Berlin"),
        ("this weekend", SUNDAY, "2026-11-22", "2026-11-22", ""),
        ("the week-end", WEDNESDAY, "2026-11-27", "2026-11-29", ""),
        ("next weekend", WEDNESDAY, "2026-12-04", "2026-12-06", ""),
        ("jazz tonight", WEDNESDAY, "2026-11-25", "2026-11-25", "jazz"),
        ("tommorow", WEDNESDAY, "2026-11-26", "2026-11-26", ""),
        ("jazz in Paris on Friday", WEDNESDAY, "2026-11-27", "2026-11-27", "jazz in Paris"),
        ("wednesday night", WEDNESDAY, "2026-11-25", "2026-11-25", ""),
        ("next friday", WEDNESDAY, "2026-12-04", "2026-12-04", ""),
        ("this week", WEDNESDAY, "2026-11-25", "2026-11-29", ""),
        ("next week", SUNDAY, "2026-11-23", "2026-11-29", ""),
        ("this month", WEDNESDAY, "2026-11-25", "2026-11-30", ""),
        ("next month", date(2026, 12, 31), "2027-01-01", "2027-01-31", ""),
        ("in June", WEDNESDAY, "2027-06-01", "2027-06-30", ""),
        ("in November", WEDNESDAY, "2026-11-25", "2026-11-30", ""),
        ("December 2027 gala", WEDNESDAY, "2027-12-01", "2027-12-31", "gala"),
        ("5 june", WEDNESDAY, "2027-06-05", "2027-06-05", ""),
        ("on the 3rd of December", WEDNESDAY, "2026-12-03", "2026-12-03", ""),
        ("Dec 24 2028", WEDNESDAY, "2028-12-24", "2028-12-24", ""),
        ("2027-05-01", WEDNESDAY, "2027-05-01", "2027-05-01", ""),
        ("29 February", WEDNESDAY, "2028-02-29", "2028-02-29", ""),
        ("in the next 10 days", WEDNESDAY, "2026-11-25", "2026-12-05", ""),
    ],
)
def test_days_are_read_and_taken_out(query: str, today: date, first: str, last: str, rest: str) -> None:
    said = said_in(query)
    assert said is not None
    assert [day.isoformat() for day in days_of(said.when, today)] == [first, last]
    assert said.rest == rest


@pytest.mark.parametrize(
    "query",
    ["The Long Weekend", "Riverlight Weekend", "31 June", "30 feb", "May Day", "marching band", "", "99 luftballons"],
)
def test_names_are_no_days(query: str) -> None:
    assert said_in(query) is None


@pytest.mark.parametrize(
    ("query", "certain"),
    [
        ("this weekend", True),
        ("on friday", True),
        ("friday night lights", False),
        ("the weeknd", False),
        ("this weeknd", False),
        ("tonight", False),
    ],
)
def test_what_may_be_a_name_is_not_certain(query: str, certain: bool) -> None:
    said = said_in(query)
    assert said is not None
    assert said.certain is certain


@given(some.sampled_from(PRESETS), some.dates(date(2024, 1, 1), date(2040, 1, 1)))
def test_days_in_words_are_never_over(preset: str, today: date) -> None:
    first, last = days_of(When(preset), today)
    assert today <= first <= last <= today + timedelta(days=62)
    assert days_on_earth(When(preset), today)[1] == (first, last)


@given(some.text(max_size=60))
def test_any_text_is_read_without_complaint(text: str) -> None:
    said_in(text)
    cities_named(text)


def test_cities_are_named_after_in() -> None:
    found = cities_named("jazz in New York City tonight")
    assert ("new york city", "jazz tonight") in [(city.key, city.rest) for city in found]
    assert cities_named("Berlin Stories") == []
    assert same_city("koln") == ["koln", "cologne"]
    assert city_slug("sao paulo", "BR") == "sao-paulo-br"
    assert city_of_slug("sao-paulo-br") == ("sao paulo", "BR")
    assert [city_of_slug(slug) for slug in ("", "br", "são-paulo-br", "berlin-", "x\x00-de")] == [None] * 5


def test_a_category_is_asked_for_in_other_words() -> None:
    assert expression_of(["gigs"], {}) == "('gigs':* | 'concert':D)"
    assert expression_of(["velvetharbour"], {"velvetharbour": ["velvet harbour"]}) == (
        "('velvetharbour':* | ('velvet' & 'harbour'))"
    )
    assert ("velvet", "harbour") in splits("velvetharbour")
    assert words_of("what's on", fillers=False) == ()


@given(
    some.lists(some.tuples(some.sampled_from(["EUR", "JPY"]), some.integers(0, 24), some.integers(1, 99)), max_size=40)
)
def test_price_bands_touch_and_count_everything(rungs: list[tuple[str, int, int]]) -> None:
    bands = bands_of(rungs)
    assert sum(band.shows_count for band in bands) == sum(shows for _, _, shows in rungs)
    for currency in {band.currency for band in bands}:
        mine = [band for band in bands if band.currency == currency]
        assert len(mine) <= BANDS_MAX
        assert (mine[0].min_price, mine[-1].max_price) == (0, None)
        assert [band.max_price for band in mine[:-1]] == [band.min_price - 1 for band in mine[1:]]


def test_a_day_counts_by_the_calendar_of_its_place() -> None:
    tomorrow = SUNDAY + timedelta(days=1)
    when, months = days_counted(
        [DayShows(SUNDAY, 1, 5), DayShows(tomorrow, 2, 3), DayShows(date(2026, 12, 1), 1, 7)], SUNDAY
    )
    counts = {each.when: each.shows_count for each in when}
    # Where it is already tomorrow, that day is today.
    assert (counts["today"], counts["tomorrow"]) == (8, 0)
    assert [(each.first, each.shows_count) for each in months] == [(date(2026, 12, 1), 7)]


def test_suggestions_are_few_and_of_each_kind() -> None:
    found = [Suggestion("show", str(n), f"Lon {n}", "", 1) for n in range(20)]
    found += [Suggestion("city", "london-gb", "London", "GB", 9), Suggestion("performer", "p", "Lon 3", "", 2)]
    kept = ranked("lon", found)
    assert len(kept) == SUGGESTIONS_MAX
    assert {each.kind for each in kept} == {"show", "city", "performer"}
    assert [each.name for each in kept].count("Lon 3") == 1, "a performer's page stands for shows of that name"
