"""Dates and times as people read them, always in the venue's time zone and with the zone named."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from web.locales import Locale

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def at_venue(moment: datetime, timezone: str) -> datetime:
    """The moment on the venue's wall clock; UTC when the zone is unknown to this machine."""
    try:
        return moment.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return moment.astimezone(UTC)


def zone_name(local: datetime) -> str:
    """`CET`, `EDT`, or `UTC−03` where the zone has no letters of its own."""
    name = local.tzname() or "UTC"
    if name[0].isalpha():
        return name
    return "UTC" + name.replace("-", "−")


def clock_text(local: datetime, locale: Locale) -> str:
    """`19:30` or `7:30 pm`."""
    if not locale.twelve_hours:
        return f"{local:%H:%M}"
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def day_text(day: date, locale: Locale, *, short: bool = False, year: bool = True) -> str:
    """`Saturday 28 November 2026`, in American order where the reader writes so, shortened on request."""
    weekday, month = WEEKDAYS[day.weekday()], MONTHS[day.month - 1]
    if short:
        weekday, month = weekday[:3], month[:3]
    core = f"{weekday}, {month} {day.day}" if locale.month_first else f"{weekday} {day.day} {month}"
    if not year:
        return core
    return f"{core}, {day.year}" if locale.month_first else f"{core} {day.year}"


def when_text(moment: datetime, timezone: str, locale: Locale, *, short: bool = False) -> str:
    """Day, time and zone of a show: `Saturday 28 November 2026, 19:30 CET`."""
    local = at_venue(moment, timezone)
    return f"{day_text(local, locale, short=short)}, {clock_text(local, locale)} {zone_name(local)}"


def until_text(moment: datetime, timezone: str, locale: Locale) -> str:
    """The wall-clock end of a hold to the second: `19:42:10 CET`."""
    local = at_venue(moment, timezone)
    if locale.twelve_hours:
        return f"{local.hour % 12 or 12}:{local:%M:%S} {'am' if local.hour < 12 else 'pm'} {zone_name(local)}"
    return f"{local:%H:%M:%S} {zone_name(local)}"


def countdown_text(seconds: int) -> str:
    """Time left as a clock shows it: `9:05`, never below `0:00`."""
    left = max(0, seconds)
    return f"{left // 60}:{left % 60:02d}"


def countdown_words(seconds: int) -> str:
    """Time left as a sentence for those who listen: `9 minutes and 5 seconds`."""
    minutes, rest = divmod(max(0, seconds), 60)
    parts = [_count(minutes, "minute")] if minutes else []
    if rest or not minutes:
        parts.append(_count(rest, "second"))
    return " and ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
