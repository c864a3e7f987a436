"""A seller and a buyer who never met trade two seats, over the public routes alone."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from fairseat_common.ids import new_id
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

PASSWORD = "a long enough password"


async def sign_up(client: httpx.AsyncClient, who: str) -> dict[str, Any]:
    email = f"{who}-{new_id().hex[-12:]}@example.com"
    answer = await client.post("/api/users/signup", json={"email": email, "password": PASSWORD, "name": who})
    assert answer.status_code == 201, answer.text
    user: dict[str, Any] = answer.json()
    return user


async def seated_show(client: httpx.AsyncClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """An upcoming show in a venue with seats, and a seated section of it."""
    shows = (await client.get("/api/shows", params={"limit": 50})).json()["items"]
    for show in shows:
        venue = (await client.get(f"/api/venues/{show['venue']['id']}")).json()
        for section in venue["chart"]["sections"]:
            if section["kind"] == "seated":
                return show, section
    raise AssertionError("no show has seats")


async def list_seats(client: httpx.AsyncClient, seats: int = 2) -> dict[str, Any]:
    """List seats that nobody has listed before."""
    show, section = await seated_show(client)
    for row in reversed(section["rows"]):
        body = {
            "show_id": show["id"],
            "section": section["name"],
            "row": row["name"],
            "seats": row["seats"][-seats:],
            "unit_price": {"amount": 4500, "currency": show_currency(show)},
            "split": "any",
        }
        answer = await client.post("/api/listings", json=body)
        if answer.status_code == 201:
            listing: dict[str, Any] = answer.json()
            return listing
        assert answer.json()["type"] == "seat-already-listed", answer.text
    raise AssertionError("every row is listed")


def show_currency(show: dict[str, Any]) -> str:
    return str(show["currency"])


async def hold(client: httpx.AsyncClient, listing: dict[str, Any], quantity: int = 1) -> httpx.Response:
    return await client.post(
        "/api/orders",
        json={"listing_id": listing["id"], "quantity": quantity},
        headers={"Idempotency-Key": str(new_id())},
    )


async def pay(client: httpx.AsyncClient, order: dict[str, Any], method: str = "pm_card_visa") -> httpx.Response:
    return await client.post(
        "/api/payments",
        json={"order_id": order["id"], "payment_method": method},
        headers={"Idempotency-Key": str(new_id())},
    )


@pytest.mark.parametrize("shape", ["one_process", "many_processes"])
@pytest.mark.xdist_group("system")
async def test_two_strangers_trade_a_seat(request: pytest.FixtureRequest, shape: str) -> None:
    system: WholeSystem = request.getfixturevalue(shape)
    async with system.client() as seller, system.client() as buyer, system.client() as visitor:
        await sign_up(seller, "seller")
        purchaser = await sign_up(buyer, "buyer")
        listing = await list_seats(seller)
        offered = (await visitor.get("/api/listings", params={"show_id": listing["show_id"]})).json()["items"]
        seen = next(item for item in offered if item["id"] == listing["id"])
        assert seen["all_in_unit_price"]["amount"] == 4500 + 450

        order = (await hold(buyer, listing)).json()
        assert order["status"] == "held"
        assert order["total"] == seen["all_in_unit_price"]
        refused = await pay(buyer, order, "pm_card_chargeDeclined")
        assert (refused.status_code, refused.json()["type"]) == (402, "card-declined")
        paid = await pay(buyer, order)
        assert paid.status_code == 201, paid.text
        assert paid.json()["status"] in ("authorized", "captured")

        async def confirmed() -> bool:
            return bool((await buyer.get(f"/api/orders/{order['id']}")).json()["status"] == "confirmed")

        await eventually(confirmed)

        async def ticket_of_buyer() -> dict[str, Any] | None:
            tickets = (await buyer.get("/api/tickets")).json()["items"]
            return next((ticket for ticket in tickets if ticket["order_id"] == order["id"]), None)

        ticket = await eventually(ticket_of_buyer)
        assert (ticket["status"], ticket["seat"]) == ("valid", order["seats"][0])
        code = await buyer.get(f"/api/tickets/{ticket['id']}/code")
        assert code.status_code == 200
        assert (await seller.get(f"/api/tickets/{ticket['id']}/code")).status_code == 404

        async def captured() -> bool:
            payments = (await buyer.get("/api/payments", params={"order_id": order["id"]})).json()["items"]
            return any(payment["status"] == "captured" for payment in payments)

        await eventually(captured)
        mails = await eventually(lambda: system.mails(purchaser["email"]))
        assert any("ticket" in mail["subject"].lower() for mail in mails)
        sold = (await seller.get(f"/api/listings/{listing['id']}")).json()
        assert sold["available"] == 1


@pytest.mark.xdist_group("system")
async def test_a_hundred_buyers_race_for_ten_seats_through_the_front_door(many_processes: WholeSystem) -> None:
    async with many_processes.client() as seller:
        await sign_up(seller, "seller")
        listing = await list_seats(seller, seats=10)
    clients = [many_processes.client() for _ in range(12)]
    try:
        await asyncio.gather(*(sign_up(client, "buyer") for client in clients))
        answers = await asyncio.gather(*(hold(client, listing) for client in clients for _ in range(2)))
    finally:
        await asyncio.gather(*(client.aclose() for client in clients))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 10 + [409] * 14
    seats = [seat for answer in answers if answer.status_code == 201 for seat in answer.json()["seats"]]
    assert sorted(seats) == sorted(listing["seats"])


@pytest.mark.xdist_group("system")
async def test_the_audit_of_the_running_system_is_clean(one_process: WholeSystem) -> None:
    async with one_process.client() as seller, one_process.client() as buyer:
        await sign_up(seller, "seller")
        await sign_up(buyer, "buyer")
        listing = await list_seats(seller)
        order = (await hold(buyer, listing, 2)).json()
        assert (await pay(buyer, order)).status_code == 201
    checked = await asyncio.to_thread(one_process.check)
    assert checked.returncode == 0, checked.stdout + checked.stderr
