"""Somebody compares seats: on the map by keyboard and by tap, in the list with filters, and while others trade."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import DESKTOP, PHONE, accessibility_faults, page_for
from fairseat_common.testing.trading import Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_local.demo.charts import seated, standing
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)
ORGANISER = {"email": "organiser@fairseat.example", "password": "fairseat demo 1"}
SECTIONS = [
    standing("Pit", 40), seated("Stalls Left", 60, 10), seated("Stalls Right", 60, 10), seated("Balcony", 60, 12),
]  # fmt: skip
PAGE_ROWS = 40
MANY = 101


class House:
    """A show of a test's own, and a seller who lists seats for it."""

    def __init__(self, show: dict[str, Any], seller: Trader) -> None:
        self.show = show
        self.seller = seller
        self.path = f"/shows/{show['id']}"

    async def lists(self, section: str, row: str, seats: list[str], amount: int, **more: Any) -> dict[str, Any]:
        """Put seats on sale; `amount` is before the fee of ten per cent."""
        place = {"quantity": len(seats)} if section == "Pit" else {"row": row, "seats": seats}
        price = {"amount": amount, "currency": "EUR"}
        body = {"show_id": self.show["id"], "section": section, "unit_price": price, **place, **more}

        async def listed() -> dict[str, Any] | None:
            # A machine under load may need longer to hear of the show than a request waits for it.
            answer = await self.seller.client.post("/api/listings", json=body)
            assert answer.status_code in {201, 404}, answer.text
            return answer.json() if answer.status_code == 201 else None

        return await eventually(listed, 30)


async def trader(system: WholeSystem, name: str) -> Trader:
    person = Trader(system.client())
    await person.sign_up(name)
    return person


async def house(system: WholeSystem, title: str) -> House:
    """Announce a show in a small theatre of four sections."""
    async with system.client() as organiser:
        assert (await organiser.post("/api/users/signin", json=ORGANISER)).status_code == 200
        venue = {
            "name": f"Lantern House {new_id().hex[-8:]}", "city": "Berlin", "country": "DE", "lat": 52.5, "lon": 13.4,
            "timezone": "Europe/Berlin", "capacity": 220, "currency": "EUR", "chart": {"sections": SECTIONS},
        }  # fmt: skip
        made = await organiser.post("/api/venues", json=venue)
        assert made.status_code == 201, made.text
        starts_at = (datetime.now(UTC) + timedelta(days=40)).strftime("%Y-%m-%dT19:00:00Z")
        show = {"title": title, "category": "concert", "performers": ["Ada Lund"], "venue_id": made.json()["id"]}
        shown = await organiser.post("/api/shows", json={**show, "starts_at": starts_at, "currency": "EUR"})
        assert shown.status_code == 201, shown.text
    return House(shown.json(), await trader(system, "Selma"))


async def four_offers(system: WholeSystem, title: str) -> House:
    """A show with a listing in every section, all for two seats."""
    here = await house(system, title)
    await here.lists("Stalls Left", "A", ["1", "2"], 6000, notes="Right before the stage.")
    await here.lists("Stalls Right", "C", ["4", "5"], 5000)
    await here.lists("Balcony", "B", ["3", "4"], 2000)
    await here.lists("Pit", "", ["1", "2"], 8000)
    return here


def offers(page: Page) -> Locator:
    """The rows of the list, each by its heading."""
    return page.get_by_role("listitem").get_by_role("heading", level=3)


def tickets(page: Page) -> Locator:
    """The part of the page with the list."""
    return page.get_by_role("region", name="Tickets", exact=True)


async def no_faults(page: Page) -> None:
    """axe finds nothing, and nothing sticks out, on a phone and on a desk."""
    for size in (PHONE, DESKTOP):
        await page.set_viewport_size(size)
        assert await accessibility_faults(page) == [], page.url
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


