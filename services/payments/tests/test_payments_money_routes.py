"""Reading money over HTTP: sellers see their own, operators everything, nobody else anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fairseat_common.contracts import Event, Money, OrderConfirmed, OrderHeld, OrderRefundDue, PayoutSent, ShowPublished
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.provider.process import ProviderProcess

BACK = "http://localhost:8000/sales?done=payouts"
LEDGER = ["accounts", "entries", "breaks", "tax", "orders/01890000-0000-7000-8000-000000000000"]


@pytest.fixture(scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProviderProcess]:
    process = ProviderProcess(tmp_path_factory.mktemp("provider") / "provider.sqlite")
    await process.start()
    yield process
    await process.stop()


@pytest.fixture
async def payments(start: StartService, provider: ProviderProcess) -> RunningService:
    return await start("payments", STRIPE_API_URL=provider.url, PAYOUT_DELAY_SECONDS="3600", **TAX)


TAX = {"TAX_RATES": "DE:19,FR:20", "OPERATOR_NAME": "Fairseat GmbH", "OPERATOR_TAX_ID": "DE 123 456 789"}


async def tell(payments: RunningService, event: Event) -> None:
    heard = await payments.publish(event)
    await eventually(lambda: payments.heard(heard))


def held(show: ShowPublished, seller_id: UUID, seats: int = 2) -> OrderHeld:
    return OrderHeld(
        order_id=new_id(),
        buyer_id=new_id(),
        seller_id=seller_id,
        listing_id=new_id(),
        show_id=show.show_id,
        section="Stalls",
        row="C",
        seats=tuple(str(number) for number in range(1, seats + 1)),
        quantity=seats,
        unit_price=Money(5_000, "EUR"),
        fees=Money(500 * seats, "EUR"),
        total=Money(5_500 * seats, "EUR"),
        expires_at=datetime.now(UTC) + timedelta(minutes=10),
        version=1,
        occurred_at=datetime.now(UTC),
        seller_fees=Money(250 * seats, "EUR"),
        fee_rule=1,
    )


def fields_of(order: OrderHeld) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__struct_fields__}


async def bought(payments: RunningService, show: ShowPublished, seller_id: UUID, seats: int = 2) -> OrderHeld:
    """An order that was paid, confirmed and captured."""
    order = held(show, seller_id, seats)
    await tell(payments, order)
    buyer = payments.client(order.buyer_id)
    body = {"order_id": str(order.order_id), "payment_method": "pm_card_visa"}
    answer = await buyer.post("/api/payments", json=body, headers={"Idempotency-Key": new_id().hex})
    assert answer.status_code == 201
    await tell(payments, OrderConfirmed(**fields_of(order) | {"version": 2}))
    payment = f"/api/payments/{answer.json()['id']}"
    await eventually(says(buyer, payment, lambda found: found["status"] == "captured"))
    return order


def says(
    client: httpx.AsyncClient, path: str, wanted: Callable[[dict[str, Any]], bool]
) -> Callable[[], Awaitable[dict[str, Any] | None]]:
    """Looks at a page until it says what is wanted."""

    async def look() -> dict[str, Any] | None:
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found if wanted(found) else None

    return look


async def onboarded(provider: ProviderProcess, seller: httpx.AsyncClient) -> dict[str, Any]:
    answer = await seller.post("/api/payouts/account", json={"return_url": BACK})
    assert answer.status_code == 201, answer.text
    account_id = answer.json()["onboarding_url"].partition("/onboarding/")[2].partition("?")[0]
    async with httpx.AsyncClient(base_url=provider.url) as client:
        assert (await client.post(f"/control/accounts/{account_id}", json={"onboarded": True})).status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def both_see(payments: RunningService, order: OrderHeld, steps: str) -> None:
    """Buyer, seller and the seller's list of sales tell of the same steps and times: `all: paid+ escrow> show- ...`."""
    buyer, seller = payments.client(order.buyer_id), payments.client(order.seller_id)
    path = f"/api/payments/timeline/{order.order_id}"
    told = [(await client.get(path)).json() for client in (buyer, seller)]
    [sale] = (await seller.get("/api/sales")).json()["items"]
    ours, theirs = ([(each["seats"], each["steps"]) for each in one["paths"]] for one in told)
    assert ours == theirs == [(each["seats"], each["steps"]) for each in sale["timeline"]]
    assert [one.pop("role") for one in told] == ["buyer", "seller"]
    assert str(order.seller_id) not in str(told[0])
    assert str(order.buyer_id) not in str(told[1])
    marks = {"done": "+", "now": ">", "todo": "-", "failed": "x"}
    said = [
        f"{','.join(seats)}: {' '.join(step['step'] + marks[step['state']] for step in way)}" for seats, way in ours
    ]
    assert said == [line.strip() for line in steps.split("|")]


