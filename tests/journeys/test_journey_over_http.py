"""A seller and a buyer who never met trade seats, over the public routes alone."""

from __future__ import annotations

import asyncio

import pytest

from fairseat_common.testing.trading import PRICE, Trader
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("shape", ["one_process", "many_processes"])
async def test_two_strangers_trade_a_seat(request: pytest.FixtureRequest, shape: str) -> None:
    system: WholeSystem = request.getfixturevalue(shape)
    async with system.client() as selling, system.client() as buying, system.client() as visiting:
        seller, buyer = Trader(selling), Trader(buying)
        await seller.sign_up("Selma Seller")
        await buyer.sign_up("Bruno Buyer")
        listing = await seller.list_seats(2)
        offered = (await visiting.get("/api/listings", params={"show_id": listing["show_id"]})).json()["items"]
        seen = next(item for item in offered if item["id"] == listing["id"])
        assert seen["all_in_unit_price"]["amount"] == PRICE + PRICE // 10

        order = await buyer.held(listing)
        assert (order["status"], order["total"]) == ("held", seen["all_in_unit_price"])
        declined = await buyer.pay(order, "pm_card_chargeDeclined")
        assert (declined.status_code, declined.json()["type"]) == (402, "card-declined")
        paid = await buyer.pay(order)
        assert paid.status_code == 201, paid.text
        assert paid.json()["status"] in ("authorized", "captured")
        await eventually(lambda: buyer.has_ticket(order))
        await eventually(lambda: buyer.charged(order))
        assert (await buying.get(f"/api/orders/{order['id']}")).json()["status"] == "confirmed"

        ticket = (await buyer.tickets(order))[0]
        assert ticket["seat"] == order["seats"][0]
        code = await buying.get(f"/api/tickets/{ticket['id']}/code")
        assert code.status_code == 200
        assert set(code.json()) >= {"code", "rotates_at"}
        assert (await selling.get(f"/api/tickets/{ticket['id']}/code")).status_code == 404
        void = [t for t in (await selling.get("/api/tickets")).json()["items"] if t["seat"] == order["seats"][0]]
        assert [t["status"] for t in void if t["show_id"] == order["show_id"]] == ["void"]
        assert (await selling.get(f"/api/tickets/{void[0]['id']}/code")).status_code == 409

        bought = await system.letter(buyer.email, "Your tickets")
        assert code.json()["code"] not in bought["html"] + bought["text"]
        await system.letter(seller.email, "Sold")
        assert (await selling.get(f"/api/listings/{listing['id']}")).json()["available"] == 1
        own = await seller.hold(listing)
        assert (own.status_code, own.json()["type"]) == (409, "own-listing")


async def test_many_buyers_race_for_ten_seats_through_the_front_door(many_processes: WholeSystem) -> None:
    clients = [many_processes.client() for _ in range(13)]
    seller, *buyers = [Trader(client) for client in clients]
    try:
        await asyncio.gather(*(person.sign_up() for person in (seller, *buyers)))
        listing = await seller.list_seats(10)
        await seller.is_on_sale(listing)
        answers = await asyncio.gather(*(buyer.hold(listing) for buyer in buyers for _ in range(2)))
    finally:
        await asyncio.gather(*(client.aclose() for client in clients))
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 14
    seats = [seat for answer in answers if answer.status_code == 201 for seat in answer.json()["seats"]]
    assert sorted(seats) == sorted(listing["seats"])


@pytest.mark.parametrize("shape", ["one_process", "many_processes"])
async def test_the_audit_of_the_running_system_is_clean(request: pytest.FixtureRequest, shape: str) -> None:
    system: WholeSystem = request.getfixturevalue(shape)
    async with system.client() as selling, system.client() as buying:
        seller, buyer = Trader(selling), Trader(buying)
        await seller.sign_up()
        await buyer.sign_up()
        listing = await seller.list_seats(2)
        order = await buyer.held(listing, 2)
        assert (await buyer.pay(order)).status_code == 201
    checked = await asyncio.to_thread(system.check)
    assert checked.returncode == 0, checked.stdout + checked.stderr
