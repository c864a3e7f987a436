"""People for tests of the whole system who do not give up: shows of their own, and requests repeated until answered."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from fairseat_common.ids import new_id
from fairseat_common.testing.trading import Trader
from fairseat_local.demo.loader import PASSWORD
from fairseat_local.environment import OPERATOR, ORGANISER
from fairseat_local.testing import WholeSystem

INSIST_MAX_S = 90.0
POLL_S = 0.03
PLACES = "Floor"
CAPACITY = 20_000
AHEAD = timedelta(days=30)
PRICE = 4500

Json = dict[str, Any]


class Person(Trader):
    """An account whose requests are repeated, with the same key, for as long as nobody says what became of them."""

    id: str = ""

    @classmethod
    async def new(cls, system: WholeSystem) -> Person:
        """Somebody who has just signed up."""
        person = cls(system.client())
        person.id = (await person.sign_up())["id"]
        return person

    @classmethod
    async def known(cls, system: WholeSystem, email: str) -> Person:
        """One of the demo accounts."""
        person = cls(system.client())
        person.email = email
        answer = await person.client.post("/api/users/signin", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        person.id = answer.json()["id"]
        return person

    async def ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        version: int | None = None,
        unheard: Collection[int] = (),
        wait_s: float = INSIST_MAX_S,
    ) -> httpx.Response:
        """The first definite answer. `unheard`: statuses of a service that has not heard yet of what is asked about."""
        headers = {"Idempotency-Key": str(new_id())} if method == "POST" else {}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        deadline = asyncio.get_running_loop().time() + wait_s
        while True:
            answer: httpx.Response | None = None
            with suppress(httpx.TransportError):
                answer = await self.client.request(method, path, json=body, headers=headers)
            if answer is not None and _definite(answer) and answer.status_code not in unheard:
                return answer
            said = f"{answer.status_code} {answer.text}" if answer is not None else "no answer"
            assert asyncio.get_running_loop().time() < deadline, f"{method} {path}: {said} for {wait_s} s"
            await asyncio.sleep(POLL_S)

    async def read(self, path: str) -> Json:
        """What is there now."""
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def make(self, path: str, body: Json, unheard: Collection[int] = ()) -> Json:
        """POST; the created object."""
        answer = await self.ask("POST", path, body, unheard=unheard)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    async def hold_places(self, listing: Json, quantity: int = 1) -> Json:
        """An order that holds places."""
        return await self.make("/api/orders", {"listing_id": listing["id"], "quantity": quantity}, unheard=(404,))

    async def buy(self, order: Json, method: str = "pm_card_visa") -> Json:
        """Pay until the provider has authorised it: with a new attempt where one was given up without an answer."""
        for _ in range(3):
            answer = await self.pay_once(order, method)
            if answer.status_code == 201:
                return dict(answer.json())
        raise AssertionError(f"not paid: {answer.status_code} {answer.text}")

    async def pay_once(self, order: Json, method: str = "pm_card_visa") -> httpx.Response:
        """One attempt, and its definite answer."""
        return await self.ask(
            "POST", "/api/payments", {"order_id": order["id"], "payment_method": method}, unheard=(404,)
        )


def _definite(answer: httpx.Response) -> bool:
    if answer.status_code >= 500:
        return False
    return answer.status_code != 409 or answer.json().get("type") != "idempotency-key-in-use"


@dataclass
class Market:
    """The organiser and the operator of a running system, and a hall with standing places."""

    system: WholeSystem
    organiser: Person
    operator: Person
    venue_id: str
    people: list[Person] = field(default_factory=list)

    @classmethod
    async def open(cls, system: WholeSystem) -> Market:
        """Sign both in and build the hall."""
        organiser = await Person.known(system, ORGANISER)
        operator = await Person.known(system, OPERATOR)
        hall = await organiser.make("/api/venues", _hall())
        return cls(system, organiser, operator, hall["id"])

    async def person(self) -> Person:
        """Somebody new."""
        self.people.append(await Person.new(self.system))
        return self.people[-1]

    async def show(self, starts_at: datetime | None = None) -> Json:
        """Announce a show, in a month unless told otherwise."""
        starts_at = starts_at or datetime.now(UTC) + AHEAD
        body = {"title": f"Show {new_id().hex[-12:]}", "category": "concert", "venue_id": self.venue_id}
        return await self.organiser.make("/api/shows", {**body, "starts_at": starts_at.isoformat()})

    async def change(self, show: Json, **changes: Any) -> None:
        """Change a show: `status="cancelled"`, `starts_at=...`."""
        path = f"/api/shows/{show['id']}"
        version = (await self.organiser.read(path))["version"]
        answer = await self.organiser.ask("PATCH", path, changes, version=version)
        assert answer.status_code in (200, 412), answer.text  # 412: it was done, and the answer was lost

    async def places(self, seller: Person, show: Json, quantity: int, price: int = PRICE) -> Json:
        """Have somebody offer standing places."""
        body = {
            "show_id": show["id"],
            "section": PLACES,
            "quantity": quantity,
            "unit_price": {"amount": price, "currency": show["currency"]},
            "split": "any",
        }
        return await seller.make("/api/listings", body, unheard=(404,))

    async def refund(self, order: Json) -> Json:
        """Have the operator refund all of an order."""
        return await self.operator.make(f"/api/orders/{order['id']}/refunds", {"reason": "goodwill"})

    async def journal(self, kind: str = "") -> list[Json]:
        """The provider's effects in order, all or of one kind."""
        asked = {"kind": kind} if kind else {}
        answer = await self.provider("GET", "/control/journal", params=asked)
        effects: list[Json] = answer["effects"] if isinstance(answer, dict) else answer
        return effects

    async def provider(self, method: str, path: str, **more: Any) -> Any:
        """Ask the provider's own controls."""
        async with httpx.AsyncClient(base_url=self.system.running.provider_url, timeout=10) as client:
            answer = await client.request(method, path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def close(self) -> None:
        """Everybody leaves."""
        for person in (self.organiser, self.operator, *self.people):
            await person.client.aclose()


def _hall() -> Json:
    return {
        "name": f"Hall {new_id().hex[-12:]}",
        "city": "Berlin",
        "country": "DE",
        "timezone": "Europe/Berlin",
        "lat": 52.5,
        "lon": 13.4,
        "capacity": CAPACITY,
        "currency": "EUR",
        "chart": {"sections": [{"name": PLACES, "kind": "standing", "capacity": CAPACITY}]},
    }
