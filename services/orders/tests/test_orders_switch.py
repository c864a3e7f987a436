"""Stopping all sales, banned buyers, and what operators see of orders."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx

from fairseat_common.contracts import (
    Event,
    ListingPublished,
    Money,
    OrderConfirmed,
    SalesSwitched,
    UserDeactivated,
    UserErased,
    UserReactivated,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, payment_authorized, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

OPERATOR = ("user", "operator")


async def deliver(orders: RunningService, *events: Event) -> None:
    for event in events:
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]


async def listed(orders: RunningService, seats: int = 2, **changes: Any) -> ListingPublished:
    show = show_published()
    listing = listing_published(show, seats, **changes)
    await deliver(orders, show, listing)
    return listing


async def hold(client: httpx.AsyncClient, listing: ListingPublished, key: str = "", **more: Any) -> httpx.Response:
    body = more or {"listing_id": str(listing.listing_id)}
    headers = {"Idempotency-Key": key or str(new_id())}
    return await client.post("/api/orders", json=body | {"quantity": 1}, headers=headers)


async def move(operator: httpx.AsyncClient, is_open: bool, reason: str = "Prices are wrong") -> dict[str, Any]:
    answer = await operator.put("/api/orders/switch", json={"open": is_open, "reason": reason})
    assert answer.status_code == 200, answer.text
    switch: dict[str, Any] = answer.json()
    return switch


def refused(answer: httpx.Response, status: int, slug: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text


async def test_a_stop_is_in_force_in_every_process_and_charges_nobody_in_vain(start: StartService) -> None:
    orders = await start("orders")
    other = await start("orders", keep_data=True)
    listing = await listed(orders, seats=4)
    early = new_id()
    operator, buyer = orders.client(new_id(), OPERATOR), orders.client(early)
    first = await hold(buyer, listing, "first")
    assert first.status_code == 201

    stopped = await move(operator, False)
    assert (stopped["open"], stopped["version"]) == (False, 1)
    # Many buyers, all at once, in both processes: each is refused from the first request on.
    buyers = [process.client(new_id()) for process in (orders, other) for _ in range(20)]
    answers = await asyncio.gather(*(hold(each, listing) for each in buyers for _ in range(3)))
    for answer in answers:
        refused(answer, 503, "sales-stopped")
        assert answer.headers["retry-after"] == "30"
    refused(await hold(buyers[0], listing, show_id=str(listing.show_id)), 503, "sales-stopped")
    # A repetition finds what was held before; its clock goes on; and what the bank has said yes to is confirmed.
    assert (await hold(buyer, listing, "first")).json() == first.json()
    order = first.json()
    await deliver(orders, payment_authorized(UUID(order["id"]), early, Money(**order["total"])))
    assert [each.order_id for each in await orders.published(OrderConfirmed)] == [UUID(order["id"])]

    seen = (await orders.client().get("/api/orders/switch")).json()
    assert (seen["open"], seen["reason"], seen["changed_by"]) == (False, "", None), "why, is for operators"
    refused(await buyer.put("/api/orders/switch", json={"open": True, "reason": "-"}), 403, "operator-only")
    refused(await operator.put("/api/orders/switch", json={"open": True, "reason": ""}), 422, "invalid")
    assert (await move(operator, False, "again"))["version"] == 1, "it stands so already"
    assert (await move(operator, True, "Prices are right"))["version"] == 2
    assert (await hold(buyers[-1], listing)).status_code == 201
    said = await orders.published(SalesSwitched)
    assert [(each.open, each.reason, each.version) for each in said] == [
        (False, "Prices are wrong", 1),
        (True, "Prices are right", 2),
    ]
    log = (await operator.get("/operations/orders/audit")).json()["items"]
    deeds = [(deed["action"], deed["details"].get("reason")) for deed in log if deed["action"].startswith("sales-")]
    assert deeds == [("sales-resumed", "Prices are right"), ("sales-stopped", "Prices are wrong")]


async def test_who_waits_is_offered_nothing_meanwhile_and_comes_first_afterwards(start: StartService) -> None:
    orders = await start("orders")
    listing = await listed(orders, seats=1)
    operator, buyer, waiter = orders.client(new_id(), OPERATOR), orders.client(new_id()), orders.client(new_id())
    order = (await hold(buyer, listing)).json()
    assert (await waiter.post("/api/waiting", json={"show_id": str(listing.show_id), "quantity": 1})).status_code == 201
    await move(operator, False)
    assert (await buyer.delete(f"/api/orders/{order['id']}")).status_code == 204
    entry = (await waiter.get("/api/waiting")).json()["items"][0]
    assert entry["status"] == "waiting", "an offer that cannot be paid would only lapse"
    await move(operator, True)
    refused(await hold(buyer, listing), 409, "seats-unavailable")
    entry = (await waiter.get("/api/waiting")).json()["items"][0]
    assert entry["status"] == "offered"


async def test_a_banned_buyers_token_holds_nothing_and_no_line_offers_them_anything(start: StartService) -> None:
    orders = await start("orders")
    listing = await listed(orders, seats=1)
    banned = new_id()
    buyer, other = orders.client(banned), orders.client(new_id())
    order = (await hold(other, listing)).json()
    place = {"show_id": str(listing.show_id), "quantity": 1}
    assert (await buyer.post("/api/waiting", json=place)).status_code == 201
    await deliver(orders, UserDeactivated(user_id=banned, reason="Fraud", version=3, occurred_at=now()))
    # The same token as before, minutes before it runs out.
    refused(await hold(buyer, listing), 403, "account-banned")
    refused(await buyer.post("/api/waiting", json=place), 403, "account-banned")
    assert (await other.delete(f"/api/orders/{order['id']}")).status_code == 204
    assert (await hold(other, listing)).status_code == 201, "the seat was not offered to the banned"
    await deliver(orders, UserReactivated(user_id=banned, version=2, occurred_at=now()))
    refused(await hold(buyer, listing), 403, "account-banned")
    await deliver(orders, UserReactivated(user_id=banned, version=4, occurred_at=now()))
    refused(await hold(buyer, listing), 409, "seats-unavailable")
    # Nor does the token of an account that was deleted.
    await deliver(orders, UserErased(user_id=banned, pseudonym="erased-1", version=5, occurred_at=now()))
    refused(await hold(buyer, listing), 403, "account-banned")


async def test_operators_find_orders_and_see_that_seats_add_up(start: StartService) -> None:
    orders = await start("orders")
    listing = await listed(orders, seats=3)
    buyer_id = new_id()
    operator, buyer = orders.client(new_id(), OPERATOR), orders.client(buyer_id)
    for _ in range(2):
        assert (await hold(buyer, listing)).status_code == 201
    assert (await hold(orders.client(new_id()), listing)).status_code == 201

    async def found(**query: Any) -> list[dict[str, Any]]:
        answer = await operator.get("/operations/orders/orders", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]  # type: ignore[no-any-return]

    mine = await found(buyer_id=str(buyer_id))
    assert [line["seats"] for line in mine] == [["2"], ["1"]]
    assert mine[0]["show_title"] == "The Lanterns"
    assert len(await found(listing_id=str(listing.listing_id), status="held")) == 3
    assert await found(order_id=mine[0]["id"]) == [mine[0]]
    assert await found(show_id=str(new_id())) == []
    refused(await buyer.get("/operations/orders/orders"), 403, "operator-only")

    async def broken() -> set[str]:
        report = (await operator.get("/operations/orders/invariants")).json()
        return {each["name"] for each in report["invariants"] if each["holds"] is not True}

    assert await broken() == set()
    async with orders.database.transaction() as tx:
        await tx.execute("update seats set order_id = null where order_id = $1", UUID(mine[0]["id"]))
        await tx.execute("delete from seats where order_id = $1", UUID(mine[1]["id"]))
    assert await broken() >= {"seats-add-up", "orders-own-their-seats"}
