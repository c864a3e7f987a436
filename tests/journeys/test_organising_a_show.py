"""Organisers in a real browser: a house is drawn, a show announced, a team built, plans change, figures are read."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.trading import PASSWORD, Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import ORGANISER, WholeSystem

pytestmark = pytest.mark.timeout(300)
WAIT_MS = 30_000


async def signed_in(browser: Browser, system: WholeSystem, email: str, password: str, **how: Any) -> Page:
    """A page of somebody who has signed in."""
    page = await page_for(browser, system.url, **how)
    await page.goto("/sign-in?return=/organise")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{system.url}/organise", timeout=WAIT_MS)
    return page


async def organiser_page(browser: Browser, system: WholeSystem, **how: Any) -> Page:
    """The demo's organiser."""
    return await signed_in(browser, system, ORGANISER["email"], ORGANISER["password"], **how)


async def sell_one(system: WholeSystem, show: dict[str, Any], section: str, row: str, seat: str) -> None:
    """Somebody lists a seat, somebody else buys it."""
    async with system.client() as selling, system.client() as buying:
        seller, buyer = Trader(selling), Trader(buying)
        await seller.sign_up("Seller")
        await buyer.sign_up("Buyer")
        place = {"show_id": show["id"], "section": section, "row": row, "seats": [seat], "split": "any"}
        price = {"unit_price": {"amount": 4_000, "currency": "EUR"}}
        listing = await created(selling, "/api/listings", place | price, wait_s=60)
        order = await buyer.held(listing, wait_s=60)
        await created(buying, "/api/payments", {"order_id": order["id"], "payment_method": "pm_card_visa"}, wait_s=60)
        await eventually(lambda: buyer.has_ticket(order), 60)


async def show_at(system: WholeSystem, name: str) -> dict[str, Any]:
    """The show at a venue of this name."""
    async with system.client() as client:
        shows: list[dict[str, Any]] = (await client.get("/api/shows", params={"q": name})).json()["items"]
    return next(show for show in shows if show["venue"]["name"] == name)


async def draw_venue(page: Page, name: str) -> None:
    """A house of two sections, with a mistake that is told on the way."""
    await page.goto("/organise/venues/new")
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("City").fill("Weimar")
    await page.get_by_label("Country").select_option("DE")
    await page.get_by_label("Time zone").fill("Europe/Berlin")
    await page.get_by_label("Latitude and longitude").fill("50.98, 11.33")
    first = page.get_by_role("group", name="Section 1")
    await first.get_by_label("Name of the section").fill("Parkett")
    await first.get_by_label("Rows and seats").fill("A-C: 1-10\nD: 1-8, 1")
    preview = page.locator("[data-preview]")
    await expect(preview).to_contain_text("seat 1 is there twice")
    await first.get_by_label("Rows and seats").fill("A-C: 1-10\nD: 1-7 odd")
    await expect(preview).to_contain_text("34 places")
    await page.get_by_role("button", name="Add a section").click()
    second = page.locator("[data-section]").nth(1)
    await second.get_by_label("Name of the section").fill("Pit")
    await second.get_by_label("Kind").select_option("standing")
    await second.get_by_label("Places").fill("120")
    await expect(preview).to_contain_text("154 places")
    await expect(preview.get_by_role("img")).to_be_visible()
    assert await accessibility_faults(page) == []
    await page.get_by_role("button", name="Add the venue").click()
    await expect(page.get_by_role("status")).to_contain_text("in the catalogue", timeout=WAIT_MS)


