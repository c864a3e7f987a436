"""The checker finds planted faults in the money: at the provider, in our tables, in the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio

from fairseat_common.ids import new_id
from fairseat_common.testing.running import Servers
from fairseat_local.check import check
from fairseat_local.sample.trying import Market, Written, written


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample_written(servers: Servers) -> AsyncIterator[Written]:
    async with written(servers) as sample:
        yield sample


@pytest_asyncio.fixture(loop_scope="session")
async def market(sample_written: Written) -> AsyncIterator[Market]:
    async with sample_written.market() as market:
        yield market


# Each is one row that is not what it should be; the named invariant must see it.
TRADES = [
    ("S4", "tickets", "update tickets set order_id = gen_random_uuid() where order_id is not null"),
    ("S4", "tickets", "update tickets set order_id = null where order_id is not null and seat = '2'"),
    ("S4", "tickets", "update tickets set holder_id = gen_random_uuid() where order_id is not null"),
    ("S4", "tickets", "update tickets set status = 'void', ended_at = now() where order_id is not null"),
    (
        "S4",
        "tickets",
        "update tickets set status = 'valid', ended_at = null where order_id is not null and replaced_by is null",
    ),
    ("S4", "payments", "update attempts set status = 'voided' where status = 'captured'"),
    ("S4", "payments", "update attempts set amount = amount - 1 where intent_id = 'pi_1'"),
    ("S4", "payments", "update sale_lines set status = 'escrow', refund_id = null, released_at = null"),
    ("S4", "payments", "update refunds set seats = '{}' where reason = 'goodwill'"),
    ("S4", "orders", "update orders set status = 'held' where status = 'confirmed' and lines_refunded = 0"),
    ("S4", "orders", "update orders set payment_id = gen_random_uuid()"),
    ("S4", "orders", "delete from refund_lines"),
]
MONEY = [
    ("M1", "orders", "delete from refund_lines"),
    ("M1", "orders", "update orders set status = 'cancelled', cancel_reason = 'buyer' where seats = '{1,2}'"),
    ("M8", "orders", "update orders set fees = fees + 1, total = total + 1 where quantity = 2"),
    ("M8", "orders", "update orders set seller_fees = seller_fees + 1 where quantity = 2"),
    ("M8", "orders", "update orders set currency = 'KWD', unit_price = unit_price + 1, total = total + quantity"),
    ("M8", "orders", "update refunds set amount = amount - 1"),
    ("M8", "payments", "update refunds set amount = amount - 1 where reason = 'unwanted'"),
    ("M8", "payments", "update sale_lines set price = price - 1, buyer_fee = buyer_fee + 1"),
    ("M8", "payments", "update sale_lines set buyer_tax = buyer_tax + 1 where line = 1"),
    ("M8", "payments", "update sale_lines set tax_rate = 700"),
    ("S4", "payments", "delete from sale_lines where status = 'charged_back'"),
    ("M9", "orders", "update orders set unit_price = 1, total = 1002, fees = 1000 where seats = '{1,2}'"),
    (
        "M9",
        "orders",
        "update outbox set payload = jsonb_set(payload, '{total,amount}', '1') where subject = 'orders.held.v1'",
    ),
    (
        "M1",
        "orders",
        (
            "with refused as (select (payload ->> 'payment_id')::uuid as id from outbox where version = 3)"
            " update orders set payment_id = refused.id from refused where seats = '{1,2}'"
        ),
    ),
    ("M7", "payments", "update payouts set reversed = 1"),
    ("M7", "payments", "update payout_items set amount = amount - 1"),
    ("M7", "payments", "delete from payout_items where payable_id = (select payable_id from payout_items limit 1)"),
    ("M6", "payments", "update payables set amount = amount - 1 where payout_id is null"),
    ("M6", "payments", "update payables set payout_id = (select id from payouts) where payout_id is null"),
    ("M6", "payments", "update sale_lines set status = 'released', refund_id = null where released_at is not null"),
    ("M6", "payments", "update sale_lines set released_at = now() - interval '8 days' where released_at is not null"),
    ("M6", "catalog", 'update outbox set payload = payload || \'{"status": "cancelled"}\''),
    ("M6", "catalog", "update outbox set payload = jsonb_set(payload, '{starts_at}', to_jsonb(now()))"),
    ("M6", "catalog", "delete from outbox; update shows set starts_at = now(), local_date = now(), version = 2"),
    ("M6", "catalog", "delete from outbox; update shows set status = 'postponed', version = 2"),
]
BOOKS = [
    ("M3", "payments", "delete from ledger_lines; delete from ledger_entries"),
    ("M3", "payments", "update ledger_entries set cause = cause || 'x' where cause like 'line-released:%:1'"),
    ("M3", "payments", "update ledger_lines set account = 'platform_revenue' where account like 'escrow:%'"),
    ("M3", "payments", "update ledger_lines set amount = amount * 2"),
    ("M3", "payments", "update ledger_lines set account = 'platform_revenue' where account = 'tax_payable:DE'"),
    ("M3", "payments", "update attempts set intent_id = 'pi_x' where intent_id = 'pi_1'"),
    ("M3", "payments", "update refunds set provider_id = 're_x' where reason = 'unwanted'"),
    ("M3", "payments", "update disputes set amount = amount - 1"),
    ("M3", "payments", "update payouts set transfer_id = 'tr_x'"),
    ("M3", "payments", "update breaks set resolved_at = null"),
    ("M4", "payments", "update ledger_lines set amount = amount - 1 where account = 'platform_revenue'"),
    ("M4", "payments", "update ledger_lines set currency = 'USD' where account = 'platform_revenue'"),
    ("M4", "payments", "delete from ledger_lines where account = 'refunds'"),
    ("M4", "payments", "update ledger_balances set balance = balance + 1 where account = 'disputes'"),
    ("M4", "payments", "delete from ledger_balances where account = 'provider_clearing'"),
    ("M5", "payments", "update ledger_lines set amount = amount - 1 where account = 'buyer_clearing' and amount < 0"),
    ("M5", "payments", "update ledger_lines set amount = amount + 1 where account = 'refunds' and amount > 0"),
    ("M5", "payments", "delete from ledger_lines where account = 'payouts_in_transit' and amount > 0"),
]
UNDER_WAY = [
    ("A3", "payments", "update attempts set status = 'authorized' where intent_id = 'pi_1'"),
    ("A3", "payments", "update attempts set status = 'challenged' where intent_id = 'pi_1'"),
    ("A3", "payments", "update attempts set status = 'voided' where intent_id = 'pi_1'"),
    ("A3", "payments", "update refunds set reason = 'gate' where reason = 'unwanted'"),
    ("A3", "orders", "update refunds set status = 'due', refunded_at = null"),
    ("A3", "payments", "update refunds set status = 'due', settled_by = null, provider_id = null"),
    ("A3", "payments", "update payouts set status = 'due', transfer_id = null, sent_at = null"),
    ("A3", "orders", "delete from outbox where subject = 'orders.payment_refused.v1'"),
]


@pytest.mark.parametrize(("invariant", "service", "statement"), [*TRADES, *MONEY, *BOOKS, *UNDER_WAY])
async def test_a_planted_fault_is_found(market: Market, invariant: str, service: str, statement: str) -> None:
    for part in statement.split("; "):
        await market.run(service, part)
    assert invariant in await market.broken()


@pytest.mark.parametrize(
    "grant",
    [
        "grant update on ledger_lines",
        "grant update (amount) on ledger_lines",
        "grant delete on ledger_entries",
        "grant truncate on ledger_lines",
        "grant insert (balance) on ledger_balances",
        "grant update on ledger_balances",
    ],
)
async def test_a_right_to_rewrite_the_ledger_is_found(market: Market, grant: str) -> None:
    await market.run("payments", f"{grant} to fairseat_payments")
    try:
        assert "fairseat_payments may" in await market.breaks("M4")
    finally:
        await market.run("payments", f"{grant.replace('grant', 'revoke')} from fairseat_payments")
    assert await market.broken() == set()


async def test_a_second_capture_is_found(market: Market) -> None:
    market.provider.charge("pi_9", market.sale.order_id, new_id(), market.sale.total.amount)
    assert {"M1", "M2", "M3"} <= await market.broken()


async def test_a_capture_for_nothing_is_found(market: Market) -> None:
    market.provider.charge("pi_9", new_id(), new_id(), 100)
    assert {"M1", "M3", "M9"} <= await market.broken()


async def test_a_capture_of_less_is_found(market: Market) -> None:
    market.provider.payment_intents[0]["amount_received"] = 1
    assert {"S4", "M1", "M3", "M9"} <= await market.broken()


async def test_what_the_journal_says_twice_is_found(market: Market) -> None:
    """Also where the lists show one object only."""
    market.provider.journal.append(market.provider.journal[0])
    assert await market.broken() == {"M2"}
    (again,) = [effect for effect in market.provider.journal if effect["kind"] == "refunded"][:1]
    market.provider.journal[-1] = again
    assert await market.broken() == {"M2"}


async def test_a_blind_resend_is_found_whatever_its_key(market: Market) -> None:
    trade = market.sample.trades["bought"]
    market.provider.charge("pi_9", trade.id, trade.attempt_id, 0)
    assert await market.broken() >= {"M10"}
    market.provider.payment_intents.pop()
    market.provider.journal.pop()
    assert await market.broken() == set()
    refunded = market.sample.trades["refunded"]
    market.provider.give_back("re_9", refunded.intent, refunded.refund_id, refunded.total)
    assert {"M1", "M2", "M3", "M10"} <= await market.broken()


async def test_a_second_transfer_is_found(market: Market) -> None:
    paid = market.provider.transfers[0]
    market.provider.transfer("tr_9", UUID(paid["metadata"]["payout_id"]), paid["amount"])
    assert {"M3", "M7", "M10"} <= await market.broken()


async def test_a_transfer_that_came_back_is_owed_again(market: Market) -> None:
    market.provider.reverse("trr_1", 100)
    assert {"M3", "M6", "M7"} <= await market.broken()


async def test_without_a_journal_the_lists_are_enough(market: Market) -> None:
    market.provider.journal_kept = False
    assert await market.broken() == set()
    market.provider.charge("pi_9", market.sale.order_id, new_id(), market.sale.total.amount)
    assert "M2" in await market.broken()


async def test_what_does_not_come_to_its_end_is_told(market: Market) -> None:
    await market.run("payments", "update payouts set status = 'due', transfer_id = null, sent_at = null")
    found = await check(market.system, settle_s=0.1, flight_s=0.6)
    (told,) = [finding.breaks for finding in found if finding.invariant == "A3"]
    assert "is due, and its transfer is not made" in told[0]
