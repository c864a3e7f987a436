"""Somebody reads Fairseat in another language: as the browser asks, by a switch on each page, and in letters."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import PHONE, STEP_MAX_MS, accessibility_faults, page_for
from fairseat_common.testing.trading import PASSWORD, Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem
from web.main import PAGES

OPERATOR = {"email": "operator@fairseat.example", "password": "fairseat demo 1"}
HOUSE = {
    "city": "Berlin", "country": "DE", "timezone": "Europe/Berlin", "lat": 52.5, "lon": 13.4, "capacity": 28,
    "currency": "EUR",
    "chart": {"sections": [
        {"name": "Stalls", "kind": "seated", "rows": [{"name": "A", "seats": list("12345678")}], "capacity": 8},
        {"name": "Floor", "kind": "standing", "rows": [], "capacity": 20},
    ]},
}  # fmt: skip
NAME = re.compile(r"\{(\w+):\w+\}")
PAGES_MIN = 75
SIDE_BY_SIDE = 3
OTHERWISE = {"/{rest:path}": 404, "/unsubscribe": 422}
"""Pages that are there to say no."""
LEFT_OUT = {
    "/static/{name:path}": "a file",
    "/sitemaps/{name:str}": "a file",
    "/styleguide": "for whoever builds pages: its examples are English",
}
"""What is not looked at, and why; all other answers that are no pages tell so by themselves."""
pytestmark = pytest.mark.timeout(300)


async def signed_up(system: WholeSystem, **more: str) -> tuple[str, list[dict[str, Any]]]:
    """A new account: its address, and the cookies of its session."""
    email = f"lea-{new_id().hex[-12:]}@example.com"
    async with system.client() as client:
        body = {"email": email, "password": PASSWORD, "name": "Lea", **more}
        answer = await client.post("/api/users/signup", json=body)
        assert answer.status_code == 201, answer.text
        return email, cookies_of(client, system)


def cookies_of(client: httpx.AsyncClient, system: WholeSystem) -> list[dict[str, Any]]:
    return [{"name": each.name, "value": each.value or "", "url": system.url} for each in client.cookies.jar]


async def speaks(page: Page, language: str) -> None:
    await expect(page.locator("html")).to_have_attribute("lang", language)


async def test_a_switch_on_each_page_changes_the_language_for_good(one_process: WholeSystem, browser: Browser) -> None:
    context = await browser.new_context(
        base_url=one_process.url, viewport=PHONE, java_script_enabled=False, locale="fr-CA"
    )
    context.set_default_timeout(STEP_MAX_MS)
    page = await context.new_page()
    answer = await page.goto("/shows?category=concert")
    assert answer is not None
    assert answer.headers["content-language"] == "fr"
    assert "Accept-Language" in answer.headers["vary"]
    await speaks(page, "fr")
    await expect(page.get_by_role("heading", name="Concerts", level=1)).to_be_visible()
    await expect(page.get_by_role("button", name="Français")).to_have_attribute("aria-current", "true")
    await page.get_by_role("button", name="Deutsch").press("Enter")
    await speaks(page, "de")
    assert page.url.endswith("/shows?category=concert")
    await expect(page.get_by_role("heading", name="Konzerte", level=1)).to_be_visible()
    await expect(page.locator(".card time, .card .place").first).to_contain_text(re.compile(r"\d\d:\d\d"))
    assert re.search(r"\b(Mo|Di|Mi|Do|Fr|Sa|So)\., \d", await page.locator(".cards").inner_text())
    await page.goto("/sign-in")
    await expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.goto("/")
    await speaks(page, "en")


async def test_german_pages_fit_a_phone(one_process: WholeSystem, browser: Browser) -> None:
    """Every page there is, of the table of routes, for somebody who has one of everything."""
    async with one_process.client() as client, one_process.client() as other:
        everything = await world(one_process, client, other)
        # Nothing is written in the other language before it is asked for; scripts, files and streams are no pages.
        client.cookies.set("language", "de")
        page = await page_for(browser, one_process.url, phone=True)
        await page.context.add_cookies(cookies_of(client, one_process))  # type: ignore[arg-type]
        pages = [page, *[await page.context.new_page() for _ in range(SIDE_BY_SIDE - 1)]]
        parts = [page_routes()[nth::SIDE_BY_SIDE] for nth in range(SIDE_BY_SIDE)]
        told = await asyncio.gather(*(walked(*each, client, everything) for each in zip(pages, parts, strict=True)))
    said = {path: wrong for part in told for path, wrong in part.items()}
    assert len(said) > PAGES_MIN, sorted(said)
    wrong = [line for line in said.values() if line]
    assert wrong == [], "\n".join(wrong)
    await page.goto("/")
    menu = page.get_by_role("button", name="Menü")
    await menu.click()
    assert await accessibility_faults(page) == []
    for name in ("Veranstaltungen finden", "Meine Angebote", "Einlass", "Betrieb", "Konto", "Abmelden"):
        await expect(page.locator("#menu").get_by_text(name, exact=True)).to_be_visible()


def page_routes() -> list[str]:
    """The addresses that web answers to GET, with names in braces."""
    return sorted({path for each in PAGES if "GET" in each.http_methods for path in each.paths})


async def page_path(client: httpx.AsyncClient, route: str, world: dict[str, str]) -> str:
    """A page's address with something real in each place; empty for what is no page: a file, a stream, a part."""
    if route in LEFT_OUT:
        return ""
    named = NAME.sub(lambda found: world.get(f"{route} {found[1]}") or world[found[1]], route)
    path = named + world.get(f"{route} ?", "")

    async def look() -> tuple[str]:
        async with client.stream("GET", path, follow_redirects=True) as answer:
            if not answer.headers["content-type"].startswith("text/html"):
                return ("",)
            text = (await answer.aread()).decode()
        assert answer.status_code == OTHERWISE.get(route, 200), f"{path}: {answer.status_code}"
        return (path if text.lstrip().startswith("<!doctype") else "",)

    return (await eventually(look))[0]


