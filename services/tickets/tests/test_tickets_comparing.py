"""Comparing listings: filters and orders, what sections have and sold, and what that makes of a price."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import ChartRow, ChartSection, ListingPublished, Money, OrderRefundDue, VenuePublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from tickets.domain_browsing import DEAL_PERCENT, Reference, deal_of, score_of, typical_price_of
from tickets.domain_listings import Listing

# The chart's order is neither the order of names nor that of prices.
SECTIONS = ("Pit", "Stalls", "Circle", "Balcony")
SEATS = tuple(str(number) for number in range(1, 21))


def venue_published(venue_id: UUID, version: int = 1, names: tuple[str, ...] = SECTIONS) -> VenuePublished:
    rows = tuple(ChartRow(name, SEATS) for name in ("A", "B", "C"))
    sections = tuple(
        ChartSection(name, "standing", (), 100) if name == "Pit" else ChartSection(name, "seated", rows, 60)
        for name in names
    )
    return VenuePublished(
        venue_id=venue_id,
        name="Theater am Ufer",
        city="Berlin",
        country="DE",
        timezone="Europe/Berlin",
        capacity=280,
        sections=sections,
        version=version,
        occurred_at=now(),
    )


class Market:
    """A running service with a show, and a seller who lists whatever a test needs."""

    def __init__(self, tickets: RunningService) -> None:
        self.tickets = tickets
        self.show = show_published()
        self.seller = tickets.client(new_id())
        self.visitor = tickets.client()

    async def open(self) -> None:
        """Announce the show."""
        await self.say(venue_published(self.show.venue_id), self.show)

    async def say(self, *events: Any) -> None:
        """Tell the service, and wait until it has heard."""
        for event in events:
            heard = await self.tickets.publish(event)
            await eventually(lambda heard=heard: self.tickets.heard(heard))  # type: ignore[misc]

    async def offer(self, section: str, row: str, seats: list[str], amount: int, **more: Any) -> dict[str, Any]:
        """Put seats on sale at an all-in price; the fee is nothing here."""
        place = {"quantity": len(seats)} if section == "Pit" else {"row": row, "seats": seats}
        body = {"show_id": str(self.show.show_id), "section": section, "unit_price": _price(amount), **place, **more}
        answer = await self.seller.post("/api/listings", json=body)
        assert answer.status_code == 201, answer.text
        listing: dict[str, Any] = answer.json()
        return listing

    async def sell(self, listing: dict[str, Any], quantity: int = 1, days_ago: int = 0) -> Any:
        """Let somebody buy the first seats of a listing; answers their hold."""
        [said] = [e for e in await self.tickets.published(ListingPublished) if str(e.listing_id) == listing["id"]]
        hold = order_held(said, quantity)
        await self.say(hold, order_confirmed(hold, occurred_at=now() - timedelta(days=days_ago)))
        return hold

    async def ask(self, path: str, **query: Any) -> httpx.Response:
        """A question about the show."""
        return await self.visitor.get(path, params={"show_id": str(self.show.show_id), **query})

    async def browse(self, **query: Any) -> list[dict[str, Any]]:
        """The listings that fit."""
        answer = await self.ask("/api/listings", **query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def summary(self, **query: Any) -> dict[str, dict[str, Any]]:
        """The sections by their names."""
        answer = await self.ask("/api/listings/summary", **query)
        assert answer.status_code == 200, answer.text
        return {item["section"]: item for item in answer.json()["items"]}


def _price(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def names(items: list[dict[str, Any]]) -> list[str]:
    return [f"{item['section']} {item['row']}{item['all_in_unit_price']['amount'] // 100}" for item in items]


async def market(start: StartService, **environ: str) -> Market:
    made = Market(await start("tickets", SERVICE_FEE_PERCENT="0", **environ))
    await made.open()
    return made


async def test_the_best_view_comes_first_and_pages_keep_its_order(start: StartService) -> None:
    show = await market(start)
    await show.offer("Balcony", "A", ["1"], 1000)
    await show.offer("Stalls", "C", ["1"], 2000)
    await show.offer("Stalls", "A", ["2"], 9000)
    await show.offer("Stalls", "A", ["1"], 8000)
    await show.offer("Pit", "", ["1"], 5000)
    await show.offer("Circle", "B", ["1"], 3000)
    ordered = ["Pit 50", "Stalls A80", "Stalls A90", "Stalls C20", "Circle B30", "Balcony A10"]
    assert names(await show.browse(sort="view")) == ordered
    assert names(await show.browse(sort="view", section=["Balcony", "Stalls"])) == [
        "Stalls A80", "Stalls A90", "Stalls C20", "Balcony A10",
    ]  # fmt: skip
    seen: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        page = (await show.ask("/api/listings", sort="view", limit=2, **more)).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        more = {"cursor": page["next_cursor"]}
    assert names(seen) == ordered
    # A chart that was drawn anew has another order, and no longer has one of the sections.
    await show.say(venue_published(show.show.venue_id, 2, ("Balcony", "Circle", "Stalls")))
    assert names(await show.browse(sort="view"))[0] == "Balcony A10"
    assert names(await show.browse(sort="view"))[-1] == "Pit 50"
    assert list(await show.summary()) == ["Balcony", "Circle", "Stalls", "Pit"]


async def test_a_price_range_and_several_sections_are_one_question(start: StartService) -> None:
    show = await market(start)
    for amount, section in ((1000, "Stalls"), (2000, "Circle"), (3000, "Stalls"), (4000, "Balcony")):
        await show.offer(section, "A", [str(amount // 1000)], amount)
    assert names(await show.browse(min_price=2000, max_price=3000)) == ["Circle A20", "Stalls A30"]
    assert names(await show.browse(section=["Stalls", "Balcony"], min_price=1001)) == ["Stalls A30", "Balcony A40"]
    assert names(await show.browse(section="Nowhere")) == []
    for wrong in ({"min_price": 0}, {"deal": "superb"}, {"sort": "luck"}, {"section": ["x"] * 51}, {"aisle": "maybe"}):
        answer = await show.ask("/api/listings", **wrong)
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid"), wrong


async def test_an_aisle_seat_is_one_that_can_still_be_had(start: StartService) -> None:
    show = await market(start)
    end = await show.offer("Stalls", "A", ["19", "20"], 1000)
    both = await show.offer("Stalls", "B", ["1", "2"], 2000)
    await show.offer("Stalls", "C", ["2", "3", "4"], 3000)
    await show.offer("Pit", "", ["1", "2"], 4000)
    found = {item["id"]: item for item in await show.browse()}
    assert [item["aisle"] for item in found.values()] == [True, True, False, False]
    assert found[both["id"]]["free_seats"] == ["1", "2"]
    assert names(await show.browse(aisle=True)) == ["Stalls A10", "Stalls B20"]
    await show.sell(both)
    await show.sell(end)
    after = {item["id"]: item for item in await show.browse()}
    assert [after[both["id"]][name] for name in ("aisle", "free_seats")] == [False, ["2"]]
    assert after[end["id"]]["aisle"]
    assert names(await show.browse(aisle=True)) == ["Stalls A10"]
    assert (await show.visitor.get(f"/api/listings/{end['id']}")).json()["aisle"]


async def test_sold_prices_tell_what_similar_seats_go_for(start: StartService) -> None:
    show = await market(start)
    for number, amount in enumerate((9000, 10000, 11000), start=1):
        listing = await show.offer("Stalls", "A", [str(number)], amount)
        assert [item["typical_price"] for item in await show.browse()] == [None]
        await show.sell(listing, days_ago=10 - number)
    for number, amount in enumerate((7900, 8100, 9100, 10600), start=5):
        await show.offer("Stalls", "A", [str(number)], amount)
    behind = await show.offer("Stalls", "C", ["1"], 7900)
    await show.offer("Circle", "A", ["1"], 100)
    stalls = await show.browse(section="Stalls")
    found = {f"{item['row']}{item['all_in_unit_price']['amount']}": item for item in stalls}
    assert {name: item["deal"] for name, item in found.items()} == {
        "A7900": "great", "A8100": "good", "A9100": "fair", "A10600": None, "C7900": "good",
    }  # fmt: skip
    assert found["A8100"]["typical_price"] == _price(10000)
    # Two rows further back the same seats would have gone for two per cent less.
    assert found["C7900"]["typical_price"] == _price(9804)
    assert (await show.browse(section="Circle"))[0]["deal"] is None
    assert names(await show.browse(deal="great")) == ["Stalls A79"]
    assert names(await show.browse(deal="good")) == ["Stalls A79", "Stalls C79", "Stalls A81"]
    assert names(await show.browse(deal="fair", section="Stalls", sort="view")) == [
        "Stalls A79", "Stalls A81", "Stalls A91", "Stalls C79",
    ]  # fmt: skip
    alone = (await show.visitor.get(f"/api/listings/{behind['id']}")).json()
    assert (alone["deal"], alone["typical_price"]) == ("good", _price(9804))
    own = (await show.seller.get(f"/api/listings/{behind['id']}")).json()
    assert (own["deal"], "quote" in own) == ("good", False)


async def test_without_sales_a_price_is_judged_by_what_is_asked(start: StartService) -> None:
    show = await market(start)
    for number, amount in enumerate((7900, 10000, 10000, 10000), start=1):
        await show.offer("Stalls", "A", [str(number)], amount)
    assert {item["deal"] for item in await show.browse()} == {None}
    await show.offer("Stalls", "A", ["5"], 12000)
    found = await show.browse()
    assert [item["deal"] for item in found] == ["great", "fair", "fair", "fair", None]
    assert {item["typical_price"] for item in found} == {None}
    assert names(await show.browse(deal="good")) == ["Stalls A79"]


async def test_sections_tell_what_fits_and_what_was_sold_there(start: StartService) -> None:
    show = await market(start)
    sold = await show.offer("Stalls", "A", ["1", "2", "3"], 5000)
    await show.offer("Stalls", "B", ["1"], 4000)
    await show.offer("Pit", "", ["1", "2"], 2000, split="none")
    await show.sell(sold, 2)
    everything = await show.summary()
    assert list(everything) == list(SECTIONS)
    assert everything["Stalls"] == {
        "section": "Stalls", "listings_count": 2, "seats_count": 2, "lowest_price": _price(4000),
        "typical_sold": _price(5000), "sold_count": 1,
    }  # fmt: skip
    assert everything["Circle"] == {
        "section": "Circle", "listings_count": 0, "seats_count": 0, "lowest_price": None,
        "typical_sold": None, "sold_count": 0,
    }  # fmt: skip
    pairs = await show.summary(quantity=2)
    assert [item["seats_count"] for item in pairs.values()] == [2, 0, 0, 0]
    assert (await show.summary(max_price=4000))["Stalls"]["listings_count"] == 1
    assert (await show.summary(aisle=True))["Stalls"]["lowest_price"] == _price(4000)
    unknown = await show.visitor.get("/api/listings/summary", params={"show_id": str(new_id())})
    assert unknown.status_code == 404


async def test_what_was_sold_is_public_without_its_people_and_pages(start: StartService) -> None:
    show = await market(start)
    for days, row, quantity in ((3, "B", 1), (2, "C", 2), (1, "A", 1)):
        await show.sell(await show.offer("Stalls", row, ["1", "2"], 5000 + days), quantity, days_ago=days)
    await show.sell(await show.offer("Pit", "", ["1"], 2000), days_ago=5)
    page = (await show.ask("/api/listings/sold", limit=2)).json()
    rest = (await show.ask("/api/listings/sold", limit=2, cursor=page["next_cursor"])).json()
    items = page["items"] + rest["items"]
    assert [(item["section"], item["row"], item["quantity"]) for item in items] == [
        ("Stalls", "A", 1), ("Stalls", "C", 2), ("Stalls", "B", 1), ("Pit", "", 1),
    ]  # fmt: skip
    assert set(items[0]) == {"section", "row", "quantity", "all_in_unit_price", "sold_at"}
    assert items[0]["all_in_unit_price"] == _price(5001)
    only = (await show.ask("/api/listings/sold", section="Pit")).json()
    assert [item["section"] for item in only["items"]] == ["Pit"]
    wrong = await show.ask("/api/listings/sold", cursor="WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgIngiXQ")
    assert wrong.status_code == 422


async def test_a_refunded_sale_counts_for_nothing(start: StartService) -> None:
    show = await market(start)
    listing = await show.offer("Stalls", "B", ["1", "2"], 5000)
    hold = await show.sell(listing, 2)
    assert (await show.summary())["Stalls"]["sold_count"] == 1
    fields = {name: getattr(hold, name) for name in hold.__struct_fields__}
    refund = {"version": 3, "refund_id": new_id(), "refund_reason": "goodwill", "refund_seats": hold.seats[:1]}
    await show.say(OrderRefundDue(**fields | refund | {"refund_amount": Money(5000, "EUR")}))
    assert (await show.summary())["Stalls"]["sold_count"] == 0
    assert (await show.ask("/api/listings/sold")).json() == {"items": [], "next_cursor": None}


def listing_at(amount: int, row_position: int) -> Listing:
    price = Money(amount, "EUR")
    return Listing(
        id=new_id(), show_id=new_id(), seller_id=new_id(), section="Stalls", row="A", row_position=row_position,
        seats=("1",), available=1, held=0, sold=0, unit_price=price, unit_fee=Money(0, "EUR"),
        unit_seller_fee=Money(0, "EUR"), fee_rule=1, split="any", notes="", status="active", version=1,
        created_at=now(),
    )  # fmt: skip


@given(st.integers(1, 10**9), st.integers(0, 200), st.integers(1, 10**12))
def test_a_name_is_given_exactly_up_to_its_ceiling(amount: int, row_position: int, usual: int) -> None:
    reference = Reference("EUR", usual, usual // 100, 3)
    listing = listing_at(amount, row_position)
    given_names = [deal for deal in DEAL_PERCENT if score_of(listing) <= reference.ceiling(deal)]
    assert deal_of(listing, reference) == (given_names[0] if given_names else None)
    typical = typical_price_of(listing, reference)
    assert typical is not None
    assert abs(typical.amount * (100 + row_position) - usual) <= (100 + row_position) / 2


@pytest.mark.parametrize("reference", [None, Reference("USD", 10**9, 10**7, 9), Reference("EUR", 10**9, 10**7, 2)])
def test_nothing_to_compare_with_gives_no_name(reference: Reference | None) -> None:
    assert deal_of(listing_at(100, 0), reference) is None
    assert typical_price_of(listing_at(100, 0), reference) is None
