"""The rules of time in words: `this weekend`, `on Friday`, `in June` inside a query, and which days they are.

Which days depends on what day it is, and that depends on the place: so what is understood stays words until the
day at the venue is known. Pure: the day comes in as an argument.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, get_args

import msgspec

from catalog.domain_search import fold, slips, slips_allowed

Preset = Literal["today", "tomorrow", "weekend", "next-weekend", "week", "next-week", "month", "next-month"]
PRESETS: tuple[Preset, ...] = get_args(Preset)

FRIDAY, SUNDAY = 4, 6
AHEAD_DAYS_MAX = 370
LEAP_YEARS_APART_MAX = 8

_MONTHS = [name.lower() for name in calendar.month_name]
_WEEKDAYS = [name.lower() for name in calendar.day_name]
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS) if name}
_MONTH_NUMBERS |= {name[:3]: number for name, number in _MONTH_NUMBERS.items()} | {"sept": 9}
_WEEKDAY_NUMBERS = {name: number for number, name in enumerate(_WEEKDAYS)}
_SHORT_WEEKDAYS = {name[:3]: number for name, number in _WEEKDAY_NUMBERS.items()} | {"tues": 1, "thur": 3, "thurs": 3}
_SPELT = ("today", "tonight", "tomorrow", "weekend", *_WEEKDAYS, *(name for name in _MONTHS if len(name) > 5))
"""Words that are also known with a slip of the fingers in them."""
_CERTAIN = re.compile(r"\b(?:this|next|on|in|during|within|coming)\b|\d")
"""What titles such as `Friday Night Lights` do not have."""

Days = tuple[date, date]
"""The first and the last day; both count."""


class When(msgspec.Struct, frozen=True):
    """Days in words: a preset, or `weekday` (0 is Monday), `next-weekday`, `in-month` (month, year or 0), `day`
    (day, month, year or 0), `ahead` (so many days from today on).
    """

    kind: str
    numbers: tuple[int, ...] = ()


class Said(msgspec.Struct, frozen=True):
    """Days found in a query: what is meant, the words that said it, and the query without them.

    Not `certain` is what may as well be a part of a name: a title of the words themselves is to be preferred.
    """

    when: When
    words: str
    rest: str
    certain: bool


def days_of(when: When, today: date) -> Days:
    """The days that are meant, seen from `today`; days that are over are left out of what has begun."""
    return _MEANINGS[when.kind](today, *when.numbers)


def days_on_earth(when: When, utc_today: date) -> list[Days]:
    """What is meant where it is still yesterday, where it is UTC's today, and where it is already tomorrow."""
    return [days_of(when, utc_today + timedelta(days=offset)) for offset in (-1, 0, 1)]


def said_in(query: str) -> Said | None:
    """The days that a query speaks of, the first such words in it; None where there are none."""
    tokens = list(re.finditer(r"[^\W_]+", query))
    given = [fold(token[0]).replace(" ", "") for token in tokens]
    spelt = [_spelt(word) for word in given]
    folded = " ".join(spelt)
    found = [(match, read) for pattern, read in _PATTERNS if (match := pattern.search(folded))]
    for match, read in sorted(found, key=lambda pair: (pair[0].start(), -pair[0].end())):
        when = read(match)
        if when is None:
            continue
        first = folded[: match.start()].count(" ")
        last = folded[: match.end()].count(" ")
        start, end = tokens[first].start(), tokens[last].end()
        rest = " ".join((query[:start] + " " + query[end:]).split())
        as_written = spelt[first : last + 1] == given[first : last + 1]
        return Said(when, query[start:end], rest, certain=as_written and bool(_CERTAIN.search(match[0])))
    return None


def _spelt(word: str) -> str:
    """The word, or the word about time that somebody slipped on."""
    if len(word) < 5 or word in _MONTH_NUMBERS or word in _SPELT:
        return word
    near = [known for known in _SPELT if known[0] == word[0] and slips(word, known, 2) <= slips_allowed(word)]
    return near[0] if near else word


# --- Which days ---


