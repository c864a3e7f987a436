"""What stands beside prices and times for a reader who thinks in another currency or lives by another clock."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from babel import Locale as Names

from fairseat_common.contracts import Money
from fairseat_common.languages import say
from web import dates
from web.money import about_text, money_text

if TYPE_CHECKING:  # which imports the templates, and they this
    from web.visit import Visit


def about(money: Money, visit: Visit) -> str:
    """What an amount is about in the reader's currency: `about 52 €`; empty where that is its own or not known."""
    if not visit.currency or visit.currency == money.currency:
        return ""
    rates = visit.rates
    worth = rates.worth(money, visit.currency) if rates else None
    return about_text(worth, visit.locale) if worth else ""


def both(money: Money, visit: Visit) -> str:
    """An amount within a sentence: `£45.00 (about 52 €)`."""
    guess = about(money, visit)
    text = money_text(money, visit.locale)
    return f"{text} ({guess})" if guess else text


def rates_text(currency: str, visit: Visit) -> str:
    """Of which day the rate is between a show's currency and the reader's; empty where none is shown."""
    rates = visit.rates
    if not rates or not about(Money(1, currency), visit):
        return ""
    return say(
        "Amounts in %(own)s are only a guide, by the exchange rate of %(day)s.",
        own=currency_name(visit.currency, visit.locale.language),
        day=dates.date_text(rates.day, visit.locale),
    )


def charged_text(money: Money, visit: Visit) -> str:
    """What is really charged, where a guess stands beside it; else empty."""
    if not about(money, visit):
        return ""
    return say("You are charged %(amount)s.", amount=money_text(money, visit.locale))


def moment_text(moment: datetime, timezone: str, visit: Visit) -> str:
    """A moment at a venue, short, and on the reader's clock where that shows another time."""
    text = dates.when_text(moment, timezone, visit.locale, short=True)
    own = dates.own_text(moment, timezone, visit.timezone, visit.locale) if timezone != "UTC" else ""
    return f"{text} ({own})" if own else text


def until_text(moment: datetime, timezone: str, visit: Visit) -> str:
    """The end of a hold to the second, at the venue and on the reader's clock."""
    own = dates.own_text(moment, timezone, visit.timezone, visit.locale, seconds=True)
    text = dates.until_text(moment, timezone, visit.locale)
    return f"{text} ({own})" if own else text


def currencies(visit: Visit) -> tuple[tuple[str, str], ...]:
    """The currencies that a reader can choose, with their names, by name; none where there are no rates."""
    rates = visit.rates
    return named_currencies(rates.currencies, visit.locale.language) if rates else ()


@cache
def named_currencies(currencies: tuple[str, ...], language: str) -> tuple[tuple[str, str], ...]:
    """Pairs of code and name, by name."""
    named = ((currency, currency_name(currency, language)) for currency in currencies)
    return tuple(sorted(named, key=lambda pair: pair[1].casefold()))


@cache
def currency_name(currency: str, language: str) -> str:
    """What a currency is called: `US Dollar`, `US-Dollar`."""
    return str(Names.parse(language).currencies.get(currency, currency))
