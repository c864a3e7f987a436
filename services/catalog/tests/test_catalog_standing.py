"""Rules of places and organisers: of what is asked and what is demanded the stricter holds, for every show ahead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import actions_standing
from catalog.domain import Show
from catalog.domain_rules import CapAmount, RulesDraft
from catalog.domain_standing import StandingDraft, rules_for
from catalog.domain_venues import VenueLine
from fairseat_common.contracts import ResaleRulesSet
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

HOUSE, GUEST = UUID(int=1), UUID(int=2)
ROLES = ("user", "organiser")
CHART = {
    "sections": [{"name": "Stalls", "kind": "seated", "rows": [{"name": "A", "seats": ["1", "2"]}], "capacity": 2}]
}
EUROS = CapAmount(9_000, "EUR")
CAP_120 = StandingDraft(cap_percent=120)


async def venue_of(catalog: RunningService, organiser: UUID = HOUSE) -> str:
    body = {
        "name": f"House {new_id().hex[-8:]}", "city": "Berlin", "country": "DE", "timezone": "Europe/Berlin",
        "lat": 52.5, "lon": 13.4, "capacity": 2, "currency": "EUR", "chart": CHART,
    }  # fmt: skip
    made = await catalog.client(organiser, ROLES).post("/api/venues", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def announced(catalog: RunningService, venue_id: str, **changes: Any) -> dict[str, Any]:
    starts_at = (now() + timedelta(days=30)).isoformat()
    body = {"title": "The Lanterns", "category": "concert", "venue_id": venue_id, "starts_at": starts_at}
    answer = await catalog.client(GUEST, ROLES).post("/api/shows", json=body | changes)
    assert answer.status_code == 201, answer.text
    show: dict[str, Any] = answer.json()
    return show


async def put(client: httpx.AsyncClient, path: str, version: int, **rules: Any) -> httpx.Response:
    return await client.put(f"{path}/resale-rules", json=rules, headers={"If-Match": f'"{version}"'})


async def rules_of(catalog: RunningService, show: dict[str, Any]) -> dict[str, Any]:
    answer = await catalog.client().get(f"/api/shows/{show['id']}/resale-rules")
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def spread(catalog: RunningService, path: str) -> None:
    async def done() -> bool:
        return not (await catalog.client().get(f"{path}/resale-rules")).json()["spreading"]

    await eventually(done)


def refused(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["type"]) == (status, kind), answer.text
    return answer.json()  # type: ignore[no-any-return]


def show_with(**changes: Any) -> Show:
    place = VenueLine(id=UUID(int=9), name="House", city="Berlin", country="DE", timezone="Europe/Berlin")
    facts: dict[str, Any] = {
        "id": UUID(int=8), "title": "Show", "category": "concert", "performers": (), "venue": place,
        "starts_at": now() + timedelta(days=30), "status": "scheduled", "currency": "EUR", "image_url": None,
        "organiser_id": GUEST, "version": 1,
    }  # fmt: skip
    return Show(**facts | changes)


START = show_with().starts_at
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("own", "organiser", "venue", "expected", "sources"),
    [
        (None, None, None, {}, {}),
        (None, StandingDraft(cap_percent=110), None, {"cap_percent": 110}, {"cap_percent": "organiser"}),
        # A show's own rules are instead of its organiser's, as a whole.
        (RulesDraft(), StandingDraft(cap_percent=110, resale=False), None, {}, {}),
        # The house is never loosened, and may be tightened.
        (RulesDraft(cap_percent=150), None, CAP_120, {"cap_percent": 120}, {"cap_percent": "venue"}),
        (RulesDraft(cap_percent=105), None, CAP_120, {"cap_percent": 105}, {"cap_percent": "show"}),
        (
            RulesDraft(transferable=False), None, StandingDraft(resale=False),
            {"resale": False, "transferable": False}, {"resale": "venue", "transferable": "show"},
        ),
        (
            RulesDraft(buyer_fee_percent=0), None, StandingDraft(buyer_fee_percent=5, seller_fee_percent=0),
            {"buyer_fee_percent": 0, "seller_fee_percent": 0},
            {"buyer_fee_percent": "show", "seller_fee_percent": "venue"},
        ),
        # Caps of two kinds stand beside each other; an amount binds shows of its currency.
        (
            RulesDraft(cap_percent=110), None, StandingDraft(cap_amount=EUROS),
            {"cap_percent": 110, "cap_amount": EUROS}, {"cap_percent": "show", "cap_amount": "venue"},
        ),
        (None, None, StandingDraft(cap_amount=CapAmount(9_000, "USD")), {}, {}),
        (
            RulesDraft(resale_until=START - 3 * HOUR), None, StandingDraft(resale_ends_hours=5),
            {"resale_until": START - 5 * HOUR}, {"resale_until": "venue"},
        ),
    ],
)  # fmt: skip
def test_the_stricter_rule_holds_and_says_whose_it_is(
    own: RulesDraft | None,
    organiser: StandingDraft | None,
    venue: StandingDraft | None,
    expected: dict[str, Any],
    sources: dict[str, str],
) -> None:
    assert rules_for(show_with(starts_at=START), own, organiser, venue) == (RulesDraft(**expected), sources)


def test_without_a_start_there_is_no_end_of_resale_to_count_back_from() -> None:
    holding, _ = rules_for(show_with(status="postponed"), None, None, StandingDraft(resale_ends_hours=5))
    assert holding.resale_until is None


percents = st.none() | st.integers(1, 50)
drafts = st.builds(
    StandingDraft, resale=st.booleans(), transferable=st.booleans(), cap_percent=percents,
    buyer_fee_percent=percents, seller_fee_percent=percents,
)  # fmt: skip


@given(asked=drafts, demanded=drafts)
def test_nothing_is_looser_than_the_house(asked: StandingDraft, demanded: StandingDraft) -> None:
    holding, sources = rules_for(show_with(), None, asked, demanded)
    for name in ("resale", "transferable"):
        assert getattr(holding, name) == (getattr(asked, name) and getattr(demanded, name))
    for name in ("cap_percent", "buyer_fee_percent", "seller_fee_percent"):
        set_ones = [value for value in (getattr(asked, name), getattr(demanded, name)) if value is not None]
        assert getattr(holding, name) == (min(set_ones) if set_ones else None)
        assert (name in sources) == bool(set_ones)


async def test_a_house_s_rules_reach_every_show_ahead_and_each_new_one(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_standing, "BATCH_MAX", 2)
    catalog = await start("catalog")
    venue_id, elsewhere = await venue_of(catalog), await venue_of(catalog)
    path, boss = f"/api/venues/{venue_id}", catalog.client(HOUSE, ROLES)
    shows = [await announced(catalog, venue_id) for _ in range(5)]
    other = await announced(catalog, elsewhere)
    first = await put(boss, path, 0, cap_percent=120)
    assert (first.status_code, first.headers["etag"], first.json()["spreading"]) == (200, '"1"', True), first.text
    await spread(catalog, path)
    for show in shows:
        rules = await rules_of(catalog, show)
        assert (rules["version"], rules["cap_percent"], rules["sources"], rules["own"]) == (
            1, 120, {"cap_percent": "venue"}, None,
        )  # fmt: skip
    assert (await rules_of(catalog, other))["version"] == 0
    said = await catalog.published(ResaleRulesSet)
    assert {(event.show_id, event.version, event.by_venue) for event in said} == {
        (UUID(show["id"]), 1, ("cap_percent",)) for show in shows
    }
    # Whoever announces a show there has the rules from its first moment on.
    new = await announced(catalog, venue_id)
    assert (await rules_of(catalog, new))["cap_percent"] == 120
    # The guest's own rules tighten; they do not loosen. Given up, the house's are left.
    guest, own = catalog.client(GUEST, ROLES), f"/api/shows/{new['id']}"
    loose = (await put(guest, own, 1, cap_percent=150, transferable=False)).json()
    assert (loose["cap_percent"], loose["own"]["cap_percent"], loose["version"]) == (120, 150, 2)
    assert loose["sources"] == {"cap_percent": "venue", "transferable": "show"}
    dropped = await guest.request("DELETE", f"{own}/resale-rules", headers={"If-Match": '"2"'})
    assert (dropped.status_code, dropped.json()["transferable"], dropped.json()["own"]) == (200, True, None)
    # The same again is no new version, and nothing has to be told.
    same = await put(boss, path, 1, cap_percent=120)
    assert (same.status_code, same.json()["version"], same.json()["spreading"]) == (200, 1, False)
    assert (await put(boss, path, 1)).status_code == 200
    await spread(catalog, path)
    assert (await rules_of(catalog, shows[0]))["sources"] == {}


async def test_an_organisers_rules_are_those_of_shows_without_their_own(start: StartService) -> None:
    catalog = await start("catalog")
    venue_id = await venue_of(catalog)
    plain, ruled = [await announced(catalog, venue_id) for _ in range(2)]
    guest, path = catalog.client(GUEST, ROLES), f"/api/organisers/{GUEST}"
    assert (await put(guest, f"/api/shows/{ruled['id']}", 0, cap_percent=200)).status_code == 200
    assert (await put(guest, path, 0, resale_ends_hours=24, transferable=False)).status_code == 200
    await spread(catalog, path)
    begins = datetime.fromisoformat(plain["starts_at"])
    rules = await rules_of(catalog, plain)
    assert datetime.fromisoformat(rules["resale_until"]) == begins - timedelta(hours=24)
    assert rules["sources"] == {"resale_until": "organiser", "transferable": "organiser"}
    assert (await rules_of(catalog, ruled))["version"] == 1
    # What counts back from the start moves with it.
    later = begins + timedelta(days=1)
    edit = {"starts_at": later.isoformat()}
    moved = await guest.patch(f"/api/shows/{plain['id']}", json=edit, headers={"If-Match": '"1"'})
    assert moved.status_code == 200, moved.text
    rules = await rules_of(catalog, plain)
    assert (rules["version"], datetime.fromisoformat(rules["resale_until"])) == (2, later - timedelta(hours=24))


async def test_standing_rules_are_set_by_version_and_by_those_whose_they_are(start: StartService) -> None:
    catalog = await start("catalog")
    venue_id = await venue_of(catalog)
    boss, guest = catalog.client(HOUSE, ROLES), catalog.client(GUEST, ROLES)
    venue, nobody = f"/api/venues/{venue_id}", f"/api/organisers/{UUID(int=77)}"
    assert (await catalog.client().get(f"{venue}/resale-rules")).headers["etag"] == '"0"'
    refused(await put(catalog.client(), venue, 0), 401, "sign-in-required")
    refused(await put(guest, venue, 0, resale=False), 403, "venue-not-yours")
    refused(await put(guest, f"/api/organisers/{HOUSE}", 0, resale=False), 403, "duty-missing")
    refused(await put(catalog.client(GUEST, ("user", "operator")), nobody, 0), 404, "not-found")
    refused(await put(boss, f"/api/venues/{UUID(int=77)}", 0), 404, "not-found")
    refused(await boss.put(f"{venue}/resale-rules", json={}), 428, "if-match-missing")
    euros = {"amount": 100, "currency": "EUR"}
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"cap_percent": 110, "cap_amount": euros}, "rules-invalid", "cap_amount"),
        ({"cap_amount": {"amount": 100, "currency": "XXX"}}, "rules-invalid", "cap_amount.currency"),
        ({"cap_amount": {"amount": 5, "currency": "KWD"}}, "rules-invalid", "cap_amount.amount"),
        ({"resale_ends_hours": -1}, "invalid", "resale_ends_hours"),
        ({"resale_until": None}, "invalid", "resale_until"),
    ]
    for rules, kind, field in wrong:
        told = refused(await put(boss, venue, 0, **rules), 422, kind)
        assert [error["field"] for error in told["errors"]] == [field], rules
    assert (await put(boss, venue, 0, cap_amount=euros)).status_code == 200
    refused(await put(boss, venue, 0), 412, "version-stale")