async def test_the_map_is_used_by_keyboard(one_process: WholeSystem, browser: Browser) -> None:
    here = await four_offers(one_process, "Keys and Lanterns")
    page = await page_for(browser, one_process.url)
    await page.goto(here.path)
    await expect(offers(page)).to_have_text(["Balcony, row B", "Stalls Right, row C", "Stalls Left, row A", "Pit"])
    zones = page.get_by_role("group", name="Sections").get_by_role("link")
    await expect(zones).to_have_count(4)
    left = page.get_by_role("link", name="Stalls Left: from €66.00, 1 listing, 2 seats left")
    # The whole map is one stop of the Tab key.
    await page.get_by_role("button", name="Show the whole map").focus()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip the map")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Pit:", exact=False)).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Best 2 available")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("ArrowRight")
    await expect(left).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("link", name="Balcony:", exact=False)).to_be_focused()
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await expect(offers(page)).to_have_text(["Stalls Left, row A"])
    await expect(left).to_have_attribute("aria-current", "true")
    await expect(left).to_be_focused()
    await expect(page).to_have_url(f"{one_process.url}{here.path}?section=Stalls+Left")
    before = await page.locator("[data-canvas]").get_attribute("viewBox")
    await page.keyboard.press("+")
    await expect(page.locator("[data-canvas]")).not_to_have_attribute("viewBox", before or "")
    # One section is chosen, so its seats are drawn, and those for sale stand out.
    assert await eventually(lambda: seats_for_sale(page)) == 2
    await no_faults(page)
    await page.go_back()
    await expect(offers(page)).to_have_count(4)


async def seats_for_sale(page: Page) -> int:
    """How many seats the map shows as for sale; each is a dot of one path."""
    free = page.locator(".seat-free")
    return ((await free.get_attribute("d")) or "").count("M") if await free.count() else 0


async def tap(page: Page, section: str) -> None:
    """Touch a section of the map where its name stands: the middle of an arc's box is beside the arc."""
    zone = page.get_by_role("link", name=f"{section}:", exact=False)
    await zone.scroll_into_view_if_needed()
    box = await zone.locator("text").bounding_box()
    assert box is not None
    await page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


async def test_a_tap_on_the_map_narrows_the_list_and_back_undoes_it(one_process: WholeSystem, browser: Browser) -> None:
    here = await four_offers(one_process, "Taps and Lanterns")
    page = await page_for(browser, one_process.url, phone=True, color_scheme="dark")
    await page.goto(here.path)
    zone = page.get_by_role("link", name="Balcony:", exact=False)
    await tap(page, "Balcony")
    await expect(offers(page)).to_have_text(["Balcony, row B"])
    await expect(page.locator("[data-map-card]")).to_contain_text("from €22.00, 1 listing, 2 seats left")
    await tap(page, "Stalls Right")
    await expect(offers(page)).to_have_text(["Balcony, row B", "Stalls Right, row C"])
    await page.get_by_role("link", name="Without Balcony").tap()
    await expect(offers(page)).to_have_text(["Stalls Right, row C"])
    await expect(zone).not_to_have_attribute("aria-current", "true")
    await page.go_back()
    await page.go_back()
    await expect(offers(page)).to_have_text(["Balcony, row B"])
    await page.get_by_role("button", name="Zoom in").tap()
    await expect(page.get_by_role("button", name="Zoom out")).to_be_enabled()
    await no_faults(page)


