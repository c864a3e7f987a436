"""Somebody who thinks in another currency and lives by another clock: both stand beside what is real and charged."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.trading import Trader, created
from fairseat_local.demo.charts import seated
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)
ORGANISER = {"email": "organiser@fairseat.example", "password": "fairseat demo 1"}


async def american_show(system: WholeSystem) -> tuple[dict[str, Any], dict[str, Any]]:
    """A show at eight in the evening in New York, sold in dollars, with two seats on sale: show and listing."""
    async with system.client() as organiser, system.client() as seller:
        assert (await organiser.post("/api/users/signin", json=ORGANISER)).status_code == 200
        venue = {
            "name": f"Lantern Hall {new_id().hex[-8:]}",
            "city": "New York",
            "country": "US",
            "timezone": "America/New_York",
            "lat": 40.7,
            "lon": -74.0,
            "currency": "USD",
            "capacity": 20,
            "chart": {"sections": [seated("Stalls", 20, 10)]},
        }
        house = await created(organiser, "/api/venues", venue)
        evening = datetime.now(ZoneInfo("America/New_York")) + timedelta(days=60)
        starts_at = evening.replace(hour=20, minute=0, second=0, microsecond=0).isoformat()
        body = {"title": "Lantern Song", "category": "concert", "venue_id": house["id"], "starts_at": starts_at}
        show = await created(organiser, "/api/shows", body)
        person = Trader(seller)
        await person.sign_up("Sam")
        price = {"amount": 5_000, "currency": "USD"}
        row = venue["chart"]["sections"][0]["rows"][0]  # type: ignore[index]
        place = {"section": "Stalls", "row": row["name"], "seats": row["seats"][:2]}
        listing = await created(seller, "/api/listings", {"show_id": show["id"], "unit_price": price, **place})
        return show, listing


async def test_somebody_elsewhere_reads_their_own_money_and_clock_and_pays_the_real_price(
    one_process: WholeSystem, browser: Browser
) -> None:
    show, _ = await american_show(one_process)
    page = await page_for(browser, one_process.url, phone=True, scripts=False)
    async with one_process.client() as client:
        await Trader(client).sign_up("Lea")
        kept = [{"name": each.name, "value": each.value or "", "url": one_process.url} for each in client.cookies.jar]
    await page.context.add_cookies(kept)  # type: ignore[arg-type]
    # Without a choice there is one price and one clock.
    await page.goto(f"/shows/{show['id']}")
    await expect(page.locator(".about, .yours")).to_have_count(0)
    # The account says in which money and where.
    await page.goto("/account")
    await page.get_by_label("Currency").select_option(label="Euro")
    await page.get_by_label("Time zone").fill("Europe/Berlin")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text("Your account is saved.")
    for name in ("Security", "Your data", "Mails", "Profile"):
        await page.get_by_role("navigation", name="Your account").get_by_role("link", name=name).click()
        await expect(page.get_by_role("navigation", name="Your account").locator("[aria-current=page]")).to_have_text(
            name
        )
    answer = await page.goto(f"/shows/{show['id']}")
    assert answer is not None
    assert "Cookie" in answer.headers["vary"]
    assert "no-store" in answer.headers["cache-control"]
    own = datetime.fromisoformat(show["starts_at"]).astimezone(ZoneInfo("Europe/Berlin"))
    await expect(page.locator(".when")).to_contain_text(re.compile(r", 20:00 E[SD]T"))
    await expect(page.locator(".when .yours")).to_contain_text(f"{own:%H:%M} your time (Berlin)")
    offer = page.get_by_role("group", name=re.compile("Stalls"))
    await expect(offer.locator(".price")).to_have_text("$55.00")
    # A euro is 1.0389 dollars in the rates of local runs: 55 / 1.0389 = 52.94, and twice that 105.88.
    await expect(offer.locator(".about").first).to_have_text("about €53")
    await expect(offer.locator("[data-total-text]")).to_contain_text("$110.00 in total about €106")
    await expect(page.get_by_text("by the exchange rate of 31 December 2024")).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    await offer.get_by_role("button", name=re.compile("Hold seats")).click()
    # What is charged is said where one pays, and stays in dollars.
    await expect(page.get_by_role("heading", name="Checkout")).to_be_visible()
    await expect(page.locator(".receipt .total")).to_contain_text("$110.00")
    await expect(page.locator(".receipt .about")).to_have_text("about €106")
    await expect(page.get_by_text("You are charged $110.00.")).to_be_visible()
    await page.get_by_role("radio", name=re.compile("4242")).check()
    await page.get_by_role("button", name="Pay $110.00").click()
    await expect(page.get_by_role("heading", name="You’re going.")).to_be_visible(timeout=30_000)
    await page.get_by_role("link", name="Receipt").click()
    await expect(page.locator("[data-total]")).to_have_attribute("data-total", "11000")
    await expect(page.locator("[data-total] .about")).to_have_text("about €106")
    # A switch at the foot of each page chooses otherwise for this browser, or nothing at all.
    for choice, told in (("Japanese Yen", "about ¥17,265"), ("No other currency", "")):
        await page.get_by_label("Prices also in").select_option(label=choice)
        await page.get_by_role("button", name="Change", exact=True).click()
        assert "/receipt" in page.url
        await expect(page.locator("[data-total]")).to_have_text(f"$110.00 {told}".strip())


async def test_a_browsers_clock_is_known_from_the_second_page_on(one_process: WholeSystem, browser: Browser) -> None:
    show, _ = await american_show(one_process)
    page = await page_for(browser, one_process.url, timezone_id="Asia/Tokyo")
    await page.goto("/")
    await page.goto(f"/shows/{show['id']}")
    await expect(page.locator(".when .yours")).to_contain_text("your time (Tokyo)")
    assert await accessibility_faults(page) == []
