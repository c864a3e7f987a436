"""A sale that begins at a moment: nobody is faster than this database's clock, and orders say under which rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from fairseat_common.contracts import Event, ListingChanged, ListingPublished, OrderHeld, ShowPublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

LATER = timedelta(hours=1)


async def deliver(orders: RunningService, *events: Event) -> None:
    for event in events:
        heard = await orders.publish(event)
        await eventually(lambda heard=heard: orders.heard(heard))  # type: ignore[misc]


async def ask(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    return await client.post(path, json=body, headers={"Idempotency-Key": str(new_id())})


def opened(listing: ListingPublished) -> ListingChanged:
    """The same listing, whose sale has begun."""
    fields = {name: getattr(listing, name) for name in listing.__struct_fields__}
    return ListingChanged(**fields | {"version": listing.version + 1, "opens_at": now() - timedelta(seconds=1)})


def first_sale(show: ShowPublished, **changes: Any) -> ListingPublished:
    return listing_published(show, 4, **{"primary": True, "opens_at": now() + LATER} | changes)


async def test_nobody_holds_before_the_sale_begins_whichever_way(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    listing = first_sale(show)
    await deliver(orders, show, listing)
    client = orders.client(new_id())
    wish = {"show_id": str(show.show_id), "quantity": 1}
    early = [
        await ask(client, "/api/orders", listing_id=str(listing.listing_id), quantity=1),
        await ask(client, "/api/orders", **wish),
        await ask(client, "/api/waiting", **wish),
    ]
    assert [(answer.status_code, answer.json()["type"]) for answer in early] == [(409, "not-open-yet")] * 3
    opens_at = listing.opens_at.isoformat().replace("+00:00", "Z") if listing.opens_at else ""
    assert {answer.json()["opens_at"] for answer in early} == {opens_at}
    await deliver(orders, opened(listing))
    assert (await ask(client, "/api/orders", listing_id=str(listing.listing_id), quantity=1)).status_code == 201
    assert (await ask(client, "/api/orders", **wish)).status_code == 201


async def test_what_can_be_held_now_comes_before_what_opens_later(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    resale = listing_published(show, 2, row="9", resale_rule=3)
    await deliver(orders, show, first_sale(show, row="1"), resale)
    held = await ask(orders.client(new_id()), "/api/orders", show_id=str(show.show_id), quantity=2)
    assert (held.status_code, held.json()["row"]) == (201, "9")


async def test_an_order_says_whether_it_was_the_first_sale_and_under_which_rules(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    first, resale = first_sale(show, opens_at=None), listing_published(show, 1, row="9", resale_rule=3)
    await deliver(orders, show, first, resale)
    client = orders.client(new_id())
    for listing, expected in ((first, (True, None)), (resale, (False, 3))):
        order = (await ask(client, "/api/orders", listing_id=str(listing.listing_id), quantity=1)).json()
        shown = (await client.get(f"/api/orders/{order['id']}")).json()
        assert [(view["primary"], view["resale_rule"]) for view in (order, shown)] == [expected] * 2
        said = [event for event in await orders.published(OrderHeld) if event.order_id == UUID(order["id"])]
        assert [(event.primary, event.resale_rule) for event in said] == [expected]


async def test_who_waits_is_looked_at_when_the_sale_begins(start: StartService) -> None:
    orders = await start("orders")
    show = show_published()
    await deliver(orders, show)
    client = orders.client(new_id())
    entry = (await ask(client, "/api/waiting", show_id=str(show.show_id), quantity=2)).json()
    await deliver(orders, first_sale(show, opens_at=now() + timedelta(seconds=1.5), resale_rule=None))

    async def status() -> str:
        return (await client.get(f"/api/waiting/{entry['id']}")).json()["status"]  # type: ignore[no-any-return]

    assert await status() == "waiting"

    async def offered() -> bool:
        return await status() == "offered"

    await eventually(offered, 10)
    made = (await client.get("/api/orders")).json()["items"]
    assert [(order["primary"], order["quantity"]) for order in made] == [(True, 2)]
