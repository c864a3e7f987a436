"""The rules of venues and shows on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from catalog import domain, domain_venues
from catalog.domain import Show, ShowChanges, ShowDraft
from catalog.domain_venues import Venue, VenueDraft
from fairseat_common.contracts import ShowChanged
from fairseat_common.contracts.refusals import Invalid, VersionStale
from fairseat_common.ids import new_id

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)

VENUE: dict[str, Any] = {
    "name": "Kupfersaal",
    "city": "Leipzig",
    "country": "DE",
    "timezone": "Europe/Berlin",
    "lat": 51.34,
    "lon": 12.37,
    "capacity": 6,
    "currency": "EUR",
    "chart": {
        "sections": [
            {"name": "A", "kind": "seated", "rows": [{"name": "1", "seats": ["1", "2"]}], "capacity": 2},
            {"name": "Pit", "kind": "standing", "rows": [], "capacity": 4},
        ]
    },
}


def draft(**changes: Any) -> VenueDraft:
    return msgspec.convert(VENUE | changes, VenueDraft)


def venue() -> Venue:
    return domain_venues.venue_new(draft(), new_id(), NOW)[0]


def show(**changes: Any) -> Show:
    wanted: dict[str, Any] = {"title": "Late Trains", "category": "concert", "starts_at": NOW + timedelta(days=30)}
    house = venue()
    made, _ = domain.show_new(ShowDraft(**(wanted | {"venue_id": house.id} | changes)), house, new_id(), new_id(), NOW)
    return made


def fields(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [error["field"] for error in refused.value.members["errors"]]


def section(**changes: Any) -> dict[str, Any]:
    rows = [{"name": "1", "seats": ["1", "2", "3", "4", "5", "6"]}]
    return {"name": "A", "kind": "seated", "rows": rows, "capacity": 6} | changes


def test_a_venue_is_published_as_it_is() -> None:
    made, event = domain_venues.venue_new(draft(name="  Kupfersaal "), new_id(), NOW)
    assert made.name == "Kupfersaal"
    assert (event.venue_id, event.version, event.capacity) == (made.id, 1, 6)
    assert event.sections == made.chart.sections


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"capacity": 7}, ["capacity"]),
        ({"currency": "XXX"}, ["currency"]),
        ({"timezone": "Europe/Atlantis"}, ["timezone"]),
        ({"timezone": "../etc/passwd"}, ["timezone"]),
        ({"name": "   "}, ["name"]),
        ({"chart": {"sections": [section(capacity=5)]}}, ["capacity", "chart.sections[0].capacity"]),
        (
            {"chart": {"sections": [section(capacity=6), section(capacity=6)]}, "capacity": 12},
            ["chart.sections"],
        ),
        (
            {"chart": {"sections": [section(rows=[{"name": "1", "seats": ["1"] * 6}])]}},
            ["chart.sections[0].rows[0].seats"],
        ),
        (
            {"chart": {"sections": [section(rows=[{"name": "1", "seats": ["1", "2", "3"]}] * 2)]}},
            ["chart.sections[0].rows"],
        ),
        ({"chart": {"sections": [section(kind="standing")]}}, ["chart.sections[0].rows"]),
    ],
)
def test_a_venue_that_does_not_add_up_is_refused(changes: dict[str, Any], wrong: list[str]) -> None:
    if "timezone" in changes and "." in changes["timezone"]:
        with pytest.raises(msgspec.ValidationError):
            draft(**changes)
        return
    with pytest.raises(Invalid) as refused:
        domain_venues.venue_new(draft(**changes), new_id(), NOW)
    assert fields(refused) == wrong


def test_a_chart_must_fit_into_one_event() -> None:
    seats = [f"{number:012d}" for number in range(500)]
    sections = [
        section(name=f"{s}", capacity=5000, rows=[{"name": f"{r}", "seats": seats} for r in range(10)])
        for s in range(10)
    ]
    with pytest.raises(Invalid) as refused:
        domain_venues.venue_new(draft(chart={"sections": sections}, capacity=50_000), new_id(), NOW)
    assert fields(refused) == ["chart.sections"]


@pytest.mark.parametrize("text", ["a\nb", "a\n", "\x00", "a\x7f", "", "x" * 201])
def test_a_line_is_one_line(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        draft(name=text)


@pytest.mark.parametrize("name", ["DE\n", "de", "DEU", "D"])
def test_a_country_is_two_letters(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        draft(country=name)


def test_a_show_takes_the_currency_of_its_venue_and_keeps_time_in_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    made = show(starts_at=datetime(2027, 7, 1, 0, 30, tzinfo=berlin), title=" Cafe\u0301 ")
    assert made.currency == "EUR"
    assert made.starts_at.tzinfo is UTC
    assert made.starts_at == datetime(2027, 6, 30, 22, 30, tzinfo=UTC)
    assert made.local_date.isoformat() == "2027-07-01"
    assert made.title == "Caf\u00e9"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"starts_at": NOW}, ["starts_at"]),
        ({"starts_at": NOW + timedelta(days=2000)}, ["starts_at"]),
        ({"currency": "XAU"}, ["currency"]),
        ({"title": "\u3000"}, ["title"]),
        ({"performers": ("A", "A ")}, ["performers"]),
        ({"performers": ("A", " ")}, ["performers[1]"]),
    ],
)
def test_a_show_that_makes_no_sense_is_refused(changes: dict[str, Any], wrong: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        show(**changes)
    assert fields(refused) == wrong


@pytest.mark.parametrize(
    "path",
    ["https://elsewhere.example/a.svg", "//elsewhere.example", "/static/../secret", "/static/a b", "javascript:1"],
)
def test_an_image_is_one_of_ours(path: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"image_url": path}, ShowChanges)


def test_an_edit_makes_the_next_version_and_says_so() -> None:
    before = show()
    after, event = domain.show_edited(before, ShowChanges(title="Early Trains"), 1, NOW)
    assert (after.title, after.version) == ("Early Trains", 2)
    assert isinstance(event, ShowChanged)
    assert (event.show_id, event.version, event.title) == (before.id, 2, "Early Trains")


def test_an_edit_that_changes_nothing_is_no_edit() -> None:
    before = show()
    assert domain.show_edited(before, ShowChanges(title=before.title), 1, NOW) == (before, None)
    assert domain.show_edited(before, ShowChanges(), 1, NOW) == (before, None)


def test_an_edit_of_an_older_version_is_refused() -> None:
    with pytest.raises(VersionStale):
        domain.show_edited(show(), ShowChanges(title="x"), 2, NOW)


def test_postponed_then_given_a_date_is_scheduled_again() -> None:
    postponed, _ = domain.show_edited(show(), ShowChanges(status="postponed"), 1, NOW)
    assert postponed.status == "postponed"
    # The old date passes before there is a new one.
    later = NOW + timedelta(days=60)
    again, _ = domain.show_edited(postponed, ShowChanges(starts_at=NOW + timedelta(days=90)), 2, later)
    assert (again.status, again.version) == ("scheduled", 3)
    with pytest.raises(Invalid):
        domain.show_edited(again, ShowChanges(starts_at=NOW + timedelta(days=95), status="postponed"), 3, NOW)


def test_a_cancellation_is_final_and_may_be_said_twice() -> None:
    cancelled, _ = domain.show_edited(show(), ShowChanges(status="cancelled"), 1, NOW)
    assert domain.show_edited(cancelled, ShowChanges(status="cancelled"), 2, NOW) == (cancelled, None)
    for changes in (ShowChanges(status="scheduled"), ShowChanges(title="x")):
        with pytest.raises(domain.ShowIsCancelled):
            domain.show_edited(cancelled, changes, 2, NOW)


def test_what_has_begun_can_only_be_cancelled_and_not_for_long() -> None:
    begun = show()
    with pytest.raises(domain.ShowIsOver):
        domain.show_edited(begun, ShowChanges(title="x"), 1, begun.starts_at)
    evening = begun.starts_at + timedelta(hours=2)
    assert domain.show_edited(begun, ShowChanges(status="cancelled"), 1, evening)[0].status == "cancelled"
    with pytest.raises(domain.ShowIsOver):
        domain.show_edited(begun, ShowChanges(status="cancelled"), 1, begun.starts_at + timedelta(days=2))
