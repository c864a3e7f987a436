"""What parameters have in common: lengths of texts, and amounts that a currency allows."""

from __future__ import annotations

from typing import Annotated

import msgspec

from fairseat_local.provider import errors

AMOUNT_MIN = 50
AMOUNT_MAX = 99_999_999
CURRENCIES = frozenset({
    "aud", "brl", "cad", "chf", "czk", "dkk", "eur", "gbp", "huf", "inr", "jpy", "krw", "kwd", "mxn", "nok", "nzd",
    "pln", "sek", "sgd", "usd", "zar",
})  # fmt: skip
# Card networks take two decimals at most, so that amounts with three end in a nought.
THREE_DECIMALS = frozenset({"kwd"})
THREE_DECIMALS_STEP = 10

Text = Annotated[str, msgspec.Meta(max_length=1000)]
Short = Annotated[str, msgspec.Meta(max_length=255)]


def check_currency(currency: str) -> str:
    """The currency in lower case, if it is one."""
    if currency.lower() not in CURRENCIES:
        raise errors.invalid(f"Invalid currency: {currency}.", code="parameter_invalid", param="currency")
    return currency.lower()


def check_step(amount: int, currency: str, param: str) -> None:
    """Refuse an amount that no card network can move."""
    if currency in THREE_DECIMALS and amount % THREE_DECIMALS_STEP:
        message = f"Amounts in {currency.upper()} are multiples of {THREE_DECIMALS_STEP}: {amount} is not."
        raise errors.invalid(message, code="parameter_invalid_integer", param=param)
