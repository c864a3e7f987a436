"""What pages say about the money of orders, sales and the ledger, in every state."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import Money
from web import locales, views_ledger, views_orders, views_sales, views_tax, views_timeline
from web.models import Order, Payment, Refund
from web.models_money import LedgerOrder, MoneyBack, OrderMoney, PayoutAccount, Sale, SaleLine
from web.models_timeline import MoneyStep, OrderTax, RefundTax, TaxLine, TaxOwed
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


def test_who_cannot_be_paid_yet_is_told_what_to_do() -> None:
    none, waiting = PayoutAccount("none"), PayoutAccount("pending", waiting=True)
    assert views_sales.waits_for(sale("released"), none) == "Set up payouts to get it."
    for status, account in (("held", none), ("released", PayoutAccount("active")), ("released", waiting)):
        assert views_sales.waits_for(sale(status), account) == ""


@pytest.mark.parametrize(
    ("step", "title", "hint"),
    [
        (("escrow", "now", None), "Held in escrow", "The card is being charged."),
        (("escrow", "now", NOW), "Held in escrow", ""),
        (("show", "todo", None), "The show takes place", ""),
        (("show", "todo", None, "moved"), "The show takes place", "The show was moved: the money waits"),
        (("show", "todo", None, "postponed"), "The show takes place", "The show has no new date yet"),
        (("show", "done", NOW, "moved"), "The show took place", ""),
        (("show", "failed", None, "cancelled"), "The show was cancelled", ""),
        (("paid_out", "now", None), "Paid out to the seller", "With the seller’s next payout."),
        (("paid_out", "todo", None), "Paid out to the seller", ""),
        (("refunded", "now", NOW, "gate"), "On its way back to the buyer", "It has left escrow"),
        (("refunded", "done", NOW, "show_cancelled"), "Refunded to the buyer", ""),
        (("refunded", "done", NOW, "goodwill"), "Refunded to the buyer", "Fairseat decided to refund it."),
        (("disputed", "now", NOW), "Disputed", "asked for the money back"),
        (("charged_back", "failed", NOW), "Taken back by the buyer’s bank", ""),
        (("something_new", "soon", None), "something_new", ""),
    ],
)
def test_each_step_of_the_money_has_words(step: tuple[Any, ...], title: str, hint: str) -> None:
    made = MoneyStep(step[0], step[1], step[2], None, *step[3:])
    assert views_timeline.title(made) == title
    found = views_timeline.hint(made)
    assert hint in found
    assert bool(hint) == bool(found)


def tax_line(net: int, tax: int) -> TaxLine:
    return TaxLine("DE", "19", *(Money(amount, EURO) for amount in (net, tax, net + tax)))


def test_tax_that_is_not_about_the_fees_is_not_shown() -> None:
    fees = Money(1_000, EURO)
    back = RefundTax("r", [tax_line(420, 80)])
    assert views_tax.adds_up(OrderTax(), fees)
    assert views_tax.adds_up(OrderTax([tax_line(840, 160)], [back]), fees)
    assert not views_tax.adds_up(OrderTax([tax_line(840, 161)]), fees)
    wrong = msgspec.structs.replace(tax_line(840, 160), gross=Money(999, EURO))
    assert not views_tax.adds_up(OrderTax([wrong]), Money(999, EURO))
    assert views_tax.refund_taxes(OrderTax([], [back]), "r") == back.taxes
    assert views_tax.refund_taxes(OrderTax([], [back]), "other") == []


def test_a_rate_is_written_as_the_reader_does() -> None:
    english, german = locales.DEFAULT, locales.Locale("de-DE", ".", ",", True)
    assert [views_tax.rate_text(rate, english) for rate in ("19", "5.5")] == ["19%", "5.5%"]
    assert [views_tax.rate_text(rate, german) for rate in ("19", "5.5")] == ["19\u00a0%", "5,5\u00a0%"]


def test_what_is_owed_is_a_file_for_a_spreadsheet() -> None:
    amounts = [Money(amount, EURO) for amount in (123_456, 5, 0, 10, -5)]
    yen = [Money(amount, "JPY") for amount in (120, 12, 0, 0, 12)]
    file = views_tax.owed_file([TaxOwed("2026-11", "DE", "19", *amounts), TaxOwed("2026-11", "JP", "10", *yen)])
    head, first, second = file.decode("utf-8-sig").splitlines()
    assert head == "month,country,rate,currency,net,tax,reversed_net,reversed_tax,owed"
    assert first == "2026-11,DE,19,EUR,1234.56,0.05,0.00,0.10,-0.05"
    assert second == "2026-11,JP,10,JPY,120,12,0,0,12"


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
