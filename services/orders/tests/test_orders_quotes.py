"""The price that a buyer was shown is the price of the hold, for as long as the quote lasts."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from fairseat_common.contracts import Event, ListingChanged, ListingPublished, Money
from fairseat_common.ids import new_id
from fairseat_common.quotes import LOCAL_SECRET, Quote, quote_sign
from fairseat_common.testing.builders import listing_published, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

SHOWN = 5500


async def deliver(orders: RunningService, event: Event) -> None:
    heard = await orders.publish(event)
    await eventually(lambda: orders.heard(heard))


async def on_sale(orders: RunningService) -> ListingPublished:
    show = show_published()
    listing = listing_published(show, 4, unit_seller_fee=Money(250, "EUR"), fee_rule=1)
    await deliver(orders, show)
    await deliver(orders, listing)
    return listing


def quote_of(listing: ListingPublished, lasts_s: int = 900, **changes: Any) -> str:
    fields: dict[str, Any] = {
        "listing_id": listing.listing_id,
        "listing_version": listing.version,
        "unit_price": listing.unit_price,
        "unit_fee": listing.unit_fee,
        "unit_seller_fee": Money(250, "EUR"),
        "fee_rule": 1,
        "expires_at": int(time.time()) + lasts_s,
    }
    return quote_sign(Quote(**fields | changes), LOCAL_SECRET)


def now_costs(listing: ListingPublished, price: int, version: int = 2) -> ListingChanged:
    fields = {name: getattr(listing, name) for name in listing.__struct_fields__}
    changes = {"unit_price": Money(price, "EUR"), "unit_fee": Money(price // 10, "EUR"), "version": version}
    return ListingChanged(**fields | changes | {"unit_seller_fee": Money(price // 20, "EUR"), "fee_rule": 2})


async def hold(orders: RunningService, listing: ListingPublished, quote: str | None) -> httpx.Response:
    body = {"listing_id": str(listing.listing_id), "quantity": 2, "quote": quote}
    client = orders.client(new_id())
    return await client.post("/api/orders", json=body, headers={"Idempotency-Key": str(new_id())})


async def test_a_quote_in_force_keeps_its_price_when_the_seller_asks_more(start: StartService) -> None:
    orders = await start("orders")
    listing = await on_sale(orders)
    quote = quote_of(listing)
    await deliver(orders, now_costs(listing, 9000))
    order = (await hold(orders, listing, quote)).json()
    assert (order["total"]["amount"], order["fees"]["amount"], order["fee_rule"]) == (2 * SHOWN, 1000, 1)
    assert (await hold(orders, listing, None)).json()["total"]["amount"] == 2 * 9900


async def test_a_price_that_fell_is_the_buyers_luck(start: StartService) -> None:
    orders = await start("orders")
    listing = await on_sale(orders)
    quote = quote_of(listing)
    await deliver(orders, now_costs(listing, 4000))
    order = (await hold(orders, listing, quote)).json()
    assert (order["total"]["amount"], order["fee_rule"]) == (2 * 4400, 2)


async def test_a_quote_may_know_more_than_this_service_has_heard(start: StartService) -> None:
    orders = await start("orders")
    listing = await on_sale(orders)
    newer = quote_of(listing, listing_version=2, unit_price=Money(6000, "EUR"), unit_fee=Money(600, "EUR"))
    assert (await hold(orders, listing, newer)).json()["total"]["amount"] == 2 * 6600


async def test_a_quote_that_is_over_buys_at_the_same_price_only(start: StartService) -> None:
    orders = await start("orders")
    listing = await on_sale(orders)
    over = quote_of(listing, lasts_s=-1)
    assert (await hold(orders, listing, over)).json()["total"]["amount"] == 2 * SHOWN
    await deliver(orders, now_costs(listing, 9000))
    answer = await hold(orders, listing, over)
    assert (answer.status_code, answer.json()["type"]) == (409, "price-changed")
    assert answer.json()["all_in_unit_price"] == {"amount": 9900, "currency": "EUR"}


@pytest.mark.parametrize("tampered", ["letter", "secret", "other listing", "nonsense"])
async def test_a_tampered_quote_is_refused(start: StartService, tampered: str) -> None:
    orders = await start("orders")
    listing = await on_sale(orders)
    good = quote_of(listing)
    quote = {
        "letter": good[:20] + ("A" if good[20] != "A" else "B") + good[21:],
        "secret": quote_sign(
            Quote(
                listing_id=listing.listing_id,
                listing_version=1,
                unit_price=Money(1, "EUR"),
                unit_fee=Money(0, "EUR"),
                unit_seller_fee=Money(0, "EUR"),
                fee_rule=1,
                expires_at=2_000_000_000,
            ),
            "not ours",
        ),
        "other listing": quote_of(listing, listing_id=new_id()),
        "nonsense": "nonsense",
    }[tampered]
    answer = await hold(orders, listing, quote)
    assert (answer.status_code, answer.json()["type"]) == (422, "quote-invalid")
