"""Dates and times as people read them: in the venue's time zone, which is named, and beside it in the reader's own."""

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import get_timezone_location

from fairseat_common.languages import say, say_number
from web.locales import Locale, month_name, weekday_name

_ZONES = {"de": {"CET": "MEZ", "CEST": "MESZ", "EET": "OEZ", "EEST": "OESZ", "WET": "WEZ", "WEST": "WESZ"}}
"""Zones whose letters are others in a language."""


def at_venue(moment: datetime, timezone: str) -> datetime:
    """The moment on the venue's wall clock; UTC when the zone is unknown to this machine."""
    try:
        return moment.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return moment.astimezone(UTC)


def zone_name(local: datetime, language: str = "en") -> str:
    """`CET`, `EDT`, or `UTC−03` where the zone has no letters of its own."""
    name = local.tzname() or "UTC"
    if name[0].isalpha():
        return _ZONES.get(language, {}).get(name, name)
    return "UTC" + name.replace("-", "−")


def clock_text(local: datetime, locale: Locale) -> str:
    """`19:30` or `7:30 pm`."""
    if not locale.twelve_hours:
        return f"{local:%H:%M}"
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def day_text(day: date, locale: Locale, *, short: bool = False, year: bool = True) -> str:
    """`Saturday 28 November 2026`, `Samstag, 28. November 2026`: in the reader's order, shortened on request."""
    days = locale.days
    pattern = (days.short if short else days.full) + ((days.short_year if short else days.full_year) if year else "")
    return pattern.format(
        weekday=weekday_name(day.weekday(), locale.language, short=short),
        day=days.first if day.day == 1 else day.day,
        month=month_name(day.month, locale.language, short=short),
        year=day.year,
    )


def date_text(day: date, locale: Locale) -> str:
    """A day without its weekday: `31 December 2024`."""
    pattern = (locale.days.full + locale.days.full_year).partition("{weekday}")[2].lstrip(", ")
    number = locale.days.first if day.day == 1 else day.day
    return pattern.format(day=number, month=month_name(day.month, locale.language), year=day.year)


def when_text(moment: datetime, timezone: str, locale: Locale, *, short: bool = False) -> str:
    """Day, time and zone of a show: `Saturday 28 November 2026, 19:30 CET`."""
    local = at_venue(moment, timezone)
    zone = zone_name(local, locale.language)
    return f"{day_text(local, locale, short=short)}, {clock_text(local, locale)} {zone}"


def own_text(moment: datetime, timezone: str, own: str, locale: Locale, *, seconds: bool = False) -> str:
    """The moment on the reader's own clock: `13:30 your time`, with the day where it is another than at the venue.

    Empty where both clocks show the same, or `own`, the reader's time zone, is not known.
    """
    there, here = at_venue(moment, timezone), at_venue(moment, own or timezone)
    if here.replace(tzinfo=None) == there.replace(tzinfo=None):
        return ""
    time = _seconds_text(here, locale) if seconds else clock_text(here, locale)
    # To the second it is something of the next minutes, whatever day they belong to.
    if here.date() != there.date() and not seconds:
        time = f"{day_text(here, locale, short=True, year=here.year != there.year)}, {time}"
    return say("%(time)s your time", time=time)


def own_place_text(moment: datetime, timezone: str, own: str, locale: Locale) -> str:
    """The same with the place whose clock it is: `13:30 your time (New York)`."""
    text = own_text(moment, timezone, own, locale)
    return f"{text} ({city_name(own, locale.language)})" if text else ""


@cache
def city_name(timezone: str, language: str) -> str:
    """The place that a time zone is called after: `New York`, in Spanish `Nueva York`; `UTC` for what has none."""
    return get_timezone_location(timezone, locale=language, return_city=True).rpartition("/")[2]


def until_text(moment: datetime, timezone: str, locale: Locale) -> str:
    """The wall-clock end of a hold to the second: `19:42:10 CET`."""
    local = at_venue(moment, timezone)
    return f"{_seconds_text(local, locale)} {zone_name(local, locale.language)}"


def _seconds_text(local: datetime, locale: Locale) -> str:
    if locale.twelve_hours:
        return f"{local.hour % 12 or 12}:{local:%M:%S} {'am' if local.hour < 12 else 'pm'}"
    return f"{local:%H:%M:%S}"


def countdown_text(seconds: int) -> str:
    """Time left as a clock shows it: `9:05`, never below `0:00`."""
    left = max(0, seconds)
    return f"{left // 60}:{left % 60:02d}"


def countdown_words(seconds: int) -> str:
    """Time left as a sentence for those who listen: `9 minutes and 5 seconds`."""
    minutes, rest = divmod(max(0, seconds), 60)
    minutes_text = say_number("%(number)s minute", "%(number)s minutes", minutes)
    seconds_text = say_number("%(number)s second", "%(number)s seconds", rest)
    if minutes and rest:
        return say("%(minutes)s and %(seconds)s", minutes=minutes_text, seconds=seconds_text)
    return minutes_text if minutes else seconds_text
