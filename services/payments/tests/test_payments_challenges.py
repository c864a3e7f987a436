"""The bank's questions (3-D Secure), and what happened at the provider while nobody told us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from fairseat_common.contracts import (
    Event,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentFailed,
    PaymentVoided,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import (
    listing_published,
    order_cancelled,
    order_confirmed,
    order_held,
    show_published,
)
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.inside import ProviderInside
from payments import actions_feed, actions_look, actions_record, actions_settle, domain, main, store_events
from payments.domain_events import Happened
from payments.store_provider import Provider

ASKS = "pm_card_threeDSecure2Required"
BACK = "http://localhost:8000/orders/1/return"
WAIT_S = 30.0
OFTEN_S = 0.1


@dataclass
class World:
    """Payments and a provider that sends it no webhooks."""

    payments: RunningService
    provider: ProviderInside

    async def tell(self, event: Event) -> None:
        heard = await self.payments.publish(event)
        await eventually(lambda: self.payments.heard(heard), WAIT_S)

    async def hold(self, expires_in_s: float = 600) -> tuple[OrderHeld, httpx.AsyncClient]:
        order = order_held(listing_published(show_published()), expires_in_s=expires_in_s)
        await self.tell(order)
        return order, self.payments.client(order.buyer_id)

    async def said(self, kind: type[Event]) -> Any:
        events = await eventually(lambda: self.payments.published(kind), WAIT_S)
        return events[0]

    async def intent(self, order: OrderHeld) -> Any:
        http = stripe.AIOHTTPClient(timeout=10)
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": self.provider.url}, http_client=http)
        query = f"metadata['order_id']:'{order.order_id}'"
        found = await client.v1.payment_intents.search_async({"query": query, "limit": 100})
        await http.close_async()  # type: ignore[no-untyped-call]
        [intent] = found.data
        return intent

    async def control(self, path: str, **body: Any) -> None:
        async with httpx.AsyncClient(base_url=self.provider.url) as client:
            answer = await client.post(f"/control/{path}", json=body)
            assert answer.status_code == 200, answer.text


async def pay(client: httpx.AsyncClient, order: OrderHeld, key: str = "k", **more: str) -> httpx.Response:
    body = {"order_id": str(order.order_id), "payment_method": ASKS} | more
    return await client.post("/api/payments", json=body, headers={"Idempotency-Key": key})


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Payments looks every tenth of a second whether something is due, and soon tries again what failed."""
    monkeypatch.setattr(main, "POLL_S", OFTEN_S)
    monkeypatch.setattr(main, "FEED_POLL_S", OFTEN_S)
    monkeypatch.setattr(domain, "RETRY_FIRST_S", OFTEN_S)
    monkeypatch.setattr(actions_settle, "CHALLENGE_POLL_MIN_S", OFTEN_S)
    monkeypatch.setattr(actions_record, "CHALLENGE_PAUSE", timedelta(seconds=OFTEN_S))


@pytest.fixture
async def world(start: StartService, tmp_path: Path) -> AsyncIterator[World]:
    async with ProviderInside(tmp_path / "provider.sqlite") as provider:
        yield World(await start("payments", STRIPE_API_URL=provider.url), provider)


async def test_a_passed_challenge_is_an_authorisation(world: World) -> None:
    order, client = await world.hold()
    answer = await pay(client, order, return_url=BACK)
    assert answer.status_code == 201
    payment = answer.json()
    intent = await world.intent(order)
    assert payment["status"] == "requires_action"
    assert payment["action_url"] == intent.next_action.redirect_to_url.url
    shown = (await client.get(f"/api/payments/{payment['id']}")).json()
    assert shown == payment
    assert await world.payments.published(PaymentAuthorized) == []
    assert (await pay(client, order, key="other")).json()["type"] == "order-not-payable"
    await world.control(f"challenges/{intent.id}", outcome="passed")
    event = await world.said(PaymentAuthorized)
    assert (str(event.payment_id), event.version) == (payment["id"], 1)
    again = await pay(client, order, return_url=BACK)
    assert (again.status_code, again.content) == (201, answer.content)
    shown = (await client.get(f"/api/payments/{payment['id']}")).json()
    assert (shown["status"], shown["action_url"]) == ("authorized", None)
    await world.tell(order_confirmed(order))
    await world.said(PaymentCaptured)


async def test_a_failed_challenge_leaves_the_order_payable(world: World) -> None:
    order, client = await world.hold()
    assert (await pay(client, order, return_url=BACK)).status_code == 201
    await world.control(f"challenges/{(await world.intent(order)).id}", outcome="failed")
    event = await world.said(PaymentFailed)
    assert event.reason == "payment_intent_authentication_failure"
    assert (await pay(client, order, key="other", payment_method="pm_card_visa")).status_code == 201


async def test_without_a_way_back_the_question_is_a_no(world: World) -> None:
    order, client = await world.hold()
    answer = await pay(client, order)
    assert (answer.status_code, answer.json()["type"]) == (402, "card-declined")
    assert answer.json()["reason"] == "authentication_required"


@pytest.mark.parametrize(
    "url",
    ["https://localhost:8000/", "http://localhost:8001/", "http://evil.example/", "/orders/1", "javascript:1", ""],
)
async def test_the_way_back_leads_to_this_site_only(world: World, url: str) -> None:
    order, client = await world.hold()
    answer = await pay(client, order, return_url=url)
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == "return_url"


