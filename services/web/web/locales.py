"""How a reader writes numbers and dates: as in the language of the page, in the way of the reader's own country."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from babel import Locale as Names

THIN_SPACE = "\u202f"
HARD_SPACE = "\u00a0"


class Days(NamedTuple):
    """How a date is put together, in full and short, and how the year is added to it."""

    full: str = "{weekday} {day} {month}"
    full_year: str = " {year}"
    short: str = "{weekday} {day} {month}"
    short_year: str = " {year}"
    first: str = "1"
    """The first day of a month, which the French call `1er`."""


class Locale(NamedTuple):
    """One way of writing figures: separators, the side of the currency sign, the parts of a date, the clock."""

    tag: str
    group: str = ","
    point: str = "."
    sign_last: bool = False
    days: Days = Days()
    twelve_hours: bool = False

    @property
    def language(self) -> str:
        """The language alone: `de` of `de-AT`."""
        return self.tag[:2]


_AMERICAN = Days("{weekday}, {month} {day}", ", {year}", "{weekday}, {month} {day}", ", {year}")
_GERMAN = Days("{weekday}, {day}. {month}", " {year}", "{weekday}, {day}. {month}", " {year}")
_FRENCH = Days(first="1er")
_SPANISH = Days("{weekday}, {day} de {month}", " de {year}", "{weekday}, {day} {month}", " {year}")

DEFAULT = Locale("en-GB")
_KNOWN: Mapping[str, Locale] = {
    "en": DEFAULT,
    "en-us": Locale("en-US", days=_AMERICAN, twelve_hours=True),
    "en-ca": Locale("en-CA", days=_AMERICAN, twelve_hours=True),
    "en-au": Locale("en-AU", twelve_hours=True),
    "de": Locale("de-DE", ".", ",", sign_last=True, days=_GERMAN),
    "de-at": Locale("de-AT", ".", ",", sign_last=True, days=_GERMAN),
    "de-ch": Locale("de-CH", group="’", days=_GERMAN),
    "fr": Locale("fr-FR", THIN_SPACE, ",", sign_last=True, days=_FRENCH),
    "fr-ca": Locale("fr-CA", HARD_SPACE, ",", sign_last=True, days=_FRENCH),
    "fr-ch": Locale("fr-CH", THIN_SPACE, ",", sign_last=True, days=_FRENCH),
    "es": Locale("es-ES", ".", ",", sign_last=True, days=_SPANISH),
    "es-mx": Locale("es-MX", days=_SPANISH),
    "es-us": Locale("es-US", days=_SPANISH),
}

_TAGS_MAX = 10


def reader_locale(accept_language: str, language: str | None = None) -> Locale:
    """The best known locale of an `Accept-Language` header, among those of a language where one is given.

    Without any: the language's own, or British English.
    """
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language.split(",")[:_TAGS_MAX]):
        tag, _, weight = part.strip().partition(";")
        wishes.append((-_weight(weight), place, tag.strip().lower()))
    for weighed, _, tag in sorted(wishes):
        found = _KNOWN.get(tag) or _KNOWN.get(tag.split("-")[0])
        if weighed and found and language in (None, found.language):
            return found
    return _KNOWN[language] if language else DEFAULT


def _weight(text: str) -> float:
    """The `q=` of one wish, 1 when it is left out and 0 when it cannot be read."""
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def weekday_name(number: int, language: str, *, short: bool = False) -> str:
    """The name of a day of the week, 0 for Monday: `Samstag`, short `Sa.`."""
    return _names(language, short)[0][number]


def month_name(number: int, language: str, *, short: bool = False) -> str:
    """The name of a month, 1 for January, as it stands in a date: `novembre`, short `nov.`."""
    return _names(language, short)[1][number - 1]


@cache
def _names(language: str, short: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the week's days from Monday on, and of the months."""
    names, width = Names.parse(language), "abbreviated" if short else "wide"
    days, months = names.days["format"][width], names.months["format"][width]
    return tuple(days[number] for number in range(7)), tuple(months[number] for number in range(1, 13))