async def announce(page: Page, name: str, title: str) -> None:
    """A show in forty days; without a day nothing is announced."""
    await page.goto(f"/organise/shows/new?q={quote(name)}")
    await page.get_by_role("link", name=f"Announce at {name}").click()
    await page.get_by_label("Title").fill(title)
    await page.get_by_label("Who plays").fill("Ada Quill\nMarlow")
    await page.get_by_role("button", name="Announce the show").click()
    await expect(page.get_by_text("Choose the day.")).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_label("Title")).to_have_value(title)
    await page.get_by_label("Day").fill(f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}")
    await page.get_by_label("Time").fill("19:30")
    await page.get_by_role("button", name="Announce the show").click()
    await expect(page.get_by_role("status")).to_contain_text("announced", timeout=WAIT_MS)
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def test_a_house_is_drawn_and_a_show_announced_reported_and_moved(
    one_process: WholeSystem, browser: Browser
) -> None:
    name, title = f"Kleines Haus {new_id().hex[-8:]}", f"Lampenfieber {new_id().hex[-8:]}"
    page = await organiser_page(browser, one_process)
    await draw_venue(page, name)
    await announce(page, name, title)
    assert await accessibility_faults(page) == []
    show = await show_at(one_process, name)
    path = f"/organise/shows/{show['id']}"

    await page.get_by_label("Title").fill(f"{title} II")
    await page.get_by_role("button", name="Save the show").click()
    await expect(page.get_by_role("status")).to_contain_text("saved", timeout=WAIT_MS)

    await sell_one(one_process, show, "Parkett", "B", "4")

    async def counted() -> bool:
        await page.goto(f"{path}/reports")
        return await page.get_by_role("row", name="Parkett 34 1 0 0 33").count() == 1

    await eventually(counted, 60)
    await expect(page.get_by_role("img", name="Tickets sold by day")).to_be_visible()
    await expect(page.get_by_role("row", name="Resale 1 0 €40.00")).to_be_visible()
    assert await accessibility_faults(page) == []
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Sales as a file (CSV)").click()
    lines = list(csv.DictReader(io.StringIO((await (await downloading.value).path()).read_text("utf-8-sig"))))
    assert [(line["section"], line["kind"], line["sold"], line["face"]) for line in lines] == [
        ("Parkett", "resale", "1", "40.00")
    ]

    await page.goto(path)
    await page.get_by_role("link", name="Postpone without a date").click()
    await expect(page.get_by_text("1 ticket is with a buyer, who paid €44.00.")).to_be_visible()
    assert await accessibility_faults(page) == []
    await page.get_by_label("Refunds can be chosen").fill(f"{datetime.now(UTC):%Y-%m-%d}")
    await page.get_by_role("button", name="Postpone the show").click()
    await expect(page.get_by_text("Leave at least a day to choose")).to_be_visible(timeout=WAIT_MS)
    await page.get_by_label("Refunds can be chosen").fill("")
    await page.get_by_role("button", name="Postpone the show").click()
    await expect(page.get_by_role("status")).to_contain_text("postponed", timeout=WAIT_MS)
    await expect(page.get_by_text("Holders choose until")).to_be_visible()

    await page.goto(f"{path}/reschedule")
    await page.get_by_label("New day").fill(f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}")
    await page.get_by_role("button", name="Give the show another date").click()
    await expect(page.get_by_role("status")).to_contain_text("new date", timeout=WAIT_MS)

    await page.goto(f"{path}/cancel")
    await expect(page.get_by_text("Every buyer gets the whole price back")).to_be_visible()
    await page.get_by_role("button", name="Cancel the show for good").click()
    await expect(page.get_by_text("Tick this if you are sure")).to_be_visible(timeout=WAIT_MS)
    await page.get_by_label("I am sure").check()
    await page.get_by_role("button", name="Cancel the show for good").click()
    await expect(page.get_by_role("status")).to_contain_text("cancelled", timeout=WAIT_MS)
    assert (await show_at_any(one_process, show["id"]))["status"] == "cancelled"


async def show_at_any(system: WholeSystem, show_id: str) -> dict[str, Any]:
    """A show of any status."""
    async with system.client() as client:
        found: dict[str, Any] = (await client.get(f"/api/shows/{show_id}")).json()
    return found


