"""The provider's events: only a reason to look, and only if it signed them."""

from __future__ import annotations

import hashlib
import hmac
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
import stripe

from fairseat_common.contracts import Money, OrderHeld, PaymentAuthorized, PaymentVoided
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.process import ProviderProcess

OLD, NEW = "whsec_old", "whsec_new"


@dataclass
class World:
    """Payments and a provider that sends it webhooks."""

    payments: RunningService
    provider: ProviderProcess

    @property
    def sdk(self) -> stripe.StripeClient:
        http = stripe.AIOHTTPClient(timeout=10)
        return stripe.StripeClient("sk_test_x", base_addresses={"api": self.provider.url}, http_client=http)

    async def post(self, payload: bytes, header: str | None) -> httpx.Response:
        headers = {"Stripe-Signature": header} if header is not None else {}
        return await self.payments.client().post("/api/payments/webhook", content=payload, headers=headers)

    async def fetch(self, query: str) -> list[Any]:
        async with self.payments.database.connection() as connection:
            return list(await connection.fetch(query))


@pytest.fixture
async def world(start: StartService, tmp_path: Path) -> AsyncIterator[World]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    payments = await start("payments", STRIPE_API_URL=f"http://127.0.0.1:{port}", STRIPE_WEBHOOK_SECRETS=f"{NEW},{OLD}")
    process = ProviderProcess(tmp_path / "p.sqlite", f"{payments.url}/api/payments/webhook", OLD, port=port)
    await process.start()
    yield World(payments, process)
    await process.stop()


def signed(payload: bytes, secret: str = NEW, at: int | None = None) -> str:
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), b"%d." % at + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def event(intent_id: str, type_: str = "payment_intent.canceled", event_id: str = "evt_test") -> bytes:
    about = {"id": intent_id, "object": "payment_intent", "status": "succeeded", "amount": 1, "metadata": {}}
    return msgspec.json.encode({"id": event_id, "object": "event", "type": type_, "data": {"object": about}})


async def authorise(world: World) -> str:
    """A paid order's intent, with all its webhooks behind it."""
    now = datetime.now(UTC)
    order = OrderHeld(
        order_id=new_id(),
        buyer_id=new_id(),
        seller_id=new_id(),
        listing_id=new_id(),
        show_id=new_id(),
        section="A",
        row="1",
        seats=("1",),
        quantity=1,
        unit_price=Money(5_000, "EUR"),
        fees=Money(0, "EUR"),
        total=Money(5_000, "EUR"),
        expires_at=now + timedelta(minutes=10),
        version=1,
        occurred_at=now,
    )
    await world.payments.publish(order)
    answer = await world.payments.client(order.buyer_id).post(
        "/api/payments",
        json={"order_id": str(order.order_id), "payment_method": "pm_card_visa"},
        headers={"Idempotency-Key": "k"},
    )
    assert answer.status_code == 201
    await eventually(lambda: world.fetch("select id from provider_events"))
    rows = await world.fetch("select intent_id from attempts")
    return str(rows[0]["intent_id"])


async def attempt(world: World) -> tuple[str, int]:
    rows = await world.fetch("select status, version from attempts")
    return rows[0]["status"], rows[0]["version"]


async def test_what_happens_at_the_provider_is_heard_of(world: World) -> None:
    intent_id = await authorise(world)
    await world.sdk.v1.payment_intents.cancel_async(intent_id)
    await eventually(lambda: world.payments.published(PaymentVoided))
    assert await attempt(world) == ("voided", 2)
    assert len(await world.payments.published(PaymentAuthorized)) == 1


async def test_forged_and_old_events_have_no_effect(world: World) -> None:
    intent_id = await authorise(world)
    before = await world.fetch("select * from provider_events")
    payload = event(intent_id)
    now = int(time.time())
    for sent, header in (
        (payload, None),
        (payload, ""),
        (payload, "nonsense"),
        (payload, signed(payload, "whsec_other")),
        (payload, signed(payload, at=now - 400)),
        (payload, signed(payload, at=now + 400)),
        (payload + b" ", signed(payload)),
        (msgspec.json.format(payload, indent=2), signed(payload)),
        (payload, signed(payload).replace("v1=", "v0=")),
    ):
        answer = await world.post(sent, header)
        assert (answer.status_code, answer.json()["type"]) == (400, "webhook-signature-invalid")
    assert await world.fetch("select * from provider_events") == before
    assert await attempt(world) == ("authorized", 1)


async def test_the_payload_is_not_believed(world: World) -> None:
    """A signed event that says succeeded about an intent that is only authorised changes nothing."""
    intent_id = await authorise(world)
    payload = event(intent_id, "payment_intent.succeeded")
    assert (await world.post(payload, signed(payload))).status_code == 200
    assert await attempt(world) == ("authorized", 1)


async def test_both_secrets_count_and_a_repeated_event_is_acted_upon_once(world: World) -> None:
    intent_id = await authorise(world)
    payload = event(intent_id)
    for secret in (NEW, OLD, NEW):
        answer = await world.post(payload, signed(payload, secret))
        assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert len(await world.fetch("select id from provider_events where id = 'evt_test'")) == 1
    assert await attempt(world) == ("authorized", 1)


async def test_events_about_other_things_are_taken_and_ignored(world: World) -> None:
    foreign = await world.sdk.v1.payment_intents.create_async({"amount": 5_000, "currency": "eur"})
    for payload in (
        event("pi_unknown", "customer.created"),
        event("pi_unknown"),
        event(foreign.id),
        b'{"id": "evt_x", "type": "payout.paid", "data": {"object": {"object": "payout"}}}',
    ):
        assert (await world.post(payload, signed(payload))).status_code == 200
    for payload in (b"", b"[]", b"{}", b"\xff"):
        answer = await world.post(payload, signed(payload))
        assert (answer.status_code, answer.json()["type"]) == (400, "malformed-request")


async def test_money_reserved_for_an_attempt_that_was_given_up_is_released(world: World) -> None:
    intent_id = await authorise(world)
    async with world.payments.database.connection() as connection:
        await connection.execute("update attempts set status = 'failed', outcome = 'abandoned', intent_id = null")
    payload = event(intent_id, "payment_intent.amount_capturable_updated")
    assert (await world.post(payload, signed(payload))).status_code == 200
    assert (await world.sdk.v1.payment_intents.retrieve_async(intent_id)).status == "canceled"
    assert (await attempt(world))[0] == "failed"


async def test_the_webhook_tells_how_an_attempt_ended_whose_answer_was_lost(world: World) -> None:
    intent_id = await authorise(world)
    found = await world.sdk.v1.payment_intents.retrieve_async(intent_id)
    attempt_id = UUID(found.metadata["attempt_id"])
    async with world.payments.database.connection() as connection:
        await connection.execute("delete from outbox where aggregate_id = $1", attempt_id)
        await connection.execute(
            "update attempts set status = 'started', version = 0, outcome = null, intent_id = null,"
            " leased_until = now() + interval '1 hour'"
        )
    payload = event(intent_id, "payment_intent.amount_capturable_updated")
    assert (await world.post(payload, signed(payload))).status_code == 200
    assert await attempt(world) == ("authorized", 1)


async def test_an_unreachable_provider_lets_the_event_come_again(world: World) -> None:
    intent_id = await authorise(world)
    await world.provider.kill()
    payload = event(intent_id)
    answer = await world.post(payload, signed(payload))
    assert (answer.status_code, answer.json()["type"]) == (503, "payment-provider-unavailable")
    await world.provider.start()
    assert (await world.post(payload, signed(payload))).status_code == 200
