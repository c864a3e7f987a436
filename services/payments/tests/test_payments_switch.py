"""The switches: no payment begins while sales are stopped or cannot be heard, no payout while payouts are stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import Money, OrderConfirmed, OrderHeld, PaymentCaptured, SalesSwitched
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.process import ProviderProcess
from payments import store_payouts
from payments.actions_switch import Hearing
from payments.domain_switch import SalesUnknown

OPERATOR = ("user", "operator")
TOTAL = Money(12_950, "EUR")


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    process = ProviderProcess(tmp_path_factory.mktemp("provider") / "provider.sqlite")
    await process.start()
    yield process
    await process.stop()


async def deliver(payments: RunningService, event: Any) -> None:
    heard = await payments.publish(event)
    await eventually(lambda: payments.heard(heard))


async def hold(payments: RunningService, buyer_id: UUID) -> OrderHeld:
    now = datetime.now(UTC)
    order = OrderHeld(
        order_id=new_id(),
        buyer_id=buyer_id,
        seller_id=new_id(),
        listing_id=new_id(),
        show_id=new_id(),
        section="A",
        row="1",
        seats=("1",),
        quantity=1,
        unit_price=TOTAL,
        fees=Money(0, "EUR"),
        total=TOTAL,
        expires_at=now + timedelta(minutes=10),
        version=1,
        occurred_at=now,
    )
    await deliver(payments, order)
    return order


def confirmed(order: OrderHeld) -> OrderConfirmed:
    return OrderConfirmed(**{name: getattr(order, name) for name in order.__struct_fields__} | {"version": 2})


def switched(is_open: bool, version: int) -> SalesSwitched:
    now = datetime.now(UTC)
    return SalesSwitched(switch_id=new_id(), open=is_open, reason="Test", version=version, occurred_at=now)


async def pay(client: httpx.AsyncClient, order: OrderHeld, key: str = "") -> httpx.Response:
    body = {"order_id": str(order.order_id), "payment_method": "pm_card_visa"}
    return await client.post("/api/payments", json=body, headers={"Idempotency-Key": key or new_id().hex})


def refused(answer: httpx.Response, status: int, slug: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text


async def test_no_payment_begins_while_sales_are_stopped_and_those_under_way_end_well(
    start: StartService, provider: ProviderProcess
) -> None:
    payments = await start("payments", STRIPE_API_URL=provider.url)
    other = await start("payments", keep_data=True, STRIPE_API_URL=provider.url)
    buyer_id = new_id()
    buyers = [process.client(buyer_id) for process in (payments, other)]
    operator = payments.client(new_id(), OPERATOR)
    begun, waiting = await hold(payments, buyer_id), await hold(payments, buyer_id)
    first = await pay(buyers[0], begun, "begun")
    assert first.status_code == 201

    await deliver(payments, switched(False, 1))
    for answer in await asyncio.gather(*(pay(buyer, waiting) for buyer in buyers for _ in range(5))):
        refused(answer, 503, "sales-stopped")
    async with payments.database.connection() as c:
        assert await c.fetchval("select count(*) from attempts where order_id = $1", waiting.order_id) == 0
    # What had begun is found again, and is charged once orders has confirmed it.
    assert (await pay(buyers[1], begun, "begun")).json() == first.json()
    await deliver(payments, confirmed(begun))
    await eventually(lambda: payments.published(PaymentCaptured))
    assert (await operator.get("/api/payments/switch")).json()["open"] is False
    refused(await buyers[0].get("/api/payments/switch"), 403, "operator-only")

    await deliver(payments, switched(True, 3))
    await deliver(payments, switched(False, 2))
    assert (await pay(buyers[0], waiting)).status_code == 201, "an older position that comes late counts for nothing"
    report = (await operator.get("/operations/payments/invariants")).json()
    assert [each["name"] for each in report["invariants"] if each["holds"] is not True] == []


class Cable:
    """A line to the broker that can be cut."""

    whole = True

    async def answers(self) -> bool:
        return self.whole


async def test_who_cannot_hear_of_a_stop_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cable = Cable()
    hearing = Hearing(cable)
    hearing.check()
    monkeypatch.setattr("payments.actions_switch.SILENCE_MAX_S", -1.0)
    cable.whole = False
    await hearing.listen()
    with pytest.raises(SalesUnknown):
        hearing.check()
    monkeypatch.undo()
    cable.whole = True
    await hearing.listen()
    hearing.check()


async def test_no_payout_begins_while_payouts_are_stopped(start: StartService, provider: ProviderProcess) -> None:
    payments = await start("payments", STRIPE_API_URL=provider.url)
    operator = payments.client(new_id(), OPERATOR)
    seller_id, payout_id = new_id(), new_id()
    path = "/api/payouts/switch"
    for body in ({"open": False}, {"open": False, "reason": ""}, {"open": False, "reason": "x", "more": 1}):
        refused(await operator.put(path, json=body), 422, "invalid")
    stop, resume = {"open": False, "reason": "Odd transfers"}, {"open": True, "reason": "Explained"}
    refused(await payments.client(new_id()).put(path, json=stop), 403, "operator-only")
    assert (await operator.put(path, json=stop)).json()["version"] == 1
    assert (await operator.put(path, json=stop)).json()["version"] == 1

    async with payments.database.transaction() as tx:
        await tx.execute(
            "insert into seller_accounts (seller_id, account_id, status) values ($1, 'acct_1', 'active')", seller_id
        )
        await tx.execute(
            "insert into payouts (id, seller_id, account_id, amount, currency) values ($1, $2, 'acct_1', 900, 'EUR')",
            payout_id,
            seller_id,
        )

    async def tries() -> int:
        async with payments.database.connection() as c:
            return int(await c.fetchval("select tries from payouts where id = $1", payout_id))

    # Everything that a transfer needs is there, and many turns of the worker pass it by.
    async with payments.database.connection() as c:
        for _ in range(5):
            assert await store_payouts.payouts_lease(c, 8, timedelta(seconds=1)) == []
            assert await store_payouts.owed_lists(c, 8) == []
    assert await tries() == 0
    assert (await operator.put(path, json=resume)).json()["open"] is True
    await eventually(tries)
    log = (await operator.get("/operations/payments/audit")).json()["items"]
    assert [deed["action"] for deed in log if deed["action"].startswith("payouts-")] == [
        "payouts-resumed",
        "payouts-stopped",
    ]