async def test_filters_and_orders_stand_in_the_address(one_process: WholeSystem, browser: Browser) -> None:
    here = await four_offers(one_process, "Filters and Lanterns")
    page = await page_for(browser, one_process.url)
    await page.goto(here.path)
    await page.get_by_label("Sort by").select_option("Best view")
    await expect(offers(page)).to_have_text(["Pit", "Stalls Left, row A", "Stalls Right, row C", "Balcony, row B"])
    await page.get_by_label("Price to").fill("66")
    await page.get_by_label("Price to").press("Enter")
    await expect(offers(page)).to_have_text(["Stalls Left, row A", "Stalls Right, row C", "Balcony, row B"])
    await page.get_by_label("Aisle seats only").check()
    await expect(offers(page)).to_have_text(["Stalls Left, row A"])
    await expect(tickets(page)).to_contain_text("1 listing, 2 seats left.")
    # What is found can be sent to a friend.
    friend = await page_for(browser, one_process.url, phone=True)
    await friend.goto(page.url)
    await expect(offers(friend)).to_have_text(["Stalls Left, row A"])
    await page.get_by_role("link", name="Clear all filters").click()
    await expect(offers(page)).to_have_count(4)
    await expect(page.get_by_label("Sort by")).to_have_value("price")
    await page.get_by_label("How many seats?").select_option("3")
    await expect(page.get_by_role("heading", name="No 3 seats together.")).to_be_visible()
    await no_faults(page)
    await page.goto(f"{here.path}?min=cheap")
    await expect(page.get_by_label("Price from")).to_have_value("cheap")
    await expect(page.get_by_label("Price from")).to_have_attribute("aria-invalid", "true")


async def test_what_seats_were_sold_for_tells_a_good_deal(one_process: WholeSystem, browser: Browser) -> None:
    here = await house(one_process, "Deals and Lanterns")
    buyer = await trader(one_process, "Bruno")
    for seat in ("1", "2", "3"):
        order = await buyer.held(await here.lists("Balcony", "A", [seat], 5000))
        await created(buyer.client, "/api/payments", {"order_id": order["id"], "payment_method": "pm_card_visa"})
    await here.lists("Balcony", "A", ["5", "6"], 3800)
    await here.lists("Balcony", "A", ["8"], 6000)
    page = await page_for(browser, one_process.url, phone=True)

    async def sold() -> bool:
        found = await buyer.client.get("/api/listings/sold", params={"show_id": here.show["id"]})
        return len(found.json()["items"]) == 3

    await eventually(sold, 30)
    await page.goto(here.path)
    great = page.get_by_role("listitem").filter(has_text="Great deal")
    await expect(great).to_contain_text("Similar seats sold for about €55.00")
    await expect(great).to_contain_text("€83.60 in total")
    await great.get_by_label("Quantity").select_option("1")
    await expect(great).to_contain_text("€41.80 in total")
    history = page.get_by_role("region", name="Sold for this show recently")
    await expect(history.get_by_role("listitem")).to_have_count(3)
    await expect(history.get_by_role("listitem").first).to_contain_text("€55.00 1 seat in Balcony, row A")
    await page.get_by_text("More filters").click()
    await page.get_by_label("Deals").select_option("Great deals")
    await expect(offers(page)).to_have_count(1)
    await no_faults(page)


async def test_changes_are_seen_without_a_reload(one_process: WholeSystem, browser: Browser) -> None:
    here = await four_offers(one_process, "Changes and Lanterns")
    buyer = await trader(one_process, "Berta")
    page = await page_for(browser, one_process.url)
    await page.goto(here.path)
    await page.evaluate("window.untouched = true")
    right = page.get_by_role("listitem").filter(has_text="Stalls Right, row C")
    await right.get_by_label("Quantity").select_option("1")
    await right.get_by_label("Quantity").focus()
    # Somebody else lists seats, and others are held.
    listing = await here.lists("Stalls Left", "B", ["1", "2", "3", "4"], 1500)
    await expect(offers(page).first).to_have_text("Stalls Left, row B")
    await expect(page.get_by_role("status").filter(has_text="1 listing changed")).to_be_attached()
    await expect(page.get_by_role("link", name="Stalls Left: from €16.50, 2 listings, 6 seats left")).to_be_attached()
    order = await buyer.held(listing, 3)
    await expect(page.get_by_role("listitem").filter(has_text="Stalls Left, row B")).to_contain_text("1 seat left")
    assert (await buyer.client.delete(f"/api/orders/{order['id']}")).status_code == 204
    await expect(page.get_by_role("listitem").filter(has_text="Stalls Left, row B")).to_contain_text("4 seats left")
    await buyer.held(listing, 4)
    await expect(page.get_by_text("Held or sold just now")).to_be_visible()
    # What the reader was about to do is as it was.
    await expect(right.get_by_label("Quantity")).to_be_focused()
    await expect(right.get_by_label("Quantity")).to_have_value("1")
    assert await page.evaluate("window.untouched")


