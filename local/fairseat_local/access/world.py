"""People of every role, and one of each thing that somebody owns: made once, over the public routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from fairseat_common.ids import new_id
from fairseat_common.testing.running import TLS
from fairseat_common.testing.trading import PASSWORD, created
from fairseat_common.testing.waiting import eventually
from fairseat_common.web.scopes import SCOPES

SIGNED_OUT, PERSON, SELLER, ORGANISER = "signed out", "person", "seller", "organiser"
RIVAL, STAFF, OPERATOR = "other organiser", "staff", "operator"
KEY, BARE_KEY, BUYER, HELPER = "API key", "key without scopes", "buyer", "helper"
ROLES = (SIGNED_OUT, PERSON, SELLER, ORGANISER, RIVAL, STAFF, OPERATOR, KEY, BARE_KEY)
"""Who asks for what is not theirs; the buyer owns most things."""
PEOPLE = (BUYER, PERSON, SELLER, ORGANISER, RIVAL, STAFF, HELPER)
DEMO_OPERATOR = {"email": "operator@fairseat.example", "password": "fairseat demo 1"}
PRICE = 4500
WAIT_S = 60.0
SEATS = [str(number) for number in range(1, 13)]
MINUTE_MAX = 6000


@dataclass
class World:
    """Clients by role, ids by kind of thing, and whose each kind is."""

    url: str
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """What only the buyer may read, by what it is."""
    keys: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    """Programs with all scopes, by whose key they have."""

    def own(self, kind: str, owner: str, identity: str) -> str:
        """Remember whose a thing is."""
        self.ids[kind], self.owners[kind] = identity, owner
        return identity

    async def create(self, role: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What somebody makes, once its service knows what it is about."""
        return await created(self.clients[role], path, body, WAIT_S)

    async def read(self, role: str, path: str, **query: Any) -> dict[str, Any]:
        """What somebody may read."""
        answer = await self.clients[role].get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def world_of(url: str) -> AsyncIterator[World]:
    """The world of a running system that has the demo's operator."""
    world = World(url)
    try:
        await _people(world)
        await _house(world)
        await _trade(world)
        await asyncio.gather(_evening(world), _programs(world), _wishes(world), _sale(world))
        yield world
    finally:
        for client in (*world.clients.values(), *world.keys.values()):
            await client.aclose()


def _client(world: World, token: str = "") -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=world.url, timeout=60, verify=TLS, headers=headers)


async def _people(world: World) -> None:
    world.clients[SIGNED_OUT] = _client(world)
    world.clients[OPERATOR] = _client(world)
    await _sign_in(world.clients[OPERATOR], DEMO_OPERATOR)
    await asyncio.gather(*(_sign_up(world, role) for role in PEOPLE))
    for role in (ORGANISER, RIVAL):
        roles = {"roles": ["user", "organiser"]}
        answer = await world.clients[OPERATOR].put(f"/api/users/{world.users[role]}/roles", json=roles)
        assert answer.status_code == 200, answer.text
        await _sign_in(world.clients[role], {"email": world.emails[role], "password": PASSWORD})
    await asyncio.gather(*(_key(world, role) for role in PEOPLE))
    world.own("user", BUYER, world.users[BUYER])
    sessions = (await world.read(BUYER, "/api/users/sessions"))["items"]
    # The session that was begun first, so that its end signs nobody out.
    world.own("session", BUYER, next(each["id"] for each in sessions if not each["current"]))


async def _sign_up(world: World, role: str) -> None:
    client = world.clients[role] = _client(world)
    world.emails[role] = f"{role.replace(' ', '-')}-{new_id().hex[-12:]}@example.com"
    body = {"email": world.emails[role], "password": PASSWORD, "name": f"{role.title()} Quill"}
    answer = await client.post("/api/users/signup", json=body)
    assert answer.status_code == 201, answer.text
    world.users[role] = answer.json()["id"]
    if role == BUYER:
        await _sign_in(client, {"email": world.emails[role], "password": PASSWORD})
        world.secrets["e-mail address"] = world.emails[role]
        world.secrets |= {f"cookie {cookie.name}": cookie.value or "" for cookie in client.cookies.jar}


