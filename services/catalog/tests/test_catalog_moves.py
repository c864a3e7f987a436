"""Until when whoever has a ticket of a show that moves may choose, by the rules alone and over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from catalog import domain
from catalog.domain import Show, ShowChanges
from catalog.domain_venues import VenueLine
from fairseat_common.contracts import ShowChanged
from fairseat_common.contracts.refusals import Invalid
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
FIRST = NOW + timedelta(days=30)


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def show(**changes: Any) -> Show:
    house = VenueLine(id=new_id(), name="Kupfersaal", city="Leipzig", country="DE", timezone="Europe/Berlin")
    facts: dict[str, Any] = {
        "id": new_id(),
        "title": "Late Trains",
        "category": "concert",
        "performers": (),
        "venue": house,
        "starts_at": FIRST,
        "status": "scheduled",
        "currency": "EUR",
        "image_url": None,
        "organiser_id": new_id(),
        "version": 1,
    }
    return Show(**facts | changes)


def edited(before: Show, now: datetime = NOW, **changes: Any) -> Show:
    return domain.show_edited(before, ShowChanges(**changes), before.version, now)[0]


POSTPONED: dict[str, Any] = {"status": "postponed", "moved_from": FIRST, "refund_until": days(14)}
MOVED: dict[str, Any] = {"starts_at": days(60), "moved_from": FIRST, "refund_until": days(14)}


@pytest.mark.parametrize(
    ("before", "changes", "moved_from", "refund_until"),
    [
        ({}, {"title": "Early Trains"}, None, None),
        ({}, {"status": "postponed"}, FIRST, days(14)),
        ({}, {"status": "postponed", "refund_until": days(90)}, FIRST, days(90)),
        ({}, {"starts_at": days(60)}, FIRST, days(14)),
        ({}, {"starts_at": days(60), "refund_until": days(1)}, FIRST, days(1)),
        # No choice outlives the start, however near it is.
        ({}, {"starts_at": days(5)}, FIRST, days(5)),
        ({}, {"starts_at": days(0.5)}, FIRST, days(0.5)),
        # A postponed show is given a date: the tickets are still for the first one, and a promise stands.
        (POSTPONED, {"starts_at": days(60)}, FIRST, days(14)),
        (POSTPONED | {"refund_until": days(40)}, {"starts_at": days(60)}, FIRST, days(40)),
        (POSTPONED | {"refund_until": days(40)}, {"starts_at": days(33)}, FIRST, days(33)),
        (POSTPONED, {"refund_until": days(20)}, FIRST, days(20)),
        (POSTPONED, {"status": "postponed"}, FIRST, days(14)),
        # It takes place on its first date after all: nothing to choose.
        (POSTPONED, {"status": "scheduled"}, None, None),
        (POSTPONED, {"starts_at": FIRST}, None, None),
        # Moved again while holders still choose, after they have, and back to where it was.
        (MOVED, {"starts_at": days(70)}, FIRST, days(14)),
        (MOVED | {"refund_until": days(-1)}, {"starts_at": days(70)}, days(60), days(14)),
        (MOVED, {"starts_at": FIRST}, days(60), days(14)),
        (MOVED, {"status": "cancelled"}, None, None),
    ],
)
def test_a_show_that_moves_gives_a_choice(
    before: dict[str, Any], changes: dict[str, Any], moved_from: datetime | None, refund_until: datetime | None
) -> None:
    after = edited(show(**before), **changes)
    assert (after.moved_from, after.refund_until) == (moved_from, refund_until)


@pytest.mark.parametrize(
    ("before", "changes"),
    [
        ({}, {"refund_until": days(10)}),
        ({}, {"status": "cancelled", "refund_until": days(10)}),
        ({}, {"status": "postponed", "refund_until": days(0.9)}),
        ({}, {"status": "postponed", "refund_until": days(366)}),
        ({}, {"starts_at": days(60), "refund_until": days(61)}),
        ({}, {"starts_at": days(60), "refund_until": datetime.max.replace(tzinfo=UTC)}),
        (POSTPONED, {"refund_until": days(13)}),
        (POSTPONED, {"starts_at": days(60), "refund_until": days(13)}),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_beside_its_field(
    before: dict[str, Any], changes: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refused:
        edited(show(**before), **changes)
    assert [error["field"] for error in refused.value.members["errors"]] == ["refund_until"]


def test_a_postponed_show_does_not_take_place_on_a_day_that_is_over() -> None:
    with pytest.raises(Invalid) as refused:
        edited(show(**POSTPONED), FIRST + timedelta(days=1), status="scheduled")
    assert [error["field"] for error in refused.value.members["errors"]] == ["starts_at"]


async def test_a_move_is_told_to_everybody(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(UUID(int=1), ("user", "organiser"))
    house = {"name": "Kupfersaal", "city": "Leipzig", "country": "DE", "timezone": "Europe/Berlin", "currency": "EUR"}
    chart = {"sections": [{"name": "Pit", "kind": "standing", "rows": [], "capacity": 4}]}
    venue = await organiser.post("/api/venues", json=house | {"lat": 51, "lon": 12, "capacity": 4, "chart": chart})
    first = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    draft = {"title": "Trains", "category": "concert", "venue_id": venue.json()["id"], "starts_at": first.isoformat()}
    made = (await organiser.post("/api/shows", json=draft)).json()
    assert (made["organiser_id"], made["moved_from"], made["refund_until"]) == (str(UUID(int=1)), None, None)
    path = f"/api/shows/{made['id']}"
    until = (first + timedelta(days=5)).isoformat()
    new = {"starts_at": (first + timedelta(days=9)).isoformat(), "refund_until": until}
    answer = await organiser.patch(path, json=new, headers={"if-match": '"1"'})
    assert answer.status_code == 200, answer.text
    shown = (await catalog.client().get(path)).json()
    assert datetime.fromisoformat(shown["moved_from"]) == first
    assert datetime.fromisoformat(shown["refund_until"]) == first + timedelta(days=5)
    event = (await catalog.published(ShowChanged))[0]
    assert (event.organiser_id, event.moved_from, event.refund_until) == (
        UUID(int=1),
        first,
        first + timedelta(days=5),
    )
    off = await organiser.patch(path, json={"status": "cancelled"}, headers={"if-match": '"2"'})
    assert (off.json()["moved_from"], off.json()["refund_until"]) == (None, None)
