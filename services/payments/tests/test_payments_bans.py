"""Payouts of banned sellers wait: none begins after the ban is heard, none is lost, and each is made once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import Money, UserDeactivated, UserReactivated
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.process import ProviderProcess
from payments import actions_bans, actions_payouts, store_bans, store_payouts, store_provider_payouts
from payments.domain_payouts import Payable
from payments.store_provider import Provider

BACK = "http://localhost:8000/sales?done=payouts"
OPERATOR = ("user", "operator")
SELLERS = 6


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    process = ProviderProcess(tmp_path_factory.mktemp("provider") / "provider.sqlite")
    await process.start()
    yield process
    await process.stop()


@pytest.fixture
async def payments(start: StartService, provider: ProviderProcess) -> RunningService:
    return await start("payments", STRIPE_API_URL=provider.url)


def banned(seller_id: UUID, version: int) -> UserDeactivated:
    return UserDeactivated(user_id=seller_id, reason="Fraud", version=version, occurred_at=datetime.now(UTC))


def restored(seller_id: UUID, version: int) -> UserReactivated:
    return UserReactivated(user_id=seller_id, version=version, occurred_at=datetime.now(UTC))


async def tell(payments: RunningService, *events: Any) -> None:
    said = [await payments.publish(event) for event in events]

    async def all_heard() -> bool:
        return all([await payments.heard(one) for one in said])

    await eventually(all_heard)


async def onboarded(payments: RunningService, provider: ProviderProcess) -> UUID:
    seller_id = new_id()
    seller = payments.client(seller_id)
    answer = await seller.post("/api/payouts/account", json={"return_url": BACK})
    account_id = answer.json()["onboarding_url"].partition("/onboarding/")[2].partition("?")[0]
    async with httpx.AsyncClient(base_url=provider.url) as client:
        assert (await client.post(f"/control/accounts/{account_id}", json={"onboarded": True})).status_code == 200
    assert (await seller.get("/api/payouts/account")).json()["status"] == "active"
    return seller_id


async def owe(payments: RunningService, *sellers: UUID) -> None:
    async with payments.database.transaction() as tx:
        owed = [
            Payable(seller_id=each, amount=Money(900, "EUR"), kind="reversal", cause=f"test:{new_id()}")
            for each in sellers
        ]
        await store_payouts.payables_insert(tx, owed)


async def transfers(provider: ProviderProcess, *sellers: UUID) -> list[str]:
    """The outside truth: whom the provider has really paid."""
    async with httpx.AsyncClient(base_url=provider.url) as client:
        answer = (await client.get("/control/journal", params={"kind": "transferred", "limit": 1000})).json()
    found = answer["items"] if isinstance(answer, dict) else answer
    wanted = {str(each) for each in sellers}
    return [each["metadata"]["seller_id"] for each in found if each["metadata"].get("seller_id") in wanted]


async def test_a_banned_seller_is_paid_when_the_ban_is_lifted(
    payments: RunningService, provider: ProviderProcess
) -> None:
    seller_id = await onboarded(payments, provider)
    seller, operator = payments.client(seller_id), payments.client(new_id(), OPERATOR)
    await tell(payments, banned(seller_id, 2))
    await owe(payments, seller_id)
    async with payments.database.connection() as connection:
        assert await store_payouts.owed_lists(connection, 50) == []
    assert (await seller.get("/api/payouts/account")).json()["waiting"] is True
    [waits] = (await operator.get("/api/payouts/waiting")).json()["items"]
    assert (waits["seller_id"], waits["owed"]) == (str(seller_id), [{"amount": 900, "currency": "EUR"}])
    for roles, status in ((("user",), 403), (("user", "organiser"), 403)):
        assert (await payments.client(seller_id, roles).get("/api/payouts/waiting")).status_code == status
    assert (await payments.client().get("/api/payouts/waiting")).status_code == 401
    # An old ban that comes late counts for nothing.
    await tell(payments, restored(seller_id, 4), banned(seller_id, 3))
    await eventually(lambda: transfers(provider, seller_id))
    assert (await seller.get("/api/payouts/account")).json()["waiting"] is False

    async def sent() -> bool:
        return [each["status"] for each in (await seller.get("/api/payouts")).json()["items"]] == ["sent"]

    await eventually(sent)
    assert (await operator.get("/api/payouts/waiting")).json()["items"] == []


async def test_a_ban_and_a_payout_at_once(payments: RunningService, provider: ProviderProcess) -> None:
    """Whatever comes first: once the ban is heard no transfer begins, and after it each seller is paid once."""
    sellers = [await onboarded(payments, provider) for _ in range(SELLERS)]
    await asyncio.gather(owe(payments, *sellers), *(tell(payments, banned(each, 2)) for each in sellers))
    async with payments.database.connection() as connection:
        assert await store_payouts.payouts_lease(connection, 50, timedelta(seconds=1)) == []
    before = await transfers(provider, *sellers)
    # Payouts that were made in time are due; no turn of any worker sends them.
    own = Provider("sk_test_local", provider.url)
    async with own.running():
        for _ in range(5):
            await actions_payouts.payouts_due(payments.database, own)
    assert await transfers(provider, *sellers) == before
    await tell(payments, *(restored(each, 3) for each in sellers))

    async def all_paid() -> bool:
        return sorted(await transfers(provider, *sellers)) == sorted(map(str, sellers))

    await eventually(all_paid, wait_s=40)


async def test_a_ban_while_the_provider_is_asked(
    payments: RunningService, provider: ProviderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A leased payout is looked up first; a ban that is heard meanwhile keeps the transfer from being made."""
    seller_id = await onboarded(payments, provider)
    find = store_provider_payouts.transfer_find

    async def banned_meanwhile(own: Provider, payout: Any) -> Any:
        found = await find(own, payout)
        async with payments.database.transaction() as tx:
            await actions_bans.ban_heard(tx, banned(seller_id, 2))
        return found

    async with payments.database.transaction() as tx:
        account = await tx.fetchval("select account_id from seller_accounts where seller_id = $1", seller_id)
        await tx.execute(
            "insert into payouts (id, seller_id, account_id, amount, currency, leased_until)"
            " values ($1, $2, $3, 900, 'EUR', clock_timestamp() + interval '1 day')",
            new_id(),
            seller_id,
            account,
        )
        [payout] = await store_payouts.payouts_of_seller(tx, seller_id, None, 1)
    monkeypatch.setattr(store_provider_payouts, "transfer_find", banned_meanwhile)
    own = Provider("sk_test_local", provider.url)
    async with own.running():
        await actions_payouts._send(payments.database, own, payout)
    assert await transfers(provider, seller_id) == []
    async with payments.database.connection() as connection:
        assert await store_bans.payouts_wait(connection, seller_id)
