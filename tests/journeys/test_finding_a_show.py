"""Somebody looks for a show: with slips of the fingers, in plain words, by keyboard, on a phone, and without scripts;
and machines that read along are told the same.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as Xml

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)
LINKED_DATA = re.compile(r'<script type="application/ld\+json" nonce="[^"]+">(.*?)</script>', re.DOTALL)
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FIELD = "Show, performer or venue"


async def looks_well(page: Page) -> None:
    """Nothing for axe to find, and nothing beside the screen."""
    faults = await accessibility_faults(page)
    assert faults == [], f"{page.url}: {faults}"
    await fits(page)


async def fits(page: Page) -> None:
    overhang = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overhang <= 0, page.url


def number(text: str) -> int:
    """The first number in a text."""
    found = re.search(r"\d[\d,]*", text)
    assert found, text
    return int(found[0].replace(",", ""))


async def one_show(system: WholeSystem, query: str) -> dict[str, Any]:
    async with system.client() as client:
        found: dict[str, Any] = (await client.get("/api/shows", params={"q": query, "limit": 1})).json()["items"][0]
    return found


async def test_a_slip_of_the_fingers_finds_the_show(one_process: WholeSystem, browser: Browser) -> None:
    page = await page_for(browser, one_process.url)
    await page.goto("/")
    await page.get_by_label(FIELD).fill("velvt harbor")
    await page.get_by_label(FIELD).press("Enter")
    await expect(page.get_by_text("No show has “velvt”")).to_be_visible()
    await expect(page.get_by_role("link", name="Velvet Harbour: Low Tide Tour").first).to_be_visible()
    await expect(page.get_by_label(FIELD)).to_have_value("velvt harbor")
    await looks_well(page)


async def test_a_suggestion_is_taken_by_keyboard(one_process: WholeSystem, browser: Browser) -> None:
    page = await page_for(browser, one_process.url)
    await page.goto("/")
    field = page.get_by_role("combobox", name=FIELD)
    await field.press_sequentially("velvt h")
    offered = page.get_by_role("listbox", name="Suggestions")
    await expect(offered.get_by_role("option").first).to_contain_text("Velvet Harbour")
    await expect(field).to_have_attribute("aria-expanded", "true")
    await field.press("ArrowDown")
    await expect(offered.get_by_role("option", selected=True)).to_contain_text("Velvet Harbour")
    assert await accessibility_faults(page) == []
    await field.press("Escape")
    await expect(offered).to_be_hidden()
    await field.press("ArrowDown")
    await expect(offered).to_be_visible()
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(page).to_have_url(re.compile("/performers/"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Velvet Harbour")


async def test_on_a_phone_counts_lead_to_as_many_shows(one_process: WholeSystem, browser: Browser) -> None:
    page = await page_for(browser, one_process.url, phone=True, color_scheme="dark")
    await page.goto("/")
    await looks_well(page)
    await page.goto("/shows")
    shown = page.locator("#found")
    # Prices first: what is sold has a category and a city, while not all of a city's concerts are sold.
    for group in ("Prices, all-in", "Categories", "Cities"):
        await page.get_by_text("Filters and order").click()
        choice = page.get_by_role("region", name=group).get_by_role("link").first
        count = number(await choice.locator(".count").inner_text())
        await choice.click()
        await expect(shown).to_have_text(f"{count} shows" if count > 1 else "1 show")
    await looks_well(page)
    narrowed = page.get_by_role("group", name="Narrowed down to").get_by_role("link")
    await expect(narrowed).to_have_count(4)  # three, and one to start again
    await narrowed.first.click()
    await expect(page.get_by_role("group", name="Narrowed down to").locator(".taken-back")).to_have_count(2)


async def test_plain_words_for_days_and_places_become_chips(one_process: WholeSystem, browser: Browser) -> None:
    """Without scripts, so that each step is a page of its own."""
    page = await page_for(browser, one_process.url, scripts=False)
    await page.goto("/")
    await page.get_by_label(FIELD).fill("this month in London")
    await page.get_by_role("button", name="Search").click()
    narrowed = page.get_by_role("group", name="Narrowed down to").locator(".taken-back")
    await expect(narrowed).to_have_count(2)
    await expect(narrowed.nth(1)).to_contain_text("In London")
    for place in await page.locator(".card .place bdi").all_inner_texts():
        assert place.endswith("London")
    await narrowed.first.click()
    await expect(page.get_by_label(FIELD)).to_have_value("in London")
    await expect(narrowed).to_have_count(1)
    # What fits nothing says what would.
    await page.get_by_label(FIELD).fill("velvet harbour on 24 december in London")
    await page.get_by_label("Category").select_option("sport")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_text("Nothing fits all of that.")).to_be_visible()
    await expect(page.get_by_text("Did you mean")).to_be_visible()
    await page.get_by_role("link", name="Velvet Harbour", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Velvet Harbour")


async def test_performer_venue_and_city_lead_to_each_other(one_process: WholeSystem, browser: Browser) -> None:
    show = await one_show(one_process, "velvet harbour")
    page = await page_for(browser, one_process.url, phone=True)
    await page.goto(f"/venues/{show['venue']['id']}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(show["venue"]["name"])
    await expect(page.get_by_role("link", name="Show on a map")).to_have_attribute("href", re.compile("openstreetmap"))
    await looks_well(page)
    await page.get_by_role("main").get_by_role("link", name=show["venue"]["city"], exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"What is on in {show['venue']['city']}")
    await looks_well(page)
    await page.get_by_role("region", name="Venues").get_by_role("link").first.click()
    await expect(page).to_have_url(re.compile("/venues/"))
    async with one_process.client() as client:
        performers = (await client.get(f"/api/shows/{show['id']}/performers")).json()["items"]
    await page.goto(f"/performers/{performers[0]['id']}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(performers[0]["name"])
    await expect(page.locator(f"a[href='/shows/{show['id']}']")).to_be_visible()
    await looks_well(page)


ODD = [
    "夜の電車",
    "ليلة القطارات في برلين",
    "🎺" * 40,
    "'; drop table shows; --",
    "<script>alert(1)</script>",
    "%",
    "\\",
    "x" * 200,
]


async def test_any_text_can_be_searched_for(one_process: WholeSystem, browser: Browser) -> None:
    page = await page_for(browser, one_process.url, phone=True)
    async with one_process.client() as client:
        for text in ODD:
            for address in ("/shows", "/api/shows/suggestions", "/api/shows/facets"):
                answer = await client.get(address, params={"q": text})
                assert answer.status_code == 200, (address, text, answer.text[:200])
        # Too long for the catalogue: the page keeps what fits and still answers.
        assert (await client.get("/shows", params={"q": "y" * 5000, "city": "z" * 5000})).status_code == 200
        wrong = await client.get("/shows", params={"from": "soon", "near": "here", "q": "velvet"})
        assert wrong.status_code == 422
        assert 'value="velvet"' in wrong.text
    await page.goto("/")
    await page.get_by_label(FIELD).fill(ODD[1] * 8)
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(ODD[1])
    await fits(page)


def told(html: str) -> list[dict[str, Any]]:
    """What a page tells machines, each by itself."""
    return [json.loads(text) for text in LINKED_DATA.findall(html)]


async def test_machines_are_told_what_people_see(one_process: WholeSystem) -> None:
    show = await one_show(one_process, "velvet harbour")
    origin = one_process.url
    async with one_process.client() as client:
        page = (await client.get(f"/shows/{show['id']}")).text
        assert f'<link rel="canonical" href="{origin}/shows/{show["id"]}">' in page
        assert f'content="{origin}/shows/{show["id"]}/share.png"' in page
        german = (await client.get(f"/shows/{show['id']}", headers={"accept-language": "de"})).text
        assert f'content="{origin}/shows/{show["id"]}/share.png?language=de"' in german
        (event,) = [each for each in told(page) if "startDate" in each]
        assert event["name"] == show["title"]
        assert datetime.fromisoformat(event["startDate"]) == datetime.fromisoformat(show["starts_at"])
        assert event["location"]["address"]["addressLocality"] == show["venue"]["city"]
        assert event["eventStatus"] == "https://schema.org/EventScheduled"
        assert float(event["offers"]["lowPrice"]) * 100 == show["lowest_price"]["amount"]
        venue = (await client.get(f"/venues/{show['venue']['id']}")).text
        place, shows = told(venue)
        assert (place["@type"], place["name"]) == ("EventVenue", show["venue"]["name"])
        assert {each["url"] for each in shows["itemListElement"]} >= {f"{origin}/shows/{show['id']}"}
        await _picture_and_calendar(client, show)


async def _picture_and_calendar(client: httpx.AsyncClient, show: dict[str, Any]) -> None:
    picture = await client.get(f"/shows/{show['id']}/share.png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(picture.content[at : at + 4], "big") for at in (16, 20)] == [1200, 630]
    again = await client.get(f"/shows/{show['id']}/share.png", headers={"if-none-match": picture.headers["etag"]})
    assert again.status_code == 304
    calendar = await client.get(f"/shows/{show['id']}/calendar.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    lines = calendar.text.replace("\r\n ", "").split("\r\n")
    starts = datetime.fromisoformat(show["starts_at"]).astimezone(UTC)
    for line in (f"UID:show-{show['id']}@fairseat", f"SEQUENCE:{show['version']}", "STATUS:CONFIRMED"):
        assert line in lines
    assert f"DTSTART:{starts:%Y%m%dT%H%M%SZ}" in lines


async def test_every_page_is_on_the_map_of_the_site(one_process: WholeSystem) -> None:
    show = await one_show(one_process, "velvet harbour")
    async with one_process.client() as client:
        robots = (await client.get("/robots.txt")).text
        assert f"Sitemap: {one_process.url}/sitemap.xml" in robots.splitlines()
        index = Xml.fromstring((await client.get("/sitemap.xml")).content)
        runs = [each.text or "" for each in index.iter(f"{SITEMAP}loc")]
        pages: set[str] = set()
        for run in runs:
            found = Xml.fromstring((await client.get(run)).content)
            pages |= {each.text or "" for each in found.iter(f"{SITEMAP}loc")}
        assert {f"{one_process.url}/shows/{show['id']}", f"{one_process.url}/venues/{show['venue']['id']}"} <= pages
        for kind in ("performers", "cities"):
            address = next(page for page in sorted(pages) if f"/{kind}/" in page)
            answer = await client.get(address)
            assert answer.status_code == 200
            assert f'<link rel="canonical" href="{address}">' in answer.text
        assert (await client.get("/sitemaps/nothing.xml")).status_code == 404
