"""Loads the demo catalogue over HTTP, as any organiser and any seller would enter it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import aiohttp

from fairseat_local.demo.listings import DemoListing, listings
from fairseat_local.demo.schedule import HORIZON_DAYS, LAST_SHOW_TITLE, DemoShow, shows
from fairseat_local.demo.venues import venues

PASSWORD = "fairseat demo 1"  # noqa: S105 - published on purpose; these accounts exist in local runs only
ACCOUNTS = {
    "fan@fairseat.example": "Frida Fan",
    "seller@fairseat.example": "Sam Seller",
    "organiser@fairseat.example": "Oona Organiser",
    "operator@fairseat.example": "Otto Operator",
}
REQUESTS_IN_FLIGHT = 8
REQUEST_TIMEOUT_S = 30
TRIES_MAX = 5
PAUSE_MAX_S = 5.0
STEPS_REPORTED = 4

Report = Callable[[str], None]
Item = TypeVar("Item")


class DemoRefused(Exception):  # noqa: N818 - a refusal, named as the domain names it
    """The marketplace refused a part of the demo catalogue; the text says which request, and why."""


@dataclass
class Account:
    """A signed-in client: keeps its cookies, and renews the access token when it has run out."""

    http: aiohttp.ClientSession
    email: str
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def enter(self) -> None:
        """Sign in, or sign up where this account does not exist yet."""
        body = {"email": self.email, "password": PASSWORD}
        status, answer = await _send(self.http, "POST", "/api/users/signin", body)
        if status == 401:
            signup = body | {"name": ACCOUNTS[self.email]}
            status, answer = await _send(self.http, "POST", "/api/users/signup", signup)
        _expect(status, answer, f"signing in {self.email}")

    async def create(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        """POST with the key that makes a repetition harmless; the created object."""
        for _ in range(TRIES_MAX):
            status, answer = await _send(self.http, "POST", path, body, key)
            if status != 401:
                break
            async with self.renewing:
                await _send(self.http, "GET", "/api/users/currentuser")
        return _expect(status, answer, f"POST {path} {key}")


async def load(base_url: str, report: Report) -> None:
    """Make the demo accounts, venues, shows and listings exist at this origin; twice is as good as once.

    `report` is told in words what is under way. DemoRefused when a request is refused.
    """
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
    async with aiohttp.ClientSession(base_url, timeout=timeout) as visitor:
        marker = await _last_show(visitor)
        if marker is not None and marker["listings_count"] > 0:
            report("the demo catalogue is already there")
            return
    # An interrupted load goes on with the calendar that it began with, whatever day it is now.
    today = datetime.now(UTC).date() if marker is None else _calendar_day(marker)
    accounts = [await _account(base_url, email, timeout) for email in ACCOUNTS]
    try:
        report("demo accounts")
        await asyncio.gather(*(account.enter() for account in accounts))
        by_name = {account.email.partition("@")[0]: account for account in accounts}
        calendar = shows(today)
        show_ids = await _load_shows(by_name["organiser"], calendar, report)
        await _load_listings(by_name["seller"], listings(calendar), show_ids, report)
    finally:
        for account in accounts:
            await account.http.close()


async def _account(base_url: str, email: str, timeout: aiohttp.ClientTimeout) -> Account:
    # Locally the origin may be an address instead of a name, and its cookies must be kept all the same.
    jar = aiohttp.CookieJar(unsafe=True)
    return Account(aiohttp.ClientSession(base_url, timeout=timeout, cookie_jar=jar), email)


async def _last_show(visitor: aiohttp.ClientSession) -> dict[str, Any] | None:
    status, page = await _send(visitor, "GET", "/api/shows", params={"q": LAST_SHOW_TITLE, "limit": "5"})
    items = _expect(status, page, "GET /api/shows")["items"]
    return next((show for show in items if show["title"] == LAST_SHOW_TITLE), None)


def _calendar_day(marker: dict[str, Any]) -> date:
    return datetime.fromisoformat(marker["starts_at"]).date() - timedelta(days=HORIZON_DAYS)


async def _load_shows(organiser: Account, calendar: list[DemoShow], report: Report) -> dict[str, str]:
    """Venues, then the closing show (it names the calendar), then the others; show ids by slug."""
    venue_ids: dict[str, str] = {}

    async def add_venue(slug: str) -> None:
        venue = await organiser.create("/api/venues", venues()[slug].body(), f"demo-venue-{slug}")
        venue_ids[slug] = venue["id"]

    show_ids: dict[str, str] = {}

    async def add_show(show: DemoShow) -> None:
        body = show.body(venue_ids[show.venue.slug])
        show_ids[show.slug] = (await organiser.create("/api/shows", body, f"demo-show-{show.slug}"))["id"]

    await _each(list(venues()), add_venue, "venues", report)
    await add_show(calendar[-1])
    await _each(calendar[:-1], add_show, "shows", report)
    return show_ids


async def _load_listings(seller: Account, offers: list[DemoListing], show_ids: dict[str, str], report: Report) -> None:
    """Every listing; the one for the closing show comes last, because it says that everything is there."""

    async def add_listing(offer: DemoListing) -> None:
        await seller.create("/api/listings", offer.body(show_ids[offer.show.slug]), f"demo-listing-{offer.slug}")

    await _each(offers[:-1], add_listing, "listings", report)
    await add_listing(offers[-1])


async def _each(items: Iterable[Item], add: Callable[[Item], Awaitable[None]], what: str, report: Report) -> None:
    """Add all items, a few at a time, and report now and then how many are there."""
    todo = list(items)
    queue = iter(todo)
    done = 0

    async def work() -> None:
        nonlocal done
        for item in queue:
            await add(item)
            done += 1
            if done % max(1, len(todo) // STEPS_REPORTED) == 0:
                report(f"{what} {done} of {len(todo)}")

    workers = [asyncio.create_task(work()) for _ in range(REQUESTS_IN_FLIGHT)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()


async def _send(
    http: aiohttp.ClientSession,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    key: str | None = None,
    params: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON body; waits and asks again where the answer is "too many" or "not now"."""
    headers = {"accept": "application/json"} | ({"idempotency-key": key} if key else {})
    for attempt in range(TRIES_MAX):
        async with http.request(method, path, json=body, params=params, headers=headers) as response:
            text = await response.text()
            if response.status not in {429, 502, 503} or attempt == TRIES_MAX - 1:
                return response.status, _parsed(text)
            pause_s = float(response.headers.get("retry-after", 0.2 * 2**attempt))
        await asyncio.sleep(min(pause_s, PAUSE_MAX_S))
    raise AssertionError("the last attempt returns")


def _parsed(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        return {"title": text[:200]}
    return answer if isinstance(answer, dict) else {"title": text[:200]}


def _expect(status: int, answer: dict[str, Any], what: str) -> dict[str, Any]:
    if status >= 300:
        raise DemoRefused(f"{what}: {status} {json.dumps(answer, ensure_ascii=False)}")
    return answer
