"""The rules of tax: what the marketplace owes of its own fees, which include it.

Prices are all-in, so tax is never added: it is the part of a fee that is not ours. A fee of 5.00 at 19 per cent is
4.20 and 0.80 tax: tax = fee - round_half_even(fee / (1 + rate)), in whole minor units and seat by seat, so that a
receipt's sums are the sums of its seats, and a seat that goes back takes exactly its own tax with it.

Pure: numbers in, numbers out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

WHOLE = 10_000
"""A rate of 100 per cent: rates are hundredths of a per cent."""
COUNTRIES_MAX = 250
_RATE = re.compile(r"([A-Z]{2}):(\d{1,3}(?:\.\d{1,2})?)")


@dataclass(frozen=True, slots=True)
class TaxRate:
    """What a country takes of the fees for its shows; `rate` in hundredths of a per cent."""

    country: str
    rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who runs the marketplace, for the receipt: each is empty unless it is set."""

    name: str = ""
    address: tuple[str, ...] = ()
    tax_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """What is taxed at one rate: `net` + `tax` = `gross`, in minor units."""

    country: str
    rate: int
    net: int
    tax: int
    currency: str

    @property
    def gross(self) -> int:
        """With the tax."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTax:
    """What one refund takes back of the tax."""

    refund_id: UUID
    taxes: tuple[TaxLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxReceipt:
    """The tax of one order for its buyer: of all that was bought, and what each refund takes back of it."""

    order_id: UUID
    taxes: tuple[TaxLine, ...]
    refunds: tuple[RefundTax, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxOwed:
    """One month (UTC) of a country, rate and currency, in minor units: what was released, and what was taken back.

    `owed` = `tax` - `reversed_tax`; the nets are the fees without their tax.
    """

    month: date
    country: str
    rate: int
    currency: str
    net: int
    tax: int
    reversed_net: int
    reversed_tax: int

    @property
    def owed(self) -> int:
        """What the month adds to the country's account."""
        return self.tax - self.reversed_tax


def tax_payable(country: str) -> str:
    """The account of what is owed to a country's tax office."""
    return f"tax_payable:{country}"


def included(amount: int, rate: int) -> int:
    """The tax that an amount in minor units includes; what the amount without it is rounded to the even of two."""
    assert amount >= 0, "fees are not negative"
    whole = WHOLE + rate
    net, rest = divmod(amount * WHOLE, whole)
    if 2 * rest > whole or (2 * rest == whole and net % 2):
        net += 1
    return amount - net


def rates_of(parts: Sequence[str]) -> tuple[TaxRate, ...]:
    """The rates of the setting TAX_RATES, such as DE:19 and FI:25.5. Raises ValueError."""
    rates: dict[str, TaxRate] = {}
    for part in parts:
        found = _RATE.fullmatch(part)
        if found is None:
            raise ValueError(f"TAX_RATES is a list such as DE:19,FR:20 (two decimals at most), not {part!r}")
        country, rate = found[1], int(Decimal(found[2]) * 100)
        if country in rates or rate > WHOLE:
            raise ValueError(f"TAX_RATES has {country} twice, or above 100 per cent")
        rates[country] = TaxRate(country, rate)
    return tuple(rates.values())


def rates_changed(now: Iterable[TaxRate], wanted: Iterable[TaxRate]) -> list[TaxRate]:
    """What has to be written so that exactly the wanted rates are in force; a rate of 0 ends one."""
    kept = {rate.country: rate.rate for rate in now}
    asked = {rate.country: rate.rate for rate in wanted}
    countries = sorted(kept.keys() | asked.keys())
    return [
        TaxRate(country, asked.get(country, 0))
        for country in countries
        if asked.get(country, 0) != kept.get(country, 0)
    ]


def percent(rate: int) -> str:
    """A rate as people write it, without an end of zeros: 19, 5.5."""
    return f"{Decimal(rate) / 100:f}".rstrip("0").rstrip(".") if rate % 100 else str(rate // 100)


def fee_tax(country: str | None, rate: int | None, parts: Iterable[tuple[int, int]], currency: str) -> list[TaxLine]:
    """The line for fees of one sale, given as pairs of fee and its tax; none if they are not taxed."""
    if country is None or rate is None:
        return []
    pairs = list(parts)
    tax = sum(tax for _, tax in pairs)
    net = sum(fee for fee, _ in pairs) - tax
    return [TaxLine(country=country, rate=rate, net=net, tax=tax, currency=currency)]
