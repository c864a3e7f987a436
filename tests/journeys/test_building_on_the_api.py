"""Building on the API: a key from the page, a purchase by the client, a delivery that is signed and sent again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from fairseat_client import Fairseat, Problem, SignatureInvalid, models, verify
from playwright.async_api import Browser, Page, expect

from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.serving import Serving
from fairseat_common.testing.trading import Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_common.web.asgi import Receive, Scope, Send
from fairseat_common.web.edge import answer, read_body
from fairseat_local.fuzzing import document_of
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)

T = TypeVar("T")
WAIT_S = 40.0
SCOPES = (
    "shows:read",
    "listings:read",
    "orders:read",
    "orders:write",
    "payments:write",
    "webhooks:read",
    "webhooks:write",
)


class Program:
    """Somebody's program that listens to a webhook; the first delivery finds it asleep."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.asleep = 1
        self.serving = Serving(self._serve)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await read_body(receive, 100_000)
        if self.asleep:
            self.asleep -= 1
            await answer(send, 503, b"", "text/plain", {"Retry-After": "0"})
            return
        self.heard.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        await answer(send, 204, b"", "text/plain")


@pytest_asyncio.fixture
async def program() -> AsyncIterator[Program]:
    running = Program()
    await running.serving.start()
    yield running
    await running.serving.stop()


async def patiently(deed: Callable[[], T]) -> T:
    """What the client answers, asked again while a service has not heard of what it is about."""

    async def attempt() -> list[T] | None:
        try:
            return [await asyncio.to_thread(deed)]
        except Problem as problem:
            if problem.status not in (404, 503):
                raise
            return None

    return (await eventually(attempt, WAIT_S))[0]


async def person(system: WholeSystem, browser: Browser) -> Page:
    """Somebody with an account, who is signed in."""
    async with system.client() as client:
        await Trader(client).sign_up("Integrator")
        cookies = [{"name": each.name, "value": each.value or "", "url": system.url} for each in client.cookies.jar]
    page = await page_for(browser, system.url)
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    return page


async def key_from_the_page(page: Page) -> str:
    """Make a key as a person does: first without saying what it may do, then rightly."""
    await page.goto("/developers/keys")
    await page.get_by_label("What it is for").fill("Box office")
    await page.get_by_role("button", name="Make the key").click()
    await expect(page.get_by_text("Choose at least one thing that the key may do.")).to_be_visible()
    await expect(page.get_by_label("What it is for")).to_have_value("Box office")
    for scope in SCOPES:
        await page.locator(f"input[name=scope][value='{scope}']").check()
    assert await accessibility_faults(page) == []
    await page.get_by_role("button", name="Make the key").click()
    await expect(page.get_by_role("heading", name="Your new key")).to_be_visible()
    secret = (await page.locator("[data-secret]").inner_text()).strip()
    await page.goto("/developers/keys")
    await expect(page.get_by_text(secret)).to_have_count(0)
    return secret


async def for_sale(system: WholeSystem) -> dict[str, Any]:
    """Two seats that somebody else sells."""
    apart = await system.announce(seats=2)
    async with system.client() as client:
        await Trader(client).sign_up("Seller")
        body = {
            "show_id": apart.show["id"],
            "section": apart.section,
            "row": apart.row,
            "seats": apart.seats,
            "unit_price": {"amount": 4500, "currency": apart.show["currency"]},
        }
        return await created(client, "/api/listings", body, WAIT_S)


