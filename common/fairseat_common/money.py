"""Arithmetic on money in integer minor units. No float ever touches an amount."""

from __future__ import annotations

from fairseat_common.contracts import Money

AMOUNT_MAX = 10_000_000_00
"""The largest amount that an input may name, in minor units."""

MINOR_UNITS: dict[str, int] = {
    "AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2, "HUF": 2, "INR": 2,
    "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "NOK": 2, "NZD": 2, "PLN": 2, "SEK": 2, "SGD": 2, "USD": 2,
    "ZAR": 2,
}  # fmt: skip
"""Currencies that Fairseat trades in, with their number of decimals (ISO 4217)."""


def step_of(currency: str) -> int:
    """The smallest amount that cards can be charged in, in minor units.

    Card networks take two decimals at most, so currencies with three (KWD) move in steps of ten of their minor units.
    """
    return 10 if MINOR_UNITS.get(currency) == 3 else 1


def percent_of(money: Money, percent: int) -> Money:
    """`percent` per cent of an amount, rounded half up to the smallest step of its currency."""
    step = step_of(money.currency)
    return Money((money.amount * percent + 50 * step) // (100 * step) * step, money.currency)


def add(first: Money, *others: Money) -> Money:
    """The sum; all must be of one currency."""
    total = first.amount
    for other in others:
        assert other.currency == first.currency, f"{other.currency} is not {first.currency}"
        total += other.amount
    return Money(total, first.currency)


def times(money: Money, count: int) -> Money:
    """The amount `count` times."""
    return Money(money.amount * count, money.currency)
