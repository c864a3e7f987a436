"""The doors open: a phone lets people in once, with a network and without one; who fails there is made good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.trading import created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import ORGANISER, Apart, WholeSystem

PASSWORD = "a long enough password"
SEATS = 6
PRICE = 5000
pytestmark = pytest.mark.timeout(300)


@dataclass
class Evening:
    """A show that begins in an hour, who sold its seats, and who bought them."""

    system: WholeSystem
    place: Apart
    seller: httpx.AsyncClient
    fan: httpx.AsyncClient
    organiser: httpx.AsyncClient
    tickets: list[dict[str, Any]]

    async def code(self, number: int) -> str:
        """The present code of one of the fan's tickets."""
        answer = await self.fan.get(f"/api/tickets/{self.tickets[number]['id']}/code")
        return str(answer.json()["code"])

    async def printed(self, number: int) -> str:
        """The code of one of the fan's tickets for paper, which somebody may copy."""
        answer = await self.fan.post(f"/api/tickets/{self.tickets[number]['id']}/print")
        return str(answer.json()["code"])

    async def status(self, number: int) -> str:
        """What became of one of the fan's tickets."""
        return str((await self.fan.get(f"/api/tickets/{self.tickets[number]['id']}")).json()["status"])

    async def page(self, browser: Browser, who: httpx.AsyncClient, **how: Any) -> Page:
        """A browser in which somebody is signed in."""
        page = await page_for(browser, self.system.url, **how)
        cookies = [{"name": c.name, "value": c.value or "", "url": self.system.url} for c in who.cookies.jar]
        await page.context.add_cookies(cookies)  # type: ignore[arg-type]
        return page

    async def device(self, browser: Browser, gate: str) -> Page:
        """A phone of the organiser's at a gate, ready to work without a network."""
        page = await self.page(browser, self.organiser, phone=True)
        await page.goto(f"/gate/{self.place.show['id']}?gate={gate}")
        await expect(page.locator("[data-ready]")).to_contain_text("without a network", timeout=20_000)
        await page.evaluate("navigator.serviceWorker.ready")
        return page


async def signed_up(system: WholeSystem, name: str) -> httpx.AsyncClient:
    client = system.client()
    body = {"email": f"{name}-{new_id().hex[-12:]}@example.com", "password": PASSWORD, "name": name}
    answer = await client.post("/api/users/signup", json=body)
    assert answer.status_code == 201, answer.text
    return client


async def evening(system: WholeSystem) -> Evening:
    place = await system.announce(SEATS, timedelta(hours=1))
    seller, fan, organiser = await signed_up(system, "selma"), await signed_up(system, "fay"), system.client()
    assert (await organiser.post("/api/users/signin", json=ORGANISER)).status_code == 200
    listing = await created(
        seller,
        "/api/listings",
        {
            "show_id": place.show["id"],
            "section": place.section,
            "row": place.row,
            "seats": place.seats,
            "unit_price": {"amount": PRICE, "currency": place.show.get("currency") or "EUR"},
        },
    )
    order = await created(fan, "/api/orders", {"listing_id": listing["id"], "quantity": SEATS - 1})
    await created(fan, "/api/payments", {"order_id": order["id"], "payment_method": "pm_card_visa"})

    async def tickets() -> list[dict[str, Any]] | None:
        found = (await fan.get("/api/tickets", params={"limit": 100})).json()["items"]
        return [ticket for ticket in found if ticket["order_id"] == order["id"]] or None

    return Evening(system, place, seller, fan, organiser, await eventually(tickets))


async def no_faults(page: Page) -> None:
    assert await accessibility_faults(page) == [], page.url
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


async def check_code(page: Page, code: str) -> None:
    await page.get_by_label("Code of the ticket").fill(code)
    await page.get_by_role("button", name="Check the code").click()


