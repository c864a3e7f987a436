"""kill -9 of payments before and after every call to the provider and every commit: each time one effect.

What is enumerated: every POST to the provider and every commit that writes, in payments' own database, between the hold
of an order and the end of its money: authorised, captured, refunded (a purchase); authorised, captured, released, paid
out (a sale). Events heard, rows leased, facts published and webhooks received are among them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from fairseat_common.testing.waiting import eventually
from fairseat_local.faults import Explorer, Kill, Lines
from fairseat_local.faults.books import rows
from fairseat_local.faults.exploring import Life, explore
from fairseat_local.faults.market import Json, Market, Person
from fairseat_local.faults.second import SecondProcess
from fairseat_local.faults.watching import Watched, effects, lines_around, once, watching
from fairseat_local.testing import WholeSystem

LIVES_MAX = 150
ALWAYS_KILLED_AT = (
    "POST /v1/payment_intents",
    "POST /v1/payment_intents/:id/capture",
    "POST /v1/refunds",
    "POST /v1/accounts",
    "POST /v1/account_links",
    "POST /v1/transfers",
    "commit: insert attempts",
    "commit: update attempts",
    "commit: update outbox",
    "commit: update payouts",
    "commit: update refunds",
)
SALES_MAX = 48
SOLD_AT_ONCE = 8
SELLERS = 12
SOLD_EACH = 3
KILLED_MAX_S = 60.0
PAYOUTS = "select id::text, transfer_id, amount from payouts where seller_id = any($1::text[]::uuid[])"
PAID_LINES = """
select l.order_id, l.line, l.price - l.seller_fee, count(i.payout_id)
from sale_lines l
left join payables p on p.order_id = l.order_id and p.line = l.line
left join payout_items i on i.payable_id = p.id
where l.seller_id = any($1::text[]::uuid[]) group by 1, 2, 3
"""
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory, few_shows: Path) -> Iterator[tuple[WholeSystem, Explorer, Lines]]:
    with lines_around(tmp_path_factory.mktemp("killed") / "data", few_shows) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def watched(lines: tuple[WholeSystem, Explorer, Lines]) -> AsyncIterator[Watched]:
    async with watching(lines) as opened:
        yield opened


async def test_a_kill_at_any_moment_leaves_one_effect(watched: Watched) -> None:
    show = await watched.market.show()
    market, explorer = watched.market, watched.explorer
    sold: list[Sold] = []
    paid: list[Json] = []

    async def sell_some() -> None:
        if not sold:
            sold.extend(await asyncio.gather(*(sell(market) for _ in range(SOLD_AT_ONCE))))
            paid.extend(each.order for each in sold)

    buying = await explore(explorer, lambda life: buy_and_refund(market, show, life), LIVES_MAX)
    paying = await explore(explorer, lambda life: pay_out(market, sold.pop(), life), SALES_MAX, sell_some)
    refunds, sales = await asyncio.gather(*buying), await asyncio.gather(*paying)
    watched.every_kill_was_one(*ALWAYS_KILLED_AT)
    await watched.audit()
    charged = once(refunds, "captured", "refunded") + once(paid, "captured")
    assert await effects(watched.market, "captured", "refunded") == charged
    transfers = Counter((each["object_id"], each["amount"]) for each in await watched.market.journal("transferred"))
    assert transfers == Counter((sale["transfer_id"], sale["net"]) for sale in sales)
    for orders in (refunds, sales):
        await watched.ends_are_equal(orders)


async def buy_and_refund(market: Market, show: Json, life: Life) -> Json:
    """Held, authorised, captured, and given back by the operator."""
    seller, buyer = await market.person(), await market.person()
    life.has(seller.id, buyer.id)
    order = await buyer.hold_places(await market.places(seller, show, 1))
    life.has(order["id"])
    life.has((await buyer.buy(order))["id"])
    await buyer.is_charged(order)
    life.has((await market.refund(order))["id"])
    await buyer.is_refunded(order)
    return order


@dataclass
class Sold:
    """An order that was paid for, its show, and who sold it."""

    seller: Person
    buyer: Person
    show: Json
    order: Json


async def sell(market: Market) -> Sold:
    """An order of a seller, a buyer and a show of its own, and charged."""
    seller, buyer, show = await market.person(), await market.person(), await market.show()
    order = await buyer.hold_places(await market.places(seller, show, 1))
    await buyer.buy(order)
    await buyer.is_charged(order)
    return Sold(seller, buyer, show, order)


async def pay_out(market: Market, sold: Sold, life: Life) -> Json:
    """Released after the show, and sent to an account at the provider that the seller has just opened."""
    life.has(sold.seller.id, sold.buyer.id, sold.order["id"], sold.show["id"])
    life.names.add((await market.onboard(sold.seller)).encode())
    await market.starts(sold.show)
    page = await sold.seller.sees("/api/sales", lambda found: statuses(found) == ["paid"])
    return {**sold.order, "transfer_id": page["items"][0]["transfer_id"], "net": page["items"][0]["net"]["amount"]}


async def test_payouts_of_two_processes_of_which_one_is_killed_in_the_middle_pay_each_line_once(
    watched: Watched,
) -> None:
    market = watched.market
    sellers = [await market.person() for _ in range(SELLERS)]
    shows = [await market.show(), await market.show()]

    async def sell(seller: Person) -> str:
        account_id = await market.onboard(seller)
        buyer = await market.person()
        for show in shows:
            listing = await market.places(seller, show, SOLD_EACH)
            for _ in range(SOLD_EACH):
                order = await buyer.hold_places(listing)
                await buyer.buy(order)
                await buyer.is_charged(order)
        return account_id

    accounts = await asyncio.gather(*(sell(seller) for seller in sellers))
    kill = Kill("POST /v1/transfers", SELLERS // 3, "after")
    watched.explorer.plan(kill)
    await market.starts(shows[0])
    await eventually(lambda: happened(watched.explorer, kill), KILLED_MAX_S)
    second = SecondProcess("payments", watched.system.data_dir)
    second.start()
    try:
        await market.starts(shows[1])
        for seller in sellers:
            await seller.sees("/api/sales?limit=50", lambda page: statuses(page) == ["paid"] * SOLD_EACH * len(shows))
        await watched.audit()
    finally:
        second.stop()
    assert watched.lines.survivors == []
    await each_line_was_paid_once(watched, dict(zip([seller.id for seller in sellers], accounts, strict=True)))


async def happened(explorer: Explorer, kill: Kill) -> bool:
    return explorer.done == [kill]


def statuses(page: Json) -> list[str]:
    return [sale["status"] for sale in page["items"]]


async def each_line_was_paid_once(watched: Watched, accounts: dict[str, str]) -> None:
    """Every line in one payout, every payout one transfer, and no cent more or less than what was sold."""
    transfers = [each for each in await watched.market.journal("transferred") if each["metadata"]["payout_id"]]
    payouts = await rows(watched.system, "payments", PAYOUTS, list(accounts))
    ours = {payout_id for payout_id, *_ in payouts}
    sent = [(each["metadata"]["payout_id"], each["object_id"], each["amount"]) for each in transfers]
    assert sorted(payout for payout in sent if payout[0] in ours) == sorted(payouts)
    lines = await rows(watched.system, "payments", PAID_LINES, list(accounts))
    assert len(lines) == len(accounts) * SOLD_EACH * 2
    assert {times for *_, times in lines} == {1}
    assert sum(net for _, _, net, _ in lines) == sum(amount for *_, amount in payouts)
