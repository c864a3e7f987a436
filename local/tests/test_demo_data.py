"""The demo catalogue on paper: enough of everything, and nothing that the marketplace would refuse."""

from collections import Counter
from datetime import UTC, date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from fairseat_common.money import step_of
from fairseat_local.demo.charts import row_letters, seated
from fairseat_local.demo.listings import listings
from fairseat_local.demo.schedule import HORIZON_DAYS, LAST_SHOW_TITLE, shows
from fairseat_local.demo.venues import venues

A_SUNDAY = date(2027, 2, 28)
DAYS = [A_SUNDAY + timedelta(days=offset) for offset in range(7)] + [date(2028, 2, 29), date(2026, 12, 31)]


def test_there_are_venues_of_every_kind_all_over_the_world() -> None:
    houses = venues().values()
    assert len(houses) >= 44
    assert {house.kind for house in houses} == {"arena", "theatre", "hall", "stadium", "club"}
    assert len({house.region for house in houses}) >= 5
    assert len({(house.name, house.city) for house in houses}) == len(houses)
    for house in houses:
        assert ZoneInfo(house.timezone)
        assert -90 <= house.lat <= 90
        assert -180 <= house.lon <= 180


@pytest.mark.parametrize("slug", venues())
def test_a_chart_has_a_place_for_everybody_and_every_name_once(slug: str) -> None:
    house = venues()[slug]
    sections = house.chart["sections"]
    assert sum(section["capacity"] for section in sections) == house.capacity
    assert len({section["name"] for section in sections}) == len(sections)
    for section in sections:
        rows = section["rows"]
        assert len({row["name"] for row in rows}) == len(rows)
        assert all(len(set(row["seats"])) == len(row["seats"]) for row in rows)
        if section["kind"] == "seated":
            assert sum(len(row["seats"]) for row in rows) == section["capacity"]


def test_rows_grow_and_the_last_one_is_never_a_stump() -> None:
    rows = seated("A", 73, width=10)["rows"]
    assert [len(row["seats"]) for row in rows] == [10, 10, 10, 11, 11, 11, 10]
    assert [len(row["seats"]) for row in seated("A", 22, width=10)["rows"]] == [10, 12]
    assert [row_letters(index) for index in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]


@pytest.mark.parametrize("today", DAYS)
def test_shows_begin_tomorrow_and_fill_ten_months(today: date) -> None:
    calendar = shows(today)
    assert len(calendar) >= 320
    assert {show.category for show in calendar} == {
        "concert", "festival", "theatre", "comedy", "classical", "family", "sport",
    }  # fmt: skip
    days = [show.starts_at.astimezone(ZoneInfo(show.venue.timezone)).date() for show in calendar]
    assert min(days) == today + timedelta(days=1)
    assert max(days) == today + timedelta(days=HORIZON_DAYS)
    assert calendar[-1].title == LAST_SHOW_TITLE
    assert sum(day.weekday() >= 5 for day in days) > len(days) // 3
    evenings = Counter((show.venue.slug, day) for show, day in zip(calendar, days, strict=True))
    assert evenings.most_common(1)[0][1] == 1
    assert len({show.slug for show in calendar}) == len(calendar)


def test_shows_keep_the_hours_of_their_place_across_a_change_of_clocks() -> None:
    hours = {show.starts_at.astimezone(ZoneInfo(show.venue.timezone)).time() for show in shows(A_SUNDAY)}
    assert hours <= {time(h, m) for h, m in ((11, 0), (14, 0), (15, 0), (15, 30), (18, 30), (19, 0), (19, 30),
                                             (20, 0), (20, 30))}  # fmt: skip
    assert all(show.starts_at.tzinfo is UTC for show in shows(A_SUNDAY))


@pytest.mark.parametrize("today", DAYS)
def test_listings_name_seats_that_exist_and_never_the_same_twice(today: date) -> None:
    offers = listings(shows(today))
    assert len(offers) >= 150
    assert len({offer.slug for offer in offers}) == len(offers)
    taken: set[tuple[str, str, str, str]] = set()
    for offer in offers:
        assert offer.unit_price > 0
        assert offer.split != "pairs" or offer.quantity % 2 == 0
        section = next(s for s in offer.show.venue.chart["sections"] if s["name"] == offer.section)
        if section["kind"] == "standing":
            assert offer.seats == ()
            assert 1 <= offer.quantity <= 6
            continue
        row = next(row for row in section["rows"] if row["name"] == offer.row)
        assert offer.seats
        assert set(offer.seats) <= set(row["seats"])
        places = {(offer.show.slug, offer.section, offer.row, seat) for seat in offer.seats}
        assert not places & taken
        taken |= places


def test_some_near_shows_have_no_listings_and_one_has_many() -> None:
    calendar = shows(A_SUNDAY)
    counts = Counter(offer.show.slug for offer in listings(calendar))
    assert any(show.slug not in counts for show in calendar[:50])
    assert counts.most_common(1)[0][1] >= 10
    assert counts[calendar[-1].slug] == 1


def test_prices_follow_the_currency() -> None:
    assert venues()["nippon-budokan"].minor_units(40) == 6000
    assert venues()["uber-arena"].minor_units(40.4) == 4000
    assert venues()["avicii-arena"].minor_units(40) == 44000
    assert venues()["jaber-centre"].minor_units(40) == 13250


@pytest.mark.parametrize("today", DAYS)
def test_unusual_money_is_on_sale_soon_and_so_is_tomorrow(today: date) -> None:
    offers = listings(shows(today))
    soon = [offer for offer in offers if offer.show.starts_at.date() <= today + timedelta(days=21)]
    assert {"EUR", "JPY", "KWD"} <= {offer.show.venue.currency for offer in soon}
    assert offers[0].show.starts_at.date() <= today + timedelta(days=2)
    for offer in offers:
        assert offer.unit_price % step_of(offer.show.venue.currency) == 0
