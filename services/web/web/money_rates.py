"""What a currency is about worth in another, from the operator's file. Amounts that are charged never come from here.

The file is JSON: `{"base": "EUR", "date": "2026-11-20", "rates": {"USD": "1.08", ...}}`, each rate being what one unit
of the base buys, as text or as a number. It may be replaced at any time; write it beside and rename it.
"""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import msgspec
import structlog

from fairseat_common.contracts import Money
from fairseat_common.money import MINOR_UNITS

log = structlog.get_logger(__name__)

FILE_BYTES_MAX = 65_536
LOOK_S = 30.0
"""How long a file is taken to be as it was."""
AHEAD_DAYS_MAX = 1
"""A file may be dated in a time zone where tomorrow has begun."""
RATE_MAX = Decimal(10**9)


class RatesInvalid(Exception):
    """The file says nothing that can be counted with."""


class _File(msgspec.Struct, frozen=True):
    base: str
    date: dt.date
    rates: dict[str, Decimal]


class Rates:
    """The rates of one day between the currencies that Fairseat trades in."""

    def __init__(self, day: dt.date, per_base: dict[str, Decimal]) -> None:
        self.day = day
        self.currencies = tuple(sorted(per_base))
        self._per_base = per_base
        self._factors: dict[tuple[str, str], Fraction] = {}

    @classmethod
    def read(cls, body: bytes) -> Rates:
        """The rates of a file. RatesInvalid with the reason if it has none; currencies we do not know are left out."""
        try:
            found = msgspec.json.decode(body, type=_File)
        except msgspec.MsgspecError as error:
            raise RatesInvalid(str(error)) from error
        rates = {**found.rates, found.base: found.rates.get(found.base, Decimal(1))}
        if rates[found.base] != 1:
            raise RatesInvalid(f"one {found.base} is {rates[found.base]} {found.base}")
        for currency, rate in rates.items():
            if not rate.is_finite() or not 0 < rate <= RATE_MAX:
                raise RatesInvalid(f"{currency} has the rate {rate}")
        return cls(found.date, {name: rate for name, rate in rates.items() if name in MINOR_UNITS})

    def worth(self, money: Money, currency: str) -> Money | None:
        """The amount in another currency, in its own minor units and rounded half up; None where a rate is missing."""
        factor = self._factor(money.currency, currency)
        if factor is None:
            return None
        top, bottom = abs(money.amount) * factor.numerator, factor.denominator
        amount = (2 * top + bottom) // (2 * bottom)
        return Money(amount if money.amount >= 0 else -amount, currency)

    def _factor(self, one: str, other: str) -> Fraction | None:
        """Minor units of `other` for a minor unit of `one`, exactly."""
        if one not in self._per_base or other not in self._per_base:
            return None
        if (one, other) not in self._factors:
            scale = Fraction(10 ** MINOR_UNITS[other], 10 ** MINOR_UNITS[one])
            self._factors[one, other] = Fraction(self._per_base[other]) / Fraction(self._per_base[one]) * scale
        return self._factors[one, other]


class RatesFile:
    """The operator's file, read again when it has changed; without a path there are no rates."""

    def __init__(self, path: str, days_max: int) -> None:
        self._path = Path(path) if path else None
        self._days_max = days_max
        self._look_at = 0.0
        self._print: tuple[int, int] = (0, 0)
        self._rates: Rates | None = None
        self._trouble = ""

    def today(self, today: dt.date) -> Rates | None:
        """Rates that are good on a day: none where the file is missing, wrong, or older than the limit."""
        if self._path and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_S
            self._look(self._path)
        if self._rates is None:
            return None
        age = (today - self._rates.day).days
        return self._rates if -AHEAD_DAYS_MAX <= age <= self._days_max else None

    def _look(self, path: Path) -> None:
        try:
            about = path.stat()
            known = (about.st_mtime_ns, about.st_size)
            if known == self._print:
                return
            self._print, self._rates, self._trouble = known, None, ""
            if about.st_size > FILE_BYTES_MAX:
                raise RatesInvalid(f"more than {FILE_BYTES_MAX} bytes")
            self._rates = Rates.read(path.read_bytes())
        except (OSError, RatesInvalid) as error:
            self._rates = None
            if str(error) != self._trouble:
                log.warning("rates_unusable", path=str(path), error=str(error))
            self._trouble = str(error)
