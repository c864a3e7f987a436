"""A fan saves a show, waits for a price, hears of it by mail, and ends the mails: in a browser, and without scripts."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

PASSWORD = "a long enough password"
pytestmark = pytest.mark.timeout(300)


async def signed_up(client: httpx.AsyncClient, name: str) -> str:
    email = f"{name.lower()}-{new_id().hex[-12:]}@example.com"
    answer = await client.post("/api/users/signup", json={"email": email, "password": PASSWORD, "name": name})
    assert answer.status_code == 201, answer.text
    return email


async def person(system: WholeSystem, browser: Browser, name: str, **more: Any) -> tuple[Page, str]:
    """Somebody with an account, who is signed in."""
    async with system.client() as client:
        email = await signed_up(client, name)
        cookies = [{"name": c.name, "value": c.value or "", "url": system.url} for c in client.cookies.jar]
    page = await page_for(browser, system.url, **more)
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    return page, email


async def free_row(system: WholeSystem) -> tuple[dict[str, Any], str, str, list[str]]:
    """A show of its own, with a section and a row in which nobody sells."""
    apart = await system.announce(seats=2)
    return apart.show, apart.section, apart.row, apart.seats


async def offer(system: WholeSystem, show: dict[str, Any], section: str, row: str, seats: list[str]) -> None:
    """Somebody else lists seats for less than anybody before."""
    async with system.client() as client:
        await signed_up(client, "Selma")
        answer = await client.post(
            "/api/listings",
            json={
                "show_id": show["id"],
                "section": section,
                "row": row,
                "seats": seats,
                "unit_price": {"amount": 1000, "currency": currency_of(show)},
                "split": "any",
            },
        )
        assert answer.status_code == 201, answer.text


def currency_of(show: dict[str, Any]) -> str:
    return str(show.get("currency") or show["lowest_price"]["currency"])


async def mail_about(system: WholeSystem, email: str, words: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        return next((mail for mail in await system.mails(email) if words in mail["subject"]), None)

    return await eventually(look, 30)


async def no_faults(page: Page) -> None:
    assert await accessibility_faults(page) == [], page.url
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_a_price_alert_becomes_a_mail_and_its_link_ends_such_mails(
    one_process: WholeSystem, browser: Browser, phone: bool
) -> None:
    show, section, row, seats = await free_row(one_process)
    fan, email = await person(one_process, browser, "Frieda", phone=phone, color_scheme="dark" if phone else "light")
    await fan.goto("/saved")
    await expect(fan.get_by_role("heading", name="No price alerts.")).to_be_visible()
    await fan.goto(f"/shows/{show['id']}/alert")
    await fan.get_by_label("The most you would pay").fill("nothing")
    await fan.get_by_role("button", name="Set the alert").click()
    await expect(fan.get_by_label("The most you would pay")).to_have_value("nothing")
    await expect(fan.get_by_label("The most you would pay")).to_have_attribute("aria-invalid", "true")
    await no_faults(fan)
    await fan.get_by_label("The most you would pay").fill("15" if currency_of(show) != "JPY" else "1500")
    await fan.get_by_label("Section", exact=True).select_option(section)
    await fan.get_by_role("button", name="Set the alert").click()
    await expect(fan.get_by_role("status")).to_contain_text("The alert is set.")
    await expect(fan.get_by_text("Watching")).to_be_visible()

    await offer(one_process, show, section, row, seats)
    mail = await mail_about(one_process, email, "Tickets at your price")
    for text in (mail["text"], mail["html"]):
        assert section in text
        assert f"/shows/{show['id']}" in text
        assert "2 on sale" in text
    link = re.search(r"http\S+/unsubscribe\?token=\S+", mail["text"])
    assert link
    stranger = await page_for(browser, one_process.url, phone=phone, scripts=phone)
    await stranger.goto(link[0])
    await expect(stranger.get_by_role("heading", name="No more mails about price alerts?")).to_be_visible()
    if phone:  # without scripts a page cannot be examined
        await no_faults(stranger)
    await stranger.get_by_role("button", name="End these mails").click()
    await expect(stranger.get_by_role("heading", name="No more mails about price alerts.")).to_be_visible()
    await expect(stranger.get_by_text(email)).to_have_count(0)
    await fan.goto("/saved")
    await expect(fan.get_by_text("No mails", exact=True)).to_be_visible()
    await no_faults(fan)
    await fan.goto("/settings")
    await expect(fan.get_by_label("Price alerts")).not_to_be_checked()
    await expect(fan.get_by_label("Saved shows")).to_be_checked()
    await expect(fan.get_by_text(mail["subject"])).to_be_visible()
    await no_faults(fan)
    await fan.get_by_label("Price alerts").check()
    await fan.get_by_role("button", name="Save").click()
    await expect(fan.get_by_role("status")).to_contain_text("Your settings are saved.")
    await fan.goto("/saved")
    await fan.get_by_role("button", name="Remove alert").click()
    await expect(fan.get_by_role("heading", name="No price alerts.")).to_be_visible()


async def test_a_show_is_saved_and_forgotten_without_scripts_and_after_signing_in(
    one_process: WholeSystem, browser: Browser
) -> None:
    show, *_ = await free_row(one_process)
    visitor = await page_for(browser, one_process.url, scripts=False)
    await visitor.goto(f"/shows/{show['id']}/alert")
    await expect(visitor.get_by_role("heading", name="Sign in")).to_be_visible()
    async with one_process.client() as client:
        email = await signed_up(client, "Nour")
    await visitor.get_by_label("E-mail address").fill(email)
    await visitor.get_by_label("Password").fill(PASSWORD)
    await visitor.get_by_role("button", name="Sign in").click()
    await expect(visitor.get_by_role("heading", name="Price alert")).to_be_visible()
    await visitor.goto(f"/shows/{show['id']}")
    await visitor.locator(f"form[action='/shows/{show['id']}/favourite'] button").first.click()
    await expect(visitor).to_have_url(re.compile(f"/shows/{show['id']}\\?done=show-saved"))
    await visitor.goto("/saved")
    await expect(visitor.get_by_role("heading", name=show["title"])).to_be_visible()
    await visitor.get_by_role("button", name=f"Remove from saved: {show['title']}").click()
    await expect(visitor.get_by_role("heading", name="No shows saved.")).to_be_visible()


async def test_one_click_of_a_mail_program_ends_the_mails(one_process: WholeSystem, browser: Browser) -> None:
    show, section, row, seats = await free_row(one_process)
    async with one_process.client() as fan:
        email = await signed_up(fan, "Olu")
        await fan.put(f"/api/favourites/{show['id']}")
        price = {"amount": 9_000_000, "currency": currency_of(show)}
        wish = {"show_id": show["id"], "quantity": 2, "max_price": price}
        assert (await fan.post("/api/alerts", json=wish)).status_code == 201
        await offer(one_process, show, section, row, seats)
        mail = await mail_about(one_process, email, "Tickets at your price")
        source = (await fan.get(f"/dev/mail/{mail['id']}/source")).text
        target = re.search(r"^List-Unsubscribe: <(\S+)>\r?$", source, re.MULTILINE)
        assert target
        assert "\nList-Unsubscribe-Post: List-Unsubscribe=One-Click" in source
    async with one_process.client() as program:
        for _ in range(2):
            answer = await program.post(target[1], data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
        forged = target[1][:-2] + ("AA" if not target[1].endswith("AA") else "BB")
        assert (await program.post(forged, data={"List-Unsubscribe": "One-Click"})).status_code == 422
        await program.post("/api/users/signin", json={"email": email, "password": PASSWORD})
        wanted = (await program.get("/api/notifications/preferences")).json()
    assert (wanted["alerts"], wanted["favourites"]) == (False, True)
