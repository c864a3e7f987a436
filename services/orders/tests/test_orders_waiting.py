"""The waiting list: who is offered what, in which order, and every way in which waiting ends."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import (
    Event,
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    ShowChanged,
    ShowPublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, payment_authorized, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually


async def deliver(orders: RunningService, *events: Event) -> None:
    for event in events:
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]


def changed(event: Any, kind: type[Event], **changes: Any) -> Any:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return kind(**fields | {"version": event.version + 1} | changes)


async def hold(client: httpx.AsyncClient, listing: ListingPublished, quantity: int = 1) -> httpx.Response:
    body = {"listing_id": str(listing.listing_id), "quantity": quantity}
    return await client.post("/api/orders", json=body, headers={"Idempotency-Key": str(new_id())})


async def join(client: httpx.AsyncClient, show: ShowPublished, quantity: int = 1, **more: Any) -> httpx.Response:
    return await client.post("/api/waiting", json={"show_id": str(show.show_id), "quantity": quantity, **more})


class Waiter:
    """Somebody in a line."""

    def __init__(self, orders: RunningService, user_id: UUID | None = None) -> None:
        self.id = user_id or new_id()
        self.client = orders.client(self.id)
        self.entry_id = ""

    async def joins(self, show: ShowPublished, quantity: int = 1, **more: Any) -> dict[str, Any]:
        answer = await join(self.client, show, quantity, **more)
        assert answer.status_code == 201, answer.text
        self.entry_id = answer.json()["id"]
        return answer.json()  # type: ignore[no-any-return]

    async def entry(self) -> dict[str, Any]:
        return (await self.client.get(f"/api/waiting/{self.entry_id}")).json()  # type: ignore[no-any-return]

    async def status(self) -> str:
        return (await self.entry())["status"]  # type: ignore[no-any-return]

    async def order(self) -> dict[str, Any]:
        return (await self.client.get(f"/api/orders/{(await self.entry())['order_id']}")).json()  # type: ignore[no-any-return]


async def sold_out(
    orders: RunningService, seats: int = 2, **changes: Any
) -> tuple[ShowPublished, ListingPublished, httpx.AsyncClient, dict[str, Any]]:
    """A show with one listing, all of which somebody holds."""
    show = show_published()
    listing = listing_published(show, seats, **changes)
    await deliver(orders, show, listing)
    holder = orders.client(new_id())
    answer = await hold(holder, listing, seats)
    assert answer.status_code == 201, answer.text
    return show, listing, holder, answer.json()


def refused(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_seats_given_up_are_held_for_the_first_in_line(start: StartService) -> None:
    orders = await start("orders", HOLD_SECONDS="60", WAITING_HOLD_SECONDS="900")
    show, listing, holder, held = await sold_out(orders)
    first, second = Waiter(orders), Waiter(orders)
    entry = await first.joins(show, 2)
    assert (entry["status"], entry["number"], entry["position"], entry["ahead"]) == ("waiting", 1, 1, 0)
    assert ((await second.joins(show))["position"], (await second.entry())["ahead"]) == (2, 1)
    assert (await holder.delete(f"/api/orders/{held['id']}")).status_code == 204

    offered = await first.entry()
    assert (offered["status"], offered["position"], offered["ahead"]) == ("offered", None, None)
    order = await first.order()
    assert (order["status"], order["seats"], order["waiting_entry_id"]) == ("held", ["1", "2"], first.entry_id)
    assert order["total"] == {"amount": 11000, "currency": "EUR"}
    assert offered["offered_until"] == order["expires_at"]
    said = (await orders.published(OrderHeld))[-1]
    assert (said.order_id, said.waiting_entry_id) == (UUID(order["id"]), UUID(first.entry_id))
    assert 899 < (said.expires_at - said.occurred_at).total_seconds() < 901
    assert ((await second.entry())["position"], await second.status()) == (1, "waiting")
    refused(await hold(orders.client(new_id()), listing), 409, "seats-unavailable")

    await deliver(orders, payment_authorized(UUID(order["id"]), first.id, Money(11000, "EUR")))
    assert await first.status() == "bought"
    assert (await orders.published(OrderConfirmed))[-1].waiting_entry_id == UUID(first.entry_id)
    refused(await first.client.delete(f"/api/waiting/{first.entry_id}"), 409, "order-confirmed")


@pytest.mark.parametrize("way", ["give up", "leave", "expire"])
async def test_an_offer_not_taken_goes_to_the_next(start: StartService, way: str) -> None:
    orders = await start("orders", WAITING_HOLD_SECONDS="1" if way == "expire" else "900")
    show, _, holder, held = await sold_out(orders, 1)
    first, second = Waiter(orders), Waiter(orders)
    await first.joins(show)
    await second.joins(show)
    await holder.delete(f"/api/orders/{held['id']}")
    order_id = (await first.entry())["order_id"]
    if way == "give up":
        await first.client.delete(f"/api/orders/{order_id}")
    elif way == "leave":
        for _ in range(2):
            assert (await first.client.delete(f"/api/waiting/{first.entry_id}")).status_code == 204

    async def passed_on() -> bool:
        return bool((await second.entry())["order_id"])

    await eventually(passed_on)
    assert await first.status() == ("left" if way == "leave" else "lapsed")
    assert (await orders.published(OrderCancelled))[-1].waiting_entry_id is not None
    assert (await orders.published(OrderHeld))[-1].buyer_id == second.id
    # Who let an offer pass may stand in line again, at its end.
    assert (await join(first.client, show)).status_code == 201


async def test_a_group_that_does_not_fit_is_passed_over_and_keeps_its_place(start: StartService) -> None:
    orders = await start("orders")
    show, listing, holder, held = await sold_out(orders, 1)
    group, single = Waiter(orders), Waiter(orders)
    await group.joins(show, 3)
    await single.joins(show)
    await holder.delete(f"/api/orders/{held['id']}")
    assert (await single.status(), (await group.entry())["position"]) == ("offered", 1)
    await deliver(orders, listing_published(show, 4, row="D", seller_id=listing.seller_id))
    assert (await group.order())["seats"] == ["1", "2", "3"]
    log = (await orders.client().get("/api/waiting/log", params={"show_id": str(show.show_id)})).json()["items"]
    assert [(line["what"], line["number"], line["passed_over"]) for line in reversed(log)] == [
        ("joined", 1, []),
        ("joined", 2, []),
        ("offered", 2, [1]),
        ("offered", 1, []),
    ]
    assert "user" not in str(log)


@pytest.mark.parametrize(
    ("wish", "listing", "fits"),
    [
        ({"quantity": 1}, {"split": "pairs"}, False),
        ({"quantity": 2}, {"split": "pairs"}, True),
        ({"quantity": 2}, {"split": "none"}, False),
        ({"quantity": 4}, {"split": "none"}, True),
        ({"max_price": {"amount": 5499, "currency": "EUR"}}, {}, False),
        ({"max_price": {"amount": 5500, "currency": "EUR"}}, {}, True),
        ({"max_price": {"amount": 9900, "currency": "USD"}}, {}, False),
        ({"sections": ["Balcony"]}, {}, False),
        ({"sections": ["Balcony", "Stalls"]}, {}, True),
    ],
)
async def test_what_is_offered_fits_the_wish(
    start: StartService, wish: dict[str, Any], listing: dict[str, Any], fits: bool
) -> None:
    orders = await start("orders")
    show = show_published()
    await deliver(orders, show)
    person = Waiter(orders)
    await person.joins(show, **wish)
    await deliver(orders, listing_published(show, 4, **listing))
    assert await person.status() == ("offered" if fits else "waiting")


async def test_a_price_that_falls_and_a_rule_that_changes_are_news(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    listing = listing_published(show, 2, split="none")
    await deliver(orders, show, listing)
    single, poor = Waiter(orders), Waiter(orders)
    await single.joins(show)
    await poor.joins(show, max_price={"amount": 1100, "currency": "EUR"})
    split = changed(listing, ListingChanged, split="any")
    await deliver(orders, split)
    assert (await single.status(), await poor.status()) == ("offered", "waiting")
    cheaper = {"unit_price": Money(1000, "EUR"), "unit_fee": Money(100, "EUR")}
    await deliver(orders, changed(split, ListingChanged, **cheaper))
    assert (await poor.order())["total"]["amount"] == 1100


async def test_a_place_that_another_listing_sells_now_is_offered_too(start: StartService) -> None:
    orders = await start("orders")
    show, listing, holder, held = await sold_out(orders, 1)
    person = Waiter(orders)
    await person.joins(show)
    again = listing_published(show, 1, seller_id=listing.seller_id)
    await deliver(orders, changed(listing, ListingWithdrawn, seats=()), again)
    assert await person.status() == "waiting"
    await holder.delete(f"/api/orders/{held['id']}")
    assert (await person.order())["listing_id"] == str(again.listing_id)


async def test_who_can_buy_now_need_not_wait(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    listing = listing_published(show, 2)
    await deliver(orders, show, listing)
    person = orders.client(new_id())
    problem = refused(await join(person, show), 409, "seats-available")
    assert problem["listing_id"] == str(listing.listing_id)
    assert (await join(person, show, 3)).status_code == 201
    refused(await join(person, show, 4), 409, "already-waiting")
    # A seller waits for the seats of others.
    assert (await join(orders.client(listing.seller_id), show)).status_code == 201
    refused(await join(person, show_published()), 404, "not-found")


async def test_who_holds_as_much_as_one_may_keeps_the_place(start: StartService) -> None:
    orders = await start("orders", HOLDS_MAX="1")
    show, _, holder, held = await sold_out(orders, 1)
    busy, next_one = Waiter(orders), Waiter(orders)
    other = listing_published(show, 1, row="D")
    await deliver(orders, other)
    own = (await hold(busy.client, other)).json()
    await busy.joins(show)
    await next_one.joins(show)
    await holder.delete(f"/api/orders/{held['id']}")
    assert (await busy.status(), await next_one.status()) == ("waiting", "offered")
    await busy.client.delete(f"/api/orders/{own['id']}")
    assert await busy.status() == "offered"


async def test_seats_that_were_left_over_are_found_by_the_next_look(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    postponed = changed(show, ShowChanged, status="postponed")
    back = changed(postponed, ShowChanged, status="scheduled")
    await deliver(orders, show)
    person = Waiter(orders)
    await person.joins(show)
    await deliver(orders, postponed, listing_published(show, 1))
    assert await person.status() == "waiting"
    await deliver(orders, back)

    async def offered() -> bool:
        return await person.status() == "offered"

    await eventually(offered)


async def test_waiting_ends_with_the_show(start: StartService) -> None:
    orders = await start("orders")
    show, _, holder, held = await sold_out(orders, 1)
    first, second = Waiter(orders), Waiter(orders)
    await first.joins(show)
    await second.joins(show)
    await holder.delete(f"/api/orders/{held['id']}")
    await deliver(orders, changed(show, ShowChanged, status="cancelled"))
    assert (await first.status(), await second.status()) == ("ended", "ended")
    assert (await first.order())["cancel_reason"] == "show_cancelled"
    refused(await join(second.client, show), 409, "show-over")


async def test_waiting_ends_when_the_show_begins(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    await deliver(orders, show)
    person = Waiter(orders)
    await person.joins(show)
    await deliver(orders, changed(show, ShowChanged, starts_at=now()))

    async def ended() -> bool:
        return await person.status() == "ended"

    await eventually(ended)


async def test_a_late_payment_makes_a_lapsed_offer_bought(start: StartService) -> None:
    orders = await start("orders", WAITING_HOLD_SECONDS="1")
    show, _, holder, held = await sold_out(orders, 1)
    person = Waiter(orders)
    await person.joins(show)
    await holder.delete(f"/api/orders/{held['id']}")

    async def lapsed() -> bool:
        return await person.status() == "lapsed"

    await eventually(lapsed)
    order = await person.order()
    await deliver(orders, payment_authorized(UUID(order["id"]), person.id, Money(5500, "EUR")))
    assert (await person.status(), (await person.order())["late"]) == ("bought", True)


async def test_a_double_click_joins_once_and_a_repeated_key_finds_the_first_place(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    await deliver(orders, show)
    person = orders.client(new_id())
    body = {"show_id": str(show.show_id), "quantity": 2}
    answers = await asyncio.gather(
        *(person.post("/api/waiting", json=body, headers={"Idempotency-Key": "join"}) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    again = await person.post("/api/waiting", json=body, headers={"Idempotency-Key": "join"})
    assert again.status_code == 201
    assert {answer.json()["id"] for answer in answers if answer.status_code == 201} == {again.json()["id"]}
    line = (await orders.client().get("/api/waiting/line", params={"show_id": str(show.show_id)})).json()
    assert (line["groups"], line["people"], line["hold_s"]) == (1, 2, 1800)


async def test_a_place_in_line_is_its_owners(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    await deliver(orders, show)
    person, stranger = Waiter(orders), orders.client(new_id())
    await person.joins(show)
    for method in ("GET", "DELETE"):
        refused(await stranger.request(method, f"/api/waiting/{person.entry_id}"), 404, "not-found")
        refused(await orders.client().request(method, f"/api/waiting/{person.entry_id}"), 401, "sign-in-required")
    refused(await orders.client().get("/api/waiting"), 401, "sign-in-required")
    refused(await join(orders.client(), show), 401, "sign-in-required")
    assert (await stranger.get("/api/waiting")).json()["items"] == []
    mine = (await person.client.get("/api/waiting", params={"show_id": str(show.show_id)})).json()["items"]
    assert [entry["id"] for entry in mine] == [person.entry_id]
    assert await person.status() == "waiting"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"show_id": "{id}"}, "quantity"),
        ({"quantity": 1}, "show_id"),
        ({"show_id": "nonsense", "quantity": 1}, "show_id"),
        ({"show_id": "{id}", "quantity": 0}, "quantity"),
        ({"show_id": "{id}", "quantity": 9}, "quantity"),
        ({"show_id": "{id}", "quantity": "2"}, "quantity"),
        ({"show_id": "{id}", "quantity": 1, "max_price": 5}, "max_price"),
        ({"show_id": "{id}", "quantity": 1, "max_price": {"amount": 0, "currency": "EUR"}}, "max_price.amount"),
        ({"show_id": "{id}", "quantity": 1, "max_price": {"amount": 5, "currency": "XXX"}}, "max_price.currency"),
        ({"show_id": "{id}", "quantity": 1, "sections": ["x"] * 21}, "sections"),
        ({"show_id": "{id}", "quantity": 1, "sections": ["\u0000"]}, "sections[0]"),
        ({"show_id": "{id}", "quantity": 1, "user_id": "me"}, "user_id"),
    ],
)
async def test_a_wrong_wish_is_refused_field_by_field(start: StartService, body: dict[str, Any], field: str) -> None:
    orders = await start("orders")
    body = {key: value.replace("{id}", str(new_id())) if key == "show_id" else value for key, value in body.items()}
    answer = await orders.client(new_id()).post("/api/waiting", json=body)
    assert [error["field"] for error in refused(answer, 422, "invalid")["errors"]] == [field]
