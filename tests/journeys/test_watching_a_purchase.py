"""One purchase is one trace, through pages, services, outboxes and mails; and the page that shows it."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from fairseat_common.testing.browser import accessibility_faults, page_for
from fairseat_common.testing.trading import Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)
EVERYBODY = {"web", "orders", "payments", "tickets", "notifications"}
STEPS = (
    ("orders", "send orders.held.v1"),
    ("payments", "send payments.authorized.v1"),
    ("orders", "handle payments.authorized.v1"),
    ("tickets", "handle orders.confirmed.v1"),
    ("notifications", "handle tickets.issued.v1"),
    ("notifications", "send mail tickets"),
)


async def trace_of(client: httpx.AsyncClient, trace_id: str) -> list[dict[str, Any]] | None:
    """The spans, once there are all of a purchase."""
    answer = await client.get(f"/dev/watch/traces/{trace_id}.json")
    spans: list[dict[str, Any]] = answer.json()["spans"] if answer.status_code == 200 else []
    known = {(span["service"], span["name"]) for span in spans}
    return spans if known.issuperset(STEPS) else None


async def test_a_purchase_is_one_trace(one_process: WholeSystem, browser: Browser) -> None:
    apart = await one_process.announce(2)
    trace_id, span_id = secrets.token_hex(16), secrets.token_hex(8)
    async with one_process.client() as s, one_process.client() as visitor:
        seller = Trader(s)
        await seller.sign_up("Selma Seller")
        place = {"show_id": apart.show["id"], "section": apart.section, "row": apart.row, "seats": apart.seats}
        price = {"amount": 4_000, "currency": apart.show["currency"]}
        listing = await created(seller.client, "/api/listings", {**place, "unit_price": price, "split": "any"})
        await seller.is_on_sale(listing)

        buyer = await page_for(browser, one_process.url)
        email = "bea-" + secrets.token_hex(6) + "@example.com"
        answer = await buyer.request.post("/api/users/signup", data={"email": email, "password": "a long password"})
        assert answer.ok, await answer.text()
        await buyer.set_extra_http_headers({"traceparent": f"00-{trace_id}-{span_id}-01"})
        await buyer.goto(f"/shows/{apart.show['id']}")
        await buyer.get_by_label("Quantity").first.select_option("1")
        await buyer.get_by_role("button", name=f"Hold seats in {apart.section}").first.click()
        await expect(buyer.get_by_role("heading", name="Checkout")).to_be_visible()
        await buyer.get_by_label("Visa ending 4242").check()
        await buyer.get_by_role("button", name="Pay").click()
        await expect(buyer.get_by_role("heading", name="You’re going.")).to_be_visible()

        spans = await eventually(lambda: trace_of(visitor, trace_id), 30)
        assert {span["service"] for span in spans} >= EVERYBODY
        known = {span["span_id"] for span in spans} | {span_id}
        open_still = {span["parent_id"] for span in spans if span["parent_id"] not in known}
        assert len(open_still) <= 1, "only what has not ended yet, such as a live page, is not there"
        about = {span["attributes"].get("fairseat.order_id") for span in spans}
        assert len(about - {None}) == 1, "it names the order"
        assert email not in str(spans), "and nobody"

    watcher = await page_for(browser, one_process.url, phone=True)
    await watcher.goto(f"/dev/watch?trace={trace_id}")
    await expect(watcher.get_by_role("heading", name="Spans")).to_be_visible()
    await expect(watcher.get_by_text("send mail tickets").first).to_be_visible()
    await expect(watcher.get_by_role("rowheader", name="mail.sent").first).to_be_visible()
    assert await accessibility_faults(watcher) == []


async def test_the_page_shows_what_happens(one_process: WholeSystem, browser: Browser) -> None:
    page = await page_for(browser, one_process.url, scripts=False)
    await page.goto("/shows")
    await page.goto("/dev/watch")
    await page.get_by_role("link", name="Look again").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("What happens")
    for name in ("auth", "orders", "web"):
        await expect(page.get_by_role("rowheader", name=name, exact=True)).to_be_visible()
    await expect(page.get_by_text("seats sold")).to_be_visible()
    await page.get_by_label("Id of a trace").fill("no id")
    await page.get_by_role("button", name="Show it").click()
    await expect(page.get_by_text("That is no id of a trace")).to_be_visible()
    seen = await page_for(browser, one_process.url)
    await seen.goto("/dev/watch")
    assert await accessibility_faults(seen) == []
    async with one_process.client() as visitor:
        assert (await visitor.get("/dev/watch/traces/" + "0" * 32)).status_code == 404
        assert (await visitor.post("/v1/traces", content=b"")).status_code in (404, 405), "only services send traces"
        signals = (await visitor.get("/dev/watch.json")).json()["signals"]
    assert [each["name"] for each in signals["services"] if not each["up"]] == []
