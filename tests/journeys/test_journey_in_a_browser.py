"""A seller and a buyer who never met trade a seat, in a real browser, on a phone, by keyboard, and without scripts."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import Apart, WholeSystem

PASSWORD = "a long enough password"
pytestmark = pytest.mark.timeout(300)


async def free_seats(system: WholeSystem, count: int) -> Apart:
    """Seats in a row without a listing, of a show that nobody else uses."""
    return await system.announce(count)


async def sign_up(page: Page, name: str) -> str:
    email = f"{name.lower()}-{new_id().hex[-12:]}@example.com"
    await page.goto("/sign-up")
    await page.get_by_label("Name (optional)").fill(name)
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign up").click()
    await expect(page).not_to_have_url("/sign-up")
    return email


async def list_seats(page: Page, offer: Apart, price: str) -> None:
    await page.goto(f"/shows/{offer.show['id']}/sell")
    await page.get_by_label("Section").select_option(offer.section)
    await page.get_by_label("Row").fill(offer.row)
    await page.get_by_label("Seats", exact=True).fill(", ".join(offer.seats))
    await page.get_by_label("Price", exact=False).first.fill(price)
    await page.get_by_role("button", name="List these seats").click()
    await expect(page.get_by_role("heading", name="My listings")).to_be_visible()


async def find_show(page: Page, offer: Apart) -> None:
    await page.goto("/")
    await page.get_by_label("Show, performer or venue").first.fill(offer.show["title"])
    await page.get_by_label("City").first.fill(offer.show["venue"]["city"])
    await page.get_by_role("button", name="Search").click()
    await page.locator(f"a[href*='/shows/{offer.show['id']}']").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(offer.show["title"])


async def hold_one(page: Page, offer: Apart) -> None:
    await page.get_by_label("Quantity").first.select_option("1")
    await page.get_by_role("button", name=f"Hold seats in {offer.section}").first.click()
    await expect(page.get_by_role("heading", name="Checkout")).to_be_visible()


async def no_faults(page: Page) -> None:
    assert await accessibility_faults(page) == [], page.url


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_sell_find_hold_pay_and_show_the_code(one_process: WholeSystem, browser: Browser, phone: bool) -> None:
    offer = await free_seats(one_process, 2)
    seller = await page_for(browser, one_process.url, phone=phone)
    buyer = await page_for(browser, one_process.url, phone=phone, color_scheme="dark" if phone else "light")
    seller_email = await sign_up(seller, "Selma")
    await list_seats(seller, offer, "40.00")
    await no_faults(seller)

    email = await sign_up(buyer, "Bruno")
    await find_show(buyer, offer)
    await no_faults(buyer)
    await hold_one(buyer, offer)
    clock = buyer.get_by_role("timer")
    first = await clock.inner_text()
    assert first.startswith(("09:", "9:", "10:"))
    await expect(clock).not_to_have_text(first)
    await no_faults(buyer)
    await buyer.get_by_label("Visa ending 0002").check()
    await buyer.get_by_role("button", name="Pay").click()
    await expect(buyer.get_by_text("declined", exact=False).first).to_be_visible()
    await buyer.get_by_label("Visa ending 4242").check()
    await buyer.get_by_role("button", name="Pay").click()
    await expect(buyer.get_by_role("heading", name="You’re going.")).to_be_visible()
    await no_faults(buyer)
    await buyer.get_by_role("link", name="Show my tickets").click()
    await expect(buyer.get_by_role("img", name="code", exact=False)).to_be_visible()
    await expect(buyer.get_by_text(f"seat {offer.seats[0]}").first).to_be_visible()
    await no_faults(buyer)

    mail = await one_process.letter(email, "Your tickets")
    assert offer.show["title"] in mail["text"]
    await buyer.goto("/dev/mail")
    await expect(buyer.get_by_text(email).first).to_be_visible()
    await seller.goto("/listings")
    await expect(seller.get_by_text("1 sold").first).to_be_visible()
    await no_faults(seller)
    assert await one_process.letter(seller_email, "Sold")


async def test_everything_works_without_scripts(one_process: WholeSystem, browser: Browser) -> None:
    offer = await free_seats(one_process, 2)
    seller = await page_for(browser, one_process.url, scripts=False)
    buyer = await page_for(browser, one_process.url, scripts=False, phone=True)
    await sign_up(seller, "Sven")
    await list_seats(seller, offer, "35.50")
    await sign_up(buyer, "Berta")
    await find_show(buyer, offer)
    await hold_one(buyer, offer)
    await buyer.get_by_role("button", name="Pay").click()
    # Without scripts the page asks again by itself every few seconds.
    await expect(buyer.get_by_role("heading", name="You’re going.")).to_be_visible()
    await buyer.goto("/tickets")
    await expect(buyer.get_by_text(f"seat {offer.seats[0]}").first).to_be_visible()


async def test_a_purchase_by_keyboard_alone(one_process: WholeSystem, browser: Browser) -> None:
    offer = await free_seats(one_process, 1)
    seller = await page_for(browser, one_process.url)
    buyer = await page_for(browser, one_process.url)
    await sign_up(seller, "Sofia")
    await list_seats(seller, offer, "30.00")
    await sign_up(buyer, "Kim")
    await buyer.goto(f"/shows/{offer.show['id']}")
    await _tab_to(buyer, f"Hold seats in {offer.section}, row {offer.row}")
    await buyer.keyboard.press("Enter")
    await expect(buyer.get_by_role("heading", name="Checkout")).to_be_visible()
    # The card field comes first; an arrow leads from it to the test cards.
    for _ in range(40):
        await buyer.keyboard.press("Tab")
        if await buyer.evaluate("document.activeElement.name") == "payment_method":
            break
    await buyer.keyboard.press("ArrowDown")
    await _tab_to(buyer, "Pay ")
    await buyer.keyboard.press("Enter")
    await expect(buyer.get_by_role("heading", name="You’re going.")).to_be_visible()


async def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            "() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim()"
        )
        if str(focused).startswith(name.strip()):
            return
    raise AssertionError(f"the keyboard never reached {name!r}")


async def test_a_hold_can_be_given_up_and_others_see_the_seat_again(one_process: WholeSystem, browser: Browser) -> None:
    offer = await free_seats(one_process, 1)
    seller = await page_for(browser, one_process.url)
    buyer = await page_for(browser, one_process.url)
    await sign_up(seller, "Stan")
    await list_seats(seller, offer, "30.00")
    await sign_up(buyer, "Bea")
    await find_show(buyer, offer)
    await hold_one(buyer, offer)
    await buyer.get_by_role("button", name="Give the seats up").click()
    await expect(buyer.get_by_text("The seats are free again.", exact=False).first).to_be_visible()

    async def offered_again() -> bool:
        await buyer.goto(f"/shows/{offer.show['id']}")
        return await buyer.get_by_role("button", name=f"Hold seats in {offer.section}").count() == 1

    await eventually(offered_again)


async def test_wrong_input_stays_in_the_form_with_the_reason_beside_it(
    one_process: WholeSystem, browser: Browser
) -> None:
    page = await page_for(browser, one_process.url, phone=True)
    await page.goto("/sign-up")
    await page.get_by_label("Name (optional)").fill("Zoë 😀 <b>")
    await page.get_by_label("E-mail address").fill("not an address")
    await page.get_by_label("Password").fill("short")
    await page.get_by_role("button", name="Sign up").click()
    await expect(page.get_by_label("E-mail address")).to_have_value("not an address")
    await expect(page.get_by_label("Name (optional)")).to_have_value("Zoë 😀 <b>")
    await expect(page.get_by_label("E-mail address")).to_have_attribute("aria-invalid", "true")
    await no_faults(page)
    answer = await page.goto("/shows/nonsense")
    assert answer is not None
    assert answer.status == 404
    await no_faults(page)
    await page.goto("/tickets")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
