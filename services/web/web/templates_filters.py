"""The filters of templates: amounts and moments as the reader of the page writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from fairseat_common.contracts import Money
from web import dates, money, views, views_reader
from web.locales import Locale, month_name, weekday_name
from web.models import Show


def _locale(context: Context) -> Locale:
    locale: Locale = context["visit"].locale
    return locale


@pass_context
def as_money(context: Context, value: Money) -> str:
    """An amount in its own currency."""
    return money.money_text(value, _locale(context))


@pass_context
def about(context: Context, value: Money) -> str:
    """What it is about in the reader's currency; empty where that says nothing new."""
    return views_reader.about(value, context["visit"])


@pass_context
def both(context: Context, value: Money) -> str:
    """An amount and what it is about, within a sentence."""
    return views_reader.both(value, context["visit"])


@pass_context
def when(context: Context, value: Show, short: bool = False) -> str:
    """When a show begins, at its venue."""
    return dates.when_text(value.starts_at, value.venue.timezone, _locale(context), short=short)


@pass_context
def yours(context: Context, value: Show) -> str:
    """When it begins on the reader's clock; empty where that shows the same."""
    own: str = context["visit"].timezone
    return dates.own_place_text(value.starts_at, value.venue.timezone, own, _locale(context))


@pass_context
def clock(context: Context, value: Show) -> str:
    """The time of day at which it begins, at its venue."""
    local = dates.at_venue(value.starts_at, value.venue.timezone)
    return f"{dates.clock_text(local, _locale(context))} {dates.zone_name(local, _locale(context).language)}"


@pass_context
def until(context: Context, value: datetime, timezone: str) -> str:
    """The end of a hold to the second."""
    return views_reader.until_text(value, timezone, context["visit"])


@pass_context
def moment(context: Context, value: datetime, timezone: str) -> str:
    """A moment that belongs to a venue, and beside it the reader's own time."""
    return views_reader.moment_text(value, timezone, context["visit"])


@pass_context
def own_moment(context: Context, value: datetime) -> str:
    """A moment that belongs to no venue: on the reader's clock, UTC where that is not known."""
    return dates.when_text(value, context["visit"].timezone or "UTC", _locale(context), short=True)


@pass_context
def weekday(context: Context, value: datetime) -> str:
    """The short name of a day of the week."""
    return weekday_name(value.weekday(), _locale(context).language, short=True)


@pass_context
def month(context: Context, value: datetime) -> str:
    """The short name of a month."""
    return month_name(value.month, _locale(context).language, short=True)


def local(value: Show) -> datetime:
    """The beginning of a show on its venue's wall clock."""
    return dates.at_venue(value.starts_at, value.venue.timezone)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "money": as_money,
    "amount": money.amount_text,
    "about": about,
    "both": both,
    "when": when,
    "yours": yours,
    "clock": clock,
    "until": until,
    "moment": moment,
    "own_moment": own_moment,
    "local": local,
    "weekday": weekday,
    "month": month,
    "countdown": dates.countdown_text,
    "countdown_words": dates.countdown_words,
    "category": views.category_name,
    "iso": datetime.isoformat,
}
