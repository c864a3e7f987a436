"""A ban takes what is on sale out of the sale, at once and for good; operators withdraw single listings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    Event,
    ListingWithdrawn,
    UserDeactivated,
    UserReactivated,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import (
    listing_published,
    now,
    order_cancelled,
    order_confirmed,
    order_held,
    show_published,
)
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

SEATS = tuple(str(number) for number in range(1, 61))


class Hall:
    """A show with one row, and people who sell its seats."""

    def __init__(self, tickets: RunningService) -> None:
        self.tickets = tickets
        self.show = show_published()
        self.operator = tickets.client(new_id(), ("user", "operator"))

    async def deliver(self, *events: Event) -> None:
        for event in events:
            heard = await self.tickets.publish(event)
            await eventually(lambda heard=heard: self.tickets.heard(heard))  # type: ignore[misc]

    async def open(self) -> None:
        row = ChartSection("Stalls", "seated", (ChartRow("A", SEATS),), 60)
        venue = VenuePublished(
            venue_id=self.show.venue_id, name="Theater am Ufer", city="Berlin", country="DE",
            timezone="Europe/Berlin", capacity=60, sections=(row,), version=1, occurred_at=now(),
        )  # fmt: skip
        await self.deliver(self.show, venue)

    async def offer(self, seller: httpx.AsyncClient, *seats: str) -> httpx.Response:
        price = {"amount": 5000, "currency": "EUR"}
        place = {"show_id": str(self.show.show_id), "section": "Stalls", "row": "A"}
        return await seller.post("/api/listings", json=place | {"seats": seats, "unit_price": price})

    async def listed(self, seller_id: UUID, *seats: str) -> dict[str, Any]:
        answer = await self.offer(self.tickets.client(seller_id), *seats)
        assert answer.status_code == 201, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def hold_of(self, listing: dict[str, Any], *seats: str) -> Any:
        known: dict[str, Any] = {"listing_id": UUID(listing["id"]), "seller_id": UUID(listing["seller_id"])}
        said = listing_published(self.show, section="Stalls", row="A", **known)
        return order_held(said, len(seats), seats=seats)

    async def look(self, listing: dict[str, Any]) -> dict[str, Any]:
        query = {"listing_id": listing["id"]}
        [line] = (await self.operator.get("/operations/tickets/listings", params=query)).json()["items"]
        return line  # type: ignore[no-any-return]

    async def broken(self) -> list[str]:
        report = (await self.operator.get("/operations/tickets/invariants")).json()
        return [each["name"] for each in report["invariants"] if each["holds"] is not True]


async def hall(start: StartService) -> Hall:
    made = Hall(await start("tickets"))
    await made.open()
    return made


def refused(answer: httpx.Response, status: int, slug: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text


async def test_a_ban_withdraws_everything_and_lets_nothing_be_listed(start: StartService) -> None:
    world = await hall(start)
    banned, other = new_id(), new_id()
    free = [await world.listed(banned, str(seat)) for seat in range(1, 31)]
    busy = await world.listed(banned, "31", "32", "33")
    kept = await world.listed(other, "40")
    held, bought = world.hold_of(busy, "31"), world.hold_of(busy, "32")
    await world.deliver(held, bought)
    assert await world.broken() == []

    await world.deliver(UserDeactivated(user_id=banned, reason="Fraud", version=4, occurred_at=now()))
    # The very token that was good a moment ago.
    refused(await world.offer(world.tickets.client(banned), "50"), 403, "account-banned")
    edit = {"unit_price": {"amount": 4000, "currency": "EUR"}}
    headers = {"If-Match": '"1"'}
    seller = world.tickets.client(banned)
    refused(await seller.patch(f"/api/listings/{free[0]['id']}", json=edit, headers=headers), 403, "account-banned")

    async def all_withdrawn() -> bool:
        return len(await world.tickets.published(ListingWithdrawn)) == len(free) + 1

    await eventually(all_withdrawn)
    line = await world.look(busy)
    assert (line["status"], line["available"], line["held"]) == ("withdrawn", 0, 2)
    assert (await world.look(kept))["status"] == "active"
    # Who was paying gets the seat; who gave up frees nothing; and the seats can be sold by others.
    await world.deliver(order_confirmed(bought), order_cancelled(held))
    line = await world.look(busy)
    assert (line["available"], line["held"], line["sold"]) == (0, 0, 1)
    assert await world.broken() == []
    assert (await world.offer(world.tickets.client(other), "31", "33", "1")).status_code == 201

    await world.deliver(UserReactivated(user_id=banned, version=5, occurred_at=now()))
    assert (await world.look(free[5]))["status"] == "withdrawn"
    assert (await world.offer(world.tickets.client(banned), "50")).status_code == 201


async def test_operators_find_listings_and_withdraw_one(start: StartService) -> None:
    world = await hall(start)
    seller = new_id()
    first, second = await world.listed(seller, "1", "2"), await world.listed(seller, "3")
    query = {"seller_id": str(seller), "limit": "1"}
    page = (await world.operator.get("/operations/tickets/listings", params=query)).json()
    rest = (
        await world.operator.get("/operations/tickets/listings", params=query | {"cursor": page["next_cursor"]})
    ).json()
    assert [line["id"] for line in (*page["items"], *rest["items"])] == [second["id"], first["id"]]

    path = f"/operations/tickets/listings/{first['id']}/withdraw"
    refused(await world.tickets.client(seller).post(path, json={"reason": "x"}), 403, "operator-only")
    refused(await world.operator.post(path, json={"reason": ""}), 422, "invalid")
    refused(await world.operator.post(path.replace(first["id"], str(new_id())), json={"reason": "x"}), 404, "not-found")
    for _ in range(2):
        assert (await world.operator.post(path, json={"reason": "Misleading notes"})).json()["status"] == "withdrawn"
    [said] = await world.tickets.published(ListingWithdrawn)
    assert (str(said.listing_id), said.operator_reason) == (first["id"], "Misleading notes")
    # Its seller reads why; nobody else does.
    path = f"/api/listings/{first['id']}"
    assert (await world.tickets.client(seller).get(path)).json()["operator_reason"] == "Misleading notes"
    assert "operator_reason" not in (await world.tickets.client(new_id()).get(path)).json()
    log = (await world.operator.get("/operations/tickets/audit", params={"subject": first["id"]})).json()["items"]
    assert [(deed["action"], deed["details"]) for deed in log] == [
        ("listing-withdrawn", {"reason": "Misleading notes"})
    ]
    async with world.tickets.database.transaction() as tx:
        await tx.execute("update listings set available = 0, seats = '{}' where id = $1", UUID(second["id"]))
    assert await world.broken() == ["listings-add-up"]
