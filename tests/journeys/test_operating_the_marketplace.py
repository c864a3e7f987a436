"""An operator at work: closes an account, refunds, replays a dead letter, stops sales and lets them go on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.contracts import encode
from fairseat_common.ids import new_id
from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.builders import listing_published, order_held, show_published
from fairseat_common.testing.trading import PASSWORD, Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import Apart, WholeSystem

OPERATOR = {"email": "operator@fairseat.example", "password": "fairseat demo 1"}
FOLLOWS_MAX_S = 30.0
"""It is five seconds at most; a machine that does much else is not what is looked at here."""
CONSUMER = "expiration-orders-held-v1"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def operator(one_process: WholeSystem, browser: Browser) -> Page:
    """The operator's browser."""
    page = await page_for(browser, one_process.url)
    answer = await page.request.post("/api/users/signin", data=OPERATOR)
    assert answer.status == 200, await answer.text()
    return page


@pytest.fixture
async def sales_go_on(one_process: WholeSystem) -> AsyncIterator[None]:
    """Whatever a test does to the switch, the next one can buy."""
    yield
    async with one_process.client() as client:
        assert (await client.post("/api/users/signin", json=OPERATOR)).status_code == 200
        answer = await client.put("/api/orders/switch", json={"open": True, "reason": "The test is over"})
        assert answer.status_code == 200, answer.text


async def offered(apart: Apart, seller: Trader) -> dict[str, Any]:
    price = {"amount": 4_000, "currency": apart.show["currency"]}
    place = {"show_id": apart.show["id"], "section": apart.section, "row": apart.row, "seats": apart.seats}
    return await created(seller.client, "/api/listings", {**place, "unit_price": price, "split": "any"})


async def fine(page: Page) -> None:
    assert await accessibility_faults(page) == [], page.url


async def go(page: Page, path: str) -> None:
    """Open a page, which is as it should be."""
    answer = await page.goto(path)
    assert answer is not None
    assert answer.status == 200, f"{path}: {answer.status}"
    await fine(page)


def told(page: Page, text: str) -> Any:
    return page.get_by_role("status").filter(has_text=text)


async def test_an_account_is_closed_and_refused_at_once(one_process: WholeSystem, operator: Page) -> None:
    apart = await one_process.announce(3)
    async with one_process.client() as s, one_process.client() as b:
        seller, buyer = Trader(s), Trader(b)
        person, _ = await seller.sign_up("Greta Grabbit"), await buyer.sign_up()
        listing = await offered(apart, seller)
        await buyer.held(listing)

        await go(operator, "/operator/users")
        await operator.get_by_label("Name, e-mail or id").fill(seller.email)
        await operator.keyboard.press("Enter")
        await operator.get_by_role("link", name=seller.email).click()
        await expect(operator.get_by_role("heading", name=seller.email)).to_be_visible()
        await fine(operator)
        await operator.get_by_role("link", name="Close the account…").click()
        await expect(operator.get_by_role("heading", name="Close this account?")).to_be_visible()
        await fine(operator)
        await operator.get_by_label("Reason").fill("Sold seats that she does not have")
        await operator.get_by_role("button", name="Close the account").click()
        await expect(told(operator, "The account is closed.")).to_be_visible()

        # The seller's access token has minutes to go. It renews nothing, lists nothing, holds nothing.
        assert (await s.post("/api/users/refresh")).json()["type"] == "session-ended"
        price = {"amount": 1000, "currency": apart.show["currency"]}
        offer = {"show_id": apart.show["id"], "section": "-", "quantity": 1, "unit_price": price}

        async def refused() -> bool:
            answers = [await s.post("/api/listings", json=offer), await seller.hold(listing)]
            return all(answer.json()["type"] == "account-banned" for answer in answers)

        await eventually(refused, 20)
        again = await s.post("/api/users/signin", json={"email": seller.email, "password": PASSWORD})
        assert again.json()["type"] == "account-banned"

    async def withdrawn() -> bool:
        answer = await operator.request.get("/operations/tickets/listings", params={"listing_id": listing["id"]})
        return bool((await answer.json())["items"][0]["status"] == "withdrawn")

    async def written() -> bool:
        return any("Sold seats that she" in mail["text"] for mail in await one_process.mails(seller.email))

    await eventually(withdrawn, 20)
    await eventually(written, 30)
    await operator.get_by_role("button", name="Open the account again").click()
    await expect(told(operator, "The account is open again.")).to_be_visible()
    await go(operator, f"/operator/audit?subject={person['id']}")
    table = operator.get_by_role("table")
    for line in ("Account closed", "Account opened again", "Sold seats that she does not have"):
        await expect(table).to_contain_text(line)


