"""Sellers in a real browser: seats from the chart or typed, a price with guidance, promises and codes, many at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.trading import created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

PASSWORD = "a long enough password"
DEMO_PASSWORD = "fairseat demo 1"
ROWS = [{"name": name, "seats": [str(number) for number in range(1, 13)]} for name in ("E", "F")]
CHART = [
    {"name": "Stalls", "kind": "seated", "rows": ROWS, "capacity": 24},
    {"name": "Floor", "kind": "standing", "rows": [], "capacity": 50},
]
pytestmark = pytest.mark.timeout(300)


@dataclass
class Stage:
    """A show of the journey's own, and somebody who sells for it."""

    system: WholeSystem
    show: dict[str, Any]
    venue: str
    email: str
    seller: httpx.AsyncClient

    @property
    def path(self) -> str:
        """Where seats of the show are listed."""
        return f"/shows/{self.show['id']}/sell"

    async def somebody(self) -> tuple[str, httpx.AsyncClient]:
        """Another person with an account."""
        client, email = self.system.client(), f"person-{new_id().hex[-12:]}@example.com"
        answer = await client.post("/api/users/signup", json={"email": email, "password": PASSWORD, "name": "Kim"})
        assert answer.status_code == 201, answer.text
        return email, client

    async def list(self, client: httpx.AsyncClient, seats: list[str], amount: int = 4_000, **more: Any) -> str:
        place = {"show_id": self.show["id"], "section": "Stalls", "row": "E", "seats": seats, "split": "any"}
        price = {"amount": amount, "currency": "EUR"}
        return str((await created(client, "/api/listings", {**place, "unit_price": price, **more}))["id"])

    async def buy(self, client: httpx.AsyncClient, listing_id: str, quantity: int) -> str:
        """Hold and pay; answers the order once it is confirmed and its tickets are there."""
        held = await created(client, "/api/orders", {"listing_id": listing_id, "quantity": quantity})
        order_id = str(held["id"])
        await created(client, "/api/payments", {"order_id": order_id, "payment_method": "pm_card_visa"})

        async def arrived() -> bool:
            tickets = (await client.get("/api/tickets")).json()["items"]
            return len([ticket for ticket in tickets if ticket["order_id"] == order_id]) == quantity

        await eventually(arrived, wait_s=60)
        return order_id


async def staged(system: WholeSystem) -> Stage:
    """A venue, a show in thirty days, and a new seller."""
    organiser = system.client()
    account = {"email": "organiser@fairseat.example", "password": DEMO_PASSWORD}
    assert (await organiser.post("/api/users/signin", json=account)).status_code == 200
    name = f"Hall {new_id().hex[-8:]}"
    venue = {
        "name": name, "city": "Köln", "country": "DE", "timezone": "Europe/Berlin", "lat": 50.9, "lon": 6.9,
        "capacity": 74, "currency": "EUR", "chart": {"sections": CHART},
    }  # fmt: skip
    made = await organiser.post("/api/venues", json=venue)
    assert made.status_code == 201, made.text
    starts_at = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT18:00:00Z")
    show = {"title": f"Night Swim {name}", "category": "concert", "performers": ["Ada Lund"], "currency": "EUR"}
    shown = await organiser.post("/api/shows", json={**show, "venue_id": made.json()["id"], "starts_at": starts_at})
    assert shown.status_code == 201, shown.text
    await system.hears(organiser, shown.json())
    stage = Stage(system, shown.json(), name, "", system.client())
    stage.email, stage.seller = await stage.somebody()
    return stage


async def page_of(browser: Browser, stage: Stage, email: str = "", **more: Any) -> Page:
    page = await page_for(browser, stage.system.url, **more)
    account = {"email": email or stage.email, "password": PASSWORD}
    answer = await page.request.post("/api/users/signin", data=account)
    assert answer.status == 200, await answer.text()
    return page


async def no_faults(page: Page) -> None:
    assert await accessibility_faults(page) == [], page.url


