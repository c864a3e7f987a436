"""3-D Secure: the buyer is sent to the bank's page, answers there, and comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe

from fairseat_local.provider.process import ProviderProcess

RETURN_URL = "http://localhost:8000/orders/1?from=bank"
PAY = {
    "amount": 12_950,
    "currency": "eur",
    "payment_method": "pm_card_threeDSecure2Required",
    "allowed_payment_method_types": ["card"],
    "capture_method": "manual",
    "confirm": True,
    "return_url": RETURN_URL,
}


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    async with ProviderProcess(tmp_path_factory.mktemp("provider") / "provider.sqlite") as process:
        yield process


@pytest.fixture
async def client(provider: ProviderProcess) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.AIOHTTPClient(timeout=10)
    yield stripe.StripeClient(
        "sk_test_x", base_addresses={"api": provider.url}, http_client=http, max_network_retries=0
    )
    await http.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
async def web(provider: ProviderProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=provider.url) as http:
        yield http


async def pay(client: stripe.StripeClient, **changes: Any) -> stripe.PaymentIntent:
    params: Any = {**PAY, **changes}
    return await client.v1.payment_intents.create_async(params)


def page_of(intent: stripe.PaymentIntent) -> str:
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    return str(intent.next_action.redirect_to_url.url)


async def events_of(client: stripe.StripeClient, intent_id: str) -> list[str]:
    found = (await client.v1.events.list_async({"limit": 100})).data
    return [str(event.type) for event in found if event.data.object["id"] == intent_id][::-1]


async def test_the_buyer_answers_the_bank_and_comes_back(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    intent = await pay(client)
    assert (intent.status, intent.latest_charge, intent.amount_capturable) == ("requires_action", None, 0)
    page = await web.get(page_of(intent))
    assert page.status_code == 200
    assert "EUR 129.50" in page.text
    assert "ending in 3220" in page.text
    answer = await web.post(page_of(intent), data={"outcome": "passed"})
    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert answer.headers["location"].startswith("http://localhost:8000/orders/1?from=bank&")
    assert (query["payment_intent"], query["redirect_status"]) == ([intent.id], ["succeeded"])
    paid = await client.v1.payment_intents.retrieve_async(intent.id)
    assert (paid.status, paid.amount_capturable, paid.next_action) == ("requires_capture", 12_950, None)
    assert await events_of(client, intent.id) == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.amount_capturable_updated",
    ]


async def test_answering_twice_or_looking_again_changes_nothing(
    client: stripe.StripeClient, web: httpx.AsyncClient
) -> None:
    intent = await pay(client)
    for outcome in ("passed", "failed", "passed"):
        answer = await web.post(page_of(intent), data={"outcome": outcome})
        assert "redirect_status=succeeded" in answer.headers["location"]
    assert (await web.get(page_of(intent))).status_code == 303
    charges = await client.v1.charges.list_async({"payment_intent": intent.id})
    assert len(charges.data) == 1


async def test_a_buyer_who_fails_may_pay_with_another_card(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    intent = await pay(client)
    answer = await web.post(page_of(intent), data={"outcome": "failed"})
    assert "redirect_status=failed" in answer.headers["location"]
    failed = await client.v1.payment_intents.retrieve_async(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    paid = await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "requires_capture"


async def test_a_card_can_be_declined_after_its_challenge(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    intent = await pay(client, payment_method="pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    answer = await web.post(page_of(intent), data={"outcome": "passed"})
    assert "redirect_status=failed" in answer.headers["location"]
    declined = await client.v1.payment_intents.retrieve_async(intent.id)
    assert declined.last_payment_error is not None
    assert (declined.status, declined.last_payment_error.decline_code) == (
        "requires_payment_method",
        "insufficient_funds",
    )


async def test_whoever_cannot_send_the_buyer_anywhere_gets_a_decline(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        await pay(client, return_url="", error_on_requires_action=True)
    error = declined.value.error
    assert error is not None
    assert (declined.value.http_status, error.code, error.decline_code) == (402, *["authentication_required"] * 2)
    assert error.payment_intent is not None
    assert error.payment_intent.status == "requires_payment_method"


async def test_a_cancelled_challenge_leads_nowhere(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    intent = await pay(client)
    await client.v1.payment_intents.cancel_async(intent.id)
    answer = await web.post(page_of(intent), data={"outcome": "passed"})
    assert "redirect_status=failed" in answer.headers["location"]
    assert (await client.v1.payment_intents.retrieve_async(intent.id)).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.capture_async(intent.id)


async def test_challenges_without_a_browser(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    intent = await pay(client)
    assert (await web.post(f"/control/challenges/{intent.id}", json={"outcome": "maybe"})).status_code == 400
    answer = await web.post(f"/control/challenges/{intent.id}", json={"outcome": "passed"})
    assert answer.json()["status"] == "requires_capture"
    assert (await web.post(f"/control/challenges/{intent.id}", json={"outcome": "passed"})).status_code == 400
    kinds = [each["kind"] for each in (await web.get("/control/journal", params={"intent_id": intent.id})).json()]
    assert kinds == ["intent_created", "challenged", "authorized"]


async def test_pages_that_do_not_exist_say_so(web: httpx.AsyncClient) -> None:
    for path in ("challenge/pi_nobody", "onboarding/acct_nobody", "nothing", "challenge/"):
        answer = await web.get(f"/dev/provider/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
