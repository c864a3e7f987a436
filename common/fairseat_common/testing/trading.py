"""A person who trades over the public routes, for tests of the whole system."""

from __future__ import annotations

from typing import Any

import httpx

from fairseat_common.ids import new_id
from fairseat_common.testing.waiting import eventually

PASSWORD = "a long enough password"  # noqa: S105
PRICE = 4500


async def created(client: httpx.AsyncClient, path: str, body: dict[str, Any], wait_s: float = 20.0) -> dict[str, Any]:
    """What a POST creates, tried again while its service has not heard of what it is about.

    A request waits two seconds for that; a machine under load may need longer. The key makes all tries one.
    """
    key = {"Idempotency-Key": str(new_id())}

    async def create() -> dict[str, Any] | None:
        answer = await client.post(path, json=body, headers=key)
        assert answer.status_code in (201, 404), answer.text
        return answer.json() if answer.status_code == 201 else None

    return await eventually(create, wait_s)


class Trader:
    """One account with a client of its own."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.email = f"trader-{new_id().hex[-12:]}@example.com"

    async def sign_up(self, name: str = "Somebody") -> dict[str, Any]:
        """Make the account and sign in."""
        body = {"email": self.email, "password": PASSWORD, "name": name}
        answer = await self.client.post("/api/users/signup", json=body)
        assert answer.status_code == 201, answer.text
        user: dict[str, Any] = answer.json()
        return user

    async def sign_in_again(self) -> None:
        """Sign in, e.g. after everything was restarted."""
        self.client.cookies.clear()
        answer = await self.client.post("/api/users/signin", json={"email": self.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text

    async def list_seats(self, seats: int) -> dict[str, Any]:
        """List neighbouring seats that nobody has listed before."""
        show, section = await self._seated_show(seats)
        for row in reversed(section["rows"]):
            body = {
                "show_id": show["id"],
                "section": section["name"],
                "row": row["name"],
                "seats": row["seats"][-seats:],
                "unit_price": {"amount": PRICE, "currency": show["currency"]},
                "split": "any",
            }
            answer = await self.client.post("/api/listings", json=body)
            if answer.status_code == 201:
                listing: dict[str, Any] = answer.json()
                return listing
            assert answer.json()["type"] == "seat-already-listed", answer.text
        raise AssertionError("every row is listed")

    async def _seated_show(self, seats: int) -> tuple[dict[str, Any], dict[str, Any]]:
        shows = (await self.client.get("/api/shows", params={"limit": 50})).json()["items"]
        for show in shows:
            venue = (await self.client.get(f"/api/venues/{show['venue']['id']}")).json()
            for section in venue["chart"]["sections"]:
                if section["rows"] and len(section["rows"][0]["seats"]) >= seats:
                    return show, section
        raise AssertionError("no show has seats")

    async def hold(self, listing: dict[str, Any], quantity: int = 1) -> httpx.Response:
        """Ask for seats of a listing."""
        return await self.client.post(
            "/api/orders",
            json={"listing_id": listing["id"], "quantity": quantity},
            headers={"Idempotency-Key": str(new_id())},
        )

    async def is_on_sale(self, listing: dict[str, Any], wait_s: float = 20.0) -> None:
        """Wait until orders has heard of one's own listing: it says that one cannot buy from oneself."""

        async def known() -> bool:
            return (await self.hold(listing)).status_code == 409

        await eventually(known, wait_s)

    async def held(self, listing: dict[str, Any], quantity: int = 1, wait_s: float = 20.0) -> dict[str, Any]:
        """An order that holds seats."""
        return await created(self.client, "/api/orders", {"listing_id": listing["id"], "quantity": quantity}, wait_s)

    async def pay(self, order: dict[str, Any], method: str = "pm_card_visa") -> httpx.Response:
        """Pay for an order."""
        return await self.client.post(
            "/api/payments",
            json={"order_id": order["id"], "payment_method": method},
            headers={"Idempotency-Key": str(new_id())},
        )

    async def paid(self, order: dict[str, Any]) -> bool:
        """Whether a payment of the order has been authorised, now or before."""
        answer = await self.pay(order)
        return answer.status_code == 201 or bool(await self._payments(order, "authorized", "captured"))

    async def charged(self, order: dict[str, Any]) -> bool:
        """Whether exactly one payment of the order was captured."""
        return len(await self._payments(order, "captured")) == 1

    async def _payments(self, order: dict[str, Any], *statuses: str) -> list[dict[str, Any]]:
        answer = await self.client.get("/api/payments", params={"order_id": order["id"]})
        return [payment for payment in answer.json()["items"] if payment["status"] in statuses]

    async def has_ticket(self, order: dict[str, Any]) -> bool:
        """Whether the buyer holds a valid ticket of the order."""
        return any(ticket["status"] == "valid" for ticket in await self.tickets(order))

    async def tickets(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        """The buyer's tickets of an order."""
        answer = await self.client.get("/api/tickets")
        return [ticket for ticket in answer.json()["items"] if ticket["order_id"] == order["id"]]
