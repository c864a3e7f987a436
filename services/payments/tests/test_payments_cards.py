"""One card buys so many tickets of a show, whoever pays with it; what is too many is not reserved for longer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import stripe

from fairseat_common.contracts import Money, OrderConfirmed, OrderHeld, OrderRefundDue, PaymentFailed
from fairseat_common.ids import new_id
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.process import ProviderProcess
from payments import store_cards

VISA = "pm_card_visa"
OTHER_CARD = "pm_card_mastercard"
AT_ONCE = 4
"""Fewer than the pool has connections."""


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    process = ProviderProcess(tmp_path_factory.mktemp("provider") / "provider.sqlite")
    await process.start()
    yield process
    await process.stop()


@pytest.fixture
async def payments(start: StartService, provider: ProviderProcess) -> RunningService:
    return await start("payments", STRIPE_API_URL=provider.url, CARD_TICKETS_MAX="3")


def order_of(event_type: Any, order: OrderHeld, **more: Any) -> Any:
    fields = {name: getattr(order, name) for name in order.__struct_fields__ if name in event_type.__struct_fields__}
    return event_type(**fields | {"version": order.version + 1} | more)


async def tell(payments: RunningService, *events: Any) -> None:
    for event in events:
        heard = await payments.publish(event)
        await eventually(lambda heard=heard: payments.heard(heard))  # type: ignore[misc]


async def held(payments: RunningService, show_id: UUID, quantity: int = 1) -> OrderHeld:
    order = OrderHeld(
        order_id=new_id(),
        buyer_id=new_id(),
        seller_id=new_id(),
        listing_id=new_id(),
        show_id=show_id,
        section="A",
        row="1",
        seats=tuple(str(seat + 1) for seat in range(quantity)),
        quantity=quantity,
        unit_price=Money(5000, "EUR"),
        fees=Money(500 * quantity, "EUR"),
        total=Money(5500 * quantity, "EUR"),
        expires_at=datetime.now(UTC) + timedelta(minutes=10),
        version=1,
        occurred_at=datetime.now(UTC),
    )
    await tell(payments, order)
    return order


async def pay(payments: RunningService, order: OrderHeld, method: str = VISA, key: str = "k") -> httpx.Response:
    body = {"order_id": str(order.order_id), "payment_method": method}
    client = payments.client(order.buyer_id)
    return await client.post("/api/payments", json=body, headers={"Idempotency-Key": key})


async def reserved(provider: ProviderProcess, orders: Sequence[OrderHeld]) -> int:
    """For how many of the orders money is reserved at the provider."""
    http = stripe.AIOHTTPClient(timeout=10)
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": provider.url}, http_client=http)
    page = await client.v1.payment_intents.list_async({"limit": 100})
    await http.close_async()  # type: ignore[no-untyped-call]
    mine = {str(order.order_id) for order in orders}
    return sum(found.metadata["order_id"] in mine and found.status == "requires_capture" for found in page.data)


async def test_a_card_buys_so_many_tickets_whoever_pays_with_it(
    payments: RunningService, provider: ProviderProcess
) -> None:
    show = new_id()
    pair, single, one_more = [await held(payments, show, quantity) for quantity in (2, 1, 1)]
    assert [(await pay(payments, order)).status_code for order in (pair, single)] == [201, 201]
    refused = await pay(payments, one_more)
    assert (refused.status_code, refused.json()["type"]) == (409, "card-limit")
    assert (await pay(payments, one_more)).json()["type"] == "card-limit", "a repeated request is told the same"
    [failed] = await payments.published(PaymentFailed)
    assert (failed.order_id, failed.reason) == (one_more.order_id, "card_limit")
    await eventually(lambda: _is(provider, [pair, single, one_more], 2))

    assert (await pay(payments, await held(payments, new_id(), 3))).status_code == 201, "another show"
    assert (await pay(payments, one_more, OTHER_CARD, key="other card")).status_code == 201

    # What was refunded can be bought again.
    confirmed = order_of(OrderConfirmed, pair)
    back = {"refund_id": new_id(), "refund_reason": "show_moved", "refund_seats": ("2",)}
    await tell(payments, confirmed, order_of(OrderRefundDue, confirmed, refund_amount=Money(5500, "EUR"), **back))
    again = await held(payments, show)
    assert (await pay(payments, again)).status_code == 201
    assert (await pay(payments, await held(payments, show))).json()["type"] == "card-limit"


async def _is(provider: ProviderProcess, orders: Sequence[OrderHeld], count: int) -> bool:
    return await reserved(provider, orders) == count


@pytest.mark.parametrize("guarded", [True, False])
async def test_payments_at_once_do_not_get_past_it(
    payments: RunningService, provider: ProviderProcess, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = new_id()
    orders = [await held(payments, show, 2) for _ in range(AT_ONCE)]
    if not guarded:
        met = asyncio.Barrier(AT_ONCE)

        async def all_at_once(*_: object) -> None:
            """Nobody has written when everybody looks."""
            async with asyncio.timeout(12):
                await met.wait()

        monkeypatch.setattr(store_cards, "card_lock", all_at_once)
    answers = await asyncio.gather(*(pay(payments, order) for order in orders))
    codes = Counter(answer.status_code for answer in answers)
    assert codes[201] + codes[409] == AT_ONCE
    # Unguarded, whoever is slow enough to see the others' rows is refused all the same.
    assert codes[201] == 1 if guarded else codes[201] > 1
    await eventually(lambda: _is(provider, orders, codes[201]))


async def test_a_reservation_that_was_let_go_of_by_nobody_is_released_by_its_own_news(
    payments: RunningService, provider: ProviderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after it has noted the refusal, and before it tells the provider."""

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr("payments.actions_cards.let_go", nothing)
    show = new_id()
    orders = [await held(payments, show, 3), await held(payments, show)]
    assert [(await pay(payments, order)).status_code for order in orders] == [201, 409]
    await eventually(lambda: _is(provider, orders, 1), wait_s=20)


async def test_without_a_limit_a_card_buys_what_it_likes(start: StartService, provider: ProviderProcess) -> None:
    payments = await start("payments", STRIPE_API_URL=provider.url)
    show = new_id()
    for _ in range(2):
        assert (await pay(payments, await held(payments, show, 60))).status_code == 201
