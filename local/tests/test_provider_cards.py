"""Cards: what the API takes for one, and the form of Stripe.js in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, Route, expect

from fairseat_common.testing.browser import accessibility_faults, chromium, page_for
from fairseat_local.provider.cards import BY_LAST4, CARDS, NUMBERS
from fairseat_local.provider.payment_methods import luhn_ok
from fairseat_local.provider.process import ProviderProcess

PUBLISHABLE = {"authorization": "Bearer pk_test_x"}
SECRET = {"authorization": "Bearer sk_test_x"}
GOOD = {
    "type": "card",
    "card[number]": "4242 4242 4242 4242",
    "card[exp_month]": "12",
    "card[exp_year]": "34",
    "card[cvc]": "123",
}
CHECKOUT = """<!doctype html><html lang="en"><title>Checkout</title><main><h1>Checkout</h1>
<form id="form"><div id="card"></div><button>Pay</button></form><output id="told"></output></main>
<script src="/dev/provider/stripe.js"></script>
<script>
  const stripe = Stripe("pk_test_x");
  const card = stripe.elements().create("card", { style: { base: { fontSize: "16px" } } });
  const seen = [];
  card.on("ready", () => seen.push("ready"));
  card.on("change", (told) => seen.push(told));
  card.mount("#card");
  document.querySelector("#form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const billing_details = { name: "Bo Buyer", address: { country: "DE" } };
    const { paymentMethod, error } = await stripe.createPaymentMethod({ type: "card", card, billing_details });
    document.querySelector("#told").textContent = paymentMethod ? paymentMethod.id : `${error.param}: ${error.message}`;
  });
</script></html>"""


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    async with ProviderProcess(tmp_path_factory.mktemp("provider") / "provider.sqlite") as process:
        yield process


@pytest.fixture
async def web(provider: ProviderProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=provider.url) as http:
        yield http


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def pay(web: httpx.AsyncClient, payment_method: str, **changes: Any) -> httpx.Response:
    params = {
        "amount": "5000",
        "currency": "eur",
        "payment_method": payment_method,
        "allowed_payment_method_types[]": "card",
        "capture_method": "manual",
        "confirm": "true",
        "return_url": f"{web.base_url}/back",
        **changes,
    }
    return await web.post("/v1/payment_intents", data=params, headers=SECRET)


def test_test_cards_are_well_formed_and_told_apart() -> None:
    assert all(luhn_ok(number) for number in NUMBERS)
    assert len(BY_LAST4) == len(NUMBERS)
    assert {card.last4 for card in CARDS.values()} == set(BY_LAST4)
    assert not luhn_ok("4242424242424241")


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("4242424242424242", "requires_capture"),
        ("4000000000000002", "requires_payment_method"),
        ("4000002500003155", "requires_action"),
        ("4000000000000259", "requires_capture"),
        ("3782 822463 10005", "requires_capture"),
    ],
)
async def test_a_typed_card_behaves_as_its_number(web: httpx.AsyncClient, number: str, status: str) -> None:
    cvc = "1234" if number.startswith("37") else "123"
    form = {**GOOD, "card[number]": number, "card[cvc]": cvc, "billing_details[name]": "Bo"}
    made = await web.post("/dev/provider/v1/payment_methods", data=form, headers=PUBLISHABLE)
    assert made.status_code == 200, made.text
    assert number.replace(" ", "") not in made.text
    assert (made.json()["card"]["exp_year"], made.json()["billing_details"]["name"]) == (2034, "Bo")
    answer = (await pay(web, made.json()["id"])).json()
    intent = answer["error"]["payment_intent"] if "error" in answer else answer
    assert intent["status"] == status


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"card[number]": "4242424242424241"}, "incorrect_number", "number"),
        ({"card[number]": "4242"}, "incorrect_number", "number"),
        ({"card[number]": "4111111111111111"}, "card_declined", "number"),
        ({"card[exp_month]": "13"}, "invalid_expiry_month", "exp_month"),
        ({"card[exp_year]": "2020"}, "invalid_expiry_year", "exp_year"),
        ({"card[exp_year]": "2099"}, "invalid_expiry_year", "exp_year"),
        ({"card[cvc]": "12"}, "invalid_cvc", "cvc"),
        ({"card[cvc]": "abc"}, "invalid_cvc", "cvc"),
    ],
)
async def test_cards_that_cannot_be_are_refused(
    web: httpx.AsyncClient, changes: dict[str, str], code: str, param: str
) -> None:
    answer = await web.post("/v1/payment_methods", data={**GOOD, **changes}, headers=PUBLISHABLE)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"], error["param"]) == (402, "card_error", code, param)


async def test_a_publishable_key_makes_cards_and_nothing_else(web: httpx.AsyncClient) -> None:
    assert (await web.get("/v1/payment_intents", headers=PUBLISHABLE)).status_code == 401
    assert (await web.post("/dev/provider/v1/refunds", headers=PUBLISHABLE)).status_code == 401
    assert (await web.post("/dev/provider/v1/payment_methods", data=GOOD)).status_code == 401
    strange = {**GOOD, "card[surprise]": "1"}
    refused = await web.post("/v1/payment_methods", data=strange, headers=PUBLISHABLE)
    assert refused.json()["error"]["code"] == "parameter_unknown"


async def checkout(browser: Browser, provider: ProviderProcess) -> Page:
    """A page of somebody else at the provider's origin, as the gateway makes it look."""
    page = await page_for(browser, provider.url)

    async def show(route: Route, _: Request) -> None:
        await route.fulfill(body=CHECKOUT, content_type="text/html")

    await page.route("**/checkout", show)
    await page.goto("/checkout")
    return page


