"""Disputes, refunds of disputed charges, and amounts that no card network can move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe

from fairseat_local.provider.process import ProviderProcess


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
async def control(provider: ProviderProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{provider.url}/control") as http:
        yield http


async def authorise(client: stripe.StripeClient, **changes: Any) -> stripe.PaymentIntent:
    params: Any = {
        "amount": 10_000,
        "currency": "eur",
        "payment_method": "pm_card_createDispute",
        "allowed_payment_method_types": ["card"],
        "capture_method": "manual",
        "confirm": True,
        **changes,
    }
    return await client.v1.payment_intents.create_async(params)


async def disputes_of(client: stripe.StripeClient, intent_id: str) -> list[stripe.Dispute]:
    return (await client.v1.disputes.list_async({"payment_intent": intent_id})).data


async def test_the_dispute_card_is_disputed_once_it_is_captured(client: stripe.StripeClient) -> None:
    intent = await authorise(client)
    assert await disputes_of(client, intent.id) == []
    await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 9_000})
    [dispute] = await disputes_of(client, intent.id)
    assert (dispute.amount, dispute.currency, dispute.status) == (9_000, "eur", "needs_response")
    assert [movement.amount for movement in dispute.balance_transactions] == [-9_000]
    charge = await client.v1.charges.retrieve_async(str(intent.latest_charge))
    assert charge.disputed
    assert (await client.v1.disputes.list_async({"charge": charge.id})).data == [dispute]
    events = (await client.v1.events.list_async({"types": ["charge.dispute.created", "charge.dispute.closed"]})).data
    assert [event.data.object["id"] for event in events] == [dispute.id]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.refunds.create_async({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"


async def test_a_dispute_that_is_won_brings_the_money_back(
    client: stripe.StripeClient, control: httpx.AsyncClient
) -> None:
    intent = await authorise(client)
    await client.v1.payment_intents.capture_async(intent.id)
    [dispute] = await disputes_of(client, intent.id)
    won = await control.post(f"/disputes/{dispute.id}", json={"outcome": "won"})
    assert (won.status_code, won.json()["status"]) == (200, "won")
    assert (await control.post(f"/disputes/{dispute.id}", json={"outcome": "lost"})).status_code == 400
    assert [movement["amount"] for movement in won.json()["balance_transactions"]] == [-10_000, 10_000]
    assert (await client.v1.refunds.create_async({"payment_intent": intent.id})).amount == 10_000
    kinds = [each["kind"] for each in (await control.get("/journal", params={"intent_id": intent.id})).json()]
    assert kinds[2:] == ["captured", "dispute_opened", "dispute_won", "refunded"]


async def test_a_dispute_that_is_lost_or_given_up_does_not(
    client: stripe.StripeClient, control: httpx.AsyncClient
) -> None:
    for close in ("control", "api"):
        intent = await authorise(client)
        await client.v1.payment_intents.capture_async(intent.id)
        if close == "control":
            await control.post(f"/disputes/{intent.id}", json={"outcome": "lost"})
        else:
            await client.v1.disputes.close_async((await disputes_of(client, intent.id))[0].id)
        [dispute] = await disputes_of(client, intent.id)
        assert (dispute.status, len(dispute.balance_transactions)) == ("lost", 1)
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.refunds.create_async({"payment_intent": intent.id})


async def test_any_captured_charge_can_be_disputed_for_what_is_left(
    client: stripe.StripeClient, control: httpx.AsyncClient
) -> None:
    intent = await authorise(client, payment_method="pm_card_visa")
    assert (await control.post(f"/payment_intents/{intent.id}/dispute")).status_code == 400
    await control.post(f"/payment_intents/{intent.id}/capture")
    await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 4_000})
    assert (await control.post(f"/payment_intents/{intent.id}/dispute", json={"amount": 6_001})).status_code == 400
    opened = await control.post(f"/payment_intents/{intent.id}/dispute")
    assert (opened.status_code, opened.json()["amount"]) == (200, 6_000)
    assert (await control.post(f"/payment_intents/{intent.id}/dispute")).status_code == 400


async def test_refunds_can_be_found_again_and_noted_on(client: stripe.StripeClient) -> None:
    intent = await authorise(client, payment_method="pm_card_visa")
    await client.v1.payment_intents.capture_async(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 10_001})
    assert refused.value.code == "amount_too_large"
    made = await client.v1.refunds.create_async(
        {"payment_intent": intent.id, "amount": 1_000, "metadata": {"refund_id": "r1"}}
    )
    for query in ({"payment_intent": intent.id}, {"charge": str(intent.latest_charge)}):
        params: Any = {**query, "expand": ["data.charge.payment_intent"]}
        [found] = (await client.v1.refunds.list_async(params)).data
        assert (found.id, found.metadata) == (made.id, made.metadata)
        assert isinstance(found.charge, stripe.Charge)
        assert isinstance(found.charge.payment_intent, stripe.PaymentIntent)
        assert found.charge.amount_refunded == 1_000
    noted = await client.v1.refunds.update_async(made.id, {"metadata": {"note": "by phone"}})
    assert noted.metadata is not None
    assert dict(noted.metadata.to_dict()) == {"refund_id": "r1", "note": "by phone"}


async def test_three_decimals_move_in_steps_of_ten(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await authorise(client, amount=12_345, currency="kwd", payment_method="pm_card_visa")
    assert (refused.value.code, refused.value.param) == ("parameter_invalid_integer", "amount")
    intent = await authorise(client, amount=12_340, currency="KWD", payment_method="pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 12_335})
    captured = await client.v1.payment_intents.capture_async(intent.id)
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 5})
    assert (captured.amount_received, captured.currency) == (12_340, "kwd")
    yen = await authorise(client, amount=777, currency="jpy", payment_method="pm_card_visa")
    assert yen.amount_capturable == 777


async def test_only_what_can_be_expanded_is(client: stripe.StripeClient) -> None:
    intent = await authorise(client, expand=["latest_charge"])
    assert isinstance(intent.latest_charge, stripe.Charge)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.payment_intents.retrieve_async(intent.id, {"expand": ["customer"]})
    assert refused.value.param == "expand"