async def test_a_program_buys_and_hears_of_it(one_process: WholeSystem, browser: Browser, program: Program) -> None:
    page = await person(one_process, browser)
    secret = await key_from_the_page(page)
    listing = await for_sale(one_process)

    with Fairseat(one_process.url, key=secret) as fairseat:
        wanted = models.NewWebhook(url=f"{program.serving.url}/hook", subjects=["orders.confirmed.v1"])
        webhook = await asyncio.to_thread(fairseat.webhook_create, wanted)
        order = await patiently(lambda: fairseat.hold_seats(models.NewOrder(listing_id=listing["id"], quantity=2)))
        assert (order.status, order.quantity) == ("held", 2)
        payment = models.NewPayment(order_id=order.id, payment_method="pm_card_visa")
        await patiently(lambda: fairseat.payment_create(payment))
        assert str(order.id) in [
            str(each.id) for each in await asyncio.to_thread(lambda: list(fairseat.pages(fairseat.order_list)))
        ]
        with pytest.raises(Problem) as refused:
            await asyncio.to_thread(fairseat.tickets_list)
        assert (refused.value.status, refused.value.type) == (403, "scope-missing")
        assert refused.value.members["scope"] == "tickets:read"

        fact = await heard(program, webhook.secret, 1)
        assert (fact["subject"], fact["role"], fact["data"]["order_id"]) == (
            "orders.confirmed.v1",
            "buyer",
            str(order.id),
        )
        assert fact["data"]["total"] == {"amount": order.total.amount, "currency": order.total.currency}

        await sent_again(page, program, str(webhook.id))
        assert await heard(program, webhook.secret, 2) == fact

        # While a program takes a new secret over, either is good.
        await page.goto(f"/developers/webhooks/{webhook.id}")
        await page.get_by_role("button", name="New secret").click()
        await expect(page.get_by_role("heading", name="The new secret of this webhook")).to_be_visible()
        assert await accessibility_faults(page) == []
        renewed = (await page.locator("[data-secret]").inner_text()).strip()
        await page.get_by_role("button", name="Send a test").click()
        for good in (webhook.secret, renewed):
            assert (await heard(program, good, 3))["subject"] == "webhooks.test.v1"

        await page.goto("/developers/keys")
        await page.get_by_role("button", name="End the key Box office").click()
        await expect(page.get_by_text("The key is ended.")).to_be_visible()
    with Fairseat(one_process.url, key=secret) as late, pytest.raises(Problem) as ended:
        await asyncio.to_thread(late.order_list)
    assert ended.value.type == "key-invalid"


async def heard(program: Program, secret: str, count: int) -> dict[str, Any]:
    """The fact in the latest delivery, once there are so many, as whoever has the secret reads it."""

    async def enough() -> bool:
        return len(program.heard) >= count

    await eventually(enough, WAIT_S)
    headers, body = program.heard[-1]
    with pytest.raises(SignatureInvalid):
        verify("whsec_somebody-elses", headers["fairseat-signature"], body)
    with pytest.raises(SignatureInvalid):
        verify(secret, headers["fairseat-signature"], body, now_s=4e9)
    return verify(secret, headers["fairseat-signature"], body)


async def sent_again(page: Page, program: Program, webhook_id: str) -> None:
    """Find the delivery in the log, see both of its tries, and have it made again."""
    await page.goto("/developers/webhooks")
    await page.get_by_role("link", name=program.serving.url).click()
    await page.wait_for_url(f"**/developers/webhooks/{webhook_id}")
    assert await accessibility_faults(page) == []
    await page.get_by_role("main").get_by_role("link", name="orders.confirmed.v1").click()
    row = page.get_by_role("row")
    await expect(row.filter(has_text="503")).to_have_count(1)
    await expect(row.filter(has_text="204")).to_have_count(1)
    assert await accessibility_faults(page) == []
    await page.get_by_role("button", name="Send again").click()
    await expect(page.get_by_text("The delivery is on its way again.")).to_be_visible()


async def test_the_reference_is_read_without_scripts(one_process: WholeSystem, browser: Browser) -> None:
    await asyncio.to_thread(document_of, one_process.url)
    page = await page_for(browser, one_process.url, phone=True, scripts=False)
    await page.goto("/developers")
    await page.get_by_role("link", name="The reference").click()
    await page.get_by_role("link", name="/api/orders", exact=True).first.click()
    await expect(page.get_by_role("heading", level=1, name="Holds and purchases")).to_be_visible()
    await expect(page.locator("#hold_seats")).to_contain_text("Idempotency-Key")
    await page.locator("#hold_seats .refusals summary").click()
    await expect(page.locator("#hold_seats .refusals")).to_contain_text("seats-unavailable")

    wide = await page_for(browser, one_process.url)
    for address in ("/api/docs/events", "/developers", "/api/docs/webhooks"):
        found = await wide.goto(address)
        assert found is not None
        assert found.status == 200, address
    assert await accessibility_faults(wide) == []
    scripts = await wide.evaluate("[...document.scripts].map(each => new URL(each.src || location).origin)")
    assert set(scripts) <= {one_process.url}
    await wide.goto("/developers/keys")
    await expect(wide).to_have_url(re.compile("/sign-in"))