async def test_the_card_form_in_a_browser(browser: Browser, provider: ProviderProcess, web: httpx.AsyncClient) -> None:
    page = await checkout(browser, provider)
    card = page.frame_locator("iframe[title='Card details']")
    await card.get_by_label("Card number").press_sequentially("4242424242424241")
    await expect(card.get_by_role("alert")).to_contain_text("not valid")
    assert await card.get_by_label("Card number").get_attribute("aria-invalid") == "true"
    await page.get_by_role("button", name="Pay").click()
    await expect(page.locator("#told")).to_have_text("number: The card number is not valid. Please check its digits.")
    await card.get_by_label("Card number").fill("")
    await card.get_by_label("Card number").press_sequentially("4000002500003155")
    await expect(card.get_by_label("Card number")).to_have_value("4000 0025 0000 3155")
    await card.get_by_label("Expiry date").press_sequentially("1234")
    await expect(card.get_by_label("Expiry date")).to_have_value("12 / 34")
    await page.get_by_role("button", name="Pay").click()
    await expect(page.locator("#told")).to_have_text("cvc: The security code is not complete.")
    await card.get_by_label("Security code").press_sequentially("123")
    await card.get_by_label("Security code").press("Enter")
    await expect(page.locator("#told")).to_contain_text("pm_")
    seen = await page.evaluate("seen.map((each) => typeof each === 'string' ? each : [each.complete, each.brand])")
    assert (seen[0], seen[-1]) == ("ready", [True, "visa"])
    method = await page.locator("#told").inner_text()
    assert (await pay(web, method)).json()["status"] == "requires_action"
    assert await accessibility_faults(page) == []


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_bank_page_works_without_scripts(
    browser: Browser, provider: ProviderProcess, web: httpx.AsyncClient, scripts: bool, tmp_path: Path
) -> None:
    intent = (await pay(web, "pm_card_threeDSecure2Required")).json()
    page = await page_for(browser, provider.url, phone=True, scripts=scripts)
    await page.goto(intent["next_action"]["redirect_to_url"]["url"])
    if scripts:
        assert await accessibility_faults(page) == []
    await expect(page.get_by_role("button", name="Fail")).to_be_visible()
    async with page.expect_request("**/back?*") as back:
        await page.get_by_role("button", name="Complete").click()
    assert "redirect_status=succeeded" in (await back.value).url


async def test_a_seller_is_onboarded_in_a_browser(
    browser: Browser, provider: ProviderProcess, web: httpx.AsyncClient
) -> None:
    account = (await web.post("/v1/accounts", data={"type": "express"}, headers=SECRET)).json()
    form = {"account": account["id"], "type": "account_onboarding"}
    form |= {"refresh_url": f"{provider.url}/again", "return_url": f"{provider.url}/back"}
    link = (await web.post("/v1/account_links", data=form, headers=SECRET)).json()["url"]
    page = await page_for(browser, provider.url)
    await page.goto(link)
    assert await accessibility_faults(page) == []
    async with page.expect_request("**/back"):
        await page.get_by_role("button", name="Agree and finish").click()
    assert (await web.get(f"/v1/accounts/{account['id']}", headers=SECRET)).json()["payouts_enabled"]
