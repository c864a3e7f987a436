"""The organiser's rules: every way to a price keeps to the cap, and each rule says no in its own words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    ListingPublished,
    ListingWithdrawn,
    Money,
    ResaleRulesSet,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from tickets.domain_rules import ResaleRules, cap_of

SEATS = tuple(str(number) for number in range(1, 41))


class Scene:
    """A show whose row A its organiser has sold: seat by seat to `fan`, at its own price each."""

    def __init__(self, tickets: RunningService, currency: str = "EUR") -> None:
        self.tickets = tickets
        self.show = show_published(organiser_id=new_id(), currency=currency)
        self.rules_id = new_id()
        self.rules_version = 0
        self.fan = new_id()

    async def hear(self, *events: Any) -> None:
        for event in events:
            heard = await self.tickets.publish(event)
            await eventually(lambda heard=heard: self.tickets.heard(heard))  # type: ignore[misc]

    async def set(self) -> None:
        show = self.show
        sections = (
            ChartSection("Stalls", "seated", (ChartRow("A", SEATS), ChartRow("B", SEATS)), 80),
            ChartSection("Floor", "standing", (), 10),
        )
        await self.hear(
            VenuePublished(
                venue_id=show.venue_id, name="Theater am Ufer", city="Berlin", country="DE", timezone="Europe/Berlin",
                capacity=90, sections=sections, version=1, occurred_at=now(),
            ),
            show,
        )  # fmt: skip

    async def put_on_sale(self, amount: int = 5_000) -> None:
        assert self.show.organiser_id is not None
        client = self.tickets.client(self.show.organiser_id, roles=("user", "organiser"))
        zone = {"name": "All", "unit_price": self.price(amount), "sections": ["Stalls", "Floor"]}
        answer = await client.post("/api/onsales", json={"show_id": str(self.show.show_id), "zones": [zone]})
        assert answer.status_code == 201, answer.text

    async def sell(self, buyer: UUID, listing: ListingPublished, *seats: str, price: int | None = None) -> None:
        paid = listing.unit_price if price is None else Money(price, self.show.currency)
        held = order_held(
            listing, len(seats), buyer_id=buyer, seats=seats, unit_price=paid,
            total=Money((paid.amount + listing.unit_fee.amount) * len(seats), paid.currency),
        )  # fmt: skip
        await self.hear(held, order_confirmed(held))

    async def first(self, row: str = "A") -> ListingPublished:
        return next(event for event in await self.tickets.published(ListingPublished) if event.row == row)

    async def rule(self, **rules: Any) -> None:
        self.rules_version += 1
        assert self.show.organiser_id is not None
        await self.hear(
            ResaleRulesSet(
                rules_id=self.rules_id, show_id=self.show.show_id, organiser_id=self.show.organiser_id,
                version=self.rules_version, occurred_at=now(), **rules,
            )
        )  # fmt: skip

    def price(self, amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": self.show.currency}

    async def offer(self, seats: list[str], amount: int, seller: UUID | None = None, **more: Any) -> httpx.Response:
        body: dict[str, Any] = {"show_id": str(self.show.show_id), "section": "Stalls", "row": "A", "seats": seats}
        body |= {"unit_price": self.price(amount), **more}
        return await self.tickets.client(seller or self.fan).post("/api/listings", json=body)


def refused(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_each_rule_refuses_with_its_own_problem(start: StartService) -> None:
    scene = Scene(await start("tickets"))
    await scene.set()
    await scene.put_on_sale()
    await scene.sell(scene.fan, await scene.first(), "1", "2", "3")
    client = scene.tickets.client(scene.fan)
    await scene.rule(cap_percent=110, transferable=False)
    told = refused(await scene.offer(["1"], 5_501), 422, "price-above-cap")
    assert told["cap"] == {"amount": 5_500, "currency": "EUR"}
    listed = await scene.offer(["1"], 5_500)
    assert (listed.status_code, listed.json()["resale_rule"], listed.json()["primary"]) == (201, 1, False)
    # By the listing's own page, and for many at once.
    path, etag = f"/api/listings/{listed.json()['id']}", listed.headers["etag"]
    raised = await client.patch(path, json={"unit_price": scene.price(5_501)}, headers={"If-Match": etag})
    refused(raised, 422, "price-above-cap")
    bulk = await client.post("/api/listings/bulk", json={"ids": [listed.json()["id"]], "change": {"percent": 1}})
    assert bulk.json()["items"][0]["problem"]["type"] == "price-above-cap"
    mine = [ticket["id"] for ticket in (await client.get("/api/tickets")).json()["items"] if ticket["seat"] == "2"]
    gift = await client.post("/api/transfers", json={"ticket_ids": mine, "email": "friend@example.org"})
    refused(gift, 409, "not-transferable")
    # New rules hold for what is listed or priced from then on; what is on sale stays as it is.
    await scene.rule(cap_amount=Money(4_000, "EUR"))
    noted = await client.patch(path, json={"notes": "Aisle."}, headers={"If-Match": etag})
    assert (noted.status_code, noted.json()["resale_rule"]) == (200, 1)
    lowered = {"unit_price": scene.price(4_001)}
    refused(await client.patch(path, json=lowered, headers={"If-Match": noted.headers["etag"]}), 422, "price-above-cap")
    lowered = {"unit_price": scene.price(4_000)}
    priced = await client.patch(path, json=lowered, headers={"If-Match": noted.headers["etag"]})
    assert (priced.status_code, priced.json()["resale_rule"]) == (200, 2)
    await scene.rule(resale=False)
    refused(await scene.offer(["2"], 100), 409, "resale-not-allowed")
    await scene.rule(resale_until=now() - timedelta(seconds=1))
    assert refused(await scene.offer(["2"], 100), 409, "resale-over")["resale_until"]
    lowered = {"unit_price": scene.price(3_000)}
    refused(await client.patch(path, json=lowered, headers={"If-Match": priced.headers["etag"]}), 409, "resale-over")


async def test_a_cap_in_per_cent_counts_from_what_each_seat_was_first_sold_for(start: StartService) -> None:
    scene = Scene(await start("tickets"))
    await scene.set()
    await scene.put_on_sale()
    first = await scene.first()
    await scene.sell(scene.fan, first, "1")
    await scene.sell(scene.fan, first, "2", price=3_000)
    await scene.rule(cap_percent=110)
    refused(await scene.offer(["1", "2"], 3_301), 422, "price-above-cap")
    assert (await scene.offer(["1"], 5_500)).status_code == 201
    # Whoever buys it for more may not ask more: the first price stays with the place.
    second = (await scene.tickets.published(ListingPublished))[-1]
    later = new_id()
    await scene.sell(later, second, "1")
    refused(await scene.offer(["1"], 5_501, seller=later), 422, "price-above-cap")
    limits = {"show_id": str(scene.show.show_id), "section": "Stalls", "row": "A", "seat": "1"}
    shown = (await scene.tickets.client(later).get("/api/listings/limits", params=limits)).json()
    assert (shown["cap"]["amount"], shown["cap_percent"], shown["held_only"], shown["version"]) == (5_500, 110, True, 1)


async def test_a_shows_own_fees_are_numbered_and_leave_the_marketplaces_alone(start: StartService) -> None:
    scene = Scene(await start("tickets"))
    await scene.set()
    await scene.put_on_sale()
    await scene.sell(scene.fan, await scene.first(), "1", "2")
    await scene.rule(buyer_fee_percent=4, seller_fee_percent=0)
    listed = (await scene.offer(["1"], 5_000)).json()
    assert (listed["unit_fee"]["amount"], listed["unit_net"]["amount"]) == (200, 5_000)
    await scene.rule(buyer_fee_percent=4)
    assert (await scene.offer(["2"], 5_000)).json()["unit_net"]["amount"] == 4_750
    said = [(event.fee_rule, event.primary) for event in await scene.tickets.published(ListingPublished)]
    assert said == [(1, True), (1, True), (1, True), (2, False), (3, False)]
    again = Scene(scene.tickets)
    await again.set()
    assert (await again.offer(["1"], 5_000)).json()["unit_fee"]["amount"] == 500
    assert (await scene.tickets.published(ListingPublished))[-1].fee_rule == 1


async def test_what_was_listed_until_a_time_leaves_the_sale_then(start: StartService) -> None:
    scene = Scene(await start("tickets"))
    await scene.set()
    await scene.rule(resale_until=now() + timedelta(seconds=1))
    listed = await scene.offer(["1"], 5_000)
    assert listed.status_code == 201, listed.text
    said = await eventually(lambda: scene.tickets.published(ListingWithdrawn), 15)
    assert [str(event.listing_id) for event in said] == [listed.json()["id"]]
    refused(await scene.offer(["1"], 5_000), 409, "resale-over")


RULES = st.fixed_dictionaries(
    {},
    optional={
        "cap_percent": st.integers(1, 300),
        "cap_amount": st.integers(1, 20_000).map(lambda amount: Money(amount * 10, "KWD")),
    },
).filter(lambda rules: len(rules) < 2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("rule"), RULES),
        st.tuples(st.sampled_from(["new", "edit", "bulk"]), st.integers(1, 25_000).map(lambda n: n * 10)),
        st.tuples(st.just("percent"), st.integers(-90, 400)),
    ),
    min_size=4,
    max_size=14,
)


async def test_no_listing_exceeds_the_cap_in_force_whichever_way_it_was_priced(start: StartService) -> None:
    """Random rules and prices by every route; what is written is compared with the cap that held at that moment."""
    tickets = await start("tickets")
    loop = asyncio.get_running_loop()
    runs: list[list[tuple[str, Any]]] = []

    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def collect(steps: list[tuple[str, Any]]) -> None:
        runs.append(steps)

    await loop.run_in_executor(None, collect)
    for steps in runs:
        await _walk(tickets, steps)


async def _walk(tickets: RunningService, steps: list[tuple[str, Any]]) -> None:
    scene = Scene(tickets, "KWD")
    await scene.set()
    await scene.put_on_sale(30_000)
    first = next(
        e for e in await tickets.published(ListingPublished) if e.row == "A" and e.show_id == scene.show.show_id
    )
    await scene.sell(scene.fan, first, *SEATS[:14])
    client, rules, listing, free = tickets.client(scene.fan), ResaleRules(), None, iter(SEATS)
    for step, value in steps:
        if step == "rule":
            await scene.rule(**value)
            rules = ResaleRules(**value)
            continue
        cap = cap_of(rules, [30_000], "KWD")
        before = listing["unit_price"]["amount"] if listing else 0
        if step == "new" or listing is None:
            amount = value if step != "percent" else 30_000
            answer = await scene.offer([next(free)], amount)
            allowed = cap is None or amount <= cap.amount
            assert (answer.status_code == 201) == allowed, (rules, amount, answer.text)
            listing = answer.json() if allowed else listing
            continue
        listing = await _priced(client, listing, step, value, scene.price)
        after = listing["unit_price"]["amount"]
        assert after == before or cap is None or after <= cap.amount, (rules, before, after)


async def _priced(
    client: httpx.AsyncClient, listing: dict[str, Any], step: str, value: int, price: Callable[[int], dict[str, Any]]
) -> dict[str, Any]:
    path = f"/api/listings/{listing['id']}"
    if step == "edit":
        etag = {"If-Match": f'"{listing["version"]}"'}
        await client.patch(path, json={"unit_price": price(value)}, headers=etag)
    else:
        change = {"percent": value} if step == "percent" else {"unit_price": price(value)}
        await client.post("/api/listings/bulk", json={"ids": [listing["id"]], "change": change})
    found: dict[str, Any] = (await client.get(path)).json()
    return found


async def test_a_seat_never_sold_here_is_capped_from_what_the_organiser_sells_its_section_for(
    start: StartService,
) -> None:
    scene = Scene(await start("tickets"))
    await scene.set()
    # Brought in, and priced, before the organiser sells the rest of the section.
    brought = await scene.offer(["1"], 9_000, row="B")
    assert brought.status_code == 201, brought.text
    assert scene.show.organiser_id is not None
    house = scene.tickets.client(scene.show.organiser_id, roles=("user", "organiser"))
    zone = {"name": "All", "unit_price": scene.price(5_000), "rows": [{"section": "Stalls", "rows": ["A"]}]}
    sold = await house.post("/api/onsales", json={"show_id": str(scene.show.show_id), "zones": [zone]})
    assert sold.status_code == 201, sold.text
    await scene.rule(cap_percent=110, cap_amount=Money(8_000, "EUR"), by_venue=("cap_percent",))
    client, path = scene.tickets.client(scene.fan), f"/api/listings/{brought.json()['id']}"
    asked = {"unit_price": scene.price(5_501)}
    told = refused(await client.patch(path, json=asked, headers={"If-Match": '"1"'}), 422, "price-above-cap")
    assert told["cap"] == scene.price(5_500)
    where = {"show_id": str(scene.show.show_id), "section": "Stalls", "row": "B", "seat": "1"}
    limits = (await client.get("/api/listings/limits", params=where)).json()
    assert (limits["cap"], limits["by_venue"]) == (scene.price(5_500), ["cap_percent"])
    # Of two caps the lower one binds: with 200 per cent it is the amount.
    await scene.rule(cap_percent=200, cap_amount=Money(8_000, "EUR"))
    asked = {"unit_price": scene.price(8_001)}
    told = refused(await client.patch(path, json=asked, headers={"If-Match": '"1"'}), 422, "price-above-cap")
    assert told["cap"] == scene.price(8_000)
