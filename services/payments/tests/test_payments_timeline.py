"""The timeline of an order's money: every way it can go, step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fairseat_common.ids import new_id
from payments.domain_reports import Sale, SoldSeat
from payments.domain_timeline import paths_of, timeline

NOW = datetime(2026, 6, 1, 20, tzinfo=UTC)
LATER, DELAY = NOW + timedelta(days=9), timedelta(days=2)
CAPTURED = {"captured_at": NOW}
RELEASED = {**CAPTURED, "status": "released", "released_at": NOW}
PAID_OUT = {**RELEASED, "payout_id": new_id(), "payout_status": "sent", "paid_at": NOW}
BACK = {"status": "refunded", "refund_at": NOW, "refund_reason": "goodwill"}
ASKED = {"dispute_id": new_id(), "dispute_opened_at": NOW}
BEGUN = {"begun": True, "starts_at": NOW - timedelta(hours=1)}
MARKS = {"done": "+", "now": ">", "todo": "-", "failed": "x"}


def seat_of(number: int, /, **changes: Any) -> SoldSeat:
    fields: dict[str, Any] = dict.fromkeys(SoldSeat.__dataclass_fields__)
    known = {"line": number, "seat": str(number), "price": 5_000, "buyer_fee": 500, "seller_fee": 250,
             "status": "escrow", "disputed": False, "sold_at": NOW, "authorized_at": NOW, "seller_tax": 0}  # fmt: skip
    return SoldSeat(**fields | known | changes)


def sale_of(*seats: SoldSeat, **changes: Any) -> Sale:
    known: dict[str, Any] = {"order_id": new_id(), "seller_id": new_id(), "show_id": new_id(), "currency": "EUR",
             "section": "A", "row": "1", "starts_at": LATER, "show_status": "scheduled", "begun": False,
             "moved_from": None, "seats": seats}  # fmt: skip
    return Sale(**known | changes)


def told(sale: Sale) -> str:
    [path] = paths_of(sale, DELAY)
    return " ".join(step.step + MARKS[step.state] for step in path.steps)


@pytest.mark.parametrize(
    ("seat", "show", "steps"),
    [
        ({}, {}, "paid+ escrow> show- released- paid_out-"),
        (CAPTURED, {}, "paid+ escrow> show- released- paid_out-"),
        (CAPTURED, {"show_status": None, "starts_at": None}, "paid+ escrow> show- released- paid_out-"),
        (CAPTURED, {"show_status": "postponed"}, "paid+ escrow> show- released- paid_out-"),
        (CAPTURED, {"show_status": "cancelled"}, "paid+ escrow+ showx refunded>"),
        (CAPTURED, BEGUN, "paid+ escrow+ show+ released> paid_out-"),
        ({}, BEGUN, "paid+ escrow> show+ released- paid_out-"),
        (RELEASED, BEGUN, "paid+ escrow+ show+ released+ paid_out>"),
        ({**PAID_OUT, "payout_status": "due", "paid_at": None}, BEGUN, "paid+ escrow+ show+ released+ paid_out>"),
        (PAID_OUT, BEGUN, "paid+ escrow+ show+ released+ paid_out+"),
        (BACK, {}, "paid+ refunded>"),
        (CAPTURED | BACK, {}, "paid+ escrow+ refunded>"),
        (CAPTURED | BACK | {"refund_settled_at": NOW}, {}, "paid+ escrow+ refunded+"),
        (CAPTURED | BACK | {"refund_reason": "show_cancelled"}, {}, "paid+ escrow+ showx refunded>"),
        (PAID_OUT | BACK, BEGUN, "paid+ escrow+ released+ paid_out+ refunded>"),
        (CAPTURED | ASKED | {"disputed": True}, {}, "paid+ escrow+ disputed> released- paid_out-"),
        (RELEASED | ASKED | {"disputed": True}, BEGUN, "paid+ escrow+ released+ disputed> paid_out-"),
        (CAPTURED | ASKED | {"status": "charged_back", "dispute_closed_at": NOW}, {},
         "paid+ escrow+ disputed+ charged_backx"),
    ],
)  # fmt: skip
def test_each_way_of_the_money(seat: dict[str, Any], show: dict[str, Any], steps: str) -> None:
    assert told(sale_of(seat_of(1, **seat), **show)) == steps


def test_what_is_to_come_has_the_date_that_is_known() -> None:
    def expected(sale: Sale) -> list[datetime | None]:
        return [step.expected_at for step in paths_of(sale, DELAY)[0].steps if step.state != "done"]

    sale = sale_of(seat_of(1, **CAPTURED))
    assert expected(sale) == [None, LATER, LATER + DELAY, LATER + DELAY]
    moved = replace(sale, moved_from=NOW, starts_at=LATER + DELAY)
    assert expected(moved) == [None, LATER + DELAY, LATER + 2 * DELAY, LATER + 2 * DELAY]
    assert [step.note for step in paths_of(moved, DELAY)[0].steps if step.note] == ["moved"]
    off = replace(sale, show_status="postponed")
    assert expected(off) == [None, None, None, None]
    assert [step.note for step in paths_of(off, DELAY)[0].steps if step.note] == ["postponed"]


def test_seats_that_part_ways_have_a_path_each_and_both_sides_the_same_steps() -> None:
    refunded = CAPTURED | BACK | {"refund_settled_at": NOW}
    sale = sale_of(seat_of(1, **CAPTURED), seat_of(2, **refunded), seat_of(3, **CAPTURED))
    ours, theirs = timeline(sale, "buyer", DELAY), timeline(sale, "seller", DELAY)
    assert ours.paths == theirs.paths
    assert [(path.seats, path.paid.amount, path.net.amount) for path in ours.paths] == [
        (("1", "3"), 11_000, 9_500),
        (("2",), 5_500, 4_750),
    ]
