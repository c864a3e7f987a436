"""An organiser opens the sale of a house; a fan buys from it, and sells on what the organiser's rules allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.trading import created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import ORGANISER, WholeSystem

PASSWORD = "a long enough password"
pytestmark = pytest.mark.timeout(300)


async def fan(system: WholeSystem) -> httpx.AsyncClient:
    client = system.client()
    body = {"email": f"fan-{new_id().hex[-12:]}@example.com", "password": PASSWORD, "name": "Ana"}
    answer = await client.post("/api/users/signup", json=body)
    assert answer.status_code == 201, answer.text
    return client


async def organiser(system: WholeSystem) -> httpx.AsyncClient:
    client = system.client()
    assert (await client.post("/api/users/signin", json=ORGANISER)).status_code == 200
    return client


async def page_of(client: httpx.AsyncClient, browser: Browser, system: WholeSystem, **how: Any) -> Page:
    """A browser in which they are signed in."""
    page = await page_for(browser, system.url, **how)
    cookies = [{"name": c.name, "value": c.value or "", "url": system.url} for c in client.cookies.jar]
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    return page


async def announced(system: WholeSystem, client: httpx.AsyncClient) -> dict[str, Any]:
    """A show in a small house of its own: twelve seats in three rows, and a floor."""
    rows = [{"name": name, "seats": ["1", "2", "3", "4"]} for name in ("A", "B", "C")]
    venue = {
        "name": f"Lantern Hall {new_id().hex[-8:]}", "city": "Berlin", "country": "DE", "timezone": "Europe/Berlin",
        "lat": 52.5, "lon": 13.4, "capacity": 32, "currency": "EUR",
        "chart": {"sections": [
            {"name": "Stalls", "kind": "seated", "rows": rows, "capacity": 12},
            {"name": "Floor", "kind": "standing", "rows": [], "capacity": 20},
        ]},
    }  # fmt: skip
    house = await created(client, "/api/venues", venue)
    starts_at = (datetime.now(UTC) + timedelta(days=40)).replace(second=0, microsecond=0).isoformat()
    body = {"title": "Lantern Night", "category": "concert", "venue_id": house["id"], "starts_at": starts_at}
    show = await created(client, "/api/shows", body)
    await system.hears(client, show)
    return show


async def opened_in_zones(page: Page, show: dict[str, Any]) -> None:
    """The house in two zones over the chart, on sale from tomorrow on."""
    await page.goto(f"/organise/shows/{show['id']}/on-sale")
    await page.get_by_label("Name of zone 1").fill("Seats")
    await page.get_by_label("Price of zone 1").fill("50")
    await page.get_by_role("button", name="Add a zone").click()
    await page.get_by_label("Name of zone 2").fill("Standing")
    await page.get_by_label("Price of zone 2").fill("30")
    await page.get_by_label("Floor", exact=True).select_option("1")
    # What buyers will see stands beside, while one chooses.
    preview = page.get_by_role("complementary", name="Preview")
    await expect(preview).to_contain_text("€55.00", timeout=15_000)
    await expect(preview).to_contain_text("€33.00", timeout=15_000)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await page.get_by_text("At a time").click()
    await page.get_by_label("Day", exact=True).fill(f"{tomorrow:%Y-%m-%d}")
    await page.get_by_label("Time", exact=True).fill("10:00")
    # The preview is pale while it is drawn anew: the sentence in it is what the last field brought.
    await expect(preview).to_contain_text("Sale opens", timeout=15_000)
    await expect(preview).not_to_have_attribute("aria-busy", "true")
    assert await accessibility_faults(page) == []
    await page.get_by_role("button", name="Put the house on sale").click()
    await expect(page.get_by_role("status").first).to_contain_text("The house is on sale.")
    await expect(page.get_by_role("heading", name="Sale opens")).to_be_visible()
    await expect(page.get_by_role("row", name="Standing")).to_contain_text("20 free")
    assert await accessibility_faults(page) == []


async def test_a_house_opens_at_its_time_and_is_bought_from(one_process: WholeSystem, browser: Browser) -> None:
    boss = await organiser(one_process)
    show = await announced(one_process, boss)
    office = await page_of(boss, browser, one_process)
    await opened_in_zones(office, show)
    ana = await fan(one_process)
    page = await page_of(ana, browser, one_process, phone=True)

    async def seats_are_shown() -> bool:
        await page.goto(f"/shows/{show['id']}")
        return await page.get_by_role("group", name="Stalls, row A").count() == 1

    await eventually(seats_are_shown, 30)
    banner = page.get_by_role("region", name="Sale opens")
    await expect(banner.locator("[data-opening-left]")).to_contain_text(":")
    row = page.get_by_role("group", name="Stalls, row A")
    await expect(row.get_by_role("button", name="Hold seats in Stalls, row A")).to_be_disabled()
    assert await accessibility_faults(page) == []
    # Whoever sends the form all the same is refused, with the sentence on the page.
    await row.get_by_role("button").evaluate("button => { button.disabled = false }")
    await row.get_by_role("button").click()
    await expect(page.get_by_role("alert")).to_contain_text("The sale has not begun.")
    await office.get_by_role("button", name="Open the sale now").click()
    await expect(office.get_by_role("heading", name="The sale is open")).to_be_visible()

    async def held() -> bool:
        await page.goto(f"/shows/{show['id']}")
        await row.get_by_role("combobox", name="Quantity").select_option("1")
        await row.get_by_role("button").click()
        return "/checkout/" in page.url

    await eventually(held, 30)
    await expect(page.locator(".receipt .total")).to_contain_text("€55.00")


async def test_a_ticket_is_sold_on_within_the_organisers_rules(one_process: WholeSystem, browser: Browser) -> None:
    boss = await organiser(one_process)
    show = await announced(one_process, boss)
    price = {"amount": 5000, "currency": "EUR"}
    zone = {"name": "House", "unit_price": price, "sections": ["Stalls", "Floor"]}
    await created(boss, "/api/onsales", {"show_id": show["id"], "zones": [zone]})
    office = await page_of(boss, browser, one_process)
    await office.goto(f"/organise/shows/{show['id']}/rules")
    await office.get_by_text("Of what the seat was first sold for here.").click()
    await office.get_by_label("Per cent of the first price").last.fill("110")
    await office.get_by_role("checkbox", name="Tickets may be given to other people").uncheck()
    await office.get_by_role("button", name="Work out what they mean").click()
    await expect(office.get_by_role("complementary")).to_contain_text("€60.50")
    assert await accessibility_faults(office) == []
    await office.get_by_role("button", name="Set the rules").click()
    await expect(office.get_by_role("status").first).to_contain_text("The rules are set.")

    ana = await fan(one_process)
    ticket = await bought(ana, show)
    page = await page_of(ana, browser, one_process)

    async def cap_is_known() -> bool:
        await page.goto(f"/shows/{show['id']}/sell?ticket={ticket['id']}")
        return await page.get_by_text("at most €55.00 a seat").count() == 1

    await eventually(cap_is_known, 30)
    await page.get_by_label("Price per seat").fill("55.01")
    await page.get_by_role("button", name="List these seats").click()
    await expect(page.get_by_role("alert")).to_contain_text("The price is above the cap for this show.")
    await expect(page.locator("#price-error")).to_contain_text("more than the rules of this show allow")
    await page.get_by_label("Price per seat").fill("55")
    await page.get_by_role("button", name="List these seats").click()
    await expect(page.get_by_role("status").first).to_contain_text("Your seats are on sale.")
    # The listing and the sale name the rules that they were made under.
    mine = (await ana.get("/api/listings", params={"seller": "me"})).json()["items"]
    assert [(item["resale_rule"], item["primary"]) for item in mine] == [(1, False)]
    ben = await fan(one_process)
    order = await created(ben, "/api/orders", {"listing_id": mine[0]["id"], "quantity": 1})
    assert (order["resale_rule"], order["total"]["amount"]) == (1, 6050)
    await created(ben, "/api/payments", {"order_id": order["id"], "payment_method": "pm_card_visa"})
    reader = await page_of(ben, browser, one_process)

    async def receipt_is_there() -> bool:
        answer = await reader.goto(f"/orders/{order['id']}/receipt")
        return bool(answer and answer.ok) and await reader.get_by_text("Version 1").count() == 1

    await eventually(receipt_is_there, 30)


async def test_what_the_rules_forbid_is_said_on_the_page(one_process: WholeSystem, browser: Browser) -> None:
    boss = await organiser(one_process)
    show = await announced(one_process, boss)
    zone = {"name": "House", "unit_price": {"amount": 5000, "currency": "EUR"}, "sections": ["Stalls"]}
    await created(boss, "/api/onsales", {"show_id": show["id"], "zones": [zone]})
    ana = await fan(one_process)
    ticket = await bought(ana, show)
    page = await page_of(ana, browser, one_process, phone=True)
    await page.goto(f"/shows/{show['id']}/sell")
    await expect(page.get_by_text("you can list tickets that you hold")).to_be_visible()
    offer = {"show_id": show["id"], "section": "Floor", "quantity": 1, "unit_price": {"amount": 100, "currency": "EUR"}}
    refused = await ana.post("/api/listings", json=offer)
    assert (refused.status_code, refused.json()["type"]) == (409, "seat-not-held")
    rules = {"resale": False, "transferable": False}
    answer = await boss.put(f"/api/shows/{show['id']}/resale-rules", json=rules, headers={"If-Match": '"0"'})
    assert answer.status_code == 200, answer.text

    async def heard() -> bool:
        answer = await ana.get("/api/listings/limits", params={"show_id": show["id"]})
        return bool(answer.json()["version"] == 1)

    await eventually(heard, 30)
    gift = await ana.post("/api/transfers", json={"ticket_ids": [ticket["id"]], "email": "friend@example.com"})
    assert (gift.status_code, gift.json()["type"]) == (409, "not-transferable")
    await page.goto(f"/shows/{show['id']}/sell?ticket={ticket['id']}")
    await page.get_by_label("Price per seat").fill("40")
    await page.get_by_role("button", name="List these seats").click()
    await expect(page.get_by_role("alert")).to_contain_text("do not allow tickets to be sold on")
    assert await accessibility_faults(page) == []


async def test_a_house_cap_refuses_a_resale_of_a_show_without_rules(one_process: WholeSystem, browser: Browser) -> None:
    boss = await organiser(one_process)
    show = await announced(one_process, boss)
    zone = {"name": "House", "unit_price": {"amount": 5000, "currency": "EUR"}, "sections": ["Stalls"]}
    await created(boss, "/api/onsales", {"show_id": show["id"], "zones": [zone]})
    ana = await fan(one_process)
    ticket = await bought(ana, show)
    office = await page_of(boss, browser, one_process)
    await office.goto("/organise/venues")
    await office.get_by_role("link", name=f"House rules of {show['venue']['name']}").click()
    await office.get_by_text("Of what the seat was first sold for here.").click()
    await office.get_by_label("Per cent of the first price").last.fill("120")
    await office.get_by_label("Ends, in hours before a show begins").fill("a day")
    await office.get_by_role("button", name="Set the rules").click()
    await expect(office.locator("#hours-error")).to_contain_text("Give a whole number")
    assert await accessibility_faults(office) == []
    await office.get_by_label("Ends, in hours before a show begins").fill("24")
    await office.get_by_role("button", name="Set the rules").click()
    await expect(office.get_by_role("status").first).to_contain_text("The rules are set.")
    page = await page_of(ana, browser, one_process, phone=True)

    async def cap_is_known() -> bool:
        await page.goto(f"/shows/{show['id']}/sell?ticket={ticket['id']}")
        return await page.get_by_text("The place allows at most €60.00 a seat").count() == 1

    await eventually(cap_is_known, 30)
    await page.get_by_label("Price per seat").fill("60.01")
    await page.get_by_role("button", name="List these seats").click()
    await expect(page.get_by_role("alert")).to_contain_text("The price is above the cap for this show.")
    # From a file the same line is refused, by its number.
    await page.goto("/sell/import")
    line = f"{show['id']},Stalls,{ticket['row']},{ticket['seat']},60.01"
    await page.get_by_label("Or paste the lines").fill(f"show_id,section,row,seats,price\n{line}")
    await page.get_by_role("button", name="Look through the lines").click()
    await page.get_by_role("button", name="List 1 line").click()
    told = page.get_by_role("row").filter(has_text="more than the rules of this show allow")
    await expect(told.get_by_role("cell").first).to_have_text("2")
    # Whoever organises there reads whose rule it is, and cannot loosen it.
    await office.goto(f"/organise/shows/{show['id']}/rules")
    await expect(office.get_by_role("complementary")).to_contain_text("The place demands it")
    await office.get_by_label("Per cent of the first price").last.fill("200")
    await office.get_by_role("button", name="Set the rules").click()
    await expect(office.get_by_role("status").first).to_contain_text("The rules are set.")
    await expect(office.get_by_role("complementary")).to_contain_text("€60.00")
    assert await accessibility_faults(office) == []


async def bought(buyer: httpx.AsyncClient, show: dict[str, Any]) -> dict[str, Any]:
    """A ticket of the show's stalls, once it has been issued."""

    async def on_sale() -> dict[str, Any] | None:
        answer = await buyer.get("/api/listings", params={"show_id": show["id"], "section": "Stalls"})
        return next(iter(answer.json()["items"]), None)

    listing = await eventually(on_sale, 30)
    order = await created(buyer, "/api/orders", {"listing_id": listing["id"], "quantity": 1})
    assert order["primary"]
    await created(buyer, "/api/payments", {"order_id": order["id"], "payment_method": "pm_card_visa"})

    async def issued() -> dict[str, Any] | None:
        items = (await buyer.get("/api/tickets")).json()["items"]
        return next((item for item in items if item["order_id"] == order["id"] and item["status"] == "valid"), None)

    return await eventually(issued, 30)