async def listed(page: Page) -> None:
    await page.get_by_role("button", name="List these seats").click()
    await expect(page.get_by_role("heading", name="My listings")).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_seats_are_chosen_on_the_chart_and_priced_with_guidance(
    one_process: WholeSystem, browser: Browser, phone: bool
) -> None:
    stage = await staged(one_process)
    _, rival = await stage.somebody()
    for seats, amount in ((["1", "2"], 5_000), (["3"], 6_000), (["4"], 7_000)):
        await stage.list(rival, seats, amount)
    page = await page_of(browser, stage, phone=phone, color_scheme="dark" if phone else "light")
    await page.goto("/sell")
    await no_faults(page)
    await page.get_by_label("Show, performer or venue").fill(stage.show["title"])
    await page.get_by_role("button", name="Find the show").click()
    await page.get_by_role("link", name=f"Sell for {stage.show['title']}").click()
    price = page.get_by_label("Price per seat")
    await expect(price).to_be_hidden()
    await page.get_by_label("Section").select_option("Stalls")
    await expect(page.get_by_role("checkbox", name="E 1, on sale already")).to_be_disabled()
    await page.get_by_role("checkbox", name="F 7").check()
    await page.get_by_role("checkbox", name="F 8").check()
    await expect(page.get_by_label("Seats", exact=True)).to_have_value("7, 8")
    # Steps open in order: the price when seats are chosen.
    await expect(price).to_be_visible()
    guide = page.get_by_role("complementary", name="What similar seats cost")
    await expect(guide.get_by_text("0 seats sold and 4 on sale in Stalls.")).to_be_visible()
    await guide.get_by_role("button", name="Use €").click()
    await expect(price).not_to_have_value("")
    await price.fill("50")
    await expect(page.get_by_text("€95.00 if all 2 sell")).to_be_visible()
    await expect(page.get_by_text("paid out from", exact=False)).to_be_visible()
    await no_faults(page)
    await listed(page)
    await expect(page.get_by_text("2 for sale")).to_be_visible()
    await no_faults(page)


async def test_a_chance_to_sell_follows_from_what_was_paid(one_process: WholeSystem, browser: Browser) -> None:
    stage = await staged(one_process)
    _, buyer = await stage.somebody()
    _, rival = await stage.somebody()
    for seat, amount in (("1", 4_000), ("2", 5_000), ("3", 6_000)):
        await stage.buy(buyer, await stage.list(rival, [seat], amount), 1)
    page = await page_of(browser, stage)
    await page.goto(stage.path)
    await page.get_by_label("Section").select_option("Stalls")
    await page.get_by_label("Row").fill("E")
    await page.get_by_label("Seats", exact=True).fill("9-10")
    await page.get_by_label("Price per seat").fill("40")
    await expect(page.get_by_text("80 % chance to sell", exact=False)).to_be_visible()
    await page.get_by_label("Price per seat").fill("60")
    await expect(page.get_by_text("66 % chance to sell", exact=False)).to_be_visible()
    await no_faults(page)


async def test_seats_are_listed_by_keyboard_alone(one_process: WholeSystem, browser: Browser) -> None:
    stage = await staged(one_process)
    page = await page_of(browser, stage)
    await page.goto(stage.path)
    await _tab_to(page, "section")
    await page.keyboard.press("S")
    await expect(page.get_by_role("checkbox", name="E 1", exact=True)).to_be_attached()
    await _tab_to(page, "pick")
    for key in ("ArrowRight", "ArrowDown", "Space", "ArrowRight", "Space"):
        await page.keyboard.press(key)
    await expect(page.get_by_label("Row")).to_have_value("F")
    await expect(page.get_by_label("Seats", exact=True)).to_have_value("2, 3")
    await _tab_to(page, "price")
    await page.keyboard.type("45")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="My listings")).to_be_visible()
    await expect(page.get_by_text("Stalls, row F", exact=True)).to_be_visible()


async def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"the keyboard never reached {name!r}")


async def test_everything_about_selling_works_without_scripts(one_process: WholeSystem, browser: Browser) -> None:
    stage = await staged(one_process)
    _, rival = await stage.somebody()
    for seat in ("1", "2", "3"):
        await stage.list(rival, [seat], 5_050)
    page = await page_of(browser, stage, scripts=False)
    await page.goto(stage.path)
    await page.get_by_label("Section").select_option("Stalls")
    await page.get_by_role("button", name="Show its seats").click()
    await page.get_by_role("checkbox", name="E 5").check()
    await page.get_by_role("checkbox", name="F 5").check()
    await page.get_by_role("button", name="Work out what buyers see").click()
    await expect(page.get_by_text("you chose seats in rows E, F")).to_be_visible()
    await page.get_by_role("checkbox", name="E 5").uncheck()
    await page.get_by_role("button", name="Use €50.50").click()
    await expect(page.get_by_label("Price per seat")).to_have_value("50.50")
    await expect(page.get_by_label("Row")).to_have_value("F")
    await page.get_by_label("I will have them by a day").check()
    await page.get_by_label("In hand on").fill("2020-01-01")
    await page.get_by_label("Notes for buyers (optional)").fill("Zoë 😀 <b>")
    await page.get_by_role("button", name="List these seats").click()
    await expect(page.get_by_text("Choose a day that is still to come.")).to_be_visible()
    await expect(page.get_by_label("Notes for buyers (optional)")).to_have_value("Zoë 😀 <b>")
    day = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
    await page.get_by_label("In hand on").fill(day)
    await listed(page)
    await expect(page.get_by_text("10 days left", exact=False)).to_be_visible()
    await page.get_by_text("Change several at once").click()
    await page.get_by_role("checkbox", name="Choose Stalls, row F").check()
    await page.get_by_label("What to change").select_option("withdraw")
    await page.get_by_role("button", name="Apply to the chosen listings").click()
    await page.get_by_role("button", name="Withdraw 1 listing").click()
    await expect(page.get_by_text("1 withdrawn.")).to_be_visible()