async def test_the_gate_lets_people_in_once_also_without_a_network(one_process: WholeSystem, browser: Browser) -> None:
    night = await evening(one_process)
    north = await night.device(browser, "North")
    await no_faults(north)
    verdict = north.get_by_role("region", name="Result of the scan")
    # With a network: in once, red with the reason after that.
    await check_code(north, await night.code(0))
    await expect(verdict).to_contain_text("Let in")
    await expect(verdict).to_have_class("verdict is-good is-fresh")
    await no_faults(north)
    await check_code(north, await night.code(1))
    await expect(verdict).to_contain_text(f"seat {night.tickets[1]['seat']}")
    await expect(verdict).to_have_class("verdict is-good is-fresh")
    paper = await night.printed(2)
    await check_code(north, "nonsense")
    await expect(verdict).to_contain_text("No Fairseat code")
    await expect(verdict).to_have_class("verdict is-bad is-fresh")
    await no_faults(north)
    assert await night.status(0) == "used"

    # Both phones lose the network; the page opens all the same, and a copied code comes to both.
    south = await night.device(browser, "South")
    for phone in (north, south):
        await phone.context.set_offline(True)
        await phone.reload()
        await expect(phone.get_by_text("Without a network", exact=True)).to_be_visible()
        await check_code(phone, paper)
        await expect(phone.locator("[data-title]")).to_have_text("Let in")
        await expect(phone.get_by_text("1 scan waits for the network")).to_be_visible()
    await check_code(south, paper)
    await expect(south.locator("[data-title]")).to_have_text("Already used")
    assert await night.status(2) == "valid"
    # What is on the phone is no code, nor anything of which one could be made.
    stored = await south.evaluate(
        "new Promise((done) => { indexedDB.open('fairseat-gate').onsuccess = (e) => {"
        " const all = e.target.result.transaction('queue').objectStore('queue').getAll();"
        " all.onsuccess = () => done(JSON.stringify(all.result)); }; })"
    )
    assert len(stored) > 100
    assert not any(part in stored for part in paper.split("."))

    # Back: one admission counts, the other is found, and both gates are counted.
    for phone in (north, south):
        await phone.context.set_offline(False)
        await expect(phone.locator("[data-queue]")).to_be_hidden(timeout=40_000)
    await expect(south.get_by_text("1 person was let in wrongly")).to_be_visible()
    await expect(south.get_by_text("Two people came in with it")).to_be_visible()
    await no_faults(south)
    assert await night.status(2) == "used"
    view = (await night.organiser.get(f"/api/gates/{night.place.show['id']}")).json()
    assert view["admitted"] == 3
    gates = {gate["gate"]: (gate["admitted"], gate["wrong"]) for gate in view["gates"]}
    assert gates == {"North": (3, 0), "South": (0, 1)}, view


async def test_who_is_refused_with_a_good_ticket_is_made_good(one_process: WholeSystem, browser: Browser) -> None:
    night = await evening(one_process)
    # Without scripts: the organiser types the code, is told, and reports that somebody sits there.
    page = await night.page(browser, night.organiser, scripts=False)
    await page.goto("/gate")
    await page.get_by_role("link", name=f"Scan for {night.place.show['title']}").click()
    await check_code(page, await night.code(0))
    await expect(page.get_by_text("Let in", exact=True).first).to_be_visible()
    await page.get_by_role("link", name="Something is wrong with this ticket").click()
    await no_faults_plain(page)
    await page.get_by_label("The seat is taken").check()
    await page.get_by_label("What happened? (optional)").fill("A family sits there with paper tickets.")
    await page.get_by_role("button", name="Report it").click()
    await expect(page.get_by_text("Money back").first).to_be_visible()

    # The money is on its way, the ticket is void, and the seller pays.
    async def refunded() -> bool:
        orders = (await night.fan.get("/api/orders")).json()["items"]
        return any(refund["reason"] == "gate" for order in orders for refund in order.get("refunds", ()))

    await eventually(refunded, 30)

    async def void() -> bool:
        return await night.status(0) == "void"

    await eventually(void, 30)

    async def penalty() -> list[dict[str, Any]] | None:
        return (await night.seller.get("/api/sales/penalties")).json()["items"] or None

    taken = await eventually(penalty, 30)
    assert [one["amount"]["amount"] for one in taken] == [PRICE // 5]

    # Each side sees its own of it: the fan from the ticket, the seller what it costs.
    fan = await night.page(browser, night.fan, phone=True)
    await fan.goto(f"/tickets/{night.tickets[0]['id']}/claim")
    await expect(fan.get_by_role("heading", name="The seat is taken")).to_be_visible()
    await expect(fan.get_by_text("Penalty")).to_have_count(0)
    await no_faults(fan)
    seller = await night.page(browser, night.seller)
    await seller.goto("/claims?box=sold")
    await expect(seller.get_by_text("Penalty: ")).to_be_visible()
    await no_faults(seller)
    # Nothing was recorded of another ticket: the door has to know first, and what was chosen stays.
    await fan.goto(f"/tickets/{night.tickets[1]['id']}/claim")
    await fan.get_by_label("Refused at the door").check()
    await fan.get_by_role("button", name="Report it").click()
    await expect(fan.get_by_text("The door knows nothing of this yet.")).to_be_visible()
    await expect(fan.get_by_label("Refused at the door")).to_be_checked()
    await no_faults(fan)


async def no_faults_plain(page: Page) -> None:
    """What can be looked at without scripts."""
    assert await page.locator("main h1").count() == 1
