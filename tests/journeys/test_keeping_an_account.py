"""Ada looks after her account: she confirms her address, forgets her password, adds a passkey, ends another session,
takes a copy of everything, and leaves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.trading import PASSWORD, Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import LINK, WholeSystem

pytestmark = pytest.mark.timeout(300)
NEW = "a password that is better kept"


async def no_faults(page: Page) -> None:
    assert await accessibility_faults(page) == [], page.url
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


async def follow(page: Page, mail: dict[str, Any], path: str) -> None:
    """Go where a letter's link leads."""
    token = LINK.search(mail["text"])
    assert token
    assert f"{path}?token={token[1]}" in mail["text"]
    await page.goto(f"{path}?token={token[1]}")


async def authenticator(page: Page) -> None:
    """Give a browser a device that verifies its owner, and always says yes."""
    tools = await page.context.new_cdp_session(page)
    await tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


async def sign_in(page: Page, email: str, password: str) -> None:
    await page.goto("/sign-in?return=/account")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def signed_out(page: Page) -> None:
    """The browser's session has ended: its token lasts for minutes, but its account is asked for anew."""
    await page.goto("/account")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_an_account_is_kept_and_left(one_process: WholeSystem, browser: Browser, tmp_path: Path) -> None:
    email = f"ada-{new_id().hex[-12:]}@example.com"
    page = await page_for(browser, one_process.url, phone=True)
    await page.goto("/sign-up?return=/account")
    await page.get_by_label("Name (optional)").fill("Ada")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign up").click()
    await expect(page.get_by_text("Not confirmed")).to_be_visible()
    await no_faults(page)
    await follow(page, await one_process.letter(email, "Confirm your e-mail address"), "/verify")
    await page.get_by_role("button", name="Confirm my address").click()
    await expect(page.get_by_role("heading", name="Your address is confirmed.")).to_be_visible()
    await no_faults(page)
    await page.go_back()
    await page.get_by_role("button", name="Confirm my address").click()
    await expect(page.get_by_role("alert")).to_contain_text("This link does not work any more.")

    await page.goto("/account")
    await expect(page.get_by_text("Confirmed", exact=True)).to_be_visible()
    await page.get_by_label("Time zone").fill("Nowhere")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Choose a time zone from the list", exact=False)).to_be_visible()
    await expect(page.get_by_label("Time zone")).to_have_value("Nowhere")
    await page.get_by_label("Time zone").fill("Europe/Paris")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Your account is saved.")).to_be_visible()

    await _forgets_the_password(one_process, browser, page, email)
    await _has_a_passkey(browser, one_process, page, email)
    await _takes_a_copy_and_leaves(page, email, tmp_path)
    await one_process.letter(email, "Your account is deleted")


async def _forgets_the_password(system: WholeSystem, browser: Browser, page: Page, email: str) -> None:
    """In another browser, without scripts; the first one is signed out by it."""
    other = await page_for(browser, system.url, scripts=False, color_scheme="dark")
    said = set()
    for address in (f"nobody-{email}", email):
        await other.goto("/sign-in")
        await other.get_by_role("link", name="Forgot your password?").click()
        await other.get_by_label("E-mail address").fill(address)
        await other.get_by_role("button", name="Send me a link").click()
        said.add((await other.get_by_role("status").inner_text()).replace(address, "-"))
    assert len(said) == 1, "nobody learns who has an account"
    await follow(other, await system.letter(email, "Set a new password"), "/reset")
    await other.get_by_label("New password").fill("password1")
    await other.get_by_role("button", name="Set the password").click()
    await expect(other.get_by_text("Choose another password", exact=False)).to_be_visible()
    await other.get_by_label("New password").fill(NEW)
    await other.get_by_role("button", name="Set the password").click()
    await expect(other.get_by_text("Your new password is set.", exact=False)).to_be_visible()
    await signed_out(page)
    await system.letter(email, "Your password was changed")
    await sign_in(page, email, PASSWORD)
    await expect(page.get_by_text("Address and password do not match.")).to_be_visible()
    await sign_in(page, email, NEW)
    await expect(page.get_by_role("heading", name="Your account")).to_be_visible()


