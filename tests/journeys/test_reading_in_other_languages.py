"""Somebody reads Fairseat in another language: as the browser asks, by a switch on each page, and in letters."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import PHONE, STEP_MAX_MS, accessibility_faults, page_for
from fairseat_local.testing import WholeSystem

PASSWORD = "a long enough password"
OPERATOR = {"email": "operator@fairseat.example", "password": "fairseat demo 1"}
EVERYBODYS = ("/", "/shows", "/sell", "/tickets", "/orders", "/listings", "/sales", "/saved", "/settings", "/waiting")
PEOPLES = ("/account", "/account/security", "/account/data", "/sell/import", "/organise", "/gate", "/developers/keys")
OPERATORS = ("/operator", "/operator/users", "/operator/money", "/operator/audit", "/organise/shows/new")
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


async def fits(page: Page) -> None:
    """Nothing stands out beside the screen."""
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


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
    _, cookies = await signed_up(one_process)
    page = await page_for(browser, one_process.url, phone=True)
    await page.context.add_cookies([*cookies, {"name": "language", "value": "de", "url": one_process.url}])  # type: ignore[list-item]
    async with one_process.client() as client:
        listed = (await client.get("/api/shows", params={"limit": 20})).json()["items"]
        show = next((each for each in listed if each["lowest_price"]), listed[0])
    about = f"/shows/{show['id']}"
    apart = (
        about,
        f"{about}/sell",
        f"{about}/alert",
        f"{about}/waiting",
        f"{about}/best",
        f"/venues/{show['venue']['id']}",
    )
    for path in (*EVERYBODYS, *apart, *PEOPLES):
        await german(page, path)
    menu = page.get_by_role("button", name="Menü")
    await menu.click()
    assert await accessibility_faults(page) == []
    for name in ("Veranstaltungen finden", "Meine Angebote", "Einlass", "Konto", "Abmelden"):
        await expect(page.locator("#menu").get_by_text(name, exact=True)).to_be_visible()


async def test_the_operators_pages_are_german_too(one_process: WholeSystem, browser: Browser) -> None:
    async with one_process.client() as client:
        assert (await client.post("/api/users/signin", json=OPERATOR)).status_code == 200
        cookies = cookies_of(client, one_process)
    page = await page_for(browser, one_process.url, phone=True)
    await page.context.add_cookies([*cookies, {"name": "language", "value": "de", "url": one_process.url}])  # type: ignore[list-item]
    for path in OPERATORS:
        await german(page, path)


async def german(page: Page, path: str) -> None:
    answer = await page.goto(path, wait_until="domcontentloaded")
    assert answer is not None
    assert answer.status in (200, 404), f"{path}: {answer.status}"
    await speaks(page, "de")
    await fits(page)
    # What every page has is nowhere left in English.
    said = await page.locator("body").inner_text()
    left = [
        words for words in ("Find shows", "Sign out", "Settings", "No tickets", "Price per", "Save") if words in said
    ]
    assert left == [], f"{path}: {left}"


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