async def test_a_promise_is_kept_with_codes_that_only_the_buyer_sees(
    one_process: WholeSystem, browser: Browser
) -> None:
    stage = await staged(one_process)
    page = await page_of(browser, stage, phone=True)
    await page.goto(stage.path)
    await page.get_by_label("Section").select_option("Stalls")
    await page.get_by_label("Row").fill("E")
    await page.get_by_label("Seats", exact=True).fill("1, 2")
    await page.get_by_label("Price per seat").fill("40")
    await page.get_by_label("I will have them by a day").check()
    day = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    await page.get_by_label("In hand on").fill(day)
    await listed(page)
    await page.get_by_role("link", name="Enter the codes").click()
    await no_faults(page)
    codes = page.get_by_label("Codes on the tickets")
    await codes.fill("FSX-1")
    await page.get_by_role("button", name="Save the codes").click()
    await expect(page.get_by_text("Give one code for each seat: 2 lines, not 1.")).to_be_visible()
    await expect(codes).to_have_value("FSX-1")
    await codes.fill("FSX-0001\nFSX-0002")
    await page.get_by_role("button", name="Save the codes").click()
    await expect(page.get_by_role("status").get_by_text("The codes are registered.")).to_be_visible()
    await expect(page.get_by_text("days left", exact=False)).to_have_count(0)
    [listing] = (await stage.seller.get("/api/listings/mine")).json()["items"]
    _, buyer = await stage.somebody()
    await stage.buy(buyer, listing["id"], 1)
    [ticket] = (await buyer.get("/api/tickets")).json()["items"]
    assert (await buyer.get(f"/api/tickets/{ticket['id']}")).json()["original_code"] == "FSX-0001"
    assert "FSX-0001" not in (await stage.seller.get("/api/tickets")).text


async def test_many_listings_are_changed_withdrawn_and_duplicated(one_process: WholeSystem, browser: Browser) -> None:
    stage = await staged(one_process)
    for seats in (["1", "2"], ["3", "4"], ["5"]):
        await stage.list(stage.seller, seats)
    page = await page_of(browser, stage, phone=True, color_scheme="dark")
    await page.goto("/listings")
    await page.get_by_text("Change several at once").click()
    await page.get_by_role("checkbox", name="All on this page").check()
    await page.get_by_label("Per cent").fill("ten")
    await page.get_by_role("button", name="Apply to the chosen listings").click()
    await expect(page.get_by_text("Give a whole number from -90 to 900", exact=False)).to_be_visible()
    await expect(page.get_by_label("Per cent")).to_have_value("ten")
    await expect(page.get_by_role("checkbox", name="Choose Stalls").first).to_be_checked()
    await no_faults(page)
    await page.get_by_label("Per cent").fill("-10")
    await page.get_by_role("button", name="Apply to the chosen listings").click()
    await expect(page.get_by_text("3 changed.")).to_be_visible()
    await expect(page.get_by_text("€36.00")).to_have_count(3)
    await page.get_by_text("Change several at once").click()
    await page.get_by_role("checkbox", name="All on this page").check()
    await page.get_by_label("What to change").select_option("split")
    await page.get_by_label("How may they be sold?").select_option("pairs")
    await page.get_by_role("button", name="Apply to the chosen listings").click()
    await expect(page.get_by_text("2 changed, 1 stayed as it was.")).to_be_visible()
    await expect(page.get_by_text("Pairs need an even number of seats.")).to_be_visible()
    await page.get_by_role("link", name="Duplicate listing Stalls, row E").first.click()
    await expect(page.get_by_label("Price per seat")).to_have_value("36.00")
    await page.get_by_label("Seats", exact=True).fill("9")
    await listed(page)
    await page.get_by_label("State").select_option("on-sale")
    await expect(page.get_by_role("link", name="Edit listing")).to_have_count(4)
    await page.get_by_role("checkbox", name="Choose Stalls").first.check()
    await page.get_by_label("What to change").select_option("withdraw")
    await page.get_by_role("button", name="Apply to the chosen listings").click()
    await expect(page.get_by_role("heading", name="Withdraw 1 listing?")).to_be_visible()
    await no_faults(page)
    await page.get_by_role("button", name="Withdraw 1 listing").click()
    await expect(page.get_by_text("1 withdrawn.")).to_be_visible()
    await expect(page.get_by_role("link", name="Edit listing")).to_have_count(3)


