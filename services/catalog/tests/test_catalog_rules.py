"""The rules of resale: by version, by whoever manages the show, and only ones that make sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from fairseat_common.contracts import Money, ResaleRulesSet
from fairseat_common.testing.builders import now
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService

ORGANISER, OTHER = UUID(int=1), UUID(int=2)
ROLES = ("user", "organiser")
CHART = {
    "sections": [{"name": "Stalls", "kind": "seated", "rows": [{"name": "A", "seats": ["1", "2"]}], "capacity": 2}]
}


async def announced(catalog: RunningService, **changes: Any) -> dict[str, Any]:
    client = catalog.client(ORGANISER, ROLES)
    venue = {
        "name": "Theater am Ufer", "city": "Berlin", "country": "DE", "timezone": "Europe/Berlin", "lat": 52.5,
        "lon": 13.4, "capacity": 2, "currency": "EUR", "chart": CHART,
    }  # fmt: skip
    made = await client.post("/api/venues", json=venue)
    assert made.status_code == 201, made.text
    starts_at = (now() + timedelta(days=30)).isoformat()
    body = {"title": "The Lanterns", "category": "concert", "venue_id": made.json()["id"], "starts_at": starts_at}
    answer = await client.post("/api/shows", json=body | changes)
    assert answer.status_code == 201, answer.text
    show: dict[str, Any] = answer.json()
    return show


async def put(client: httpx.AsyncClient, show: dict[str, Any], version: int | None, **rules: Any) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await client.put(f"/api/shows/{show['id']}/resale-rules", json=rules, headers=headers)


def refused(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["type"]) == (status, kind), answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_rules_are_set_by_version_and_told_to_everybody(start: StartService) -> None:
    catalog = await start("catalog")
    show = await announced(catalog)
    client, path = catalog.client(ORGANISER, ROLES), f"/api/shows/{show['id']}/resale-rules"
    before = await catalog.client().get(path)
    assert (before.headers["etag"], before.json()["version"], before.json()["resale"]) == ('"0"', 0, True)
    first = await put(client, show, 0, cap_percent=110, transferable=False)
    assert (first.status_code, first.headers["etag"]) == (200, '"1"'), first.text
    # The same again is no new version; whoever looked before has to look again.
    assert (await put(client, show, 1, cap_percent=110, transferable=False)).json() == first.json()
    refused(await put(client, show, 0, resale=False), 412, "version-stale")
    refused(await put(client, show, None, resale=False), 428, "if-match-missing")
    until = datetime.fromisoformat(show["starts_at"]).astimezone(UTC) - timedelta(hours=2)
    cap = {"amount": 12_000, "currency": "EUR"}
    second = await put(client, show, 1, cap_amount=cap, buyer_fee_percent=0, resale_until=until.isoformat())
    assert second.json() == (await catalog.client().get(path)).json()
    said = await catalog.published(ResaleRulesSet)
    assert [(rules.version, rules.cap_percent, rules.cap_amount) for rules in said] == [
        (1, 110, None),
        (2, None, Money(12_000, "EUR")),
    ]
    assert {(rules.rules_id, rules.show_id, rules.organiser_id) for rules in said} == {
        (said[0].rules_id, UUID(show["id"]), ORGANISER)
    }
    assert (said[1].buyer_fee_percent, said[1].seller_fee_percent, said[1].resale_until) == (0, None, until)
    # A rule that is not sent again ends: the rules are set as a whole.
    assert (said[0].transferable, said[1].transferable) == (False, True)


async def test_rules_that_make_no_sense_are_refused_beside_their_field(start: StartService) -> None:
    catalog = await start("catalog")
    show = await announced(catalog)
    client = catalog.client(ORGANISER, ROLES)
    late = (datetime.fromisoformat(show["starts_at"]) + timedelta(minutes=1)).isoformat()
    past = (now() - timedelta(minutes=1)).isoformat()
    euros = {"amount": 100, "currency": "EUR"}
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"cap_percent": 110, "cap_amount": euros}, "rules-invalid", "cap_amount"),
        ({"cap_amount": euros | {"currency": "USD"}}, "rules-invalid", "cap_amount.currency"),
        ({"resale_until": late}, "rules-invalid", "resale_until"),
        ({"resale_until": past}, "rules-invalid", "resale_until"),
        ({"cap_percent": 0}, "invalid", "cap_percent"),
        ({"buyer_fee_percent": 51}, "invalid", "buyer_fee_percent"),
        ({"surprise": 1}, "invalid", "surprise"),
    ]
    for rules, kind, field in wrong:
        told = refused(await put(client, show, 0, **rules), 422, kind)
        assert [error["field"] for error in told["errors"]] == [field], rules
    assert await catalog.published(ResaleRulesSet) == []


async def test_rules_are_the_organisers(start: StartService) -> None:
    catalog = await start("catalog")
    show = await announced(catalog)
    refused(await put(catalog.client(), show, 0), 401, "sign-in-required")
    for client in (catalog.client(OTHER), catalog.client(OTHER, ROLES)):
        refused(await put(client, show, 0, resale=False), 403, "duty-missing")
    refused(await put(catalog.client(ORGANISER, ROLES), {"id": str(OTHER)}, 0), 404, "not-found")
    assert (await catalog.client().get(f"/api/shows/{OTHER}/resale-rules")).status_code == 404
    assert (await put(catalog.client(OTHER, ("user", "operator")), show, 0, resale=False)).status_code == 200
    cancelled = await catalog.client(ORGANISER, ROLES).patch(
        f"/api/shows/{show['id']}", json={"status": "cancelled"}, headers={"If-Match": '"1"'}
    )
    assert cancelled.status_code == 200, cancelled.text
    refused(await put(catalog.client(ORGANISER, ROLES), show, 1), 409, "show-cancelled")
