"""The stand-in as a program meets it: the real SDK against the real process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from fairseat_local.provider.process import ProviderProcess

KEY = "sk_test_fairseat"
PAY = {
    "amount": 12_950,
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "capture_method": "manual",
    "confirm": True,
}


@asynccontextmanager
async def running(data: Path, network_ms: int = 0) -> AsyncIterator[ProviderProcess]:
    process = ProviderProcess(data, network_ms=network_ms)
    await process.start()
    try:
        yield process
    finally:
        await process.stop()


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    async with running(tmp_path_factory.mktemp("provider") / "provider.sqlite") as process:
        yield process


@pytest.fixture
def client(provider: ProviderProcess) -> stripe.StripeClient:
    return sdk(provider.url)


def sdk(url: str, key: str = KEY) -> stripe.StripeClient:
    http = stripe.AIOHTTPClient(timeout=10)
    return stripe.StripeClient(key, base_addresses={"api": url}, http_client=http, max_network_retries=0)


async def pay(client: stripe.StripeClient, key: str | None = None, **changes: Any) -> stripe.PaymentIntent:
    options: Any = {"idempotency_key": key} if key else {}
    params: Any = {**PAY, **changes}
    return await client.v1.payment_intents.create_async(params, options)


def replayed(intent: stripe.PaymentIntent) -> str | None:
    assert intent.last_response is not None
    return intent.last_response.headers.get("Idempotent-Replayed")


def intent_of(error: stripe.StripeError) -> stripe.PaymentIntent:
    assert error.error is not None
    assert error.error.payment_intent is not None
    return error.error.payment_intent


async def intents(client: stripe.StripeClient) -> list[stripe.PaymentIntent]:
    return (await client.v1.payment_intents.list_async({"limit": 100})).data


async def test_authorise_then_capture_once(client: stripe.StripeClient) -> None:
    intent = await pay(client, metadata={"order_id": "o1"})
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 12_950, 0)
    captured = await client.v1.payment_intents.capture_async(intent.id)
    assert (captured.status, captured.amount_capturable, captured.amount_received) == ("succeeded", 0, 12_950)
    with pytest.raises(stripe.InvalidRequestError) as second:
        await client.v1.payment_intents.capture_async(intent.id)
    assert second.value.code == "payment_intent_unexpected_state"
    assert intent_of(second.value).status == "succeeded"
    charges = (await client.v1.charges.list_async({"payment_intent": intent.id})).data
    assert [(charge.captured, charge.amount_captured) for charge in charges] == [(True, 12_950)]
    assert (await client.v1.payment_intents.retrieve_async(intent.id)).metadata["order_id"] == "o1"


async def test_create_then_confirm_and_automatic_capture(client: stripe.StripeClient) -> None:
    intent = await pay(client, confirm=False, payment_method="", capture_method="automatic")
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.confirm_async(intent.id)
    paid = await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_mastercard"})
    assert (paid.status, paid.amount_received) == ("succeeded", 12_950)


async def test_a_cancelled_intent_cannot_be_captured(client: stripe.StripeClient) -> None:
    intent = await pay(client)
    cancelled = await client.v1.payment_intents.cancel_async(intent.id, {"cancellation_reason": "abandoned"})
    assert (cancelled.status, cancelled.amount_capturable) == ("canceled", 0)
    for again in (client.v1.payment_intents.capture_async, client.v1.payment_intents.cancel_async):
        with pytest.raises(stripe.InvalidRequestError):
            await again(intent.id)


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
async def test_declined_then_paid_with_another_card(
    client: stripe.StripeClient, card: str, code: str, decline_code: str
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        await pay(client, payment_method=card)
    error = declined.value.error
    assert error is not None
    assert (declined.value.http_status, error.code, error.decline_code) == (402, code, decline_code)
    failed = intent_of(declined.value)
    assert failed.status == "requires_payment_method"
    paid = await client.v1.payment_intents.confirm_async(
        failed.id, {"payment_method": "pm_card_visa", "return_url": "http://localhost/"}
    )
    assert (paid.status, paid.last_payment_error) == ("requires_capture", None)
    charges = (await client.v1.charges.list_async({"payment_intent": paid.id})).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


async def test_partial_capture_and_limits_of_refunds(client: stripe.StripeClient) -> None:
    intent = await pay(client)
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 12_951})
    with pytest.raises(stripe.InvalidRequestError) as early:
        await client.v1.refunds.create_async({"payment_intent": intent.id})
    assert early.value.code == "charge_not_captured"
    await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 10_000})
    first = await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 4_000})
    assert first.amount == 4_000
    for amount in (6_001, 0, -1):
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": amount})
    rest = await client.v1.refunds.create_async({"charge": str(intent.latest_charge)})
    assert rest.amount == 6_000
    with pytest.raises(stripe.InvalidRequestError) as late:
        await client.v1.refunds.create_async({"payment_intent": intent.id})
    assert late.value.code == "charge_already_refunded"
    charge = await client.v1.charges.retrieve_async(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (10_000, True)


async def test_a_repeated_key_gets_the_first_answer(client: stripe.StripeClient) -> None:
    before = len(await intents(client))
    first = await pay(client, "k1")
    second = await pay(client, "k1")
    assert first.id == second.id
    assert (replayed(first), replayed(second)) == (None, "true")
    with pytest.raises(stripe.IdempotencyError):
        await pay(client, "k1", amount=1_000)
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            await pay(client, "k2", payment_method="pm_card_chargeDeclined")
    assert len(await intents(client)) == before + 2


async def test_a_request_that_was_not_understood_leaves_its_key_free(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await pay(client, "k", amount=1)
    assert (await pay(client, "k")).status == "requires_capture"


async def test_a_key_in_flight_is_a_conflict(tmp_path: Path) -> None:
    async with running(tmp_path / "slow.sqlite", network_ms=300) as process:
        client = sdk(process.url)
        answers = await asyncio.gather(*(pay(client, "same") for _ in range(5)), return_exceptions=True)
        errors = [answer for answer in answers if isinstance(answer, stripe.StripeError)]
        assert [error.http_status for error in errors] == [409] * 4
        assert len(await intents(client)) == 1


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"surprise": "1"}, "parameter_unknown", "surprise"),
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": -1}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": "12.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": ""}, "parameter_missing", "amount"),
        ({"currency": "xxx"}, "parameter_invalid", "currency"),
        ({"payment_method": "pm_nobody"}, "resource_missing", "payment_method"),
        ({"capture_method": "later"}, "parameter_invalid", "capture_method"),
        ({"metadata": {"k": "v" * 501}}, "parameter_invalid", "metadata[...]"),
        ({"metadata": {str(n): "v" for n in range(1, 53)}}, "parameter_invalid", "metadata"),
        ({"payment_method_types": ["card"]}, "payment_method_types_no_longer_supported", "payment_method_types"),
        ({"allowed_payment_method_types": ["cash"]}, "parameter_invalid", "allowed_payment_method_types[0]"),
        ({"automatic_payment_methods": {"enabled": True}}, "parameter_invalid", "allowed_payment_method_types"),
    ],
)
async def test_bad_parameters_are_refused_and_nothing_is_made(
    client: stripe.StripeClient, changes: dict[str, Any], code: str, param: str
) -> None:
    before = await intents(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await pay(client, **changes)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)
    assert await intents(client) == before


async def test_lists_are_newest_first_in_pages(client: stripe.StripeClient) -> None:
    made = [(await pay(client, metadata={"n": str(n)})).id for n in range(5)][::-1]
    first = await client.v1.payment_intents.list_async({"limit": 2})
    assert ([intent.id for intent in first.data], first.has_more) == (made[:2], True)
    rest = await client.v1.payment_intents.list_async({"limit": 3, "starting_after": made[1]})
    assert [intent.id for intent in rest.data] == made[2:]
    back = await client.v1.payment_intents.list_async({"limit": 1, "ending_before": made[2]})
    assert ([intent.id for intent in back.data], back.has_more) == ([made[1]], True)
    recent = await client.v1.payment_intents.list_async({"created": {"gte": rest.data[0].created + 60}})
    assert recent.data == []
    for limit in (0, 101):
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.payment_intents.list_async({"limit": limit})


async def test_search_by_metadata(client: stripe.StripeClient) -> None:
    for n in range(3):
        await pay(client, metadata={"order_id": "o-search", "attempt_id": str(n)})
    found = await client.v1.payment_intents.search_async({"query": "metadata['attempt_id']:'1'"})
    assert [intent.metadata["attempt_id"] for intent in found.data] == ["1"]
    both = "metadata['attempt_id']:'1' AND metadata['order_id']:'o2'"
    assert (await client.v1.payment_intents.search_async({"query": both})).data == []
    pages = [page async for page in found_all(client, "metadata['order_id']:'o-search'")]
    assert pages == ["2", "1", "0"]
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.search_async({"query": "1=1 or true"})


async def found_all(client: stripe.StripeClient, query: str) -> AsyncIterator[str]:
    page = await client.v1.payment_intents.search_async({"query": query, "limit": 1})
    async for intent in page.auto_paging_iter():
        yield intent.metadata["attempt_id"]


async def test_keys_urls_and_bodies_that_are_not_served(provider: ProviderProcess) -> None:
    with pytest.raises(stripe.AuthenticationError):
        await pay(sdk(provider.url, "sk_live_nothing"))
    async with httpx.AsyncClient(base_url=provider.url, headers={"authorization": f"Bearer {KEY}"}) as http:
        assert (await http.get("/healthz", headers={"authorization": ""})).json() == {"status": "ok"}
        assert (await http.get("/v1/payment_intents", headers={"authorization": ""})).status_code == 401
        assert (await http.get("/v1/payment_intents")).json()["object"] == "list"
        assert (await http.get("/v1/payment_intents/pi_none")).status_code == 404
        assert (await http.get("/v1/nothing")).status_code == 404
        assert (await http.post("/v1/payment_intents", content=b"a" * 70_000)).status_code == 413
        for body in (
            b"\xff\xfe",
            b"amount",
            b"a[b][c][d][e]=1",
            b"[]=1",
            b"amount=1&amount=2",
            b"&".join([b"a=1"] * 300),
        ):
            answer = await http.post("/v1/payment_intents", content=body)
            assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    async with running(tmp_path / "killed.sqlite") as provider:
        await pay_through_a_kill(provider, sdk(provider.url))


async def pay_through_a_kill(provider: ProviderProcess, client: stripe.StripeClient) -> None:
    done: list[tuple[str, str]] = []

    async def buy(n: int) -> None:
        intent = await pay(client, f"pay-{n}")
        done.append((f"pay-{n}", intent.id))

    work = [asyncio.create_task(buy(n)) for n in range(40)]
    await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    await provider.kill()
    await asyncio.gather(*work, return_exceptions=True)
    await provider.start()
    assert done
    assert {intent_id for _, intent_id in done} <= {intent.id for intent in await intents(client)}
    for key, intent_id in done:
        assert (await pay(client, key)).id == intent_id
    for n in range(40):
        await pay(client, f"pay-{n}")
    assert len(await intents(client)) == 40
