"""The stand-in's events: signed, sent again until taken, also by a process that was killed and started again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import stripe
from aiohttp import web

from fairseat_local.provider.process import ProviderProcess

SECRET = "whsec_test"
WAIT_S = 15.0


class Receiver:
    """An endpoint that checks signatures and says `status`, or takes the event when that is 200."""

    def __init__(self) -> None:
        self.status = 200
        self.secret = SECRET
        self.tries = 0
        self.events: list[stripe.Event] = []
        self._changed = asyncio.Condition()

    async def post(self, request: web.Request) -> web.Response:
        payload = await request.read()
        event = stripe.Webhook.construct_event(payload, request.headers["stripe-signature"], self.secret)
        async with self._changed:
            self.tries += 1
            if self.status == 200:
                self.events.append(event)
            self._changed.notify_all()
        return web.Response(status=self.status)

    async def until_events(self, *types: str) -> None:
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: set(types) <= {event.type for event in self.events})

    async def until_tries(self, count: int) -> None:
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: self.tries >= count)


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", receiver.post)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


@pytest.fixture
async def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def provider(tmp_path: Path, receiver: Receiver) -> AsyncIterator[ProviderProcess]:
    async with listening(receiver) as url:
        process = ProviderProcess(tmp_path / "provider.sqlite", url, SECRET)
        await process.start()
        yield process
        await process.stop()


def sdk(provider: ProviderProcess) -> stripe.StripeClient:
    http = stripe.AIOHTTPClient(timeout=10)
    return stripe.StripeClient("sk_test_x", base_addresses={"api": provider.url}, http_client=http)


async def authorise(client: stripe.StripeClient) -> stripe.PaymentIntent:
    return await client.v1.payment_intents.create_async(
        {
            "amount": 5_000,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": {"order_id": "o1"},
        }
    )


async def test_each_step_is_told_with_a_good_signature(provider: ProviderProcess, receiver: Receiver) -> None:
    client = sdk(provider)
    intent = await authorise(client)
    await client.v1.payment_intents.capture_async(intent.id)
    await client.v1.refunds.create_async({"payment_intent": intent.id})
    await receiver.until_events(
        "payment_intent.created",
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
        "charge.captured",
        "charge.refunded",
    )
    told = {event.type: event for event in receiver.events}
    assert told["payment_intent.succeeded"].data.object["metadata"]["order_id"] == "o1"
    assert len({event.id for event in receiver.events}) == len(receiver.events)
    stored = (await client.v1.events.list_async({"type": "charge.captured"})).data
    assert [event.id for event in stored] == [told["charge.captured"].id]


async def test_an_event_that_was_refused_is_sent_again(provider: ProviderProcess, receiver: Receiver) -> None:
    receiver.status = 500
    await authorise(sdk(provider))
    await receiver.until_tries(6)
    assert receiver.events == []
    receiver.status = 200
    await receiver.until_events("payment_intent.amount_capturable_updated", "charge.succeeded")


async def test_what_was_due_is_sent_after_a_kill(provider: ProviderProcess, receiver: Receiver) -> None:
    receiver.status = 503
    await authorise(sdk(provider))
    await receiver.until_tries(1)
    await provider.kill()
    receiver.status = 200
    await provider.start()
    await receiver.until_events(
        "payment_intent.created", "payment_intent.amount_capturable_updated", "charge.succeeded"
    )


async def test_another_endpoint_gets_what_it_asked_for(provider: ProviderProcess) -> None:
    other = Receiver()
    async with listening(other) as url:
        client = sdk(provider)
        endpoint = await client.v1.webhook_endpoints.create_async({"url": url, "enabled_events": ["charge.succeeded"]})
        assert endpoint.secret is not None
        other.secret = endpoint.secret
        await authorise(client)
        await other.until_events("charge.succeeded")
        assert [event.type for event in other.events] == ["charge.succeeded"]
        shown = await client.v1.webhook_endpoints.retrieve_async(endpoint.id)
        assert shown.secret is None
        assert (await client.v1.webhook_endpoints.delete_async(endpoint.id)).deleted
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.webhook_endpoints.create_async({"url": "file:///etc", "enabled_events": ["*"]})
