"""People for tests of the whole system who do not give up: shows of their own, and requests repeated until answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from fairseat_common.ids import new_id
from fairseat_common.testing.running import TLS
from fairseat_common.testing.trading import Trader
from fairseat_local.demo.loader import PASSWORD
from fairseat_local.environment import OPERATOR, ORGANISER
from fairseat_local.testing import WholeSystem

INSIST_MAX_S = 240.0
PAUSE_FIRST_S = 0.03
PAUSE_GROWTH = 1.3
PAUSE_MAX_S = 2.0
PLACES = "Floor"
CAPACITY = 20_000
AHEAD = timedelta(days=30)
SOON = timedelta(seconds=0.4)
PRICE = 4500

Json = dict[str, Any]


class Patience:
    """Pauses that grow, since many wait at once; an AssertionError says for what when it is over."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._deadline = asyncio.get_running_loop().time() + wait_s
        self._pause_s = PAUSE_FIRST_S

    async def wait(self, seen: str) -> None:
        """Pause once more."""
        assert asyncio.get_running_loop().time() < self._deadline, f"after {self._wait_s} s still {seen}"
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * PAUSE_GROWTH, PAUSE_MAX_S)


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
        patience = Patience(wait_s)
        while True:
            answer: httpx.Response | None = None
            with suppress(httpx.TransportError):
                answer = await self.client.request(method, path, json=body, headers=headers)
            if answer is not None and _definite(answer) and answer.status_code not in unheard:
                return answer
            said = f"{answer.status_code} {answer.text}" if answer is not None else "no answer"
            await patience.wait(f"{method} {path}: {said}")

    async def read(self, path: str) -> Json:
        """What is there now."""
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def sees(self, path: str, wanted: Callable[[Json], bool], wait_s: float = INSIST_MAX_S) -> Json:
        """What is there once it is as wanted."""
        patience = Patience(wait_s)
        while not wanted(found := await self.read(path)):
            await patience.wait(f"GET {path}: {found}")
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
        """Pay until it is authorised: with a new attempt where one was given up without an answer. The payment."""
        for _ in range(3):
            answer = await self.pay_once(order, method)
            if answer.status_code == 201:
                return dict(answer.json())
        raise AssertionError(f"not paid: {answer.status_code} {answer.text}")

    async def is_charged(self, order: Json) -> None:
        """Wait until exactly one payment of an order is captured."""
        path = f"/api/payments?order_id={order['id']}"
        await self.sees(path, lambda page: [each["status"] for each in page["items"]].count("captured") == 1)

    async def is_refunded(self, order: Json) -> None:
        """Wait until all of an order went back."""
        await self.sees(f"/api/orders/{order['id']}", lambda found: bool(found["status"] == "refunded"))

    async def pay_once(self, order: Json, method: str = "pm_card_visa", **more: str) -> httpx.Response:
        """One attempt, and its definite answer."""
        body = {"order_id": order["id"], "payment_method": method, **more}
        return await self.ask("POST", "/api/payments", body, unheard=(404,))


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

    async def starts(self, show: Json) -> None:
        """Have a show start at once; from then on it can be settled."""
        path = f"/api/shows/{show['id']}"
        version = (await self.organiser.read(path))["version"]
        patience = Patience(INSIST_MAX_S)
        while True:
            soon = datetime.now(UTC) + SOON
            answer = await self.organiser.ask("PATCH", path, {"starts_at": soon.isoformat()}, version=version)
            if answer.status_code != 422:  # that moment had passed before it was read
                break
            await patience.wait(answer.text)
        assert answer.status_code in (200, 412), answer.text

    async def onboard(self, seller: Person) -> str:
        """Have a seller open an account at the provider, and the provider accept it; its id there."""
        opened = await seller.make("/api/payouts/account", {"return_url": f"{self.system.url}/sell"})
        account_id = urlsplit(opened["onboarding_url"]).path.rstrip("/").rpartition("/")[2]
        await self.provider("POST", f"/control/accounts/{account_id}", json={"onboarded": True})
        await seller.sees("/api/payouts/account", lambda account: bool(account["status"] == "active"))
        return account_id

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
        effects: list[Json] = await self.provider("GET", "/control/journal", params={"kind": kind} if kind else {})
        return effects

    async def misbehave(self, **faults: Any) -> None:
        """Have the provider behave badly from now on; without arguments, well."""
        await self.provider("POST", "/control/faults", json=faults)

    async def settle_challenge(self, intent_id: str, outcome: str) -> None:
        """The holder of a card answers the bank (`passed`, `failed`), unless the bank has stopped asking."""
        await self.provider("POST", f"/control/challenges/{intent_id}", json={"outcome": outcome}, late=(400,))

    async def provider(self, method: str, path: str, late: Collection[int] = (), **more: Any) -> Any:
        """Ask the provider's own controls; a status in `late` says that there is nothing to do any more."""
        async with httpx.AsyncClient(base_url=self.system.running.provider_url, timeout=10, verify=TLS) as client:
            answer = await client.request(method, path, **more)
        assert answer.status_code in (200, *late), answer.text
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