async def world(system: WholeSystem, client: httpx.AsyncClient, other: httpx.AsyncClient) -> dict[str, str]:
    """One of everything for one account, that is an organiser and an operator too; `other` sells to it.

    The answer has what stands in addresses: by the name in the route, or by route and name where that is another.
    """
    me, seller = Trader(client), Trader(other)
    person, _seller = await asyncio.gather(me.sign_up("Lea"), seller.sign_up("Selma"))
    async with system.client() as operator:
        assert (await operator.post("/api/users/signin", json=OPERATOR)).status_code == 200
        roles = {"roles": ["user", "organiser", "operator"]}
        answer = await operator.put(f"/api/users/{person['id']}/roles", json=roles)
        assert answer.status_code == 200, answer.text
    await me.sign_in_again()
    venue = await created(client, "/api/venues", HOUSE | {"name": f"Lantern Hall {new_id().hex[-8:]}"})
    # Whoever wants seats of a show with a waiting room has to wait, so that is a show of its own.
    tonight, later, awaited = await asyncio.gather(*(show_in(system, client, venue, hours) for hours in (1, 999, 998)))
    traded: dict[str, str]
    traded, webhook, _room = await asyncio.gather(
        trades(me, seller, tonight, later),
        created(client, "/api/webhooks", {"url": "http://127.0.0.1:9/hook", "subjects": ["orders.held.v1"]}),
        on_sale(client, awaited),
    )
    assert (await client.post(f"/api/webhooks/{webhook['id']}/test")).status_code == 202

    async def delivery() -> str | None:
        found = (await client.get(f"/api/webhooks/{webhook['id']}/deliveries")).json()["items"]
        return str(found[0]["id"]) if found else None

    performers = (await client.get("/api/performers", params={"limit": 1})).json()["items"]
    return traded | {
        "show_id": tonight["id"],
        "venue_id": venue["id"],
        "slug": "berlin-de",
        "performer_id": performers[0]["id"],
        "user_id": person["id"],
        "webhook_id": webhook["id"],
        "delivery_id": await eventually(delivery, 30),
        "noun": "orders",
        "rest": "nowhere",
        "/operator/switches/{name:str} name": "sales",
        "/organise/shows/{show_id:uuid}/on-sale show_id": awaited["id"],
        "/shows/{show_id:uuid}/queue show_id": awaited["id"],
        "/shows/{show_id:uuid}/queue/log show_id": awaited["id"],
    }


async def show_in(system: WholeSystem, client: httpx.AsyncClient, venue: dict[str, Any], hours: int) -> dict[str, Any]:
    starts_at = (datetime.now(UTC) + timedelta(hours=hours)).replace(second=0, microsecond=0).isoformat()
    body = {"title": "Lampenfieber", "category": "concert", "venue_id": venue["id"], "starts_at": starts_at}
    show = await created(client, "/api/shows", body | {"performers": ["Ada Quill"]})
    await system.hears(client, show)
    return show


