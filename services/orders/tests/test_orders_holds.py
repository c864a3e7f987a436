"""Holding seats: who gets them, at which price, and every way to be told no."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import ListingChanged, ListingPublished, ListingWithdrawn, Money, OrderHeld, ShowChanged
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually


async def listed(orders: RunningService, seats: int = 2, **changes: Any) -> ListingPublished:
    show = show_published()
    listing = listing_published(show, seats, **changes)
    for event in (show, listing):
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]
    return listing


async def hold(
    client: httpx.AsyncClient, listing_id: UUID, quantity: Any = 1, key: str | None = None
) -> httpx.Response:
    return await client.post(
        "/api/orders",
        json={"listing_id": str(listing_id), "quantity": quantity},
        headers={"Idempotency-Key": key or str(new_id())},
    )


def refused(answer: httpx.Response, status: int, slug: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_hold_has_seats_a_fixed_price_and_a_deadline(start: StartService) -> None:
    orders = await start("orders", HOLD_SECONDS="120")
    listing = await listed(orders, seats=4)
    buyer = new_id()
    answer = await hold(orders.client(buyer), listing.listing_id, 3)
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert order["status"] == "held"
    assert order["seats"] == ["1", "2", "3"]
    assert order["unit_price"] == {"amount": 5000, "currency": "EUR"}
    assert order["fees"] == {"amount": 1500, "currency": "EUR"}
    assert order["total"] == {"amount": 16500, "currency": "EUR"}
    assert answer.headers["etag"] == '"1"'
    said = await orders.published(OrderHeld)
    assert [(event.order_id, event.seats, event.total.amount) for event in said] == [
        (UUID(order["id"]), ("1", "2", "3"), 16500)
    ]
    assert 119 < (said[0].expires_at - said[0].occurred_at).total_seconds() < 121
    shown = await orders.client(buyer).get(f"/api/orders/{order['id']}")
    assert shown.json() == order


async def test_the_last_seat_goes_to_one_and_the_next_is_told_at_once(start: StartService) -> None:
    orders = await start("orders")
    listing = await listed(orders, seats=1)
    assert (await hold(orders.client(new_id()), listing.listing_id)).status_code == 201
    refused(await hold(orders.client(new_id()), listing.listing_id), 409, "seats-unavailable")


async def test_a_repeated_key_finds_the_first_order_even_after_it_ended(start: StartService) -> None:
    orders = await start("orders")
    listing = await listed(orders, seats=4)
    client = orders.client(new_id())
    first = await hold(client, listing.listing_id, 2, key="same")
    parallel = await asyncio.gather(*(hold(client, listing.listing_id, 2, key="same") for _ in range(20)))
    assert {answer.json()["id"] for answer in parallel} == {first.json()["id"]}
    assert (await client.delete(f"/api/orders/{first.json()['id']}")).status_code == 204
    again = await hold(client, listing.listing_id, 2, key="same")
    assert (again.status_code, again.json()) == (201, first.json())
    refused(await hold(client, listing.listing_id, 1, key="same"), 422, "idempotency-key-reused")
    assert len(await orders.published(OrderHeld)) == 1


async def test_a_double_click_makes_one_order(start: StartService) -> None:
    orders = await start("orders")
    listing = await listed(orders, seats=10)
    client = orders.client(new_id())
    answers = await asyncio.gather(*(hold(client, listing.listing_id, 2, key="click") for _ in range(2)))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_sellers_cannot_buy_from_themselves(start: StartService) -> None:
    orders = await start("orders")
    listing = await listed(orders)
    refused(await hold(orders.client(listing.seller_id), listing.listing_id), 409, "own-listing")


@pytest.mark.parametrize(
    ("split", "quantity", "allowed"), [("pairs", 1, False), ("pairs", 2, True), ("none", 2, False), ("none", 4, True)]
)
async def test_the_split_rule_is_the_sellers(start: StartService, split: str, quantity: int, allowed: bool) -> None:
    orders = await start("orders")
    listing = await listed(orders, seats=4, split=split)
    answer = await hold(orders.client(new_id()), listing.listing_id, quantity)
    if allowed:
        assert answer.status_code == 201
    else:
        refused(answer, 422, "split-not-allowed")


async def test_holds_are_limited_per_buyer_and_show_also_in_parallel(start: StartService) -> None:
    orders = await start("orders", HOLDS_MAX="3")
    listing = await listed(orders, seats=50)
    client = orders.client(new_id())
    answers = await asyncio.gather(*(hold(client, listing.listing_id) for _ in range(40)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 3 + [429] * 37
    late = next(answer for answer in answers if answer.status_code == 429)
    assert late.json()["type"] == "hold-limit"
    kept = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    await client.delete(f"/api/orders/{kept}")
    assert (await hold(client, listing.listing_id)).status_code == 201


async def test_a_smaller_request_gets_what_a_bigger_one_could_not(start: StartService) -> None:
    orders = await start("orders")
    listing = await listed(orders, seats=3)
    big = [hold(orders.client(new_id()), listing.listing_id, 4) for _ in range(20)]
    small = [hold(orders.client(new_id()), listing.listing_id, 1) for _ in range(3)]
    answers = await asyncio.gather(*big, *small)
    assert [answer.status_code for answer in answers] == [409] * 20 + [201] * 3


async def test_a_listing_that_was_just_announced_is_waited_for(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    listing = listing_published(show)
    waiting = asyncio.create_task(hold(orders.client(new_id()), listing.listing_id))
    await orders.publish(listing)
    await orders.publish(show)
    assert (await waiting).status_code == 201


async def test_what_is_not_on_sale_cannot_be_held(start: StartService) -> None:
    orders = await start("orders")
    client = orders.client(new_id())
    refused(await hold(client, new_id()), 404, "not-found")
    listing = await listed(orders)
    withdrawn = ListingWithdrawn(
        **{name: getattr(listing, name) for name in listing.__struct_fields__} | {"version": 2, "seats": ()}
    )
    heard = await orders.publish(withdrawn)
    await eventually(lambda: orders.heard(heard))
    refused(await hold(client, listing.listing_id), 409, "seats-unavailable")
    over = show_published(starts_at=now())
    late = listing_published(over)
    for event in (over, late):
        await orders.publish(event)
    refused(await hold(client, late.listing_id), 409, "show-over")


async def test_the_price_is_fixed_at_the_hold_and_old_prices_do_not_come_back(start: StartService) -> None:
    orders = await start("orders")
    listing = await listed(orders, seats=4)
    client = orders.client(new_id())
    before = (await hold(client, listing.listing_id)).json()
    fields = {name: getattr(listing, name) for name in listing.__struct_fields__}
    dearer = ListingChanged(**fields | {"version": 3, "unit_price": Money(9000, "EUR"), "unit_fee": Money(900, "EUR")})
    older = ListingChanged(**fields | {"version": 2, "unit_price": Money(1, "EUR"), "unit_fee": Money(0, "EUR")})
    for event in (dearer, older):
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]
    after = (await hold(client, listing.listing_id)).json()
    assert after["total"]["amount"] == 9900
    assert (await client.get(f"/api/orders/{before['id']}")).json()["total"]["amount"] == 5500


async def test_a_cancelled_show_ends_its_holds(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    listing = listing_published(show)
    for event in (show, listing):
        await orders.publish(event)
    client = orders.client(new_id())
    order = (await hold(client, listing.listing_id)).json()
    fields = {name: getattr(show, name) for name in show.__struct_fields__}
    await orders.publish(ShowChanged(**fields | {"version": 2, "status": "cancelled"}))

    async def cancelled() -> bool:
        current = (await client.get(f"/api/orders/{order['id']}")).json()
        return bool(current["status"] == "cancelled" and current["cancel_reason"] == "show_cancelled")

    await eventually(cancelled)
    refused(await hold(client, listing.listing_id), 409, "show-over")
