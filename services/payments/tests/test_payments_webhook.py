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

from fairseat_common.contracts import (
    Money,
    OrderHeld,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDisputed,
    PaymentRefunded,
    PaymentVoided,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, order_confirmed, order_held, show_published
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


# Money that goes back: the provider is silent, its list is not read, and only the signed events tell


@pytest.fixture
async def told(start: StartService, tmp_path: Path) -> AsyncIterator[World]:
    async with ProviderProcess(tmp_path / "p.sqlite") as provider:
        payments = await start("payments", STRIPE_API_URL=provider.url, STRIPE_WEBHOOK_SECRETS=NEW)
        async with payments.database.connection() as connection:
            await connection.execute(
                "insert into provider_watermarks values ('events', null, now() + interval '1 hour')"
                " on conflict (name) do update set leased_until = excluded.leased_until"
            )
        yield World(payments, provider)


async def charge(world: World, method: str = "pm_card_visa") -> tuple[OrderHeld, str]:
    """A captured order and its intent."""
    order = order_held(listing_published(show_published()))
    await world.payments.publish(order)
    answer = await world.payments.client(order.buyer_id).post(
        "/api/payments",
        json={"order_id": str(order.order_id), "payment_method": method},
        headers={"Idempotency-Key": "k"},
    )
    assert answer.status_code == 201, answer.text
    await world.payments.publish(order_confirmed(order))
    await eventually(lambda: world.payments.published(PaymentCaptured), wait_s=30)
    rows = await world.fetch("select intent_id from attempts")
    return order, rows[0]["intent_id"]


def about(type_: str, object_id: str, event_id: str, **more: Any) -> bytes:
    return msgspec.json.encode({"id": event_id, "type": type_, "data": {"object": {"id": object_id} | more}})


@pytest.mark.parametrize("type_", ["refund.created", "charge.refunded"])
async def test_a_refund_is_heard_of_that_no_answer_told(told: World, type_: str) -> None:
    order, intent_id = await charge(told)
    refund_id = new_id()
    async with told.payments.database.connection() as connection:
        await connection.execute(
            "insert into refunds (id, order_id, attempt_id, reason, seats, amount, currency, sent_at, leased_until)"
            " select $1, order_id, id, 'goodwill', '{1}', amount, currency, now(), now() + interval '1 hour'"
            " from attempts",
            refund_id,
        )
    made = await told.sdk.v1.refunds.create_async(
        {"payment_intent": intent_id, "metadata": {"refund_id": str(refund_id)}}
    )
    object_id = made.id if type_ == "refund.created" else "ch_any"
    for _ in range(3):
        payload = about(type_, object_id, "evt_refund", payment_intent=intent_id)
        assert (await told.post(payload, signed(payload))).status_code == 200
    [event] = await told.payments.published(PaymentRefunded)
    assert (event.refund_id, event.order_id) == (refund_id, order.order_id)
    [row] = await told.fetch("select provider_id from refunds")
    assert row["provider_id"] == made.id


async def test_a_dispute_is_heard_of(told: World) -> None:
    order, intent_id = await charge(told, "pm_card_createDispute")
    page = await told.sdk.v1.disputes.list_async({"payment_intent": intent_id})
    for number in (1, 2):
        payload = about("charge.dispute.created", page.data[0].id, f"evt_{number}", payment_intent=intent_id)
        assert (await told.post(payload, signed(payload))).status_code == 200
    [event] = await told.payments.published(PaymentDisputed)
    assert (event.stage, event.order_id, event.disputed) == ("opened", order.order_id, order.total)


async def test_a_dispute_that_is_told_of_but_does_not_exist_moves_nothing(told: World) -> None:
    await charge(told)
    for type_, object_id in (("charge.dispute.created", "dp_none"), ("refund.created", "re_none")):
        payload = about(type_, object_id, f"evt_{type_}")
        assert (await told.post(payload, signed(payload))).status_code == 200
    assert await told.fetch("select * from disputes") == []
    assert await told.payments.published(PaymentRefunded) == []
