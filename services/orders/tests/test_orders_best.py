"""Best available: the best value of what can be held now, all together or not at all, once per key."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from fairseat_common.contracts import Event, Money, OrderHeld, ShowPublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from orders import domain_best


async def deliver(orders: RunningService, *events: Event) -> None:
    for event in events:
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]


async def best(
    client: httpx.AsyncClient, show: ShowPublished, quantity: int = 1, key: str = "", **more: Any
) -> httpx.Response:
    body = {"show_id": str(show.show_id), "quantity": quantity, **more}
    return await client.post("/api/orders", json=body, headers={"Idempotency-Key": key or str(new_id())})


def refused(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text
    return answer.json()  # type: ignore[no-any-return]


def euros(cents: int) -> dict[str, Money]:
    return {"unit_price": Money(cents, "EUR"), "unit_fee": Money(cents // 10, "EUR")}


async def test_the_best_value_is_held_and_then_the_next(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    far = listing_published(show, 2, row="40", **euros(4000))
    near = listing_published(show, 2, row="2", **euros(4200))
    dear = listing_published(show, 4, row="1", **euros(9000))
    await deliver(orders, show, far, near, dear)
    client = orders.client(new_id())
    held = [(await best(client, show, 2)).json() for _ in range(3)]
    assert [order["row"] for order in held] == ["2", "40", "1"]
    assert held[0]["total"] == {"amount": 9240, "currency": "EUR"}
    refused(await best(client, show, 3), 409, "seats-unavailable")
    assert len(await orders.published(OrderHeld)) == 3


@pytest.mark.parametrize(
    ("wish", "row"),
    [
        ({}, "B"),
        ({"section": "Stalls"}, "A"),
        ({"section": "Balcony"}, "B"),
        ({"max_price": {"amount": 3300, "currency": "EUR"}}, "B"),
        ({"quantity": 3}, "C"),
        ({"max_price": {"amount": 3299, "currency": "EUR"}}, None),
        ({"max_price": {"amount": 9900, "currency": "USD"}}, None),
        ({"section": "Moon"}, None),
        ({"quantity": 5}, None),
    ],
)
async def test_the_choice_is_narrowed_by_the_wish(start: StartService, wish: dict[str, Any], row: str | None) -> None:
    orders = await start("orders")
    show = show_published()
    await deliver(
        orders,
        show,
        listing_published(show, 2, row="A", **euros(4000)),
        listing_published(show, 2, section="Balcony", row="B", split="pairs", **euros(3000)),
        listing_published(show, 4, row="C", **euros(9000)),
    )
    body = {"quantity": 2} | wish
    answer = await best(orders.client(new_id()), show, **body)
    if row:
        assert (answer.status_code, answer.json().get("row")) == (201, row), answer.text
    else:
        refused(answer, 409, "seats-unavailable")


async def test_a_crowd_gets_every_seat_once_and_the_rest_hear_no(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    listings = [listing_published(show, 2, row=str(row), **euros(4000 + 10 * row)) for row in range(1, 9)]
    await deliver(orders, show, *listings)
    answers = await asyncio.gather(*(best(orders.client(new_id()), show, 2) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [409] * 4
    assert {answer.json()["row"] for answer in answers if answer.status_code == 201} == {
        str(row) for row in range(1, 9)
    }


async def test_a_repeated_key_finds_the_first_seats_also_when_all_are_gone(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    await deliver(orders, show, *(listing_published(show, 1, row=row) for row in "AB"))
    client = orders.client(new_id())
    answers = await asyncio.gather(*(best(client, show, key="best") for _ in range(8)))
    first = answers[0].json()
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, first["id"])}
    assert (await best(orders.client(new_id()), show)).status_code == 201
    again = await best(client, show, key="best")
    assert (again.status_code, again.json()) == (201, first)
    refused(await best(client, show, 2, key="best"), 422, "idempotency-key-reused")
    refused(await best(client, show_published(), key="best"), 422, "idempotency-key-reused")


async def test_ones_own_seats_are_not_the_best(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    listing = listing_published(show)
    await deliver(orders, show, listing)
    refused(await best(orders.client(listing.seller_id), show), 409, "seats-unavailable")


async def test_a_show_that_is_over_unknown_or_just_announced(start: StartService) -> None:
    orders = await start("orders")
    over = show_published(starts_at=now())
    await deliver(orders, over, listing_published(over))
    client = orders.client(new_id())
    refused(await best(client, over), 409, "show-over")
    assert "show" in refused(await best(client, show_published()), 404, "not-found")["detail"]
    coming = show_published()
    listing = listing_published(coming)
    await deliver(orders, listing)
    waiting = asyncio.create_task(best(client, coming))
    await orders.publish(coming)
    assert (await waiting).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"listing_id": "{id}", "show_id": "{id}"}, "show_id"),
        ({"listing_id": "{id}", "max_price": {"amount": 1, "currency": "EUR"}}, "max_price"),
        ({"listing_id": "{id}", "section": "Stalls"}, "section"),
        ({"show_id": "{id}", "quote": "x"}, "quote"),
        ({"show_id": None}, "show_id"),
        ({"show_id": "{id}", "max_price": 5}, "max_price"),
        ({"show_id": "{id}", "section": ""}, "section"),
        ({"show_id": "{id}", "section": "a\nb"}, "section"),
        ({}, "listing_id"),
    ],
)
async def test_either_a_listing_or_the_best(start: StartService, body: dict[str, Any], field: str) -> None:
    orders = await start("orders")
    body = {key: str(new_id()) if value == "{id}" else value for key, value in body.items()} | {"quantity": 1}
    answer = await orders.client(new_id()).post("/api/orders", json=body, headers={"Idempotency-Key": "k"})
    assert [error["field"] for error in refused(answer, 422, "invalid")["errors"]] == [field]


@pytest.mark.parametrize(
    ("name", "place"),
    [("1", 0), ("12", 11), ("A", 0), ("c", 2), ("AA", 26), ("", 0), ("Loge", 26), ("0", 0), ("999", 100), ("二", 26)],
)
def test_a_rows_name_says_how_far_back_it_is(name: str, place: int) -> None:
    assert domain_best.row_place(name) == place
