"""What is to be seen of holds and sales."""

from __future__ import annotations

import re
from uuid import UUID

import httpx

from fairseat_common.contracts import ListingPublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually


async def shown(orders: RunningService) -> dict[str, float]:
    text = (await orders.client().get("/metrics")).text
    return {name: float(value) for name, value in re.findall(r"^(fairseat_\S+) (\S+)", text, re.MULTILINE)}


async def listed(orders: RunningService) -> ListingPublished:
    show = show_published()
    listing = listing_published(show, 2)
    for event in (show, listing):
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]
    return listing


async def hold(client: httpx.AsyncClient, listing_id: UUID, quantity: int) -> int:
    body = {"listing_id": str(listing_id), "quantity": quantity}
    return (await client.post("/api/orders", json=body, headers={"Idempotency-Key": str(new_id())})).status_code


async def test_holds_are_counted_by_what_became_of_them(start: StartService) -> None:
    orders = await start("orders", INVARIANTS_SECONDS="3600")
    listing = await listed(orders)
    before = await shown(orders)
    for state in ("made", "sold"):
        assert before[f'fairseat_holds_total{{service="orders",state="{state}"}}'] == 0.0, "what begins at 1 never grew"
    assert await hold(orders.client(new_id()), listing.listing_id, 2) == 201
    assert await hold(orders.client(new_id()), listing.listing_id, 1) == 409
    assert await hold(orders.client(listing.seller_id), listing.listing_id, 1) == 409

    async def counted() -> dict[str, float] | None:
        now = await shown(orders)
        return now if now.get('fairseat_holds_total{service="orders",state="made"}') else None

    now = await eventually(counted)
    for outcome in ("held", "lost", "refused"):
        assert now[f'fairseat_hold_requests_total{{outcome="{outcome}",service="orders"}}'] == 1.0, outcome
    assert now['fairseat_events_total{service="orders",subject="orders.held.v1"}'] == 1.0
    assert now['fairseat_consumer_pending{consumer="orders-listings-published-v1",service="orders"}'] == 0.0
    assert now['fairseat_stream_messages{service="orders",stream="ORDERS"}'] >= 0.0
    assert now['fairseat_delivery_seconds_count{consumer="orders-listings-published-v1",service="orders"}'] == 1.0
    assert before['fairseat_holds_open{service="orders"}'] == 0.0
    assert now['fairseat_invariants_checked_at_seconds{service="orders"}'] > 0
    broken = {name: value for name, value in now.items() if name.startswith("fairseat_invariant_breaks") and value}
    assert broken == {}
    assert not [name for name in now if str(listing.listing_id) in name or "/metrics" in name], "no ids, no probes"
