"""What a sizing run measures with: a system of separate processes, a show with places, and people who want them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from fairseat_common.ids import new_id
from fairseat_local.faults.market import PLACES, Market, Person
from fairseat_local.testing import WholeSystem

LISTING_PLACES = 100
CONNECTIONS = 4
SETTINGS = {
    "FORKS": "off",
    "POSTGRES_SYNC": "on",
    "DEMO_SHOWS": "60",
    "LOG_LEVEL": "info",
    "ACCESS_TOKEN_SECONDS": "3600",
    "HOLDS_MAX": "100",
    "TICKETS_MAX": "1000",
    "STREAMS_MAX": "5000",
}

Json = dict[str, Any]


@dataclass
class Result:
    """What a load measured. `seconds` is from the first request to the last answer, with so many connections."""

    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def latency_ms(self, quantile: float) -> float:
        """A latency quantile in milliseconds."""
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(int(len(ordered) * quantile), len(ordered) - 1)]


@dataclass
class Scene:
    """The running system and the people in it."""

    system: WholeSystem
    market: Market
    session: aiohttp.ClientSession
    show: Json
    room: Json
    """A show whose sale has not opened yet, with everybody in its waiting room."""
    listings: list[Json]
    cookies: list[str] = field(default_factory=list)
    """Of the buyers."""
    emails: list[str] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)
    """Those that hold seats: the buyer's cookies and the order's id."""

    repeated: int = 0
    """Requests that came too early, and were asked again."""

    def taken(self, count: int) -> list[tuple[str, str]]:
        """So many of the orders that hold seats, which are nobody else's to use from then on."""
        taken, self.orders = self.orders[:count], self.orders[count:]
        return taken

    async def ask(
        self, method: str, path: str, cookie: str = "", body: Json | None = None, *, ok: Iterable[int] = (200, 201, 204)
    ) -> Any:
        """One request to the public address; the answer's JSON, or None for a page. Raises RuntimeError."""
        headers = {"Cookie": cookie} if cookie else {}
        if method == "POST":
            headers["Idempotency-Key"] = str(new_id())
        async with self.session.request(method, f"{self.system.url}{path}", headers=headers, json=body) as answer:
            data = await answer.read()
            if answer.status not in ok:
                raise RuntimeError(f"{method} {path}: {answer.status} {data[:300]!r}")
            return msgspec.json.decode(data) if "json" in answer.content_type else None


async def load(jobs: Iterable[Callable[[], Awaitable[object]]], at_once: int = CONNECTIONS) -> Result:
    """Do all jobs, so many at a time; each is timed by itself."""
    result = Result()
    queue = iter(jobs)

    async def work() -> None:
        for job in queue:
            began = time.perf_counter()
            await job()
            result.latencies_s.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    result.seconds = time.perf_counter() - began
    return result


@asynccontextmanager
async def scene(system: WholeSystem, buyers: int, places: int) -> AsyncIterator[Scene]:
    """A show with so many standing places in listings of a hundred, and so many people who have signed up."""
    market = await Market.open(system)
    show = await market.show()
    seller = await market.person()
    await market.onboard(seller)
    listings = [await market.places(seller, show, LISTING_PLACES) for _ in range(places // LISTING_PLACES)]
    people = await asyncio.gather(*(market.person() for _ in range(buyers)))
    room = await waiting_room(market, people)
    connector = aiohttp.TCPConnector(limit=0)
    # Nobody is taken for whoever signed in last.
    jar, timeout = aiohttp.DummyCookieJar(), aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar, timeout=timeout) as session:
        cookies = [cookie_of(person) for person in people]
        yield Scene(system, market, session, show, room, listings, cookies, [person.email for person in people])
    await market.close()


async def waiting_room(market: Market, people: Iterable[Person]) -> Json:
    """A show that goes on sale tomorrow, and everybody waiting for it."""
    boss = market.organiser
    show = await market.show()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    zone = {"name": "Floor", "unit_price": {"amount": 5000, "currency": show["currency"]}, "sections": [PLACES]}
    sale = {"show_id": show["id"], "zones": [zone], "opens_at": tomorrow.isoformat()}
    await boss.make("/api/onsales", sale, unheard=(404,))
    doors = (tomorrow - timedelta(days=2)).isoformat()
    path = f"/api/queues/{show['id']}"
    answer = await boss.ask("PUT", path, {"per_minute": 100, "doors_at": doors}, unheard=(404, 409))
    if answer.status_code != 200:
        raise RuntimeError(answer.text)
    await asyncio.gather(*(person.make(f"{path}/entries", {}) for person in people))
    return show


def cookie_of(person: Person) -> str:
    """The header that says who somebody is."""
    return "; ".join(f"{each.name}={each.value}" for each in person.client.cookies.jar)
