"""Ana gives a ticket to Ben, who has no account yet; at the door nobody needs a network, paper will do as well."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Error, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.trading import created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

PASSWORD = "a long enough password"
pytestmark = pytest.mark.timeout(300)


@dataclass
class Person:
    """Somebody with an account."""

    name: str
    email: str
    client: httpx.AsyncClient

    async def page(self, browser: Browser, system: WholeSystem, **how: Any) -> Page:
        """A browser in which they are signed in."""
        page = await page_for(browser, system.url, **how)
        cookies = [{"name": c.name, "value": c.value or "", "url": system.url} for c in self.client.cookies.jar]
        await page.context.add_cookies(cookies)  # type: ignore[arg-type]
        return page


async def person(system: WholeSystem, name: str) -> Person:
    client = system.client()
    email = f"{name.lower()}-{new_id().hex[-12:]}@example.com"
    answer = await client.post("/api/users/signup", json={"email": email, "password": PASSWORD, "name": name})
    assert answer.status_code == 201, answer.text
    return Person(name, email, client)


async def bought(system: WholeSystem, buyer: Person) -> tuple[dict[str, Any], list[str]]:
    """Four tickets for tonight: the show, and their ids in the order of the seats."""
    show, section, row, seats = await system.announce(4, timedelta(hours=3))
    seller = await person(system, "Selma")
    body = {"show_id": show["id"], "section": section, "row": row, "seats": seats}
    price = {"unit_price": {"amount": 5000, "currency": show.get("currency") or "EUR"}}

    listing = await created(seller.client, "/api/listings", body | price)
    order = await created(buyer.client, "/api/orders", {"listing_id": listing["id"], "quantity": 4})
    await created(buyer.client, "/api/payments", {"order_id": order["id"], "payment_method": "pm_card_visa"})

    async def tickets() -> list[str] | None:
        found = (await buyer.client.get("/api/tickets")).json()["items"]
        return [ticket["id"] for ticket in found if ticket["order_id"] == order["id"]] or None

    return show, await eventually(tickets)


async def no_faults(page: Page) -> None:
    assert await accessibility_faults(page) == [], page.url
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


async def test_a_friend_without_an_account_gets_the_ticket_and_the_old_code_ends(
    one_process: WholeSystem, browser: Browser
) -> None:
    ana = await person(one_process, "Ana")
    show, ids = await bought(one_process, ana)
    bens = f"ben-{new_id().hex[-12:]}@example.com"
    page = await ana.page(browser, one_process)
    await page.goto(f"/tickets/{ids[0]}")
    await no_faults(page)
    await page.get_by_role("link", name="Give to somebody").click()
    await page.get_by_label("E-mail address of the receiver").fill("not an address")
    await page.get_by_label("Message").fill("See you at the door 🎟 مرحبا")
    await page.get_by_label(re.compile("Give this one too")).first.check()
    await page.get_by_role("button", name="Offer the tickets").click()
    await expect(page.get_by_text("Enter an e-mail address, for example")).to_be_visible()
    await expect(page.get_by_label("Message")).to_have_value("See you at the door 🎟 مرحبا")
    await expect(page.get_by_label(re.compile("Give this one too")).first).to_be_checked()
    await no_faults(page)
    await page.get_by_label("E-mail address of the receiver").fill(ana.email.upper())
    await page.get_by_role("button", name="Offer the tickets").click()
    await expect(page.get_by_text("This is your own address.").first).to_be_visible()
    await page.get_by_label("E-mail address of the receiver").fill(bens)
    await page.get_by_role("button", name="Offer the tickets").click()
    await expect(page.get_by_role("heading", name="You offer 2 tickets.")).to_be_visible()
    await no_faults(page)
    offer = page.url.partition("?")[0]
    await page.goto("/tickets")
    await expect(page.get_by_text("Waiting to be accepted").first).to_be_visible()
    mail = await one_process.letter(bens, "Tickets for you")
    assert offer.rpartition("/")[2] in mail["text"]
    assert ana.email not in mail["text"] + mail["html"]

    eve = await person(one_process, "Eve")
    other = await eve.page(browser, one_process)
    await other.goto(offer)
    await expect(other.get_by_role("heading", name="We cannot show you this offer.")).to_be_visible()
    await no_faults(other)

    ben = await page_for(browser, one_process.url, phone=True, color_scheme="dark")
    await ben.goto(offer)
    await ben.get_by_role("link", name="Create an account").click()
    await ben.get_by_label("Name (optional)").fill("Ben")
    await ben.get_by_label("E-mail address").fill(bens)
    await ben.get_by_label("Password").fill(PASSWORD)
    await ben.get_by_role("button", name="Sign up").click()
    await expect(ben.get_by_role("heading", name="Ana offers you 2 tickets.")).to_be_visible()
    await expect(ben.get_by_text("See you at the door 🎟 مرحبا")).to_be_visible()
    assert ana.email not in await ben.content()
    await no_faults(ben)
    await ben.get_by_role("button", name="Accept the tickets").click()
    await expect(ben.get_by_text("Confirm your e-mail address first.")).to_be_visible()
    await one_process.verify(bens)
    await ben.goto(offer)
    await ben.get_by_role("button", name="Accept the tickets").click()
    await expect(ben.get_by_role("heading", name="2 tickets for you.")).to_be_visible()
    await ben.get_by_role("link", name="Show my tickets").click()
    await expect(ben.get_by_role("img", name="Entry code")).to_have_count(2)
    await no_faults(ben)

    await page.goto(f"/tickets/{ids[0]}")
    await expect(page.get_by_text("You gave this ticket to somebody else.")).to_be_visible()
    await expect(page.get_by_role("link", name="Given to Ben")).to_be_visible()
    await expect(page.get_by_role("img", name="Entry code")).to_have_count(0)
    await no_faults(page)
    assert (await ana.client.get(f"/api/tickets/{ids[0]}/code")).json()["type"] == "ticket-void"
    assert show["title"] in await page.title()


async def test_an_offer_is_taken_back_or_declined_without_scripts(one_process: WholeSystem, browser: Browser) -> None:
    ana, ben = await person(one_process, "Ana"), await person(one_process, "Ben")
    _, ids = await bought(one_process, ana)
    sender = await ana.page(browser, one_process, scripts=False, phone=True)
    receiver = await ben.page(browser, one_process, scripts=False)
    for answer in ("take back", "decline"):
        await sender.goto(f"/tickets/{ids[0]}/give")
        await sender.get_by_label("E-mail address of the receiver").fill(ben.email)
        await sender.get_by_role("button", name="Offer the tickets").click()
        await receiver.goto("/tickets")
        await receiver.get_by_role("link", name="Accept or decline").first.click()
        await expect(receiver.get_by_role("heading", name="Ana offers you 1 ticket.")).to_be_visible()
        if answer == "take back":
            await sender.get_by_role("button", name="Take the offer back").click()
            await expect(sender.get_by_text("The offer is taken back.", exact=False)).to_be_visible()
            await receiver.get_by_role("button", name="Accept the ticket").click()
            await expect(receiver.get_by_text("This offer has ended.")).to_be_visible()
        else:
            await receiver.get_by_role("button", name="Decline").click()
            await expect(receiver.get_by_text("You have declined. The tickets stay with their sender.")).to_be_visible()
            await sender.reload()
            await expect(sender.get_by_text("They have declined.", exact=False)).to_be_visible()
    await sender.goto(f"/tickets/{ids[0]}")
    await expect(sender.get_by_role("img", name="Entry code")).to_be_visible()
    await expect(sender.get_by_role("link", name="Sell this ticket")).to_have_attribute(
        "href", re.compile(rf"^/shows/[0-9a-f-]+/sell\?ticket={ids[0]}$")
    )


async def test_the_code_goes_on_changing_without_a_network(one_process: WholeSystem, browser: Browser) -> None:
    ana = await person(one_process, "Ana")
    _, ids = await bought(one_process, ana)
    page = await ana.page(browser, one_process, phone=True)
    await page.goto(f"/tickets/{ids[0]}")
    await expect(page.get_by_text("Works offline until")).to_be_visible()
    await page.clock.install()
    await page.context.set_offline(True)
    await page.reload()
    code = page.get_by_role("img", name="Entry code")
    await expect(page.get_by_text("You are offline.", exact=False)).to_be_visible()
    await expect(page.get_by_text("Works offline until")).to_be_visible()
    seen = {await code.inner_html()}
    for _ in range(2):
        step = await page.locator("[data-step]").get_attribute("data-step")
        await page.clock.fast_forward(31_000)
        await expect(page.locator("[data-step]")).not_to_have_attribute("data-step", step or "")
        seen.add(await code.inner_html())
    assert len(seen) == 3, "each step has a code of its own"
    # What is signed for this moment is what the server itself would show.
    await page.context.set_offline(False)
    await page.goto("/tickets")
    await expect(page.get_by_role("img", name="Entry code").first).to_be_visible()

    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    await page.goto(f"/tickets/{ids[0]}")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    async def forgotten() -> bool:
        left = await page.evaluate("Promise.all([caches.keys(), indexedDB.databases()]).then(JSON.stringify)")
        assert left == "[[],[]]"
        return True

    await eventually(forgotten)
    await page.context.set_offline(True)
    # Either nobody answers, or the worker says that it has nothing.
    with suppress(Error):
        await page.goto(f"/tickets/{ids[0]}")
    assert await page.get_by_role("img", name="Entry code").count() == 0


async def test_a_ticket_is_printed_and_entered_into_the_calendar(one_process: WholeSystem, browser: Browser) -> None:
    ana = await person(one_process, "Ana")
    show, ids = await bought(one_process, ana)
    paper = await ana.client.get(f"/tickets/{ids[0]}.pdf", timeout=60)
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    assert paper.content.startswith(b"%PDF")
    assert paper.headers["cache-control"] == "no-store"
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", paper.content, re.DOTALL)
    streams = [zlib.decompress(part) for part in found if part[:1] == b"x"]
    assert max(stream.count(b" re") for stream in streams) > 300, "the code is drawn as a vector"
    for path in (f"/tickets/{ids[0]}.ics", "/tickets/calendar.ics"):
        calendar = await ana.client.get(path)
        assert (calendar.status_code, calendar.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
        text = calendar.text.replace("\r\n ", "")
        assert f"SUMMARY:{show['title']}" in text
        assert text.count("BEGIN:VEVENT") == 1
        assert "seat" in text
    stranger = await person(one_process, "Eve")
    for name in (f"{ids[0]}.pdf", f"{ids[0]}.ics", f"{ids[0]}", f"{ids[0]}.exe", "nothing"):
        assert (await stranger.client.get(f"/tickets/{name}")).status_code == 404, name
    page = await ana.page(browser, one_process)
    await page.goto(f"/tickets/{ids[0]}")
    await expect(page.get_by_text("Printed by you")).to_be_visible()