async def test_a_challenge_that_outlives_the_hold_is_ended_at_the_provider(world: World) -> None:
    order, client = await world.hold(expires_in_s=3)
    payment = (await pay(client, order, return_url=BACK)).json()
    await world.said(PaymentFailed)
    assert (await world.intent(order)).status == "canceled"
    shown = (await client.get(f"/api/payments/{payment['id']}")).json()
    assert (shown["status"], shown["reason"]) == ("failed", "released")


@pytest.mark.parametrize("kind", [OrderCancelled, OrderConfirmed])
async def test_a_challenge_of_an_order_that_is_decided_is_ended(world: World, kind: type[Event]) -> None:
    order, client = await world.hold()
    assert (await pay(client, order, return_url=BACK)).status_code == 201
    await world.tell(order_cancelled(order) if kind is OrderCancelled else order_confirmed(order))
    await world.said(PaymentFailed)
    assert (await world.intent(order)).status == "canceled"


# What a lost webhook would have said


async def test_what_somebody_did_at_the_provider_is_found(world: World) -> None:
    order, client = await world.hold()
    assert (await pay(client, order, payment_method="pm_card_visa")).status_code == 201
    await world.control(f"payment_intents/{(await world.intent(order)).id}/cancel")
    await world.said(PaymentVoided)


async def test_an_authorisation_that_went_astray_is_released(world: World) -> None:
    """The first request's effect was lost from sight, its key forgotten, and another intent made: one is too many."""
    order, client = await world.hold()
    assert (await pay(client, order, payment_method="pm_card_visa")).status_code == 201
    real = await world.intent(order)
    http = stripe.AIOHTTPClient(timeout=10)
    sdk = stripe.StripeClient("sk_test_x", base_addresses={"api": world.provider.url}, http_client=http)
    astray = await sdk.v1.payment_intents.create_async(
        {
            "amount": real.amount,
            "currency": real.currency,
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": real.metadata.to_dict(),
        }
    )

    async def released() -> bool:
        return (await sdk.v1.payment_intents.retrieve_async(astray.id)).status == "canceled"

    await eventually(released, WAIT_S)
    assert (await sdk.v1.payment_intents.retrieve_async(real.id)).status == "requires_capture"
    await http.close_async()  # type: ignore[no-untyped-call]
    assert await world.payments.published(PaymentVoided) == []


async def test_the_list_is_read_by_one_at_a_time_and_each_event_once(world: World) -> None:
    order, client = await world.hold()
    assert (await pay(client, order, payment_method="pm_card_visa")).status_code == 201
    own = Provider("sk_test_own", world.provider.url)

    async def known() -> list[Any]:
        async with world.payments.database.connection() as connection:
            return list(await connection.fetch("select id from provider_events where type like 'payment_intent.%'"))

    before = await eventually(known, WAIT_S)
    async with own.running(), world.payments.database.connection() as connection:
        await connection.execute("update provider_watermarks set leased_until = now() + interval '1 hour'")
        assert await store_events.watermark_lease(connection, actions_feed.LEASE) == (False, None)
        assert not await actions_feed.feed_read(world.payments.database, own)
        await connection.execute("update provider_watermarks set leased_until = now(), after_id = 'evt_forgotten'")
        assert not await actions_feed.feed_read(world.payments.database, own)
    assert await known() == before


async def test_an_event_that_breaks_is_set_aside_and_looked_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = actions_look._look_intent
    broken: list[str] = []

    async def breaks(database: Any, provider: Any, intent_id: str) -> Any:
        if intent_id in broken:
            raise KeyError("nobody thought of this")
        return await real(database, provider, intent_id)

    monkeypatch.setattr(actions_look, "_look_intent", breaks)
    sick, well = await world.hold(), await world.hold()
    for order, client in (sick, well):
        assert (await pay(client, order, payment_method="pm_card_visa")).status_code == 201
    broken.append((await world.intent(sick[0])).id)
    for order, _ in (sick, well):
        await world.control(f"payment_intents/{(await world.intent(order)).id}/cancel")
    event = await world.said(PaymentVoided)
    assert event.order_id == well[0].order_id
    broken.clear()

    async def both() -> bool:
        async with world.payments.database.connection() as connection:
            await connection.execute("update provider_events_parked set due_at = now()")
            left = await connection.fetchval("select count(*) from provider_events_parked")
        return left == 0 and len(await world.payments.published(PaymentVoided)) == 2

    await eventually(both, WAIT_S)


def happened(number: int, created_s: int) -> Happened:
    return Happened(f"evt_{number}", "refund.created", created_s, f"re_{new_id().hex}", None, None)


def test_the_place_in_the_list_stays_behind_its_end() -> None:
    place = actions_feed._next_place
    assert place([], "evt_0", more=False) == "evt_0"
    fresh = [happened(1, 100), happened(2, 110)]
    assert place(fresh, "evt_0", more=False) == "evt_0"
    assert place([*fresh, happened(3, 125)], None, more=False) == "evt_1"
    assert place(fresh, "evt_0", more=True) == "evt_2"
