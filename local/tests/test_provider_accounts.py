"""Connect: sellers' accounts, the onboarding page, transfers and their reversals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe

from fairseat_local.provider.process import ProviderProcess

BACK = "http://localhost:8000/sales"


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


async def open_account(client: stripe.StripeClient) -> stripe.Account:
    return await client.v1.accounts.create_async(
        {
            "type": "express",
            "country": "DE",
            "email": "seller@example.com",
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {"seller_id": "s1"},
        }
    )


async def link_to(client: stripe.StripeClient, account_id: str) -> str:
    params: Any = {
        "account": account_id,
        "refresh_url": f"{BACK}?again",
        "return_url": BACK,
        "type": "account_onboarding",
    }
    return (await client.v1.account_links.create_async(params)).url


async def onboarded(client: stripe.StripeClient, web: httpx.AsyncClient) -> str:
    account = await open_account(client)
    await web.post(f"/control/accounts/{account.id}", json={"onboarded": True})
    return account.id


async def send(client: stripe.StripeClient, account_id: str, key: str = "", **changes: Any) -> stripe.Transfer:
    params: Any = {"amount": 5_000, "currency": "eur", "destination": account_id, **changes}
    options: Any = {"idempotency_key": key} if key else {}
    return await client.v1.transfers.create_async(params, options)


async def test_a_seller_is_onboarded_on_the_page(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    account = await open_account(client)
    assert (account.details_submitted, account.payouts_enabled) == (False, False)
    link = await link_to(client, account.id)
    assert (await web.get(link)).status_code == 200
    answer = await web.post(link, data={"action": "finish", "name": "Sam Seller", "iban": "DE1"})
    assert (answer.status_code, answer.headers["location"]) == (303, BACK)
    ready = await client.v1.accounts.retrieve_async(account.id)
    assert (ready.details_submitted, ready.payouts_enabled) == (True, True)
    assert ready.capabilities is not None
    assert ready.capabilities.transfers == "active"
    assert (await web.get(link)).headers["location"] == BACK
    events = (await client.v1.events.list_async({"type": "account.updated"})).data
    assert [event.data.object["id"] for event in events] == [account.id]


async def test_a_seller_who_leaves_the_page_is_not(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    account = await open_account(client)
    answer = await web.post(await link_to(client, account.id), data={"action": "later"})
    assert answer.headers["location"] == BACK
    assert not (await client.v1.accounts.retrieve_async(account.id)).details_submitted
    other = await open_account(client)
    foreign = (await link_to(client, other.id)).replace(other.id, account.id)
    assert (await web.post(foreign, data={"action": "finish"})).status_code == 404
    with pytest.raises(stripe.InvalidRequestError):
        await link_to(client, "acct_nobody")


async def test_only_onboarded_accounts_are_paid(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    account = await open_account(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await send(client, account.id)
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        await send(client, "acct_nobody")
    assert (unknown.value.code, unknown.value.param) == ("resource_missing", "destination")
    await web.post(f"/control/accounts/{account.id}", json={"onboarded": True})
    assert (await send(client, account.id)).amount == 5_000
    await web.post(f"/control/accounts/{account.id}", json={"onboarded": False})
    with pytest.raises(stripe.InvalidRequestError):
        await send(client, account.id)


async def test_a_transfer_is_made_once_and_found_again(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    account_id = await onboarded(client, web)
    first = await send(client, account_id, "payout-1", metadata={"payout_id": "p1"}, transfer_group="g1")
    again = await send(client, account_id, "payout-1", metadata={"payout_id": "p1"}, transfer_group="g1")
    assert first.id == again.id
    for query in ({"destination": account_id}, {"transfer_group": "g1"}):
        params: Any = query
        [found] = (await client.v1.transfers.list_async(params)).data
        assert (found.id, found.metadata["payout_id"]) == (first.id, "p1")
    done = (await web.get("/control/journal", params={"kind": "transferred"})).json()
    assert [each["object_id"] for each in done if each["idempotency_key"] == "payout-1"] == [first.id]


async def test_a_transfer_comes_back_up_to_its_amount(client: stripe.StripeClient, web: httpx.AsyncClient) -> None:
    transfer = await send(client, await onboarded(client, web))
    part = await client.v1.transfers.reversals.create_async(transfer.id, {"amount": 2_000})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.transfers.reversals.create_async(transfer.id, {"amount": 3_001})
    assert refused.value.code == "amount_too_large"
    rest = await web.post(f"/control/transfers/{transfer.id}/reverse")
    assert (part.amount, rest.json()["amount"]) == (2_000, 3_000)
    assert (await web.post(f"/control/transfers/{transfer.id}/reverse")).status_code == 400
    found = await client.v1.transfers.retrieve_async(transfer.id)
    assert (found.amount_reversed, found.reversed) == (5_000, True)
    reversals = (await client.v1.transfers.reversals.list_async(transfer.id)).data
    assert [each.id for each in reversals] == [rest.json()["id"], part.id]


@pytest.mark.parametrize("changes", [{"amount": 0}, {"amount": -1}, {"currency": "xxx"}, {"surprise": 1}])
async def test_bad_transfers_are_refused(
    client: stripe.StripeClient, web: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    account_id = await onboarded(client, web)
    with pytest.raises(stripe.InvalidRequestError):
        await send(client, account_id, **changes)
    assert (await client.v1.transfers.list_async({"destination": account_id})).data == []