async def _sign_in(client: httpx.AsyncClient, body: dict[str, str]) -> None:
    client.cookies.clear()
    answer = await client.post("/api/users/signin", json=body)
    assert answer.status_code == 200, answer.text


async def _key(world: World, role: str) -> None:
    """A program that acts for somebody; the buyer has another one that may only read who performs."""
    wanted = {"name": "Everything", "scopes": SCOPES, "requests_per_minute": MINUTE_MAX}
    made, token = await _made_key(world, role, wanted)
    world.keys[role] = _client(world, token)
    if role == PERSON:
        world.clients[KEY] = _client(world, token)
    if role == BUYER:
        world.own("key", BUYER, made["id"])
        world.secrets["API key"] = made["secret"]
        _, bare = await _made_key(world, role, {**wanted, "name": "Little", "scopes": ["performers:read"]})
        world.clients[BARE_KEY] = _client(world, bare)


async def _made_key(world: World, role: str, wanted: dict[str, Any]) -> tuple[dict[str, Any], str]:
    made = await world.create(role, "/api/keys", wanted)
    async with _client(world, made["secret"]) as program:
        answer = await program.post("/api/users/token")
    assert answer.status_code == 200, answer.text
    return made, answer.json()["access_token"]


async def _house(world: World) -> None:
    """A house of the organiser's, a show that begins in an hour, and somebody for its door."""
    rows = [{"name": name, "seats": SEATS} for name in ("A", "B")]
    sections = [{"name": "Stalls", "kind": "seated", "rows": rows, "capacity": 24}]
    venue = {
        "name": f"Lantern Hall {new_id().hex[-8:]}", "city": "Weimar", "country": "DE", "timezone": "Europe/Berlin",
        "lat": 50.98, "lon": 11.33, "capacity": 24, "currency": "EUR", "chart": {"sections": sections},
    }  # fmt: skip
    world.own("venue", ORGANISER, (await world.create(ORGANISER, "/api/venues", venue))["id"])
    starts_at = (datetime.now(UTC) + timedelta(hours=1)).replace(second=0, microsecond=0).isoformat()
    body = {"title": f"Lantern Night {new_id().hex[-8:]}", "category": "concert", "starts_at": starts_at}
    show = await world.create(ORGANISER, "/api/shows", {**body, "venue_id": world.ids["venue"]})
    world.own("show", ORGANISER, show["id"])
    for role in (STAFF, HELPER):
        path = f"/api/teams/members/{world.users[role]}"
        await _until(world.clients[ORGANISER], "PUT", path, {"duties": ["scan"]})
    world.own("member", ORGANISER, world.users[HELPER])
    world.own("membership", STAFF, world.users[ORGANISER])
    world.own("organiser", ORGANISER, world.users[ORGANISER])


async def _sale(world: World) -> None:
    """Another show in the same house, on sale from tomorrow on, with a waiting room in which the buyer stands."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    body = {
        "title": f"Lantern Morning {new_id().hex[-8:]}", "category": "concert", "venue_id": world.ids["venue"],
        "starts_at": (now + timedelta(days=40)).isoformat(),
    }  # fmt: skip
    show = world.own("sale", ORGANISER, (await world.create(ORGANISER, "/api/shows", body))["id"])
    zones = [{"name": "All", "unit_price": {"amount": PRICE, "currency": "EUR"}, "sections": ["Stalls"]}]
    opens_at = (now + timedelta(days=1)).isoformat()
    await world.create(ORGANISER, "/api/onsales", {"show_id": show, "zones": zones, "opens_at": opens_at})
    room = {"per_minute": 60, "doors_at": (now - timedelta(minutes=1)).isoformat()}
    await _until(world.clients[ORGANISER], "PUT", f"/api/queues/{show}", room)
    await _until(world.clients[BUYER], "POST", f"/api/queues/{show}/entries", {})
    world.own("place", BUYER, show)


async def _until(client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a request answers once its service has heard of everything."""

    async def attempt() -> dict[str, Any] | None:
        answer = await client.request(method, path, json=body)
        assert answer.status_code in (200, 201, 202, 403, 404, 409, 422), answer.text
        return answer.json() if answer.is_success else None

    return await eventually(attempt, WAIT_S)


