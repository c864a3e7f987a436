"""Dates and times as people read them, always in the venue's time zone and with the zone named."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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


def when_text(moment: datetime, timezone: str, locale: Locale, *, short: bool = False) -> str:
    """Day, time and zone of a show: `Saturday 28 November 2026, 19:30 CET`."""
    local = at_venue(moment, timezone)
    zone = zone_name(local, locale.language)
    return f"{day_text(local, locale, short=short)}, {clock_text(local, locale)} {zone}"


def until_text(moment: datetime, timezone: str, locale: Locale) -> str:
    """The wall-clock end of a hold to the second: `19:42:10 CET`."""
    local = at_venue(moment, timezone)
    zone = zone_name(local, locale.language)
    if locale.twelve_hours:
        return f"{local.hour % 12 or 12}:{local:%M:%S} {'am' if local.hour < 12 else 'pm'} {zone}"
    return f"{local:%H:%M:%S} {zone}"


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
