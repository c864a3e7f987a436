"""Price guidance: what is comparable, what is suggested, and when nothing is said; and which places are taken."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import ChartRow, ChartSection, ListingPublished, Money, OrderRefundDue, VenuePublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from tickets.domain_guidance import ENOUGH, Guidance, Offered, Seats, Sold, guidance
from tickets.domain_prices import FeeRule

NOW = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)
RULE = FeeRule(version=1, buyer_percent=10, seller_percent=5)
SEATS = Seats(section="Stalls", row="C", row_position=2, currency="EUR", quantity=2)


def sold(price: int, section: str = "Stalls", position: int = 2, quantity: int = 1) -> Sold:
    row = chr(ord("A") + position)
    return Sold(section=section, row=row, row_position=position, unit_price=price, quantity=quantity, sold_at=NOW)


def offered(price: int, section: str = "Stalls", position: int = 2, available: int = 1) -> Offered:
    row = chr(ord("A") + position)
    return Offered(section=section, row=row, row_position=position, unit_price=price, available=available)


def ask(listings: list[Offered], sales: list[Sold], price: int | None = None, currency: str = "EUR") -> Guidance:
    seats = Seats(section="Stalls", row="C", row_position=2, currency=currency, quantity=2, unit_price=price)
    return guidance(seats, listings, sales, RULE)


def test_with_too_little_data_nothing_is_suggested() -> None:
    for listings, sales in (([], []), ([offered(5000)] * 2, [sold(5000)] * 2), ([offered(5000, "Circle")] * 9, [])):
        told = ask(listings, sales, 5000)
        assert (told.basis, told.suggested_price, told.range, told.chances, told.asked) == (
            "none",
            None,
            None,
            [],
            None,
        )


def test_sales_of_the_section_speak_first_and_the_arithmetic_is_as_told() -> None:
    sales = [sold(price) for price in (4000, 4500, 5000, 5500, 6000)]
    told = ask([offered(5500, available=2), offered(7000)], sales, 5000)
    assert (told.basis, told.same_section, told.seats_sold, told.seats_on_sale) == ("sales", True, 5, 3)
    chances = {chance.unit_price.amount: chance.chance_percent for chance in told.chances}
    # Five sold at 40 or above, none on sale at 40 or below: 6 of 7. Two at 55 or above, two on sale: 3 of 6.
    assert chances == {4000: 85, 4500: 83, 5000: 80, 5500: 50, 6000: 40, 7000: 20}
    assert told.asked is not None
    assert told.asked.chance_percent == 80
    assert told.range is not None
    assert (told.range.low.amount, told.range.high.amount) == (4500, 5500)
    assert told.suggested_price == Money(5000, "EUR"), "50 at 80 % brings in more than 45 at 83 % or 55 at 50 %"
    assert told.suggested_net == Money(9500, "EUR")
    assert told.sales[0].all_in_unit_price == Money(4400, "EUR")


def test_rows_further_back_count_like_one_per_cent_each() -> None:
    # 102 in the front row is as good as 100 in the third: 102 x 100 = 100 x 102.
    told = ask([], [sold(10_200, position=0)] * ENOUGH)
    assert told.range is not None
    assert told.range.low == Money(10_000, "EUR")
    assert told.suggested_price == Money(10_000, "EUR")


def test_sections_of_similar_price_help_where_the_section_tells_too_little() -> None:
    own, alike, dearer = [sold(5000)], [sold(5500, "Circle")] * 3, [sold(9000, "Box")] * 9
    told = ask([], own + alike + dearer)
    assert (told.basis, told.same_section, told.seats_sold) == ("sales", False, 4)
    assert {sale.section for sale in told.sales} == {"Stalls", "Circle"}
    assert told.sales[0].section == "Stalls"
    assert ask([], alike + dearer).basis == "none", "nothing is known of the section itself"


def test_without_sales_the_middle_of_what_others_ask_is_suggested_without_chances() -> None:
    told = ask([offered(4000), offered(5050), offered(9000)], [], 5000)
    assert (told.basis, told.suggested_price, told.chances, told.asked) == (
        "listings",
        Money(5050 // 50 * 50, "EUR"),
        [],
        None,
    )


amounts = st.integers(min_value=1, max_value=10_000_000)
positions = st.integers(min_value=0, max_value=60)
listings_made = st.lists(st.builds(offered, amounts, st.sampled_from(["Stalls", "Circle"]), positions), max_size=12)
sales_made = st.lists(st.builds(sold, amounts, st.sampled_from(["Stalls", "Circle"]), positions), max_size=12)


@given(listings_made, sales_made, amounts, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_lower_price_never_sells_worse_and_every_figure_is_possible(
    listings: list[Offered], sales: list[Sold], price: int, currency: str
) -> None:
    told, lower = ask(listings, sales, price, currency), ask(listings, sales, max(price // 2, 1), currency)
    percents = [chance.chance_percent for chance in told.chances]
    assert percents == sorted(percents, reverse=True)
    assert all(0 <= percent < 100 for percent in percents)
    if told.asked and lower.asked:
        assert lower.asked.chance_percent >= told.asked.chance_percent
    step = 10 if currency == "KWD" else 1
    if told.suggested_price is not None:
        assert told.suggested_price.amount > 0
        assert told.suggested_price.amount % step == 0
    assert told.range is None or told.range.low.amount <= told.range.high.amount


class World:
    """A running service with a show."""

    def __init__(self, tickets: RunningService, show_id: UUID) -> None:
        self.tickets, self.show_id = tickets, show_id

    async def list(self, seat: str, amount: int, seller_id: UUID, section: str = "Stalls") -> ListingPublished:
        price = {"amount": amount, "currency": "EUR"}
        body = {"show_id": str(self.show_id), "section": section, "row": "A", "seats": [seat], "unit_price": price}
        answer = await self.tickets.client(seller_id).post("/api/listings", json=body)
        assert answer.status_code == 201, answer.text
        return (await self.tickets.published(ListingPublished))[-1]

    async def tell(self, *events: Any) -> None:
        for event in events:
            event_id = await self.tickets.publish(event)
            await eventually(lambda event_id=event_id: self.tickets.heard(event_id))  # type: ignore[misc]

    async def ask(self, reader_id: UUID, path: str = "guidance", **query: Any) -> dict[str, Any]:
        params = {"show_id": str(self.show_id), "section": "Stalls", **query}
        answer = await self.tickets.client(reader_id).get(f"/api/listings/{path}", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


async def world_of(start: StartService) -> World:
    tickets = await start("tickets", SERVICE_FEE_PERCENT="10", SELLER_FEE_PERCENT="5")
    show = show_published()
    rows = tuple(ChartRow(name, tuple(str(n) for n in range(1, 21))) for name in ("A", "B"))
    venue = VenuePublished(
        venue_id=show.venue_id, name="Theater am Ufer", city="Berlin", country="DE", timezone="Europe/Berlin",
        capacity=40, sections=(ChartSection("Stalls", "seated", rows, 40),), version=1, occurred_at=now(),
    )  # fmt: skip
    world = World(tickets, show.show_id)
    await world.tell(venue, show)
    return world


async def test_a_show_tells_its_sellers_what_was_paid_without_refunds_and_without_their_own(
    start: StartService,
) -> None:
    world = await world_of(start)
    seller_id, me = new_id(), new_id()
    assert (await world.ask(me))["basis"] == "none"
    holds = []
    for seat, amount in (("1", 4000), ("2", 5000), ("3", 6000), ("4", 90_000)):
        hold = order_held(await world.list(seat, amount, seller_id), buyer_id=new_id())
        holds.append(hold)
        await world.tell(hold, order_confirmed(hold))
    refund = {"refund_id": new_id(), "refund_seats": ("4",), "refund_amount": Money(1, "EUR"), "refund_reason": "gate"}
    fields = {name: getattr(holds[-1], name) for name in holds[-1].__struct_fields__}
    await world.tell(OrderRefundDue(**fields | refund | {"version": 3}))
    await world.list("5", 7000, seller_id)
    await world.list("6", 100, me)
    told = await world.ask(me, row="A", quantity=2, unit_price=5000)
    assert (told["basis"], told["seats_sold"], told["seats_on_sale"]) == ("sales", 3, 1)
    assert [item["unit_price"]["amount"] for item in told["comparable"]] == [7000]
    assert [item["unit_price"]["amount"] for item in told["sales"]] == [4000, 5000, 6000]
    assert told["asked"] == {"unit_price": {"amount": 5000, "currency": "EUR"}, "chance_percent": 75}
    assert (told["buyer_fee_percent"], told["seller_fee_percent"]) == (10, 5)
    places = (await world.ask(me, "places"))["items"]
    states = {place["seat"]: place["state"] for place in places}
    assert states == {"1": "taken", "2": "taken", "3": "taken", "5": "listed", "6": "listed-by-you"}
    mine = {place["seat"]: place["state"] for place in (await world.ask(holds[0].buyer_id, "places"))["items"]}
    assert (mine["1"], mine["6"]) == ("yours", "listed")


async def test_bad_questions_are_refused(start: StartService) -> None:
    world = await world_of(start)
    show, client = {"show_id": str(world.show_id)}, world.tickets.client(new_id())
    for query, status, slug in (
        ({"section": "Stalls"}, 422, "invalid"),
        ({**show}, 422, "invalid"),
        ({**show, "section": ""}, 422, "invalid"),
        ({**show, "section": "Moon"}, 422, "invalid"),
        ({**show, "section": "Stalls", "unit_price": 0}, 422, "invalid"),
        ({**show, "section": "Stalls", "quantity": 101}, 422, "invalid"),
        ({**show, "section": "Stalls", "row": "a\x00"}, 422, "invalid"),
        ({"show_id": str(new_id()), "section": "Stalls"}, 404, "not-found"),
    ):
        answer = await client.get("/api/listings/guidance", params=query)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["type"]) == (status, slug), query
    for path in ("guidance", "places"):
        answer = await world.tickets.client().get(f"/api/listings/{path}", params={**show, "section": "Stalls"})
        assert (answer.status_code, answer.json()["type"]) == (401, "sign-in-required")
