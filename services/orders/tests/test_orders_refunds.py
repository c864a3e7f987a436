"""Money that goes back: by an operator line by line, and for every order of a cancelled show."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from fairseat_common.contracts import (
    Event,
    ListingPublished,
    Money,
    OrderRefundDue,
    OrderRefunded,
    PaymentRefunded,
    ShowChanged,
    ShowPublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, payment_authorized, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually


async def deliver(orders: RunningService, event: Event) -> None:
    heard = await orders.publish(event)
    await eventually(lambda: orders.heard(heard))


async def on_sale(orders: RunningService, seats: int = 3) -> tuple[ShowPublished, ListingPublished]:
    show = show_published()
    listing = listing_published(show, seats, unit_seller_fee=Money(250, "EUR"), fee_rule=4)
    await deliver(orders, show)
    await deliver(orders, listing)
    return show, listing


async def hold(orders: RunningService, listing: ListingPublished, quantity: int) -> tuple[httpx.AsyncClient, Any]:
    client = orders.client(new_id())
    body = {"listing_id": str(listing.listing_id), "quantity": quantity}
    answer = await client.post("/api/orders", json=body, headers={"Idempotency-Key": str(new_id())})
    assert answer.status_code == 201, answer.text
    return client, answer.json()


async def bought(orders: RunningService, listing: ListingPublished, quantity: int = 3) -> tuple[httpx.AsyncClient, Any]:
    client, order = await hold(orders, listing, quantity)
    total = Money(**order["total"])
    await deliver(orders, payment_authorized(UUID(order["id"]), UUID(order["buyer_id"]), total))
    return client, order


def cancelled(show: ShowPublished) -> ShowChanged:
    fields = {name: getattr(show, name) for name in show.__struct_fields__}
    return ShowChanged(**fields | {"version": 2, "status": "cancelled"})


def sent(order: dict[str, Any], due: OrderRefundDue) -> PaymentRefunded:
    return PaymentRefunded(
        payment_id=new_id(),
        order_id=due.order_id,
        buyer_id=due.buyer_id,
        amount=Money(**order["total"]),
        refund_id=due.refund_id,
        refunded=due.refund_amount,
        reason=due.refund_reason,
        version=3,
        occurred_at=now(),
    )


async def refund(orders: RunningService, order: dict[str, Any], role: str = "operator", **body: Any) -> httpx.Response:
    client = orders.client(new_id(), roles=("user", role))
    return await client.post(f"/api/orders/{order['id']}/refunds", json={"reason": "gate"} | body)


async def test_lines_go_back_once_with_price_and_fee(start: StartService) -> None:
    orders = await start("orders")
    _, listing = await on_sale(orders)
    buyer, order = await bought(orders, listing)
    answer = await refund(orders, order, seats=["2"])
    assert answer.status_code == 201, answer.text
    assert (answer.json()["amount"], answer.json()["status"]) == ({"amount": 5500, "currency": "EUR"}, "due")
    again = await refund(orders, order, seats=["1", "2"])
    assert (again.status_code, again.json()["type"], again.json()["seats"]) == (422, "refund-above-capture", ["2"])
    rest = await refund(orders, order)
    assert (rest.json()["seats"], rest.json()["amount"]["amount"]) == (["1", "3"], 11000)
    assert (await refund(orders, order)).json()["type"] == "refund-above-capture"
    first, second = await orders.published(OrderRefundDue)
    assert (first.refund_seats, second.refund_seats, second.refund_reason) == (("2",), ("1", "3"), "gate")
    assert (first.seller_fees, first.fee_rule) == (Money(750, "EUR"), 4)

    await deliver(orders, sent(order, first))
    seen = (await buyer.get(f"/api/orders/{order['id']}")).json()
    assert (seen["status"], [one["status"] for one in seen["refunds"]]) == ("confirmed", ["refunded", "due"])
    await deliver(orders, sent(order, second))
    await deliver(orders, sent(order, second))
    seen = (await buyer.get("/api/orders")).json()["items"][0]
    assert (seen["status"], [one["status"] for one in seen["refunds"]]) == ("refunded", ["refunded", "refunded"])
    assert [said.entire for said in await orders.published(OrderRefunded)] == [False, True]
    assert (await buyer.delete(f"/api/orders/{order['id']}")).json()["type"] == "order-confirmed"


async def test_a_repeated_request_refunds_once(start: StartService) -> None:
    orders = await start("orders")
    _, listing = await on_sale(orders)
    _, order = await bought(orders, listing)
    client = orders.client(new_id(), roles=("operator",))
    key = {"Idempotency-Key": str(new_id())}
    answers = [
        await client.post(f"/api/orders/{order['id']}/refunds", json={"reason": "goodwill"}, headers=key)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(await orders.published(OrderRefundDue)) == 1


@pytest.mark.parametrize(
    ("body", "code", "slug"),
    [
        ({"seats": ["9"]}, 422, "invalid"),
        ({"seats": []}, 422, "invalid"),
        ({"reason": "because"}, 422, "invalid"),
        ({"amount": 1}, 422, "invalid"),
    ],
)
async def test_refunds_that_make_no_sense(start: StartService, body: dict[str, Any], code: int, slug: str) -> None:
    orders = await start("orders")
    _, listing = await on_sale(orders)
    _, order = await bought(orders, listing)
    answer = await refund(orders, order, **body)
    assert (answer.status_code, answer.json()["type"]) == (code, slug)
    assert await orders.published(OrderRefundDue) == []


async def test_only_an_operator_refunds_and_only_what_was_paid(start: StartService) -> None:
    orders = await start("orders")
    _, listing = await on_sale(orders)
    _, held = await hold(orders, listing, 1)
    assert (await refund(orders, held)).json()["type"] == "order-not-refundable"
    assert (await refund(orders, held, role="organiser")).json()["type"] == "operator-only"
    assert (await refund(orders, {"id": str(new_id())})).status_code == 404


async def test_a_cancelled_show_owes_every_buyer(start: StartService) -> None:
    orders = await start("orders")
    show, listing = await on_sale(orders, seats=6)
    buyers = [await bought(orders, listing, quantity=2) for _ in range(2)]
    holder, held = await hold(orders, listing, 1)
    await refund(orders, buyers[0][1], seats=[buyers[0][1]["seats"][0]])
    await deliver(orders, cancelled(show))

    async def all_due() -> list[OrderRefundDue] | None:
        due = await orders.published(OrderRefundDue)
        return due if sum(len(one.refund_seats) for one in due) == 4 else None

    due = await eventually(all_due)
    assert sorted(one.refund_reason for one in due) == ["gate", "show_cancelled", "show_cancelled"]
    assert sum(one.refund_amount.amount for one in due) == 4 * 5500
    assert (await holder.get(f"/api/orders/{held['id']}")).json()["cancel_reason"] == "show_cancelled"


async def test_the_database_refuses_a_line_that_was_refunded(start: StartService) -> None:
    orders = await start("orders")
    _, listing = await on_sale(orders)
    _, order = await bought(orders, listing)
    await refund(orders, order, seats=["1"])
    async with orders.database.connection() as connection:
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("insert into refund_lines select order_id, seat, refund_id from refund_lines")
