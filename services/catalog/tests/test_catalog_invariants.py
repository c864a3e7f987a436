"""What must hold in catalog is asked of its database, and an operator's edits are noted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx

from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.waiting import eventually

CHART = {"sections": [{"name": "Pit", "kind": "standing", "rows": [], "capacity": 4}]}
VENUE = {
    "name": "Kupfersaal", "city": "Leipzig", "country": "DE", "timezone": "Europe/Berlin", "lat": 51.34, "lon": 12.37,
    "capacity": 4, "currency": "EUR", "chart": CHART,
}  # fmt: skip


async def broken(operator: httpx.AsyncClient) -> set[str]:
    report = (await operator.get("/operations/catalog/invariants")).json()
    return {each["name"] for each in report["invariants"] if each["holds"] is not True}


async def test_what_is_on_sale_adds_up_until_it_does_not(start: StartService) -> None:
    catalog = await start("catalog")
    organiser = catalog.client(new_id(), ("user", "organiser"))
    actor = new_id()
    operator = catalog.client(actor, ("user", "operator"))
    venue = (await organiser.post("/api/venues", json=VENUE)).json()
    starts_at = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    body = {"title": "Late Trains", "category": "concert", "venue_id": venue["id"], "starts_at": starts_at}
    show = (await organiser.post("/api/shows", json=body)).json()
    heard = await catalog.publish(listing_published(show_published(show_id=show["id"])))
    await eventually(lambda: catalog.heard(heard))
    assert await broken(operator) == set()

    answer = await operator.patch(
        f"/api/shows/{show['id']}", json={"status": "cancelled"}, headers={"If-Match": f'"{show["version"]}"'}
    )
    assert answer.json()["status"] == "cancelled", answer.text
    log = (await operator.get("/operations/catalog/audit", params={"subject": show["id"]})).json()["items"]
    assert [(deed["action"], deed["actor_id"], deed["details"]["status"]) for deed in log] == [
        ("show-edited", str(actor), "cancelled")
    ]
    async with catalog.database.transaction() as tx:
        await tx.execute("update show_offers set listings_count = 2, lowest_amount = 1")
        await tx.execute("update venues set capacity = 5, version = version + 1")
    assert await broken(operator) >= {"offers-add-up", "venues-add-up"}