async def test_a_team_does_what_its_duties_allow(one_process: WholeSystem, browser: Browser) -> None:
    show = (await one_process.announce(1)).show
    async with one_process.client() as client:
        helper = Trader(client)
        await helper.sign_up("Ida")
        page = await organiser_page(browser, one_process)
        await page.goto("/organise/team")
        await page.get_by_role("button", name="Add to the team").click()
        await expect(page.get_by_text("Give the address of their account.")).to_be_visible(timeout=WAIT_MS)

        async def added() -> bool:
            await page.get_by_label("Address of their account").fill(helper.email)
            await page.get_by_role("group", name="What may they do?").get_by_label("Reports").check()
            await page.get_by_role("group", name="What may they do?").get_by_label("Doors").uncheck()
            await page.get_by_role("button", name="Add to the team").click()
            await expect(page.get_by_text("The team is saved.").or_(page.get_by_role("alert"))).to_be_visible()
            return await page.get_by_text("The team is saved.").count() == 1

        # The catalogue hears of a new account a moment later.
        await eventually(added, 60)
        assert await accessibility_faults(page) == []

        async def reads() -> bool:
            return (await client.get(f"/api/reports/{show['id']}/sales")).status_code == 200

        await eventually(reads, 60)
        theirs = await signed_in(browser, one_process, helper.email, PASSWORD, phone=True)
        await theirs.goto(f"/organise/shows/{show['id']}")
        await expect(theirs.get_by_role("navigation", name="This show").get_by_role("link")).to_have_text(
            ["Overview", "Reports", "As fans see it"]
        )
        await expect(theirs.get_by_role("button", name="Save the show")).to_have_count(0)
        assert await accessibility_faults(theirs) == []
        await theirs.goto(f"/organise/shows/{show['id']}/reports")
        await expect(theirs.get_by_role("heading", name="Nothing sold yet.")).to_be_visible()
        refused = await client.patch(f"/api/shows/{show['id']}", json={"title": "x"}, headers={"if-match": '"1"'})
        assert refused.status_code == 403

        await page.get_by_role("form", name="Ida").get_by_role("button", name="Remove Ida").last.click()
        await expect(page.get_by_text("not in your team any more")).to_be_visible(timeout=WAIT_MS)

        async def shut() -> bool:
            return (await client.get(f"/api/reports/{show['id']}/sales")).status_code == 403

        await eventually(shut, 60)


async def test_the_editor_works_without_scripts(one_process: WholeSystem, browser: Browser) -> None:
    page = await organiser_page(browser, one_process, phone=True, scripts=False)
    await page.goto("/organise/venues/new")
    await page.get_by_label("Rows and seats").fill("A-B: 1-5")
    await page.get_by_role("button", name="Add a section").click()
    await expect(page.get_by_label("Name of the section")).to_have_count(2)
    await page.get_by_label("Name of the section").last.fill("Gallery")
    await page.get_by_label("Rows and seats").last.fill("1: 1-4")
    await page.get_by_role("button", name="Draw the map again").last.click()
    await expect(page.get_by_text("14 places")).to_be_visible()
    await page.get_by_role("button", name="Remove: Gallery").click()
    await expect(page.get_by_text("10 places")).to_be_visible()
    await page.get_by_role("button", name="Add the venue").click()
    await expect(page.get_by_text("Give the venue a name.")).to_be_visible()
    await expect(page.get_by_label("Rows and seats")).to_have_value("A-B: 1-5")


async def test_what_organisers_have_is_not_for_everybody(one_process: WholeSystem, browser: Browser) -> None:
    show = (await one_process.announce(1)).show
    visitor = await page_for(browser, one_process.url)
    await visitor.goto("/organise")
    await expect(visitor.get_by_role("link", name="Sign in").last).to_be_visible()
    assert await accessibility_faults(visitor) == []
    async with one_process.client() as client:
        await Trader(client).sign_up()
        pages = ("", "/reports", "/postpone", "/reschedule", "/cancel", "/reports/sales.csv")
        answers = [await client.get(f"/organise/shows/{show['id']}{page}") for page in pages]
        assert [answer.status_code for answer in answers] == [403] * len(pages)
        assert (await client.get("/organise/shows/not-an-id")).status_code == 404
        mine = (await client.get("/organise")).text
        assert "Your account is not an organiser" in mine
        unsaid: httpx.Response = await client.get(f"/organise/shows/{new_id()}")
        assert unsaid.status_code == 404