async def _trade(world: World) -> None:
    """The seller lists seats, the buyer has four of them, and the person one."""
    show = world.ids["show"]
    body = {
        "show_id": show, "section": "Stalls", "row": "A", "seats": SEATS, "split": "any",
        "unit_price": {"amount": PRICE, "currency": "EUR"},
    }  # fmt: skip
    listing = await world.create(SELLER, "/api/listings", body)
    world.own("listing", SELLER, listing["id"])
    await asyncio.gather(_buy(world, BUYER, 4), _buy(world, PERSON, 1))


async def _buy(world: World, role: str, quantity: int) -> None:
    order = await world.create(role, "/api/orders", {"listing_id": world.ids["listing"], "quantity": quantity})
    payment = await world.create(role, "/api/payments", {"order_id": order["id"], "payment_method": "pm_card_visa"})

    async def tickets() -> list[dict[str, Any]] | None:
        return (await world.read(role, "/api/tickets"))["items"] or None

    found = await eventually(tickets, WAIT_S)
    if role != BUYER:
        return
    world.own("order", BUYER, order["id"])
    world.own("payment", BUYER, payment["id"])
    world.own("ticket", BUYER, found[0]["id"])
    world.own("given", BUYER, found[1]["id"])
    world.own("scanned", BUYER, found[2]["id"])
    held = await world.create(role, "/api/orders", {"listing_id": world.ids["listing"], "quantity": 1})
    world.own("hold", BUYER, held["id"])


async def _evening(world: World) -> None:
    """One ticket is given away, one is scanned and claimed."""
    friend = f"friend-{new_id().hex[-12:]}@example.com"
    body = {"email": friend, "message": "See you there"}
    given = await _until(world.clients[BUYER], "POST", f"/api/tickets/{world.ids['given']}/transfer", body)
    world.own("transfer", BUYER, given["id"])
    world.secrets["the friend's address"] = friend
    code = (await world.read(BUYER, f"/api/tickets/{world.ids['scanned']}/code"))["code"]
    scan = {"show_id": world.ids["show"], "code": code, "gate": "North", "scan_id": str(new_id())}
    world.own("scan", STAFF, scan["scan_id"])
    await _until(world.clients[STAFF], "POST", "/api/scans", scan)
    # The second time it is refused, which is a reason to claim; what is not clear stays open.
    again = await world.clients[STAFF].post("/api/scans", json={**scan, "scan_id": str(new_id())})
    assert again.status_code == 409, again.text
    claim = {"ticket_id": world.ids["scanned"], "reason": "refused"}
    world.own("claim", BUYER, (await world.create(BUYER, "/api/claims", claim))["id"])
    world.secrets["ticket code"] = (await world.read(BUYER, f"/api/tickets/{world.ids['ticket']}/code"))["code"]


async def _programs(world: World) -> None:
    """A webhook that was tried once."""
    wanted = {"url": f"{world.url}/dev/nobody", "subjects": ["orders.confirmed.v1"]}
    hook = await world.create(BUYER, "/api/webhooks", wanted)
    world.own("webhook", BUYER, hook["id"])
    world.secrets["webhook secret"] = hook["secret"]
    answer = await world.clients[BUYER].post(f"/api/webhooks/{hook['id']}/test")
    assert answer.status_code == 202, answer.text
    deliveries = await world.read(BUYER, f"/api/webhooks/{hook['id']}/deliveries")
    world.own("delivery", BUYER, deliveries["items"][0]["id"])


async def _wishes(world: World) -> None:
    """What the buyer waits for, and has saved."""
    show, price = world.ids["show"], {"amount": 100, "currency": "EUR"}
    alert = await world.create(BUYER, "/api/alerts", {"show_id": show, "quantity": 1, "max_price": price})
    world.own("alert", BUYER, alert["id"])
    entry = await world.create(BUYER, "/api/waiting", {"show_id": show, "quantity": 1, "max_price": price})
    world.own("entry", BUYER, entry["id"])
    saved = await world.clients[BUYER].put(f"/api/favourites/{show}")
    assert saved.status_code == 204, saved.text
    world.own("favourite", BUYER, show)
