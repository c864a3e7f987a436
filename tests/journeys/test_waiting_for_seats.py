"""Somebody waits for a show that is sold out, is offered the seats that come back, pays in time, and has the ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.testing.browser import DESKTOP, PHONE, accessibility_faults, page_for
from fairseat_common.testing.trading import PRICE, Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)


@dataclass
class Offer:
    """A listing of a show that has no other."""

    show: dict[str, Any]
    section: str
    listing: dict[str, Any]
    seller: Trader


async def trader(system: WholeSystem, name: str) -> Trader:
    person = Trader(system.client())
    await person.sign_up(name)
    return person


async def listed(system: WholeSystem, seats: int) -> Offer:
    """Some seats of a show that nobody else lists seats for."""
    seller = await trader(system, "Selma")
    here = await system.announce(seats)
    body = {
        "show_id": here.show["id"],
        "section": here.section,
        "row": here.row,
        "seats": here.seats,
        "unit_price": {"amount": PRICE, "currency": here.show["currency"]},
        "split": "any",
    }
    return Offer(here.show, here.section, await created(seller.client, "/api/listings", body), seller)


async def page_of(browser: Browser, system: WholeSystem, person: Trader, **more: Any) -> Page:
    """A page of somebody who has signed in."""
    page = await page_for(browser, system.url, **more)
    cookies = [
        {"name": cookie.name, "value": cookie.value or "", "url": system.url} for cookie in person.client.cookies.jar
    ]
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    return page


async def no_faults(page: Page) -> None:
    """axe finds nothing, on a phone and on a desk, and nothing sticks out."""
    for size in (PHONE, DESKTOP):
        await page.set_viewport_size(size)
        assert await accessibility_faults(page) == [], page.url
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


async def wait_in_line(page: Page, offer: Offer, group: str) -> None:
    await page.goto(f"/shows/{offer.show['id']}/waiting")
    await page.get_by_label("Seats together").select_option(group)
    await page.get_by_role("button", name="Join the waiting list").click()
    await expect(page.get_by_role("heading", name="You are in line.")).to_be_visible()


async def test_seats_that_come_back_are_paid_for_by_who_waited(one_process: WholeSystem, browser: Browser) -> None:
    offer = await listed(one_process, 2)
    holder, big, person = [await trader(one_process, name) for name in ("Holger", "Greta", "Wanda")]
    held = await holder.held(offer.listing, 2)
    group = await page_of(browser, one_process, big)
    await group.goto(f"/shows/{offer.show['id']}/waiting?quantity=3")
    await expect(group.get_by_text("Nobody is waiting yet")).to_be_visible()
    await no_faults(group)
    await wait_in_line(group, offer, "3")

    page = await page_of(browser, one_process, person, phone=True, color_scheme="dark")
    await wait_in_line(page, offer, "2")
    await expect(page.get_by_text("2nd in line")).to_be_visible()
    await expect(page.get_by_text("One group is ahead of you.")).to_be_visible()
    await no_faults(page)

    assert (await holder.client.delete(f"/api/orders/{held['id']}")).status_code == 204
    # The open page follows by itself.
    await expect(page.get_by_role("heading", name="Seats are held for you.")).to_be_visible()
    await no_faults(page)
    await page.get_by_role("link", name="Go on to payment").click()
    await expect(page.get_by_role("heading", name="Checkout")).to_be_visible()
    await page.get_by_label("Visa ending 4242").check()
    await page.get_by_role("button", name="Pay").click()
    await expect(page.get_by_role("heading", name="You’re going.")).to_be_visible()
    tickets = await eventually(lambda: person.tickets({"id": page.url.rsplit("/", 1)[-1]}))
    assert [ticket["seat"] for ticket in tickets] == offer.listing["seats"]

    await group.goto(f"/shows/{offer.show['id']}/waiting")
    await expect(group.get_by_text("1st in line")).to_be_visible()
    await group.get_by_role("link", name="public log").first.click()
    await expect(group.get_by_text("The seats did not fit 1, who kept their places.")).to_be_visible()
    await expect(group.get_by_text("No. 2").first).to_be_visible()
    await no_faults(group)
    await page.goto("/waiting")
    await expect(page.get_by_text("Bought", exact=True)).to_be_visible()
    await no_faults(page)


async def test_waiting_works_without_scripts_and_can_be_left(one_process: WholeSystem, browser: Browser) -> None:
    offer = await listed(one_process, 1)
    holder, person, other = [await trader(one_process, name) for name in ("Hanno", "Wim", "Nora")]
    held = await holder.held(offer.listing)
    visitor = await page_for(browser, one_process.url, scripts=False)
    await visitor.goto(f"/shows/{offer.show['id']}/waiting")
    await expect(visitor.get_by_role("link", name="Sign in to join")).to_be_visible()

    page = await page_of(browser, one_process, person, scripts=False)
    await page.goto(f"/shows/{offer.show['id']}/waiting")
    await page.get_by_label("Highest price").fill("a fortune")
    await page.get_by_role("button", name="Join the waiting list").click()
    await expect(page.get_by_label("Highest price")).to_have_value("a fortune")
    await expect(page.get_by_label("Highest price")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Highest price").fill("900")
    await page.get_by_label("Seats together").select_option("1")
    await page.get_by_role("button", name="Join the waiting list").click()
    await expect(page.get_by_role("heading", name="You are in line.")).to_be_visible()
    following = {"show_id": offer.show["id"], "quantity": 1}
    assert (await other.client.post("/api/waiting", json=following)).status_code == 201
    await holder.client.delete(f"/api/orders/{held['id']}")
    await page.goto("/waiting")
    await expect(page.get_by_text("Seats held for you")).to_be_visible()
    await page.goto(f"/shows/{offer.show['id']}/waiting")
    await page.get_by_role("button", name="I do not want them").click()
    await expect(page.get_by_text("You have left the waiting list.").first).to_be_visible()
    entry = (await other.client.get("/api/waiting")).json()["items"][0]
    assert entry["status"] == "offered"


async def test_the_best_seats_are_held_by_one_click(one_process: WholeSystem, browser: Browser) -> None:
    offer = await listed(one_process, 2)
    await offer.seller.is_on_sale(offer.listing)
    person, rival = [await trader(one_process, name) for name in ("Bea", "Rolf")]
    page = await page_of(browser, one_process, person, scripts=False)
    await page.goto(f"/shows/{offer.show['id']}/best?quantity=2")
    await expect(page.get_by_role("heading", name="per seat, all-in")).to_be_visible()
    # Somebody is faster with one of the two.
    held = await rival.held(offer.listing)
    await page.get_by_role("button", name="Hold 2 seats for").click()
    await expect(page.get_by_role("alert")).to_contain_text("Those seats have just gone.")

    async def none_left() -> bool:
        # tickets, which is asked for the list, hears of the rival's hold a moment later.
        await page.goto(f"/shows/{offer.show['id']}/best?quantity=2")
        return await page.get_by_role("link", name="Join the waiting list").count() == 1

    await eventually(none_left)
    await rival.client.delete(f"/api/orders/{held['id']}")

    async def offered_again() -> bool:
        await page.goto(f"/shows/{offer.show['id']}/best?quantity=2")
        return await page.get_by_role("button", name="Hold 2 seats for").count() == 1

    await eventually(offered_again)
    await page.get_by_role("button", name="Hold 2 seats for").click()
    await expect(page.get_by_role("heading", name="Checkout")).to_be_visible()
    await expect(page.get_by_text(offer.section).first).to_be_visible()
