"""A show that moves: who may have the money back, until when, and what becomes of seats that were passed on."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import (
    Event,
    ListingPublished,
    Money,
    OrderKept,
    OrderRefundDue,
    ShowChanged,
    ShowPublished,
    TicketsTransferred,
)
from fairseat_common.contracts.transfers import TransferredTicket
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, payment_authorized, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from orders.store import ORDER_COLUMNS, order_of

LATER = timedelta(days=60)


async def deliver(orders: RunningService, *events: Event) -> None:
    for event in events:
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]


async def on_sale(orders: RunningService, seats: int = 2) -> tuple[ShowPublished, ListingPublished]:
    show = show_published()
    listing = listing_published(show, seats)
    await deliver(orders, show, listing)
    return show, listing


def moved(show: ShowPublished, version: int = 2, **changes: Any) -> ShowChanged:
    fields = {name: getattr(show, name) for name in show.__struct_fields__}
    more = {
        "starts_at": show.starts_at + LATER,
        "moved_from": show.starts_at,
        "refund_until": now() + timedelta(days=14),
    }
    return ShowChanged(**fields | more | {"version": version} | changes)


def postponed(show: ShowPublished, **changes: Any) -> ShowChanged:
    return moved(show, **cast(Any, {"status": "postponed", "starts_at": show.starts_at} | changes))


async def hold(
    orders: RunningService, listing: ListingPublished, quantity: int, buyer: UUID | None = None
) -> tuple[httpx.AsyncClient, Any]:
    client = orders.client(buyer or new_id())
    body = {"listing_id": str(listing.listing_id), "quantity": quantity}
    answer = await client.post("/api/orders", json=body, headers={"Idempotency-Key": str(new_id())})
    assert answer.status_code == 201, answer.text
    return client, answer.json()


async def bought(
    orders: RunningService, listing: ListingPublished, quantity: int = 2, buyer: UUID | None = None
) -> tuple[httpx.AsyncClient, Any]:
    client, order = await hold(orders, listing, quantity, buyer)
    await deliver(orders, payment_authorized(UUID(order["id"]), UUID(order["buyer_id"]), Money(**order["total"])))
    return client, order


def given(listing: ListingPublished, seat: str, giver: UUID, receiver: UUID) -> TicketsTransferred:
    return TicketsTransferred(
        transfer_id=new_id(),
        show_id=listing.show_id,
        from_id=giver,
        to_id=receiver,
        to_email="friend@example.org",
        tickets=(TransferredTicket(new_id(), listing.section, listing.row, seat, new_id()),),
        version=2,
        occurred_at=now(),
    )


async def choice(client: httpx.AsyncClient, order: Any) -> httpx.Response:
    return await client.get(f"/api/orders/{order['id']}/choice")


async def choose(client: httpx.AsyncClient, order: Any, wanted: str) -> httpx.Response:
    return await client.post(f"/api/orders/{order['id']}/choice", json={"choice": wanted})


def refused(answer: httpx.Response, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["type"]) == (409, slug), answer.text
    return found


def states(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [place["state"] for place in answer.json()["seats"]]


async def lines_back(orders: RunningService) -> list[tuple[UUID, str]]:
    due = await orders.published(OrderRefundDue)
    assert {event.refund_reason for event in due} <= {"show_moved"}
    return [(event.order_id, seat) for event in due for seat in event.refund_seats]


async def test_one_keeps_and_another_has_the_money_back(start: StartService) -> None:
    orders = await start("orders")
    show, listing = await on_sale(orders, 4)
    (keeper, kept), (leaver, left) = [await bought(orders, listing) for _ in range(2)]
    _, held = await hold(orders, await _more(orders, show), 1)
    refused(await choice(keeper, kept), "nothing-to-choose")
    change = moved(show)
    await deliver(orders, change)

    seen = (await choice(keeper, kept)).json()
    assert (seen["open"], seen["choice"], seen["refundable"]) == (True, None, {"amount": 11_000, "currency": "EUR"})
    assert [datetime.fromisoformat(seen[name]) for name in ("moved_from", "starts_at", "refund_until")] == [
        show.starts_at,
        change.starts_at,
        change.refund_until,
    ]
    assert (await choose(keeper, kept, "keep")).json()["choice"] == "keep"
    first, again = await choose(leaver, left, "refund"), await choose(leaver, left, "refund")
    assert states(first) == states(again) == ["refunded", "refunded"]
    assert refused(await choose(leaver, left, "keep"), "refund-chosen")

    [said] = await orders.published(OrderKept)
    assert (said.order_id, said.moved_from, said.refund_until) == (
        UUID(kept["id"]),
        show.starts_at,
        change.refund_until,
    )
    [due] = await orders.published(OrderRefundDue)
    assert (due.order_id, due.refund_reason, due.refund_amount) == (
        UUID(left["id"]),
        "show_moved",
        Money(11_000, "EUR"),
    )
    order = (await leaver.get(f"/api/orders/{left['id']}")).json()
    assert [one["reason"] for one in order["refunds"]] == ["show_moved"]
    assert (await choice(keeper, left)).status_code == (await choose(keeper, left, "refund")).status_code == 404
    assert (await choice(orders.client(), kept)).status_code == 401
    assert (await choose(keeper, kept, "both")).status_code == 422
    # Whoever keeps may still think better of it; whoever only holds has nothing to choose.
    refused(await choose(orders.client(UUID(held["buyer_id"])), held, "keep"), "nothing-to-choose")
    assert states(await choose(keeper, kept, "refund")) == ["refunded", "refunded"]


async def _more(orders: RunningService, show: ShowPublished) -> ListingPublished:
    more = listing_published(show, 2, row="D")
    await deliver(orders, more)
    return more


async def test_the_choice_ends_and_each_move_brings_another(start: StartService) -> None:
    orders = await start("orders")
    show, listing = await on_sale(orders, 4)
    buyer, order = await bought(orders, listing)
    await deliver(orders, postponed(show))
    seen = (await choose(buyer, order, "keep")).json()
    assert (seen["starts_at"], seen["choice"]) == (None, "keep")
    await deliver(orders, postponed(show, version=3, refund_until=now() + timedelta(days=30)))
    assert (await choice(buyer, order)).json()["choice"] == "keep", "a longer time is no other move"

    await deliver(orders, moved(show, version=4))
    assert (await choice(buyer, order)).json()["choice"] is None, "nobody has agreed to this date"
    late, later = await bought(orders, listing)
    refused(await choice(late, later), "nothing-to-choose")
    await deliver(orders, moved(show, version=5, refund_until=now() - timedelta(seconds=1)))
    assert (await choice(buyer, order)).json()["open"] is False
    refused(await choose(buyer, order, "refund"), "choice-over")
    # Back to the first day: nobody is asked to come on another.
    await deliver(orders, moved(show, version=6, starts_at=show.starts_at, moved_from=None, refund_until=None))
    refused(await choose(buyer, order, "refund"), "nothing-to-choose")


async def test_a_seat_that_was_sold_on_unwinds_all_its_sales(start: StartService) -> None:
    orders = await start("orders")
    show, listing = await on_sale(orders)
    dealer, first = await bought(orders, listing)
    resale = listing_published(
        show, 1, seller_id=UUID(first["buyer_id"]), unit_price=Money(9000, "EUR"), unit_fee=Money(900, "EUR")
    )
    await deliver(orders, resale)
    fan, second = await bought(orders, resale, 1)
    await deliver(orders, moved(show))
    assert states(await choice(dealer, first)) == ["sold", "yours"]

    assert states(await choose(fan, second, "refund")) == ["refunded"]
    assert sorted(await lines_back(orders)) == sorted([(UUID(first["id"]), "1"), (UUID(second["id"]), "1")])
    paid = {event.order_id: event.refund_amount.amount for event in await orders.published(OrderRefundDue)}
    assert paid == {UUID(first["id"]): 5500, UUID(second["id"]): 9900}
    assert states(await choice(dealer, first)) == ["refunded", "yours"]
    assert states(await choose(dealer, first, "refund")) == ["refunded", "refunded"]
    assert len(await lines_back(orders)) == 3

    # The place is free again for whoever brought it in.
    anew = listing_published(show, 2, seller_id=listing.seller_id)
    await deliver(orders, anew)
    assert (await bought(orders, anew))[1]["seats"] == ["1", "2"]


async def test_who_gave_a_seat_away_does_not_choose_for_its_receiver(start: StartService) -> None:
    orders = await start("orders")
    show, listing = await on_sale(orders)
    giver, order = await bought(orders, listing)
    friend = new_id()
    await deliver(orders, given(listing, "2", UUID(order["buyer_id"]), friend), moved(show))
    assert states(await choice(giver, order)) == ["yours", "given"]
    assert (await choice(giver, order)).json()["refundable"]["amount"] == 5500
    assert states(await choose(giver, order, "refund")) == ["refunded", "given"]
    assert await lines_back(orders) == [(UUID(order["id"]), "1")]
    assert (await choice(orders.client(friend), order)).status_code == 404


async def test_a_seat_that_came_back_is_its_buyers_again(start: StartService) -> None:
    orders = await start("orders")
    show, listing = await on_sale(orders, 1)
    giver, order = await bought(orders, listing, 1)
    buyer, friend = UUID(order["buyer_id"]), new_id()
    await deliver(orders, given(listing, "1", buyer, friend), moved(show))
    refused(await choose(giver, order, "refund"), "nothing-to-choose")
    await deliver(orders, given(listing, "1", friend, buyer))
    assert states(await choose(giver, order, "refund")) == ["refunded"]


async def test_what_somebody_is_buying_this_minute_is_not_refunded(start: StartService) -> None:
    orders = await start("orders")
    show, listing = await on_sale(orders)
    dealer, first = await bought(orders, listing)
    resale = listing_published(show, 1, seller_id=UUID(first["buyer_id"]))
    await deliver(orders, resale)
    fan, held = await hold(orders, resale, 1)
    await deliver(orders, moved(show))
    assert refused(await choose(dealer, first, "refund"), "seats-being-sold")["seats"] == ["1"]
    assert await lines_back(orders) == []
    await fan.delete(f"/api/orders/{held['id']}")
    assert states(await choose(dealer, first, "refund")) == ["refunded", "refunded"]
    gone = await fan.post(
        "/api/orders",
        json={"listing_id": str(resale.listing_id), "quantity": 1},
        headers={"Idempotency-Key": str(new_id())},
    )
    refused(gone, "seats-unavailable")


@pytest.mark.parametrize("guarded", [True, False])
async def test_choices_at_once_give_each_line_back_once(
    start: StartService, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = await start("orders")
    show, listing = await on_sale(orders)
    dealer, first = await bought(orders, listing)
    resale = listing_published(show, 1, seller_id=UUID(first["buyer_id"]))
    await deliver(orders, resale)
    fan, second = await bought(orders, resale, 1)
    await deliver(orders, moved(show))
    if not guarded:
        # Without the locks somebody looks before another has written; the last line of defence says no to it.
        async def nothing(*_: object) -> None:
            return None

        monkeypatch.setattr("orders.store_choices.places_lock", nothing)
        monkeypatch.setattr("orders.store_choices.sales_lock", _unlocked)
    answers = await asyncio.gather(
        *(choose(dealer, first, "refund") for _ in range(8)), *(choose(fan, second, "refund") for _ in range(8))
    )
    codes = {answer.status_code for answer in answers}
    assert codes == {200} if guarded else codes - {200}
    assert sorted(await lines_back(orders)) == sorted(
        [(UUID(first["id"]), "1"), (UUID(first["id"]), "2"), (UUID(second["id"]), "1")]
    )


async def _unlocked(tx: Any, order: Any) -> Any:
    rows = await tx.fetch(
        f"select {ORDER_COLUMNS} from orders where show_id = $1 and status = 'confirmed' order by id",
        order.show_id,
    )
    return [order_of(row) for row in rows]
