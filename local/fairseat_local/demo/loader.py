"""Loads the demo catalogue over HTTP, as any organiser and any seller would enter it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import msgspec
from yarl import URL

from fairseat_local.demo.listings import DemoListing, listings
from fairseat_local.demo.schedule import HORIZON_DAYS, LAST_SHOW_TITLE, REHEARSAL_TITLE, DemoShow, shows
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


class DemoRefused(Exception):
    """The marketplace refused a part of the demo catalogue; the text says which request, and why."""


@dataclass
class Account:
    """A signed-in client: keeps its cookies, and renews the access token when it has run out."""

    http: aiohttp.ClientSession
    email: str
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def enter(self) -> None:
        """Sign up, or in where this account exists already."""
        body = {"email": self.email, "password": PASSWORD}
        status, answer = await _send(self.http, "POST", "/api/users/signup", body | {"name": ACCOUNTS[self.email]})
        if status == 409:
            status, answer = await _send(self.http, "POST", "/api/users/signin", body)
        _expect(status, answer, f"signing in {self.email}")

    async def create(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        """POST with the key that makes a repetition harmless; the created object."""
        status, answer = await self._post(path, body, key)
        return _expect(status, answer, f"POST {path} {key}")

    async def venue(self, body: dict[str, Any], key: str) -> str:
        """Add a venue, unless somebody has; its id."""
        status, answer = await self._post("/api/venues", body, key)
        if status == 409 and "venue_id" in answer:
            return str(answer["venue_id"])
        return str(_expect(status, answer, f"POST /api/venues {key}")["id"])

    async def _post(self, path: str, body: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
        for _ in range(TRIES_MAX):
            status, answer = await _send(self.http, "POST", path, body, key)
            if status != 401:
                break
            # The access token has run out; asking who one is brings a new one.
            async with self.renewing:
                await _send(self.http, "GET", "/api/users/currentuser")
        return status, answer


async def load(base_url: str, report: Report, shows_max: int | None = None) -> None:
    """Make the demo accounts, venues, shows and listings exist at this origin; twice is as good as once.

    With `shows_max` only the first shows of the calendar, their venues and their listings. `report` is told in words
    what is under way. DemoRefused when a request is refused.
    """
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
    async with aiohttp.ClientSession(base_url, timeout=timeout) as visitor:
        ends = await _season_ends(visitor)
    if REHEARSAL_TITLE in ends:
        report("the demo catalogue is already there")
        return
    # An interrupted load goes on with the calendar that it began with, whatever day it is now.
    last = ends.get(LAST_SHOW_TITLE)
    today = last - timedelta(days=HORIZON_DAYS) if last else datetime.now(UTC).date()
    accounts = [await _account(base_url, email, timeout) for email in ACCOUNTS]
    try:
        await asyncio.gather(*(account.enter() for account in accounts))
        report("demo accounts")
        by_name = {account.email.partition("@")[0]: account for account in accounts}
        await _load_all(by_name["organiser"], by_name["seller"], today, report, shows_max)
    finally:
        for account in accounts:
            await account.http.close()


async def _load_all(organiser: Account, seller: Account, today: date, report: Report, shows_max: int | None) -> None:
    """The last show comes first, since it names the calendar; the rehearsal ends the work, and says so."""
    *season, rehearsal, last = shows(today)
    season = season[:shows_max]
    used = dict.fromkeys(show.venue.slug for show in [*season, rehearsal, last])
    venue_ids = await _load_venues(organiser, list(venues() if shows_max is None else used), report)
    show_ids = await _load_shows(organiser, [last], venue_ids, report)
    show_ids |= await _load_shows(organiser, season, venue_ids, report)
    await _load_listings(seller, listings([*season, last]), show_ids, report)
    await _load_shows(organiser, [rehearsal], venue_ids, report)


async def _account(base_url: str, email: str, timeout: aiohttp.ClientTimeout) -> Account:
    # Locally the origin may be an address instead of a name, and its cookies must be kept all the same.
    # Inside a cluster it is plain http, while cookies are made for the public origin: kept and sent all the same.
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(base_url))
    http = aiohttp.ClientSession(base_url, timeout=timeout, cookie_jar=jar, json_serialize=_json)
    return Account(http, email)


def _json(body: Any) -> str:
    return msgspec.json.encode(body).decode()


async def _season_ends(visitor: aiohttp.ClientSession) -> dict[str, date]:
    """The days of the last show and of its rehearsal, by title, as far as they are in the catalogue."""
    found: dict[str, date] = {}
    for status in ("scheduled", "cancelled"):
        params = {"q": LAST_SHOW_TITLE, "status": status, "limit": "100"}
        code, page = await _send(visitor, "GET", "/api/shows", params=params)
        for show in _expect(code, page, "GET /api/shows")["items"]:
            found[show["title"]] = datetime.fromisoformat(show["starts_at"]).date()
    return found


async def _load_venues(organiser: Account, slugs: list[str], report: Report) -> dict[str, str]:
    """These venues; their ids by slug."""
    ids: dict[str, str] = {}

    async def add(slug: str) -> None:
        ids[slug] = await organiser.venue(venues()[slug].body(), f"demo-venue-{slug}")

    await _each(slugs, add, "venues", report)
    return ids


async def _load_shows(
    organiser: Account, calendar: list[DemoShow], venue_ids: dict[str, str], report: Report
) -> dict[str, str]:
    """These shows; their ids by slug."""
    ids: dict[str, str] = {}

    async def add(show: DemoShow) -> None:
        made = await organiser.create("/api/shows", show.body(venue_ids[show.venue.slug]), f"demo-show-{show.slug}")
        ids[show.slug] = made["id"]

    await _each(calendar, add, "shows", report)
    return ids


async def _load_listings(seller: Account, offers: list[DemoListing], show_ids: dict[str, str], report: Report) -> None:
    async def add(offer: DemoListing) -> None:
        await seller.create("/api/listings", offer.body(show_ids[offer.show.slug]), f"demo-listing-{offer.slug}")

    await _each(offers, add, "listings", report)


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
            if len(todo) > STEPS_REPORTED and done % (len(todo) // STEPS_REPORTED) == 0:
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
        answer = msgspec.json.decode(text) if text else {}
    except msgspec.DecodeError:
        return {"title": text[:200]}
    return answer if isinstance(answer, dict) else {"title": text[:200]}


def _expect(status: int, answer: dict[str, Any], what: str) -> dict[str, Any]:
    if status >= 300:
        raise DemoRefused(f"{what}: {status} {_json(answer)}")
    return answer
