"""A place that its buyer gave away is sold on by whoever has it now, in whatever order that is heard of."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import Event, ListingPublished, TicketsTransferred, TransferredTicket
from fairseat_common.ids import new_id
from fairseat_common.money import add
from fairseat_common.testing.builders import listing_published, now, payment_authorized, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually


async def deliver(orders: RunningService, *events: Event) -> None:
    for event in events:
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]


async def hold(client: httpx.AsyncClient, listing: ListingPublished) -> httpx.Response:
    return await client.post(
        "/api/orders",
        json={"listing_id": str(listing.listing_id), "quantity": 1},
        headers={"Idempotency-Key": str(new_id())},
    )


def given(listing: ListingPublished, from_id: UUID, to_id: UUID) -> TicketsTransferred:
    place = TransferredTicket(new_id(), listing.section, listing.row, listing.seats[0], new_id())
    return TicketsTransferred(
        transfer_id=new_id(),
        show_id=listing.show_id,
        from_id=from_id,
        to_id=to_id,
        to_email="friend@example.com",
        tickets=(place,),
        version=2,
        occurred_at=now(),
    )


async def buy(orders: RunningService, listing: ListingPublished, buyer_id: UUID) -> None:
    answer = await hold(orders.client(buyer_id), listing)
    assert answer.status_code == 201, answer.text
    price = add(listing.unit_price, listing.unit_fee)
    await deliver(orders, payment_authorized(UUID(answer.json()["id"]), buyer_id, price))


async def on_sale(orders: RunningService, show_id: UUID) -> int:
    """By how many rows the places of a show can be sold at once."""
    async with orders.database.connection() as connection:
        query = "select count(*) from seats where show_id = $1 and current"
        return int(await connection.fetchval(query, show_id))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0), (0, 2, 1), (1, 0, 2)])
async def test_whoever_was_given_a_place_sells_it_on(start: StartService, order: tuple[int, ...]) -> None:
    orders = await start("orders")
    show = show_published()
    first = listing_published(show, 1)
    buyer_id, friend_id, other_id = new_id(), new_id(), new_id()
    await deliver(orders, show, first)
    await buy(orders, first, buyer_id)
    resale = listing_published(show, 1, seller_id=other_id)
    events: list[Event] = [given(first, buyer_id, friend_id), given(first, friend_id, other_id), resale]
    await deliver(orders, *(events[index] for index in order))
    assert (await hold(orders.client(new_id()), resale)).status_code == 201
    assert await on_sale(orders, show.show_id) == 1


async def test_whoever_gave_a_place_away_or_never_had_it_does_not(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    first = listing_published(show, 1)
    buyer_id, friend_id = new_id(), new_id()
    await deliver(orders, show, first)
    await buy(orders, first, buyer_id)
    stranger = listing_published(show, 1, seller_id=new_id())
    await deliver(orders, given(first, new_id(), stranger.seller_id), stranger)
    assert (await hold(orders.client(new_id()), stranger)).status_code == 409
    # What the friend has sold on is the next buyer's, who got it from nobody.
    resale = listing_published(show, 1, seller_id=friend_id)
    await deliver(orders, given(first, buyer_id, friend_id), resale)
    await buy(orders, resale, new_id())
    again = listing_published(show, 1, seller_id=friend_id)
    await deliver(orders, again)
    assert (await hold(orders.client(new_id()), again)).status_code == 409
    assert await on_sale(orders, show.show_id) == 1
