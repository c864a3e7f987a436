"""Fees by numbered rules, prices in every kind of currency, and the signed quotes of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    ListingChanged,
    ListingPublished,
    Money,
    ShowChanged,
    ShowPublished,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.quotes import LOCAL_SECRET, Quote, QuoteInvalid, quote_read
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from tickets.domain_prices import QUOTE_ROUND_S, FeeRule, Prices, Quoting, fees_of

OWN = ("unit_seller_fee", "unit_net")


async def hear(tickets: RunningService, *events: Any) -> None:
    for event in events:
        heard = await tickets.publish(event)
        await eventually(lambda heard=heard: tickets.heard(heard))  # type: ignore[misc]


async def announced(tickets: RunningService, currency: str = "EUR") -> ShowPublished:
    show = show_published(currency=currency)
    rows = (ChartRow("A", tuple(str(number) for number in range(1, 31))),)
    venue = VenuePublished(
        venue_id=show.venue_id,
        name="Theater am Ufer",
        city="Berlin",
        country="DE",
        timezone="Europe/Berlin",
        capacity=30,
        sections=(ChartSection("Stalls", "seated", rows, 30),),
        version=1,
        occurred_at=now(),
    )
    await hear(tickets, venue, show)
    return show


async def offer(client: httpx.AsyncClient, show: ShowPublished, seat: str, amount: int = 4_995) -> httpx.Response:
    body = {
        "show_id": str(show.show_id),
        "section": "Stalls",
        "row": "A",
        "seats": [seat],
        "unit_price": {"amount": amount, "currency": show.currency},
    }
    return await client.post("/api/listings", json=body)


async def listed(client: httpx.AsyncClient, show: ShowPublished, seat: str, amount: int = 4_995) -> dict[str, Any]:
    answer = await offer(client, show, seat, amount)
    assert answer.status_code == 201, answer.text
    listing: dict[str, Any] = answer.json()
    return listing


async def rules(tickets: RunningService) -> list[tuple[int, int, int]]:
    async with tickets.database.connection() as connection:
        rows = await connection.fetch("select version, buyer_percent, seller_percent from fee_rules order by version")
    return [(row["version"], row["buyer_percent"], row["seller_percent"]) for row in rows]


@pytest.mark.parametrize(
    ("currency", "amount", "fee", "kept"),
    [
        ("EUR", 4_995, 500, 250),
        ("EUR", 1, 0, 0),
        ("EUR", 5, 1, 0),
        ("JPY", 12_345, 1_235, 617),
        ("JPY", 5, 1, 0),
        ("KWD", 15_550, 1_560, 780),
        ("KWD", 10, 0, 0),
    ],
)
def test_fees_are_rounded_half_up_to_what_cards_can_pay(currency: str, amount: int, fee: int, kept: int) -> None:
    rule = FeeRule(version=3, buyer_percent=10, seller_percent=5)
    assert fees_of(Money(amount, currency), rule) == (Money(fee, currency), Money(kept, currency), 3)


@pytest.mark.parametrize(
    ("currency", "amount", "fee", "kept"), [("JPY", 12_345, 1_235, 617), ("KWD", 15_550, 1_560, 780)]
)
async def test_listings_in_currencies_without_and_with_three_decimals(
    start: StartService, currency: str, amount: int, fee: int, kept: int
) -> None:
    tickets = await start("tickets")
    show = await announced(tickets, currency)
    seller = tickets.client(new_id())
    listing = await listed(seller, show, "1", amount)
    figures = {name: listing[name]["amount"] for name in ("unit_fee", "all_in_unit_price", *OWN)}
    assert figures == {
        "unit_fee": fee,
        "all_in_unit_price": amount + fee,
        "unit_seller_fee": kept,
        "unit_net": amount - kept,
    }
    assert {listing[name]["currency"] for name in figures} == {currency}
    [said] = await tickets.published(ListingPublished)
    assert (said.unit_price, said.unit_fee) == (Money(amount, currency), Money(fee, currency))
    assert (said.unit_seller_fee, said.fee_rule) == (Money(kept, currency), 1)


async def test_a_price_that_no_card_can_pay_is_refused(start: StartService) -> None:
    tickets = await start("tickets")
    show = await announced(tickets, "KWD")
    seller = tickets.client(new_id())
    for amount in (1, 15_555, 9):
        answer = await offer(seller, show, "1", amount)
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid")
        assert answer.json()["errors"] == [
            {"field": "unit_price.amount", "message": "cards pay KWD in steps of 10 minor units"}
        ]
    listing = await listed(seller, show, "1", 15_550)
    price = {"unit_price": {"amount": 15_551, "currency": "KWD"}}
    answer = await seller.patch(f"/api/listings/{listing['id']}", json=price, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "unit_price.amount")
    assert await tickets.published(ListingChanged) == []


async def test_only_the_seller_reads_what_a_seat_brings_in(start: StartService) -> None:
    tickets = await start("tickets", SELLER_FEE_PERCENT="8")
    show, seller_id = await announced(tickets), new_id()
    listing = await listed(tickets.client(seller_id), show, "1")
    assert [listing[name]["amount"] for name in OWN] == [400, 4_595]
    path = f"/api/listings/{listing['id']}"
    own = (await tickets.client(seller_id).get(path)).json()
    [mine] = (await tickets.client(seller_id).get("/api/listings", params={"seller": "me"})).json()["items"]
    for view in (own, mine):
        assert [view[name]["amount"] for name in OWN] == [400, 4_595]
        assert "quote" not in view
    query = {"show_id": str(show.show_id)}
    for client in (tickets.client(), tickets.client(new_id()), tickets.client(new_id(), roles=("operator",))):
        [seen] = (await client.get("/api/listings", params=query)).json()["items"]
        for view in (seen, (await client.get(path)).json()):
            assert not {*OWN, "fee_rule"} & set(view)
    [browsed] = (await tickets.client(seller_id).get("/api/listings", params=query)).json()["items"]
    assert "quote" not in browsed
    assert browsed["unit_net"]["amount"] == 4_595


async def test_other_percentages_are_another_rule_from_then_on(start: StartService) -> None:
    first = await start("tickets", SERVICE_FEE_PERCENT="10", SELLER_FEE_PERCENT="5")
    show, seller_id = await announced(first), new_id()
    listing = await listed(first.client(seller_id), show, "1", 10_000)
    await listed(first.client(seller_id), show, "2", 10_000)
    assert await rules(first) == [(1, 10, 5)]
    second = await start("tickets", keep_data=True, SERVICE_FEE_PERCENT="10", SELLER_FEE_PERCENT="7")
    third = await listed(second.client(seller_id), show, "3", 10_000)
    assert third["unit_seller_fee"]["amount"] == 700
    # The first process still lives, and still goes by the rule that it has.
    fourth = await listed(first.client(seller_id), show, "4", 10_000)
    assert fourth["unit_seller_fee"]["amount"] == 500
    assert await rules(first) == [(1, 10, 5), (2, 10, 7)]
    assert [event.fee_rule for event in await first.published(ListingPublished)] == [1, 1, 2, 1]

    path, seller = f"/api/listings/{listing['id']}", second.client(seller_id)
    noted = await seller.patch(path, json={"notes": "Aisle"}, headers={"If-Match": '"1"'})
    assert noted.json()["unit_seller_fee"]["amount"] == 500
    price = {"unit_price": {"amount": 20_000, "currency": "EUR"}}
    priced = await seller.patch(path, json=price, headers={"If-Match": '"2"'})
    assert [priced.json()[name]["amount"] for name in OWN] == [1_400, 18_600]
    said = [(e.fee_rule, e.unit_seller_fee) for e in await first.published(ListingChanged)]
    assert said == [(1, Money(500, "EUR")), (2, Money(1_400, "EUR"))]


async def test_many_processes_number_a_rule_once(start: StartService) -> None:
    first = await start("tickets", SELLER_FEE_PERCENT="6")
    others = [await start("tickets", keep_data=True, SELLER_FEE_PERCENT="6") for _ in range(3)]
    show, seller_id = await announced(first), new_id()
    clients = [service.client(seller_id) for service in (first, *others) for _ in range(4)]
    answers = await asyncio.gather(*(offer(client, show, str(n)) for n, client in enumerate(clients, start=1)))
    assert {answer.status_code for answer in answers} == {201}
    assert await rules(first) == [(1, 10, 6)]


async def test_a_rule_never_changes_by_the_rights_of_the_service(start: StartService) -> None:
    tickets = await start("tickets")
    show = await announced(tickets)
    await listed(tickets.client(new_id()), show, "1")
    connection = await asyncpg.connect(tickets.environ["DATABASE_URL"])
    try:
        for statement in ("update fee_rules set seller_percent = 0", "delete from fee_rules", "truncate fee_rules"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_listing_from_before_the_rules_has_none_until_it_is_priced(start: StartService) -> None:
    tickets = await start("tickets")
    show, seller_id = await announced(tickets), new_id()
    listing = await listed(tickets.client(seller_id), show, "1", 10_000)
    async with tickets.database.connection() as connection:
        await connection.execute("update listings set unit_seller_fee = default, fee_rule = null")
    path = f"/api/listings/{listing['id']}"
    own = (await tickets.client(seller_id).get(path)).json()
    assert [own[name]["amount"] for name in OWN] == [0, 10_000]
    quote = quote_read((await tickets.client().get(path)).json()["quote"], [LOCAL_SECRET])
    assert (quote.fee_rule, quote.unit_seller_fee) == (0, Money(0, "EUR"))
    price = {"unit_price": {"amount": 9_000, "currency": "EUR"}}
    priced = await tickets.client(seller_id).patch(path, json=price, headers={"If-Match": '"1"'})
    assert [priced.json()[name]["amount"] for name in OWN] == [450, 8_550]


async def test_whoever_could_buy_is_quoted_the_price_signed(start: StartService) -> None:
    tickets = await start("tickets", QUOTE_SECRETS="new, old", QUOTE_SECONDS="60")
    show, seller_id = await announced(tickets), new_id()
    listing = await listed(tickets.client(seller_id), show, "1")
    before = now().timestamp()
    path = f"/api/listings/{listing['id']}"
    [browsed] = (await tickets.client().get("/api/listings", params={"show_id": str(show.show_id)})).json()["items"]
    alone = (await tickets.client(new_id()).get(path)).json()
    for text in (browsed["quote"], alone["quote"]):
        quote = quote_read(text, ["new"])
        assert quote == Quote(
            listing_id=UUID(listing["id"]),
            listing_version=1,
            unit_price=Money(4_995, "EUR"),
            unit_fee=Money(500, "EUR"),
            unit_seller_fee=Money(250, "EUR"),
            fee_rule=1,
            expires_at=quote.expires_at,
        )
        assert quote.expires_at % QUOTE_ROUND_S == 0
        assert before + 59 <= quote.expires_at <= now().timestamp() + 61 + QUOTE_ROUND_S
        with pytest.raises(QuoteInvalid):
            quote_read(text, ["old"])
    price = {"unit_price": {"amount": 6_000, "currency": "EUR"}}
    await tickets.client(seller_id).patch(path, json=price, headers={"If-Match": '"1"'})
    later = quote_read((await tickets.client().get(path)).json()["quote"], ["new"])
    assert (later.listing_version, later.unit_price) == (2, Money(6_000, "EUR"))


def test_readers_within_ten_seconds_get_the_same_quote() -> None:
    quoting, price = Quoting("a secret", 900), Money(5_000, "EUR")
    prices = Prices(
        listing_id=new_id(), listing_version=1, unit_price=price, unit_fee=price, unit_seller_fee=price, fee_rule=1
    )
    start_at = datetime(2026, 11, 1, 12, 0, 1, tzinfo=UTC)
    texts = [quoting.sign(prices, start_at + timedelta(seconds=s, milliseconds=7)) for s in range(10)]
    assert len(set(texts)) == 1
    assert quote_read(texts[0], ["a secret"]).expires_at == int(start_at.timestamp()) + 909
    assert quoting.sign(prices, start_at + timedelta(seconds=10)) != texts[0]
    assert "a secret" not in repr(quoting)


async def test_what_nobody_can_buy_has_no_quote(start: StartService) -> None:
    tickets = await start("tickets")
    show, seller_id = await announced(tickets), new_id()
    sold, withdrawn, left = [await listed(tickets.client(seller_id), show, seat) for seat in ("1", "2", "3")]
    said = await tickets.published(ListingPublished)
    hold = order_held(next(event for event in said if str(event.listing_id) == sold["id"]))
    await hear(tickets, hold, order_confirmed(hold))
    assert (await tickets.client(seller_id).delete(f"/api/listings/{withdrawn['id']}")).status_code == 204
    reader = tickets.client(new_id())

    async def quoted() -> list[bool]:
        answers = [await reader.get(f"/api/listings/{listing['id']}") for listing in (sold, withdrawn, left)]
        return ["quote" in answer.json() for answer in answers]

    assert await quoted() == [False, False, True]
    fields = {name: getattr(show, name) for name in show.__struct_fields__}
    await hear(tickets, ShowChanged(**fields | {"version": 2, "status": "cancelled"}))
    assert await quoted() == [False, False, False]
    assert (await reader.get("/api/listings", params={"show_id": str(show.show_id)})).json()["items"] == []
    seller, path = tickets.client(seller_id), f"/api/listings/{left['id']}"
    price = {"unit_price": {"amount": 6_000, "currency": "EUR"}}
    over = await seller.patch(path, json=price, headers={"If-Match": '"1"'})
    assert (over.status_code, over.json()["type"]) == (422, "show-over")
    assert (await offer(seller, show, "4")).json()["type"] == "show-over"
    assert (await seller.delete(path)).status_code == 204