async def test_an_order_is_found_and_refunded_and_a_listing_withdrawn(one_process: WholeSystem, operator: Page) -> None:
    apart = await one_process.announce(3)
    async with one_process.client() as s, one_process.client() as b:
        seller, buyer = Trader(s), Trader(b)
        _, person = await seller.sign_up(), await buyer.sign_up()
        listing = await offered(apart, seller)
        order = await buyer.held(listing)
        await eventually(lambda: buyer.paid(order), 30)
        await eventually(lambda: buyer.has_ticket(order), 30)

        await go(operator, f"/operator/orders?buyer_id={person['id']}")
        await operator.get_by_role("link", name=order["id"][-8:]).click()
        await expect(operator.get_by_role("heading", name=f"Order {order['id'][-8:]}")).to_be_visible()
        await operator.get_by_role("button", name="Refund…").click()
        await operator.get_by_role("button", name="Refund").click()
        await expect(told(operator, "The refund is under way.")).to_be_visible()

        async def refunded() -> bool:
            return bool((await b.get(f"/api/orders/{order['id']}")).json()["status"] == "refunded")

        await eventually(refunded, 30)
        assert not await buyer.has_ticket(order)

        await go(operator, f"/operator/listings?show_id={apart.show['id']}&status=active")
        await operator.get_by_role("link", name=re.compile("^Withdraw ")).click()
        await expect(operator.get_by_role("heading", name="Withdraw this listing?")).to_be_visible()
        await fine(operator)
        await operator.get_by_label("Reason").fill("Asked for by the venue")
        await operator.get_by_role("button", name="Withdraw the listing").click()
        await expect(told(operator, "The listing is withdrawn.")).to_be_visible()
        mine = await s.get("/listings")
        assert "Asked for by the venue" in mine.text

        async def told_by_mail() -> bool:
            mails = (await s.get("/dev/mail.json")).json()
            return any("Asked for by the venue" in mail["text"] and mail["to"] == seller.email for mail in mails)

        await eventually(told_by_mail, 30)

    await go(operator, f"/operator/shows?q={apart.show['title'].replace(' ', '+')}")
    await operator.get_by_role("link", name=re.compile(f"^Cancel {apart.show['title']}")).first.click()
    await expect(operator.get_by_role("heading", name="Cancel this show?")).to_be_visible()
    await fine(operator)
    await operator.get_by_role("button", name="Cancel the show").click()
    await expect(operator.locator("#reason-error")).to_contain_text("Say why.")
    await operator.get_by_label("Reason").fill("The venue does not know of it")
    await operator.get_by_role("button", name="Cancel the show").click()
    await expect(told(operator, "The show is cancelled.")).to_be_visible()


async def test_a_dead_letter_is_replayed(one_process: WholeSystem, operator: Page) -> None:
    hold, event_id = order_held(listing_published(show_published()), expires_in_s=3600), new_id()
    connection = await asyncpg.connect(one_process.running.environments["expiration"]["MIGRATION_DATABASE_URL"])
    try:
        await connection.execute(
            "insert into dead_letters (consumer, event_id, subject, payload, headers, attempts, error)"
            " values ($1, $2, 'orders.held.v1', '{\"order_id\": 7}', '{}', 15, 'KeyError()')",
            CONSUMER,
            event_id,
        )
        await connection.execute("insert into inbox values ($1, $2, 'parked')", CONSUMER, event_id)
        await go(operator, "/operator")
        await expect(operator.get_by_role("main")).to_contain_text("1 rule broken")
        await operator.get_by_role("link", name="See the dead letters").click()
        letter = operator.get_by_role("listitem").filter(has_text=str(event_id))
        await expect(letter).to_contain_text("KeyError()")
        await fine(operator)
        # The cause is still there: the page says so, and the event stays.
        await letter.get_by_role("button", name="Replay").click()
        await expect(operator.get_by_role("alert")).to_contain_text("could not be handled this time either")
        await expect(letter).to_contain_text("ValidationError")
        payload = encode(hold).decode()
        await connection.execute("update dead_letters set payload = $2 where event_id = $1", event_id, payload)
        await letter.get_by_role("button", name="Replay").click()
        await expect(told(operator, "The event was handled.")).to_be_visible()
        await expect(letter).to_have_count(0)
        known = await connection.fetchval("select count(*) from deadlines where order_id = $1", hold.order_id)
        assert known == 1
    finally:
        # Nothing is to fall due for an order that no other service knows.
        await connection.execute("delete from deadlines where order_id = $1", hold.order_id)
        await connection.execute("delete from dead_letters where event_id = $1", event_id)
        await connection.execute("delete from inbox where event_id = $1", event_id)
        await connection.close()