async def test_a_bought_ticket_is_sold_on_in_one_click_and_the_money_is_followed(
    one_process: WholeSystem, browser: Browser
) -> None:
    stage = await staged(one_process)
    email, buyer = await stage.somebody()
    await stage.buy(buyer, await stage.list(stage.seller, ["1", "2"]), 2)
    ticket = (await buyer.get("/api/tickets")).json()["items"][0]
    page = await page_of(browser, stage, email)
    await page.goto(f"{stage.path}?ticket={ticket['id']}")
    await expect(page.get_by_text(f"Your ticket is filled in: Stalls, row E, seat {ticket['seat']}.")).to_be_visible()
    await page.get_by_label("Price per seat").fill("42")
    await listed(page)
    stranger = await page_of(browser, stage)
    await stranger.goto(f"{stage.path}?ticket={ticket['id']}")
    await expect(stranger.get_by_text("That ticket is not yours any more.")).to_be_visible()
    sales = await page_of(browser, stage, phone=True)

    async def sold() -> bool:
        await sales.goto("/sales")
        return await sales.get_by_text("€76.00").count() >= 2

    await eventually(sold, wait_s=60)
    steps = sales.get_by_role("list", name="Where the money is").get_by_role("listitem")
    titles = [
        "Paid by the buyer",
        "Held in escrow",
        "The show takes place",
        "Released to the seller",
        "Paid out to the seller",
    ]
    await expect(steps).to_have_count(len(titles))
    for place, title in enumerate(titles):
        await expect(steps.nth(place)).to_contain_text(title)
    await no_faults(sales)


async def test_a_file_lists_its_good_lines_once_and_tells_of_the_others(
    one_process: WholeSystem, browser: Browser
) -> None:
    stage = await staged(one_process)
    day = stage.show["starts_at"][:10]
    show = f"{stage.show['title']};{day};{stage.venue}"
    head = "title;date;venue;section;row;seats;quantity;price;split;notes"
    good = [f"{show};Stalls;F;1-2;;49,90;pairs;Zoë 😀", f"{show};Stalls;F;3;;50;;", f"{show};Floor;;;4;35;;"]
    bad = [f"{show};Moon;A;1;;5;;", f"{show};Stalls;F;2;;60;;", f"Nothing;{day};Nowhere;Stalls;F;9;;5;;=1+1"]
    content = "\r\n".join([head, *good, *bad]).encode("utf-8-sig")
    page = await page_of(browser, stage)
    await page.goto("/sell/import")
    await no_faults(page)
    await page.get_by_role("button", name="Look through the lines").click()
    await expect(page.get_by_text("Choose a file, or paste its lines.")).to_be_visible()
    file = {"name": "seats.csv", "mimeType": "text/csv", "buffer": content}
    await page.get_by_label("CSV file").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Look through the lines").click()
    await expect(page.get_by_text("3 can be listed, 3 cannot be listed.")).to_be_visible()
    await expect(page.get_by_text("The venue has no section called Moon.")).to_be_visible()
    await expect(page.get_by_text("Seat 2 is in line 2 too.")).to_be_visible()
    assert (await stage.seller.get("/api/listings/mine")).json()["items"] == []
    await no_faults(page)
    await page.get_by_role("button", name="List 3 lines").click()
    await expect(page.get_by_text("3 listed, 3 not listed.")).to_be_visible()
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Download this report").click()
    report = (await (await started.value).path()).read_text("utf-8-sig")
    assert report.count("\n") == 7
    assert "2,Listed,," in report
    # The same lines again: seats by their place, places without one by the content of their line.
    await page.get_by_role("button", name="Look through the lines").click()
    await page.get_by_role("button", name="List 1 line").click()
    await expect(page.get_by_text("3 listed before, 3 cannot be listed.")).to_be_visible()
    assert len((await stage.seller.get("/api/listings/mine")).json()["items"]) == 3