async def test_a_show_that_is_sold_out_says_so(one_process: WholeSystem, browser: Browser) -> None:
    here = await house(one_process, "Gone Lanterns")
    page = await page_for(browser, one_process.url, phone=True)
    await page.goto(here.path)
    await expect(page.get_by_role("heading", name="No tickets listed yet.")).to_be_visible()
    listing = await here.lists("Pit", "", ["1", "2"], 5000)
    await expect(offers(page)).to_have_text(["Pit"])
    buyer = await trader(one_process, "Bela")
    order = await buyer.held(listing, 2)
    await created(buyer.client, "/api/payments", {"order_id": order["id"], "payment_method": "pm_card_visa"})

    # The row stays where it is, so that nothing jumps; whoever comes now is told.
    await expect(page.get_by_text("Held or sold just now")).to_be_visible()
    await page.goto(here.path)
    await expect(page.get_by_role("heading", name="Sold out, for now.")).to_be_visible()
    await expect(page.get_by_role("link", name="Join the waiting list")).to_be_visible()
    await no_faults(page)


async def test_seats_are_compared_without_scripts(one_process: WholeSystem, browser: Browser) -> None:
    here = await four_offers(one_process, "Plain Lanterns")
    page = await page_for(browser, one_process.url, scripts=False, phone=True)
    await page.goto(here.path)
    await page.get_by_text("More filters").click()
    await page.get_by_label("Sort by").select_option("view")
    await page.get_by_label("Price to").fill("66,00")
    await page.get_by_text("Sections", exact=True).click()
    await page.get_by_role("checkbox", name="Stalls", exact=False).first.check()
    await page.get_by_role("button", name="Show tickets").click()
    await expect(offers(page)).to_have_text(["Stalls Left, row A"])
    # The sections of the map are links.
    await page.get_by_role("link", name="Stalls Right:", exact=False).click()
    await expect(offers(page)).to_have_text(["Stalls Left, row A", "Stalls Right, row C"])
    await page.get_by_role("link", name="Clear all filters").click()
    await expect(offers(page)).to_have_count(4)


async def test_many_listings_come_in_pages_and_are_drawn_when_they_are_seen(
    one_process: WholeSystem, browser: Browser
) -> None:
    here = await house(one_process, "A Hundred Lanterns")
    names = [(section["name"], row) for section in SECTIONS[1:] for row in section["rows"]]
    seats = [(name, row["name"], seat) for name, row in names for seat in row["seats"]]
    for number, (name, row, seat) in enumerate(seats[:MANY]):
        await here.lists(name, row, [seat], 2000 + 10 * number)
    page = await page_for(browser, one_process.url, phone=True)
    await page.goto(here.path)
    await expect(tickets(page)).to_contain_text(f"{MANY} listings, {MANY} seats left.")
    await expect(offers(page)).to_have_count(PAGE_ROWS)
    row = page.locator("[data-list] > li").last
    assert await row.evaluate("row => getComputedStyle(row).contentVisibility") == "auto"
    # A row is small, and the page asks for no more of them than it shows.
    assert await row.evaluate("row => row.querySelectorAll('*').length") < 40
    await page.get_by_role("link", name="More tickets").click()
    await expect(offers(page)).to_have_count(MANY)
    await expect(page.get_by_role("link", name="More tickets")).to_have_count(0)
    await here.lists("Pit", "", ["1"], 1000)
    await expect(offers(page)).to_have_count(MANY + 1)
    await expect(offers(page).first).to_have_text("Pit")