def is_back(sale: dict[str, Any]) -> bool:
    """Whether the first seat's refund has been made."""
    first = sale["timeline"][0]["steps"][-1]
    return bool((first["step"], first["state"]) == ("refunded", "done"))


async def sums(seller: httpx.AsyncClient) -> dict[str, int]:
    """What a seller's euros add up to, by where they are."""
    answer = await seller.get("/api/sales/summary")
    assert answer.status_code == 200, answer.text
    [totals] = answer.json()["totals"]
    return {name: totals[name]["amount"] for name in ("escrow", "payable", "paid", "disputed")}


async def test_a_sale_is_seen_all_the_way_from_escrow_to_the_transfer(
    payments: RunningService, provider: ProviderProcess
) -> None:
    seller_id = new_id()
    seller, operator = payments.client(seller_id), payments.client(new_id(), ("user", "operator"))
    show = show_published(starts_at=datetime.now(UTC) + timedelta(days=3))
    await tell(payments, show)
    order = await bought(payments, show, seller_id)
    [sale] = (await seller.get("/api/sales")).json()["items"]
    assert sale["held_until"] == (show.starts_at + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert (sale["order_id"], sale["status"], sale["seats"]) == (str(order.order_id), "held", ["1", "2"])
    assert (sale["section"], sale["row"]) == ("Stalls", "C")
    amounts = [sale[name] for name in ("gross", "seller_fees", "net")]
    assert amounts == [{"amount": each, "currency": "EUR"} for each in (10_000, 500, 9_500)]
    assert await sums(seller) == {"escrow": 9_500, "payable": 0, "paid": 0, "disputed": 0}
    await both_see(payments, order, "1,2: paid+ escrow> show- released- paid_out-")
    [fee] = sale["fee_taxes"]
    assert (fee["rate"], *(fee[name]["amount"] for name in ("net", "tax", "gross"))) == ("19", 420, 80, 500)
    assert (await seller.get("/api/payouts/account")).json() == {"status": "none", "version": 0, "waiting": False}
    assert (await onboarded(provider, seller))["status"] == "pending"
    assert (await seller.get("/api/payouts/account")).json()["status"] == "active"
    started = {"starts_at": datetime.now(UTC) - timedelta(hours=2), "version": 2}
    await tell(payments, ShowPublished(**{name: getattr(show, name) for name in show.__struct_fields__} | started))
    found = await eventually(says(seller, "/api/sales", lambda found: found["items"][0]["status"] == "paid"))
    [sale], [payout] = found["items"], (await seller.get("/api/payouts")).json()["items"]
    assert sale["transfer_id"] == payout["transfer_id"]
    assert sale["payout_id"] == payout["id"]
    assert (payout["status"], payout["amount"]) == ("sent", {"amount": 9_500, "currency": "EUR"})
    assert sale["released_at"] <= sale["paid_at"]
    assert await sums(seller) == {"escrow": 0, "payable": 0, "paid": 9_500, "disputed": 0}
    await both_see(payments, order, "1,2: paid+ escrow+ show+ released+ paid_out+")
    assert [each.amount for each in await payments.published(PayoutSent)] == [Money(9_500, "EUR")]
    await _operator_sees(operator, order, payout)


async def _operator_sees(operator: httpx.AsyncClient, order: OrderHeld, payout: dict[str, Any]) -> None:
    money = (await operator.get(f"/api/ledger/orders/{order.order_id}")).json()
    assert money["order"]["total"] == {"amount": 11_000, "currency": "EUR"}
    assert [each["status"] for each in money["attempts"]] == ["captured"]
    assert [(each["seat"], each["status"], each["payout_id"]) for each in money["lines"]] == [
        ("1", "released", payout["id"]),
        ("2", "released", payout["id"]),
    ]
    assert money["payouts"] == [payout]
    causes = sorted(each["cause"].partition(":")[0] for each in money["entries"])
    assert causes == ["line-released", "line-released", "order-confirmed", "payment-captured"]
    accounts = (await operator.get("/api/ledger/accounts", params={"limit": 100})).json()["items"]
    assert all(each["agrees"] and each["balance"] == each["entries_balance"] for each in accounts)
    left = {each["account"]: each["balance"]["amount"] for each in accounts if each["balance"]["amount"]}
    assert left == {"provider_clearing": 1_500, "platform_revenue": -1_260, "tax_payable:DE": -240}
    [owed] = (await operator.get("/api/ledger/tax")).json()["items"]
    assert (owed["country"], owed["rate"], owed["net"]["amount"], owed["owed"]["amount"]) == ("DE", "19", 1_260, 240)
    only = await operator.get("/api/ledger/accounts", params={"prefix": "escrow:"})
    assert [each["account"] for each in only.json()["items"]] == [f"escrow:{order.show_id}"]


async def test_refunded_seats_leave_the_sale(payments: RunningService) -> None:
    seller_id = new_id()
    show = show_published()
    await tell(payments, show)
    order = await bought(payments, show, seller_id)
    refund: dict[str, Any] = {"refund_id": new_id(), "refund_reason": "goodwill", "version": 3}
    one = refund | {"refund_seats": ("1",), "refund_amount": Money(5_500, "EUR")}
    await tell(payments, OrderRefundDue(**fields_of(order) | one))
    seller = payments.client(seller_id)
    [sale] = (await seller.get("/api/sales")).json()["items"]
    assert (sale["seats"], sale["refunded_seats"], sale["status"]) == (["2"], ["1"], "held")
    assert sale["net"] == {"amount": 4_750, "currency": "EUR"}
    assert (await sums(seller))["escrow"] == 4_750
    await eventually(says(seller, "/api/sales", lambda found: is_back(found["items"][0])))
    await both_see(payments, order, "1: paid+ escrow+ refunded+ | 2: paid+ escrow> show- released- paid_out-")
    tax = (await payments.client(order.buyer_id).get(f"/api/payments/tax/{order.order_id}")).json()
    [bought_tax], [[back]] = tax["taxes"], [each["taxes"] for each in tax["refunds"]]
    assert [bought_tax[name]["amount"] for name in ("net", "tax", "gross")] == [840, 160, 1_000]
    assert [back[name]["amount"] for name in ("net", "tax", "gross")] == [420, 80, 500]
    assert tax["operator"] == {"name": "Fairseat GmbH", "address": [], "tax_id": "DE 123 456 789"}
    rest = refund | {"refund_id": new_id(), "version": 4, "refund_seats": ("2",), "refund_amount": Money(5_500, "EUR")}
    await tell(payments, OrderRefundDue(**fields_of(order) | rest))
    [sale] = (await seller.get("/api/sales")).json()["items"]
    assert (sale["refunded_seats"], sale["status"]) == (["1", "2"], "refunded")
    assert (await seller.get("/api/sales/summary")).json() == {"totals": [], "payout_delay_s": 3600}
    operator = payments.client(new_id(), ("operator",))
    path = f"/api/ledger/orders/{order.order_id}"
    money = await eventually(
        says(operator, path, lambda found: {r["status"] for r in found["refunds"]} == {"refunded"})
    )
    assert [each["status"] for each in money["lines"]] == ["refunded", "refunded"]
    await both_see(payments, order, "1,2: paid+ escrow+ refunded+")
    assert all(each["provider_id"] for each in money["refunds"])


@pytest.mark.parametrize("path", LEDGER)
async def test_only_operators_see_the_ledger(payments: RunningService, path: str) -> None:
    signed_out = await payments.client().get(f"/api/ledger/{path}")
    assert (signed_out.status_code, signed_out.json()["type"]) == (401, "sign-in-required")
    for roles in (("user",), ("user", "organiser")):
        answer = await payments.client(new_id(), roles).get(f"/api/ledger/{path}")
        assert answer.status_code == 403
        assert answer.json()["type"] in ("forbidden", "operator-only")
    answer = await payments.client(new_id(), ("operator",)).get(f"/api/ledger/{path}")
    assert answer.status_code == (404 if path.startswith("orders/") else 200)


@pytest.mark.parametrize("path", ["/api/sales", "/api/sales/summary", "/api/payouts", "/api/payouts/account"])
async def test_sellers_see_only_their_own(payments: RunningService, path: str) -> None:
    assert (await payments.client().get(path)).status_code == 401
    show = show_published()
    await tell(payments, show)
    await bought(payments, show, new_id())
    answer = (await payments.client(new_id(), ("user", "operator")).get(path)).json()
    sums = {"totals": [], "payout_delay_s": 3600}
    none = {"status": "none", "version": 0, "waiting": False}
    assert answer in ({"items": [], "next_cursor": None}, none, sums)


@pytest.mark.parametrize("path", ["timeline", "tax"])
async def test_the_money_of_an_order_is_between_two(payments: RunningService, path: str) -> None:
    show = show_published()
    await tell(payments, show)
    order, held_only = await bought(payments, show, new_id()), held(show, new_id())
    await tell(payments, held_only)
    asked = f"/api/payments/{path}/{order.order_id}"
    assert (await payments.client(order.buyer_id).get(asked)).status_code == 200
    assert (await payments.client(order.seller_id).get(asked)).status_code == (200 if path == "timeline" else 404)
    assert (await payments.client().get(asked)).status_code == 401
    for roles in (("user",), ("user", "operator")):
        assert (await payments.client(new_id(), roles).get(asked)).status_code == 404
    before = f"/api/payments/{path}/{held_only.order_id}"
    assert (await payments.client(held_only.buyer_id).get(before)).status_code == 404, "nothing was sold yet"


async def test_pages_follow_one_another(payments: RunningService) -> None:
    seller_id, show = new_id(), show_published()
    await tell(payments, show)
    for _ in range(3):
        await bought(payments, show, seller_id, seats=1)
    seller, operator = payments.client(seller_id), payments.client(new_id(), ("operator",))
    for client, path in ((seller, "/api/sales"), (operator, "/api/ledger/entries"), (operator, "/api/ledger/accounts")):
        whole = (await client.get(path, params={"limit": 100})).json()
        assert whole["next_cursor"] is None
        pieces, cursor = [], None
        while True:
            page = (await client.get(path, params={"limit": 1} | ({"cursor": cursor} if cursor else {}))).json()
            pieces += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        assert pieces == whole["items"]
        assert len(pieces) >= 3


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/api/ledger/entries", {"order_id": "no-id"}),
        ("/api/ledger/entries", {"cursor": "rubbish"}),
        ("/api/ledger/accounts", {"currency": "eur"}),
        ("/api/ledger/accounts", {"limit": "1000"}),
        ("/api/ledger/breaks", {"state": "closed"}),
        ("/api/sales", {"cursor": "WzFd"}),
        ("/api/payouts", {"limit": "0"}),
        ("/api/payouts/waiting", {"cursor": "rubbish"}),
        ("/api/ledger/tax", {"cursor": "WyIyMDI2LTAxLTAxIiwiREUiLCJFVVIiLDk5OTk5XQ"}),
    ],
)
async def test_wrong_questions_are_refused(payments: RunningService, path: str, params: dict[str, str]) -> None:
    answer = await payments.client(new_id(), ("operator",)).get(path, params=params)
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")


@pytest.mark.parametrize(
    "body",
    [{}, {"return_url": "https://evil.example/"}, {"return_url": BACK, "account_id": "acct_1"}, {"return_url": 1}],
)
async def test_a_seller_comes_back_to_us_or_nowhere(payments: RunningService, body: dict[str, Any]) -> None:
    answer = await payments.client(new_id()).post("/api/payouts/account", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")
    assert (await payments.client().post("/api/payouts/account", json={"return_url": BACK})).status_code == 401


async def test_the_routes_are_described(payments: RunningService) -> None:
    paths = (await payments.client().get("/openapi.json")).json()["paths"]
    expected = ["/api/sales", "/api/payouts", "/api/payouts/account", "/api/ledger/accounts", "/api/ledger/entries"]
    assert [
        path for path in [*expected, "/api/ledger/breaks", "/api/ledger/orders/{order_id}"] if path not in paths
    ] == []
