"""What pages say about the money of orders, sales and the ledger, in every state."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import Money
from web import views_ledger, views_orders, views_sales
from web.models import Order, Payment, Refund
from web.models_money import LedgerOrder, MoneyBack, OrderMoney, PayoutAccount, Sale, SaleLine
from web.pages_orders import _words
from web.words import refund_words

NOW = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)
EURO = "EUR"


def order(status: str = "confirmed", reason: str | None = None, **changes: Any) -> Order:
    made = Order(
        id="01890000-0000-7000-8000-0123456789ab", status=status, listing_id="2", show_id="3", section="Stalls",
        row="F", seats=["1", "2"], quantity=2, unit_price=Money(5_000, EURO), fees=Money(1_000, EURO),
        total=Money(11_000, EURO), expires_at=NOW, cancel_reason=reason, created_at=NOW,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def refund(status: str, *seats: str, reason: str = "gate") -> Refund:
    return Refund("r", list(seats), Money(5_500 * len(seats), EURO), reason, status, NOW)


def payments(*statuses: str) -> list[Payment]:
    return [Payment(str(place), "1", status) for place, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("status", "reason", "statuses", "overdue", "stage"),
    [
        ("held", None, [], False, ("held", True)),
        ("held", None, [], True, ("late", True)),
        ("held", None, ["authorized"], True, ("paying", True)),
        ("held", None, ["started"], False, ("paying", True)),
        ("held", None, ["captured"], False, ("paying", True)),
        ("held", None, ["failed"], False, ("held", True)),
        ("held", None, ["requires_action", "failed"], False, ("bank", True)),
        ("held", None, ["requires_action"], True, ("late", True)),
        ("confirmed", None, [], True, ("confirmed", False)),
        ("cancelled", "expired", [], True, ("expired", False)),
        ("cancelled", "expired", ["authorized"], True, ("deciding", True)),
        ("cancelled", "expired", ["voided"], True, ("expired", False)),
        ("cancelled", "buyer", ["started"], True, ("releasing", True)),
        ("cancelled", "show_cancelled", ["authorized"], True, ("releasing", True)),
        ("cancelled", None, [], True, ("cancelled", False)),
        ("refunded", None, [], True, ("refunded", False)),
    ],
)
def test_an_order_is_at_one_stage(
    status: str, reason: str | None, statuses: list[str], overdue: bool, stage: tuple[str, bool]
) -> None:
    assert views_orders.order_stage(order(status, reason), payments(*statuses), overdue=overdue) == stage


@pytest.mark.parametrize(
    ("refunds", "stage"),
    [
        ([refund("due", "1")], ("part_due", True)),
        ([refund("refunded", "1")], ("part_refunded", False)),
        ([refund("refunded", "1"), refund("due", "2")], ("refund_due", True)),
        ([refund("due", "1", "2")], ("refund_due", True)),
    ],
)
def test_an_order_says_how_much_of_it_comes_back(refunds: list[Refund], stage: tuple[str, bool]) -> None:
    assert views_orders.order_stage(order(refunds=refunds), [], overdue=True) == stage


def test_only_a_newest_attempt_that_failed_leads_back_to_the_checkout() -> None:
    assert views_orders.challenge_over(payments("failed", "failed"))
    assert not views_orders.challenge_over(payments("requires_action", "failed"))
    assert not views_orders.challenge_over([])


@pytest.mark.parametrize(
    ("statuses", "sentence"),
    [([], "You have not been charged."), (["voided"], "nothing was charged"), (["captured"], "goes back to your card")],
)
def test_a_payment_under_way_when_an_order_ended_is_explained(statuses: list[str], sentence: str) -> None:
    over, made = order("cancelled", "expired"), payments(*statuses)
    stage = views_orders.order_stage(over, made, overdue=True)
    words = _words(over, made, stage)
    assert words.title == "The hold has ended."
    assert sentence in words.detail


@pytest.mark.parametrize("reason", ["show_cancelled", "gate", "goodwill", "something new"])
def test_every_refund_has_a_reason_in_words(reason: str) -> None:
    words = refund_words(reason)
    assert words.title.endswith(".")
    assert "void" in words.detail or "door" in words.detail


@given(
    unit=st.integers(1, 10**7),
    fee=st.integers(0, 10**6),
    count=st.integers(1, 20),
    back=st.integers(0, 20),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_a_receipt_adds_up(unit: int, fee: int, count: int, back: int, currency: str) -> None:
    seats = [str(seat) for seat in range(count)]
    gone = seats[: min(back, count)]
    bought = order(
        seats=seats, quantity=count, unit_price=Money(unit, currency), fees=Money(fee * count, currency),
        total=Money((unit + fee) * count, currency),
        refunds=[Refund("r", [seat], Money(unit + fee, currency), "gate", "due", NOW) for seat in gone],
    )  # fmt: skip
    receipt = views_orders.receipt_of(bought)
    assert receipt.subtotal.amount + receipt.fees.amount == receipt.total.amount
    assert receipt.balance.amount == (unit + fee) * (count - len(gone))
    assert views_orders.refunded(bought).amount + receipt.balance.amount == receipt.total.amount


def test_a_receipt_that_does_not_add_up_is_not_written() -> None:
    with pytest.raises(ValueError, match="add up"):
        views_orders.receipt_of(order(total=Money(11_001, EURO)))
    with pytest.raises(ValueError, match="more than it cost"):
        views_orders.receipt_of(order(refunds=[refund("due", "1", "2"), refund("due", "1")]))


def test_a_receipt_has_a_number_that_can_be_read_out() -> None:
    assert views_orders.receipt_number(order()) == "0123-4567-89AB"


def test_a_refund_names_its_seats() -> None:
    assert views_orders.refund_place(order(), refund("due", "2")) == "row F, seat 2"
    assert views_orders.refund_place(order(), refund("due", "1", "2")) == "whole order"
    assert views_orders.refund_place(order(row=""), refund("due", "2")) == "1 place"


def sale(status: str, amount: int = 9_500, currency: str = EURO, **more: Any) -> Sale:
    money = Money(amount, currency)
    return Sale("o", "s", ["1"], money, Money(0, currency), money, status, NOW, held_until=NOW, **more)


@pytest.mark.parametrize(
    ("status", "account", "steps"),
    [
        ("held", "active", ["done", "now", "todo", "todo"]),
        ("released", "active", ["done", "done", "done", "now"]),
        ("paid", "active", ["done", "done", "done", "done"]),
        ("refunded", "active", ["done", "fail"]),
        ("disputed", "active", ["done", "fail"]),
    ],
)
def test_a_sellers_money_is_at_one_step(status: str, account: str, steps: list[str]) -> None:
    timeline = views_sales.timeline(sale(status, transfer_id="tr_1"), PayoutAccount(account))
    assert [step.state for step in timeline] == steps


def test_who_cannot_be_paid_yet_is_told_what_to_do() -> None:
    assert views_sales.timeline(sale("released"), PayoutAccount("none"))[-1].hint == "Set up payouts to get it."
    dateless = msgspec.structs.replace(sale("held"), held_until=None)
    assert views_sales.timeline(dateless, PayoutAccount())[1].hint == "The show has no new date yet."


def test_an_operator_can_refund_what_is_left_and_no_more() -> None:
    price, fee, none = Money(5_000, EURO), Money(500, EURO), Money(0, EURO)
    lines = [SaleLine(place, str(place), price, fee, none, "escrow") for place in (1, 2, 3)]
    known = OrderMoney(
        LedgerOrder("1", ["1", "2", "3"], Money(16_500, EURO), Money(1_500, EURO)),
        refunds=[MoneyBack("r", Money(5_500, EURO), "gate", "due", ["2"])],
        lines=lines,
    )
    assert views_ledger.seats_left(known) == ["1", "3"]
    assert views_ledger.refund_amount(known, ["1", "3"]) == Money(11_000, EURO)
    assert views_ledger.account_text("escrow:01890000-0000-7000-8000-0123456789ab") == "Escrow 456789ab"
    assert views_ledger.account_text("platform_revenue") == "Platform revenue"