async def on_sale(client: httpx.AsyncClient, show: dict[str, Any]) -> None:
    """The standing places from tomorrow on, with a waiting room."""
    zone = {"name": "Saal", "unit_price": price(3000), "sections": ["Floor"]}
    opens_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await created(client, "/api/onsales", {"show_id": show["id"], "zones": [zone], "opens_at": opens_at})

    async def room() -> bool:
        return (await client.put(f"/api/queues/{show['id']}", json={"per_minute": 60})).status_code == 200

    await eventually(room, 30)


async def trades(me: Trader, seller: Trader, tonight: dict[str, Any], later: dict[str, Any]) -> dict[str, str]:
    """Tonight two seats bought, one of them given away and one complained of, one held, one listed; one that moves."""
    own, theirs, moving = await asyncio.gather(
        listed(me, tonight, ["8"]), listed(seller, tonight, ["1", "2", "3"]), listed(seller, later, ["1"])
    )
    order, moved = await asyncio.gather(bought(me, theirs, 2), bought(me, moving, 1))
    held = await me.held(theirs)
    first, second = sorted((ticket["id"] for ticket in await me.tickets(order)), key=str)
    given = await me.client.post(f"/api/tickets/{second}/transfer", json={"email": seller.email})
    code = (await me.client.get(f"/api/tickets/{first}/code")).json()["code"]
    for _again in range(2):
        await me.client.post("/api/scans", json={"show_id": tonight["id"], "code": code, "gate": "Nord"})
    claim = await created(me.client, "/api/claims", {"ticket_id": first, "reason": "refused"})
    edit = {"status": "postponed"}
    answer = await me.client.patch(
        f"/api/shows/{later['id']}", json=edit, headers={"If-Match": f'"{later["version"]}"'}
    )
    assert answer.status_code == 200, answer.text

    async def asked() -> bool:
        return (await me.client.get(f"/api/orders/{moved['id']}/choice")).status_code == 200

    await eventually(asked, 30)
    return {
        "order_id": order["id"],
        "listing_id": own["id"],
        "ticket_id": second,
        "claim_id": claim["id"],
        "transfer_id": given.json()["id"],
        "name": first,
        "/checkout/{order_id:uuid} order_id": held["id"],
        "/orders/{order_id:uuid}/choice order_id": moved["id"],
        "/gate/{show_id:uuid}/report ?": f"?ticket={first}&place=A",
    }


async def listed(trader: Trader, show: dict[str, Any], seats: list[str]) -> dict[str, Any]:
    place = {"show_id": show["id"], "section": "Stalls", "row": "A", "seats": seats}
    return await created(trader.client, "/api/listings", place | {"unit_price": price(4500), "split": "any"})


async def bought(trader: Trader, listing: dict[str, Any], seats: int) -> dict[str, Any]:
    order = await trader.held(listing, seats)
    await eventually(lambda: trader.paid(order), 30)
    await eventually(lambda: trader.has_ticket(order), 30)
    return order


def price(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


async def walked(page: Page, routes: list[str], client: httpx.AsyncClient, world: dict[str, str]) -> dict[str, str]:
    """What is wrong with the pages among the routes, by their addresses."""
    paths = [path for route in routes if (path := await page_path(client, route, world))]
    return {path: await german(page, path) for path in paths}


async def german(page: Page, path: str) -> str:
    """What is wrong with a page; empty if it is German and fits."""

    async def shown() -> bool:
        answer = await page.goto(path, wait_until="domcontentloaded")
        return answer is not None and answer.status != 503

    await eventually(shown)
    await speaks(page, "de")
    wide, said = await page.evaluate(SEEN)
    # What every page has is nowhere left in English.
    left = [
        words for words in ("Find shows", "Sign out", "Settings", "No tickets", "Price per", "Save") if words in said
    ]
    return f"{path} is {wide} px too wide and says {left}" if wide > 0 or left else ""


SEEN = """() => {
  const root = document.documentElement;
  const ours = [...document.querySelectorAll("body [lang=en], body [translate=no]")];
  const wide = root.scrollWidth - root.clientWidth;
  for (const each of ours) each.hidden = true;
  return [wide, document.body.innerText];
}"""
"""How much wider than the screen a page is, and what it says beside what is said in English on purpose."""


async def test_letters_come_in_the_language_of_the_account(one_process: WholeSystem, browser: Browser) -> None:
    email, cookies = await signed_up(one_process, locale="fr")
    letter = await one_process.letter(email, "Confirmez votre adresse")
    assert "Bonjour Lea," in letter["text"]
    assert "Confirmer cette adresse" in letter["text"]
    # Pages speak it too, without a choice in this browser; the browser's own wish comes last.
    page = await page_for(browser, one_process.url)
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    await page.goto("/orders")
    await speaks(page, "fr")
    await expect(page.get_by_role("heading", name="Mes commandes")).to_be_visible()