def _week(today: date, weeks: int, first: int, last: int) -> Days:
    """From one weekday to another, in the week of `today` or so many later; days that are over are left out."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    return max(today, monday + timedelta(days=first)), monday + timedelta(days=last)


def _month(year: int, month: int) -> Days:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _this_month(today: date) -> Days:
    return today, _month(today.year, today.month)[1]


def _next_month(today: date) -> Days:
    return _month(today.year + today.month // 12, today.month % 12 + 1)


def _weekday(today: date, weekday: int) -> Days:
    day = today + timedelta(days=(weekday - today.weekday()) % 7)
    return day, day


def _next_weekday(today: date, weekday: int) -> Days:
    return _week(today, 1, weekday, weekday)


def _in_month(today: date, month: int, year: int) -> Days:
    """That month, the next one of its name where no year was said."""
    first, last = _month(year or today.year + (month < today.month), month)
    return (max(first, today), last) if last >= today else (first, last)


def _day(today: date, day: int, month: int, year: int) -> Days:
    """That day, the next one of its name where no year was said; 29 February may be years away."""
    if year:
        return date(year, month, day), date(year, month, day)
    for ahead in range(LEAP_YEARS_APART_MAX + 1):
        if day <= _month(today.year + ahead, month)[1].day:
            found = date(today.year + ahead, month, day)
            if found >= today:
                return found, found
    return today, today


def _ahead(today: date, days: int) -> Days:
    return today, today + timedelta(days=days)


_MEANINGS: dict[str, Callable[..., Days]] = {
    "today": lambda today: _ahead(today, 0),
    "tomorrow": lambda today: (today + timedelta(days=1), today + timedelta(days=1)),
    "weekend": lambda today: _week(today, 0, FRIDAY, SUNDAY),
    "next-weekend": lambda today: _week(today, 1, FRIDAY, SUNDAY),
    "week": lambda today: _week(today, 0, 0, SUNDAY),
    "next-week": lambda today: _week(today, 1, 0, SUNDAY),
    "month": _this_month,
    "next-month": _next_month,
    "weekday": _weekday,
    "next-weekday": _next_weekday,
    "in-month": _in_month,
    "day": _day,
    "ahead": _ahead,
}


# --- How it is said ---

Reading = Callable[["re.Match[str]"], When | None]


def _preset(preset: Preset) -> Reading:
    return lambda _: When(preset)


def _read_day(match: re.Match[str]) -> When | None:
    day, month, year = int(match["day"]), _month_number(match["month"]), int(match["year"] or 0)
    return When("day", (day, month, year)) if _is_day(day, month, year or 2000) else None


def _read_month(match: re.Match[str]) -> When | None:
    year = int(match["year"] or 0)
    return When("in-month", (_month_number(match["month"]), year))


def _month_number(text: str) -> int:
    return int(text) if text.isdigit() else _MONTH_NUMBERS[text]


def _is_day(day: int, month: int, year: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _read_ahead(match: re.Match[str]) -> When | None:
    days = int(match["count"]) * (7 if match["unit"].startswith("week") else 1)
    return When("ahead", (days,)) if 0 < days <= AHEAD_DAYS_MAX else None


def _read_weekday(match: re.Match[str]) -> When:
    name = match["weekday"]
    number = _WEEKDAY_NUMBERS.get(name, _SHORT_WEEKDAYS.get(name, 0))
    return When("next-weekday" if "next" in match[0].split() else "weekday", (number,))


_MONTH = f"(?P<month>{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})"
_YEAR = r"(?P<year>20\d\d)"
_ANY_WEEKDAY = "|".join([*_WEEKDAY_NUMBERS, *sorted(_SHORT_WEEKDAYS, key=len, reverse=True)])
_TIME_OF_DAY = "(?: night| evening| afternoon| morning)?"

_PATTERNS: list[tuple[re.Pattern[str], Reading]] = [
    (re.compile(rf"(?<!\S)(?:{pattern})(?!\S)", re.ASCII), reading)
    for pattern, reading in [
        (r"(?:for )?today|tonight|this (?:evening|afternoon)|later today", _preset("today")),
        (rf"(?:for )?tomorrow{_TIME_OF_DAY}", _preset("tomorrow")),
        (r"(?:for |on |at |over )?(?:this|the|this coming) week ?end", _preset("weekend")),
        (r"(?:for |on )?next week ?end", _preset("next-weekend")),
        (r"(?:for |during )?this week", _preset("week")),
        (r"(?:for |during )?next week", _preset("next-week")),
        (r"(?:for |during )?this month", _preset("month")),
        (r"(?:for |during )?next month", _preset("next-month")),
        (r"(?:in |within )?(?:the )?next (?P<count>\d{1,3}) (?P<unit>days?|weeks?)", _read_ahead),
        (rf"(?:on )?(?:the )?(?P<day>\d{{1,2}})(?: ?st| ?nd| ?rd| ?th)? (?:of )?{_MONTH}(?: {_YEAR})?", _read_day),
        (rf"(?:on )?{_MONTH} (?P<day>\d{{1,2}})(?: ?st| ?nd| ?rd| ?th)?(?: {_YEAR})?", _read_day),
        (rf"(?:on )?{_YEAR} (?P<month>\d\d) (?P<day>\d\d)", _read_day),
        (rf"(?:in |this |during |next ){_MONTH}(?: {_YEAR})?", _read_month),
        (rf"{_MONTH} {_YEAR}", _read_month),
        (rf"(?:on |for )?(?:this |next |coming )(?P<weekday>{_ANY_WEEKDAY}){_TIME_OF_DAY}", _read_weekday),
        (rf"on (?P<weekday>{_ANY_WEEKDAY}){_TIME_OF_DAY}", _read_weekday),
        (rf"(?P<weekday>{'|'.join(_WEEKDAY_NUMBERS)}){_TIME_OF_DAY}", _read_weekday),
    ]
]
