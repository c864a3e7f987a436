"""The ledger's rules: whatever happens to an order, its entries sum to zero and its parts add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import Money
from fairseat_common.ids import new_id
from fairseat_common.money import step_of
from payments import domain_ledger, domain_payouts
from payments.domain import Order
from payments.domain_ledger import Entry, LineStatus, Posting, SaleLine
from payments.domain_tax import TaxRate

CURRENCIES = ("EUR", "JPY", "KWD")


def order_of(currency: str = "EUR", quantity: int = 2, price: int = 5_000, fee: int = 500, kept: int = 250) -> Order:
    return Order(
        id=new_id(),
        buyer_id=new_id(),
        version=2,
        status="confirmed",
        cancel_reason=None,
        total=Money((price + fee) * quantity, currency),
        expires_at=datetime(2026, 6, 1, tzinfo=UTC),
        show_id=new_id(),
        seller_id=new_id(),
        section="A",
        row="1",
        seats=tuple(str(number) for number in range(1, quantity + 1)),
        quantity=quantity,
        unit_price=Money(price, currency),
        fees=Money(fee * quantity, currency),
        seller_fees=Money(kept * quantity, currency),
        fee_rule=1,
    )


@st.composite
def orders(draw: st.DrawFn) -> Order:
    currency = draw(st.sampled_from(CURRENCIES))
    step = step_of(currency)
    price = draw(st.integers(1, 1_000_000)) * step
    fee = draw(st.integers(0, 100_000)) * step
    kept = draw(st.integers(0, price // step)) * step
    return order_of(currency, draw(st.integers(1, 12)), price, fee, kept)


STATES: st.SearchStrategy[LineStatus] = st.sampled_from(get_args(LineStatus))


def sums(entries: list[Entry]) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in entries:
        for posting in entry.postings:
            found[posting.account] = found.get(posting.account, 0) + posting.money.amount
    return {account: amount for account, amount in found.items() if amount}


def is_sound(entry: Entry) -> None:
    assert sum(posting.money.amount for posting in entry.postings) == 0
    assert len(entry.postings) >= 2
    assert [posting.account for posting in entry.postings] == sorted(posting.account for posting in entry.postings)
    assert len({posting.money.currency for posting in entry.postings}) == 1


@given(st.integers(0, 10**12), st.integers(1, 60), st.sampled_from(CURRENCIES))
def test_a_split_adds_up_in_the_currency_s_steps(amount: int, parts: int, currency: str) -> None:
    step = step_of(currency)
    found = domain_ledger.split_exactly(Money(amount * step, currency), parts)
    assert (sum(found), len(found)) == (amount * step, parts)
    assert max(found) - min(found) <= step
    assert all(part % step == 0 for part in found)


@given(orders())
def test_lines_add_up_to_the_order(order: Order) -> None:
    lines = domain_ledger.lines_of(order)
    assert [line.seat for line in lines] == list(order.seats)
    assert sum(line.total.amount for line in lines) == order.total.amount
    assert {line.price for line in lines} == {order.line_price}
    assert {line.buyer_fee for line in lines} == {order.line_fee}
    assert {line.seller_fee for line in lines} == {order.line_seller_fee}
    for line in lines:
        assert line.net.amount + line.kept.amount == line.total.amount


@given(orders(), st.data())
def test_every_entry_sums_to_zero(order: Order, data: st.DataObject) -> None:
    lines = [replace(line, status=data.draw(STATES)) for line in domain_ledger.lines_of(order)]
    some = [line for line in lines if data.draw(st.booleans())] or lines
    back = Money(sum(line.total.amount for line in some), order.total.currency)
    disputed = Money(data.draw(st.integers(1, order.total.amount)), order.total.currency)
    lost, charged_back = domain_ledger.dispute_lost(new_id(), disputed, order.id, lines)
    entries = [
        domain_ledger.order_confirmed(order),
        domain_ledger.payment_captured(new_id(), order.total, order.id),
        *(domain_ledger.line_released(line) for line in lines),
        domain_ledger.refund_due(new_id(), back, order.id, some),
        domain_ledger.stray_refund_due(new_id(), order.total, order.id),
        *(domain_ledger.payment_refunded(new_id(), back, order.id, by) for by in ("provider", "void", "dispute")),
        domain_ledger.dispute_opened(new_id(), disputed, order.id),
        domain_ledger.dispute_won(new_id(), disputed, order.id),
        lost,
        domain_ledger.payout_made(new_id(), order.seller_id, back),
        domain_ledger.payout_sent(new_id(), back),
        domain_ledger.payout_reversed("trr_1", order.seller_id, back),
    ]
    for entry in entries:
        is_sound(entry)
    assert sum(line.total.amount for line in charged_back) <= disputed.amount
    assert all(line.stands for line in charged_back)


@given(orders(), st.data())
def test_what_is_left_of_an_order_is_where_its_lines_are(order: Order, data: st.DataObject) -> None:
    """Any lines released, then any lines refunded: every account ends with exactly what the lines say."""
    tax = data.draw(st.one_of(st.none(), st.integers(1, 10_000).map(lambda rate: TaxRate("DE", rate))))
    lines = list(domain_ledger.lines_of(order, tax))
    entries = [domain_ledger.order_confirmed(order), domain_ledger.payment_captured(new_id(), order.total, order.id)]
    owed: list[domain_payouts.Payable | None] = []
    for number, line in enumerate(lines):
        if data.draw(st.booleans()):
            entries.append(domain_ledger.line_released(line))
            owed.append(domain_payouts.owed(line))
            lines[number] = replace(line, status="released")
    for number, line in enumerate(lines):
        if data.draw(st.booleans()):
            refund = new_id()
            entries.append(domain_ledger.refund_due(refund, line.total, order.id, [line]))
            entries.append(domain_ledger.payment_refunded(refund, line.total, order.id, "provider"))
            owed.append(domain_payouts.taken_back(line, "refund", f"refund-due:{refund}"))
            lines[number] = replace(line, status="refunded")
    expected = {
        "provider_clearing": sum(line.total.amount for line in lines if line.stands),
        f"escrow:{order.show_id}": -sum(line.total.amount for line in lines if line.status == "escrow"),
        f"seller_payable:{order.seller_id}": -sum(line.net.amount for line in lines if line.status == "released"),
        "platform_revenue": -sum(line.kept.amount for line in lines if line.status == "released"),
        "tax_payable:DE": -sum(line.tax.amount for line in lines if line.status == "released"),
    }
    assert sums(entries) == {account: amount for account, amount in expected.items() if amount}
    assert sum(each.amount.amount for each in owed if each) == -expected[f"seller_payable:{order.seller_id}"]


@given(orders())
def test_a_lost_dispute_and_a_refund_of_the_same_seats_cost_the_platform_nothing(order: Order) -> None:
    dispute, refund, lines = new_id(), new_id(), domain_ledger.lines_of(order)
    start = [domain_ledger.order_confirmed(order), domain_ledger.payment_captured(new_id(), order.total, order.id)]
    start.append(domain_ledger.dispute_opened(dispute, order.total, order.id))
    lost_first = [
        domain_ledger.dispute_lost(dispute, order.total, order.id, lines)[0],
        domain_ledger.refund_due(refund, order.total, order.id, [replace(x, status="charged_back") for x in lines]),
    ]
    refund_first = [
        domain_ledger.refund_due(refund, order.total, order.id, lines),
        domain_ledger.dispute_lost(dispute, order.total, order.id, [replace(x, status="refunded") for x in lines])[0],
    ]
    end = domain_ledger.payment_refunded(refund, order.total, order.id, "dispute")
    assert sums([*start, *lost_first, end]) == {}
    assert sums([*start, *refund_first, end]) == {}


def test_a_dispute_of_less_than_a_seat_is_the_platform_s_loss() -> None:
    order = order_of(quantity=2)
    entry, charged_back = domain_ledger.dispute_lost(
        new_id(), Money(6_000, "EUR"), order.id, domain_ledger.lines_of(order)
    )
    assert [line.seat for line in charged_back] == ["1"]
    assert sums([entry]) == {f"escrow:{order.show_id}": 5_500, "platform_revenue": 500, "disputes": -6_000}


@pytest.mark.parametrize(
    "postings",
    [
        [Posting("refunds", Money(1, "EUR")), Posting("disputes", Money(-2, "EUR"))],
        [Posting("refunds", Money(1, "EUR")), Posting("disputes", Money(-1, "JPY"))],
        [Posting("refunds", Money(0, "EUR"))],
    ],
)
def test_an_entry_that_does_not_add_up_is_none(postings: list[Posting]) -> None:
    with pytest.raises(AssertionError):
        domain_ledger.entry_of("broken", postings)


def test_a_refund_of_another_amount_than_its_lines_is_none() -> None:
    order = order_of()
    lines: tuple[SaleLine, ...] = domain_ledger.lines_of(order)
    with pytest.raises(AssertionError):
        domain_ledger.refund_due(new_id(), Money(5_499, "EUR"), order.id, lines[:1])
