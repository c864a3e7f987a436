"""A physical place has one owner, also when it is withdrawn, listed anew and heard of late or backwards."""

from __future__ import annotations

import itertools
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import Event, ListingChanged, ListingPublished, ListingWithdrawn
from fairseat_common.ids import new_id
from fairseat_common.money import add
from fairseat_common.testing.builders import listing_published, payment_authorized, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually


async def deliver(orders: RunningService, *events: Event) -> None:
    for event in events:
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]


def withdrawn(listing: ListingPublished) -> ListingWithdrawn:
    fields = {name: getattr(listing, name) for name in listing.__struct_fields__}
    return ListingWithdrawn(**fields | {"version": listing.version + 1, "seats": ()})


def narrowed(listing: ListingPublished, *seats: str) -> ListingChanged:
    fields = {name: getattr(listing, name) for name in listing.__struct_fields__}
    return ListingChanged(**fields | {"version": listing.version + 1, "seats": seats})


async def hold(client: httpx.AsyncClient, listing: ListingPublished, quantity: int = 1) -> httpx.Response:
    return await client.post(
        "/api/orders",
        json={"listing_id": str(listing.listing_id), "quantity": quantity},
        headers={"Idempotency-Key": str(new_id())},
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_place_listed_anew_is_sold_once_in_any_order(start: StartService, order: tuple[int, ...]) -> None:
    orders = await start("orders")
    show = show_published()
    first = listing_published(show, 2)
    second = listing_published(show, 2, seller_id=first.seller_id)
    events: list[Event] = [first, withdrawn(first), second]
    await deliver(orders, show, *(events[index] for index in order))
    client = orders.client(new_id())
    assert (await hold(client, first)).status_code == 409
    answer = await hold(client, second, 2)
    assert answer.status_code == 201, answer.text
    async with orders.database.connection() as connection:
        owned = await connection.fetch("select seat, count(order_id) as owners from seats group by seat")
    assert {(row["seat"], row["owners"]) for row in owned} == {("1", 1), ("2", 1)}


async def test_a_place_that_is_held_waits_for_the_hold_to_end(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    first = listing_published(show, 1)
    await deliver(orders, show, first)
    holder = orders.client(new_id())
    held = (await hold(holder, first)).json()
    second = listing_published(show, 1, seller_id=first.seller_id)
    await deliver(orders, withdrawn(first), second)
    assert (await hold(orders.client(new_id()), second)).status_code == 409
    await holder.delete(f"/api/orders/{held['id']}")
    assert (await hold(orders.client(new_id()), first)).status_code == 409
    assert (await hold(orders.client(new_id()), second)).status_code == 201


async def test_a_sold_place_is_sold_again_only_by_its_buyer(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    first = listing_published(show, 1)
    await deliver(orders, show, first)
    buyer_id = new_id()
    buyer = orders.client(buyer_id)
    answer = await hold(buyer, first)
    await deliver(
        orders, payment_authorized(UUID(answer.json()["id"]), buyer_id, add(first.unit_price, first.unit_fee))
    )
    stranger = listing_published(show, 1, seller_id=new_id())
    await deliver(orders, stranger)
    assert (await hold(orders.client(new_id()), stranger)).status_code == 409
    resale = listing_published(show, 1, seller_id=buyer_id)
    await deliver(orders, resale)
    assert (await hold(orders.client(new_id()), resale)).status_code == 201


async def test_seats_that_a_listing_lost_are_not_sold(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    listing = listing_published(show, 3)
    await deliver(orders, show, listing, narrowed(listing, "1", "3"))
    client = orders.client(new_id())
    assert (await hold(client, listing, 3)).status_code == 409
    answer = await hold(client, listing, 2)
    assert answer.json()["seats"] == ["1", "3"]
