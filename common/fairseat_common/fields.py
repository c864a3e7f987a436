"""Types for input, with their limits: what a field may hold is said once, here, and shows in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import FieldError, Invalid
from fairseat_common.money import AMOUNT_MAX, MINOR_UNITS

Email: TypeAlias = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f.]+(\.[^@\s\x00-\x1f\x7f.]+)+$(?!\n)",
    ),
]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
"""One line of text that must not be empty."""
Text: TypeAlias = Annotated[str, Meta(max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)")]
"""Several lines of text, possibly none."""
CurrencyCode: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class MoneyInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount that somebody asks for: positive, within limits, in minor units."""

    amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    currency: CurrencyCode

    def money(self, field: str) -> Money:
        """As money; raises Invalid for a currency that is not traded in."""
        if self.currency not in MINOR_UNITS:
            raise Invalid(None, FieldError(f"{field}.currency", f"{self.currency} is not a currency we trade in"))
        return Money(self.amount, self.currency)
