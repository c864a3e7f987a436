"""A show is postponed, then it has a new date: one holder keeps the tickets, one has the money back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.trading import PASSWORD, PRICE, Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import ORGANISER, Apart, WholeSystem

SHOWN_MAX_MS = 20_000
HEARD_MAX_S = 30.0
pytestmark = pytest.mark.timeout(300)


@dataclass
class Sold:
    """A show of the test's own with two buyers, of two seats each."""

    apart: Apart
    keeper: Trader
    kept: dict[str, Any]
    leaver: Trader
    left: dict[str, Any]


async def bought(system: WholeSystem, listing: dict[str, Any], name: str) -> tuple[Trader, dict[str, Any]]:
    trader = Trader(system.client())
    await trader.sign_up(name)
    order = await trader.held(listing, 2)

    async def confirmed() -> bool:
        await trader.paid(order)
        found = await trader.client.get(f"/api/orders/{order['id']}")
        return bool(found.json()["status"] == "confirmed")

    await eventually(confirmed, HEARD_MAX_S)
    return trader, order


async def sold(system: WholeSystem) -> Sold:
    apart = await system.announce(4)
    seller = Trader(system.client())
    await seller.sign_up("Selma")
    seats = {"show_id": apart.show["id"], "section": apart.section, "row": apart.row, "seats": list(apart.seats)}
    price = {"amount": PRICE, "currency": apart.show["currency"]}
    listing = await created(seller.client, "/api/listings", {**seats, "unit_price": price, "split": "any"})
    return Sold(apart, *await bought(system, listing, "Kim"), *await bought(system, listing, "Lea"))


async def move(system: WholeSystem, show: dict[str, Any], edit: dict[str, Any]) -> dict[str, Any]:
    """What the organiser changes of the show."""
    async with system.client() as organiser:
        assert (await organiser.post("/api/users/signin", json=ORGANISER)).status_code == 200
        now = (await organiser.get(f"/api/shows/{show['id']}")).json()
        headers = {"If-Match": f'"{now["version"]}"'}
        answer = await organiser.patch(f"/api/shows/{show['id']}", json=edit, headers=headers)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def page_of(browser: Browser, system: WholeSystem, trader: Trader, **more: Any) -> Page:
    page = await page_for(browser, system.url, **more)
    answer = await page.request.post("/api/users/signin", data={"email": trader.email, "password": PASSWORD})
    assert answer.status == 200, await answer.text()
    return page


async def choice_is(trader: Trader, order: dict[str, Any], starts: bool) -> None:
    """Wait until orders has heard of the move."""

    async def heard() -> bool:
        found = await trader.client.get(f"/api/orders/{order['id']}/choice")
        return found.status_code == 200 and (found.json()["starts_at"] is not None) == starts

    await eventually(heard, HEARD_MAX_S)


async def no_faults(page: Page) -> None:
    assert await accessibility_faults(page) == [], page.url


async def mails(system: WholeSystem, *, to: str, begins: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=system.url, timeout=30) as client:
        found = (await client.get("/dev/mail.json")).json()
    return [mail for mail in found if to in str(mail["to"]) and mail["subject"].startswith(begins)]


async def test_one_keeps_the_tickets_and_one_has_the_money_back(one_process: WholeSystem, browser: Browser) -> None:
    system = one_process
    market = await sold(system)
    show = market.apart.show
    await move(system, show, {"status": "postponed"})
    await choice_is(market.keeper, market.kept, starts=False)

    # Kim reads it on the ticket, by a phone in the dark, and decides to keep it.
    page = await page_of(browser, system, market.keeper, phone=True, color_scheme="dark")
    await page.goto("/tickets")
    await expect(page.get_by_text("The show is postponed.")).to_be_visible()
    await no_faults(page)
    await page.get_by_role("link", name="Keep or refund").click()
    await expect(page.get_by_role("heading", name="Keep your tickets, or have your money back")).to_be_visible()
    await no_faults(page)
    await page.get_by_role("button", name="Confirm my choice").click()
    await expect(page.get_by_text("Choose one of the two.")).to_be_visible()
    await page.get_by_label("Keep my tickets").focus()
    await page.keyboard.press("Space")
    await page.get_by_role("button", name="Confirm my choice").press("Enter")
    await expect(page.get_by_text("You keep your tickets. They are good for the new date.")).to_be_visible()

    await page.goto(f"/orders/{market.kept['id']}")
    await expect(page.get_by_role("link", name="Change my choice")).to_be_visible()
    await no_faults(page)

    # A new date is another question; nobody has agreed to it yet.
    starts_at = datetime.fromisoformat(show["starts_at"]) + timedelta(days=200)
    changed = await move(system, show, {"status": "scheduled", "starts_at": starts_at.isoformat()})
    assert datetime.fromisoformat(changed["refund_until"]) > datetime.now(UTC) + timedelta(days=13)
    await choice_is(market.leaver, market.left, starts=True)

    other = await page_of(browser, system, market.leaver, scripts=False)
    await other.goto(f"/orders/{market.left['id']}")
    await expect(other.get_by_text("The show has a new date.")).to_be_visible()
    await other.get_by_role("link", name="Keep or refund").click()
    await expect(other.locator("time")).to_have_count(2)
    await other.get_by_label("Give me").check()
    await other.get_by_role("button", name="Confirm my choice").click()
    await expect(other.get_by_text("Your money is on its way back; the tickets are void.")).to_be_visible()

    # The money is back: the order says so, and so does the payment.
    async def is_back() -> bool:
        order = (await market.leaver.client.get(f"/api/orders/{market.left['id']}")).json()
        paid = (await market.leaver.client.get("/api/payments", params={"order_id": market.left["id"]})).json()
        return bool(order["status"] == "refunded" and paid["items"][0]["refunded"] == market.left["total"])

    await eventually(is_back, HEARD_MAX_S)
    await other.goto(f"/orders/{market.left['id']}")
    await expect(other.get_by_role("heading", name="Refunded in full.")).to_be_visible()

    async def void() -> bool:
        held = (await market.leaver.client.get("/api/tickets", params={"status": "valid"})).json()["items"]
        return bool(held == [])

    await eventually(void, HEARD_MAX_S)
    await page.goto(f"/orders/{market.kept['id']}/choice")
    await expect(page.get_by_label("Keep my tickets")).not_to_be_checked(timeout=SHOWN_MAX_MS)
    tickets = (await market.keeper.client.get("/api/tickets", params={"status": "valid"})).json()["items"]
    assert len(tickets) == 2

    # Both were told of both, and the choices are confirmed.
    for trader in (market.keeper, market.leaver):
        for begins in ("Postponed", "A new date"):
            await eventually(lambda t=trader, b=begins: mails(system, to=t.email, begins=f"{b}: {show['title']}"))  # type: ignore[misc]
    await eventually(lambda: mails(system, to=market.keeper.email, begins="You keep your tickets"))
    await eventually(lambda: mails(system, to=market.leaver.email, begins="Your refund"), HEARD_MAX_S)
