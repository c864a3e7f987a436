"""Money as people read and write it. Amounts are whole minor units everywhere else."""

import re

from fairseat_common.contracts import Money
from fairseat_common.languages import mark, say
from fairseat_common.money import AMOUNT_MAX, MINOR_UNITS
from web.locales import HARD_SPACE, Locale

_SIGNS = {
    "EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "KRW": "₩", "INR": "₹", "ILS": "₪",
    "PLN": "zł", "CZK": "Kč", "UAH": "₴",
    "BRL": "R$", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "MXN": "MX$", "SGD": "S$", "HKD": "HK$",
}  # fmt: skip
_CURRENCY_OF_COUNTRY = {
    "AU": "AUD", "BR": "BRL", "CA": "CAD", "CH": "CHF", "CZ": "CZK", "DK": "DKK", "GB": "GBP", "HU": "HUF", "IN": "INR",
    "JP": "JPY", "KR": "KRW", "KW": "KWD", "MX": "MXN", "NO": "NOK", "NZ": "NZD", "PL": "PLN", "SE": "SEK", "SG": "SGD",
    "US": "USD", "ZA": "ZAR",
}  # fmt: skip

_EXAMPLE = mark("Give the price as a number, for example 85 or 85.50.")
_WHOLE = re.compile(r"\d+|\d{1,3}(?:[.,]\d{3})+")
"""Digits, or groups of three after the first."""


def digits(currency: str) -> int:
    """How many decimals a currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return MINOR_UNITS.get(currency, 2)


def sign(currency: str) -> str:
    """The currency's sign where it is well known, else its code."""
    return _SIGNS.get(currency, currency)


def country_currency(country: str) -> str:
    """The currency in which seats in a country (ISO 3166 code) are sold; euro where we know no other."""
    return _CURRENCY_OF_COUNTRY.get(country.upper(), "EUR")


def money_text(money: Money, locale: Locale) -> str:
    """`€1,234.50`, `1.234,50 €`, `¥12,000`: the amount with its sign as the reader writes it."""
    number = number_text(money, locale)
    mark = _mark(money.currency, locale)
    minus = "−" if money.amount < 0 else ""
    if locale.sign_last:
        return f"{minus}{number}{HARD_SPACE}{mark}"
    gap = HARD_SPACE if mark == money.currency else ""
    return f"{minus}{mark}{gap}{number}"


WHOLE_FROM = 10
"""From so many units on, what an amount is about has no decimals: they would say more than is known."""


def about_text(money: Money, locale: Locale) -> str:
    """`about €52`, `about €4.80`: an amount that came from another currency, no more exactly than it is meant."""
    unit = 10 ** digits(money.currency)
    if abs(money.amount) < WHOLE_FROM * unit:
        return say("about %(amount)s", amount=money_text(money, locale))
    units = (2 * abs(money.amount) + unit) // (2 * unit)
    rounded = Money(units * unit * (-1 if money.amount < 0 else 1), money.currency)
    text = money_text(rounded, locale)
    return say(
        "about %(amount)s", amount=text.replace(locale.point + "0" * digits(money.currency), "") if unit > 1 else text
    )


def _mark(currency: str, locale: Locale) -> str:
    """The sign, or the code where a sign of letters would run into the number that follows it."""
    mark = sign(currency)
    return currency if mark.isalpha() and not locale.sign_last else mark


def number_text(money: Money, locale: Locale) -> str:
    """The amount without sign or currency, with the currency's own number of decimals."""
    places = digits(money.currency)
    whole, part = divmod(abs(money.amount), 10**places)
    text = f"{whole:,}".replace(",", locale.group)
    return f"{text}{locale.point}{part:0{places}d}" if places else text


def amount_text(money: Money) -> str:
    """The amount as a price field shows it: no grouping, a point, so that it reads back as it was."""
    places = digits(money.currency)
    whole, part = divmod(money.amount, 10**places)
    return f"{whole}.{part:0{places}d}" if places else str(whole)


def amount_read(text: str, currency: str) -> int:
    """Minor units of what a person typed (`129.50`, `129,50`, `1.234,50`, `1 234`).

    Raises ValueError with a sentence for the person when it is no price in this currency.
    """
    places = digits(currency)
    plain = re.sub(r"[\s\u00a0\u202f’'_]", "", text.strip().removeprefix(sign(currency)).removesuffix(sign(currency)))
    if not re.fullmatch(r"\d[\d.,]*", plain):
        raise ValueError(say(_EXAMPLE) if places else say("Give the price as a whole number."))
    head, part = _split_decimals(plain, places)
    if not _WHOLE.fullmatch(head):
        raise ValueError(say(_EXAMPLE))
    if len(part) > places:
        raise ValueError(
            say("%(currency)s has %(places)s decimals.", currency=currency, places=places)
            if places
            else say("%(currency)s has no decimals.", currency=currency)
        )
    amount = int(re.sub(r"[.,]", "", head) + part.ljust(places, "0"))
    if amount <= 0:
        raise ValueError(say("The price must be more than zero."))
    if amount > AMOUNT_MAX:
        raise ValueError(say("That is more than one seat can cost here."))
    return amount


def _split_decimals(plain: str, places: int) -> tuple[str, str]:
    """Whole and decimal digits: the last separator marks decimals unless exactly three digits follow it and
    the currency does not have three.
    """
    place = max(plain.rfind("."), plain.rfind(","))
    head, part = plain[:place], plain[place + 1 :]
    if place < 0 or not part or plain[place] in head or (len(part) == 3 and places != 3):
        return plain, ""
    return head, part
