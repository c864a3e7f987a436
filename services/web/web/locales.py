"""How a reader writes numbers and times. Texts are English; figures follow the reader's `Accept-Language`."""

from typing import NamedTuple

THIN_SPACE = "\u202f"
HARD_SPACE = "\u00a0"


class Locale(NamedTuple):
    """One way of writing figures: separators, the side of the currency sign, the order of a date."""

    tag: str
    group: str = ","
    point: str = "."
    sign_last: bool = False
    month_first: bool = False
    twelve_hours: bool = False


DEFAULT = Locale("en-GB")


def _german(tag: str) -> Locale:
    return Locale(tag, ".", ",", sign_last=True)


def _french(tag: str) -> Locale:
    return Locale(tag, THIN_SPACE, ",", sign_last=True)


def _spaced(tag: str) -> Locale:
    return Locale(tag, HARD_SPACE, ",", sign_last=True)


_KNOWN: dict[str, Locale] = {
    "en": DEFAULT,
    "en-us": Locale("en-US", month_first=True, twelve_hours=True),
    "en-ca": Locale("en-CA", month_first=True, twelve_hours=True),
    "en-au": Locale("en-AU", twelve_hours=True),
    "de": _german("de-DE"),
    "de-at": _german("de-AT"),
    "de-ch": Locale("de-CH", group="’"),
    "nl": Locale("nl-NL", group=".", point=","),
    "es": _german("es-ES"),
    "it": _german("it-IT"),
    "pt": _spaced("pt-PT"),
    "pt-br": Locale("pt-BR", group=".", point=","),
    "fr": _french("fr-FR"),
    "fr-ch": _french("fr-CH"),
    "da": _german("da-DK"),
    "sv": _spaced("sv-SE"),
    "nb": _spaced("nb-NO"),
    "fi": _spaced("fi-FI"),
    "pl": _spaced("pl-PL"),
    "cs": _spaced("cs-CZ"),
    "uk": _spaced("uk-UA"),
    "ja": Locale("ja-JP"),
    "ko": Locale("ko-KR"),
    "zh": Locale("zh-CN"),
}

_TAGS_MAX = 10


def reader_locale(accept_language: str) -> Locale:
    """The best known locale of an `Accept-Language` header; British English if none is known."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language.split(",")[:_TAGS_MAX]):
        tag, _, weight = part.strip().partition(";")
        wishes.append((-_weight(weight), place, tag.strip().lower()))
    for _, _, tag in sorted(wishes):
        found = _KNOWN.get(tag) or _KNOWN.get(tag.split("-")[0])
        if found:
            return found
    return DEFAULT


def _weight(text: str) -> float:
    """The `q=` of one wish, 1 when it is left out and 0 when it cannot be read."""
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