async def test_sales_are_stopped_and_go_on(
    one_process: WholeSystem, operator: Page, browser: Browser, sales_go_on: None
) -> None:
    apart = await one_process.announce(3)
    async with one_process.client() as s, one_process.client() as b:
        seller, buyer = Trader(s), Trader(b)
        await seller.sign_up()
        await buyer.sign_up()
        listing = await offered(apart, seller)
        begun = await buyer.held(listing)
        # The buyer's phone, without scripts: the form alone tells what happens.
        fan = await page_for(browser, one_process.url, phone=True, scripts=False)
        held_by = [{"name": c.name, "value": c.value or "", "url": one_process.url} for c in b.cookies.jar]
        await fan.context.add_cookies(held_by)  # type: ignore[arg-type]
        await fan.goto(f"/checkout/{begun['id']}")
        await fan.get_by_label("Visa ending 4242").check()

        await go(operator, "/operator")
        # By keyboard alone.
        await operator.get_by_role("link", name="Stop all sales…").press("Enter")
        await expect(operator.get_by_role("heading", name="Stop all sales?")).to_be_visible()
        await fine(operator)
        await operator.get_by_label("Reason").fill("A price is wrong")
        await operator.get_by_role("button", name="Stop all sales").press("Enter")
        await expect(told(operator, "All sales are stopped.")).to_be_visible()
        held = await buyer.hold(listing)
        assert (held.status_code, held.json()["type"]) == (503, "sales-stopped"), held.text

        async def not_payable() -> bool:
            return bool((await buyer.pay(begun)).json().get("type") == "sales-stopped")

        await eventually(not_payable, FOLLOWS_MAX_S)
        payments = (await b.get("/api/payments", params={"order_id": begun["id"]})).json()["items"]
        assert payments == [], "nobody is charged, and nothing is left half begun"

        await fan.get_by_role("button", name="Pay").click()
        await expect(fan.get_by_role("alert")).to_contain_text("Sales are paused right now.")

        await go(operator, "/operator")
        await expect(operator.get_by_role("region", name="Sales")).to_contain_text("Stopped")
        await operator.get_by_role("link", name="Let sales go on…").click()
        await operator.get_by_label("Reason").fill("The price is right")
        await operator.get_by_role("button", name="Let sales go on").click()
        await expect(told(operator, "Sales go on.")).to_be_visible()

        async def payable() -> bool:
            await fan.goto(f"/checkout/{begun['id']}")
            await fan.get_by_label("Visa ending 4242").check()
            await fan.get_by_role("button", name="Pay").click()
            return "/checkout/" not in fan.url

        await eventually(payable, 30)
        await eventually(lambda: buyer.has_ticket(begun), 30)


async def test_others_are_shown_nothing(one_process: WholeSystem, browser: Browser) -> None:
    page = await page_for(browser, one_process.url)
    body = {"email": f"nosy-{new_id().hex[-12:]}@example.com", "password": PASSWORD}
    assert (await page.request.post("/api/users/signup", data=body)).status == 201
    ways = ("", "/users", "/orders", "/listings", "/shows", "/dead-letters", "/audit", "/switches/sales", "/money")
    for way in ways:
        answer = await page.request.get(f"/operator{way}")
        assert answer.status == 403, way
    anybody = await page_for(browser, one_process.url)
    await anybody.goto("/operator/users")
    await expect(anybody).to_have_url(re.compile("/sign-in"))