async def _has_a_passkey(browser: Browser, system: WholeSystem, page: Page, email: str) -> None:
    """Adds one, signs in with it, and ends the session of a browser that was left behind."""
    left = await page_for(browser, system.url, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    await sign_in(left, email, NEW)
    await expect(left.get_by_role("heading", name="Your account")).to_be_visible()
    await system.letter(email, "A new sign-in")

    await authenticator(page)
    await page.goto("/account/security")
    await page.get_by_label("What to call it").fill("My phone")
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_text("The passkey is added.", exact=False)).to_be_visible()
    await expect(page.get_by_text("My phone", exact=True)).to_be_visible()
    await no_faults(page)
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    await page.goto("/sign-in?return=/account/security")
    await no_faults(page)
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_role("heading", name="Security")).to_be_visible()
    await page.get_by_role("button", name="Sign out Firefox on Linux").click()
    await expect(page.get_by_text("That browser is signed out.")).to_be_visible()
    await expect(page.get_by_role("button", name="Sign out Firefox on Linux")).to_have_count(0)
    await signed_out(left)
    await system.letter(email, "A passkey was added")


async def _takes_a_copy_and_leaves(page: Page, email: str, folder: Path) -> None:
    await page.goto("/account/data")
    await no_faults(page)
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Download my data").click()
    await (await waiting.value).save_as(folder / "data.json")
    found = json.loads((folder / "data.json").read_text())
    assert (found["account"]["profile"]["email"], found["account"]["profile"]["timezone"]) == (email, "Europe/Paris")
    assert [passkey["name"] for passkey in found["account"]["passkeys"]] == ["My phone"]
    assert {"orders", "tickets", "listings", "payments", "mails"} <= set(found)
    await page.get_by_label("Password").fill("not hers")
    await page.get_by_role("button", name="Delete my account").click()
    await expect(page.get_by_text("This is not your password.").first).to_be_visible()
    await page.get_by_role("button", name="Delete it with a passkey").click()
    await expect(page.get_by_text("Your account is deleted.", exact=False)).to_be_visible()
    await sign_in(page, email, NEW)
    await expect(page.get_by_text("Address and password do not match.")).to_be_visible()


async def test_an_account_that_somebody_needs_stays(one_process: WholeSystem, browser: Browser) -> None:
    show, section, row, seats = await one_process.announce(1)
    async with one_process.client() as selling, one_process.client() as buying:
        seller, buyer = Trader(selling), Trader(buying)
        await seller.sign_up("Sam")
        await buyer.sign_up("Bea")
        body = {"show_id": show["id"], "section": section, "row": row, "seats": seats}
        price = {"unit_price": {"amount": 5000, "currency": show.get("currency") or "EUR"}}
        listing = await created(selling, "/api/listings", body | price)
        order = await created(buying, "/api/orders", {"listing_id": listing["id"], "quantity": 1})
        await created(buying, "/api/payments", {"order_id": order["id"], "payment_method": "pm_card_visa"})
        await eventually(lambda: buyer.has_ticket(order))

        # Auth hears of the sale a moment later.
        async def needed() -> bool:
            answer = await buying.request("DELETE", "/api/users/me", json={"password": "not the password"})
            return bool(answer.json()["type"] == "account-in-use")

        await eventually(needed, 30)
        page = await page_for(browser, one_process.url)
        cookies = [{"name": c.name, "value": c.value or "", "url": one_process.url} for c in buying.cookies.jar]
        await page.context.add_cookies(cookies)  # type: ignore[arg-type]
        await page.goto("/account/data")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Delete my account").click()
        await expect(page.get_by_role("alert")).to_contain_text("Your account is still needed.")
        await no_faults(page)
