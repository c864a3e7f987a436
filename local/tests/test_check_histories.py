"""Which histories of an order the checker takes for possible."""

from __future__ import annotations

import pytest

from fairseat_local.check.events import LEGAL


@pytest.mark.parametrize(
    "history",
    [
        "held",
        "held cancelled",
        "held cancelled cancelled",
        "held cancelled payment_refused cancelled payment_refused",
        "held cancelled confirmed",
        "held payment_refused confirmed refund_due refunded_partly refund_due refunded",
    ],
)
def test_what_can_happen_to_an_order(history: str) -> None:
    assert LEGAL["orders"].fullmatch(history)


@pytest.mark.parametrize(
    "history",
    [
        "cancelled",
        "held held",
        "held confirmed cancelled",
        "held confirmed confirmed",
        "held cancelled cancelled confirmed",
        "held cancelled refund_due",
        "held refunded",
    ],
)
def test_what_cannot(history: str) -> None:
    assert not LEGAL["orders"].fullmatch(history)
