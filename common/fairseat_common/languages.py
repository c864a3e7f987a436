"""The languages that Fairseat speaks, and how a text finds the one of its reader.

Texts are written in English where they are used: `_("...")` in templates, `say("...")` in code that answers somebody,
`mark("...")` where a text is only kept for later. Catalogues (`locale/<language>.po` beside the code that uses them)
have the other languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

LANGUAGES = ("en", "de", "fr", "es")
DEFAULT = "en"


class Catalogue(Protocol):
    """What a language says for an English text; the text itself where it has nothing."""

    def gettext(self, message: str) -> str:
        """The text in this language."""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """The text in this language, in the form that goes with a number."""


_language: ContextVar[str] = ContextVar("fairseat_language", default=DEFAULT)
_catalogues: dict[str, Catalogue] = {}


def mark(text: str) -> str:
    """The text itself: says that it is to be translated where it is shown."""
    return text


def language() -> str:
    """The language that is being spoken, one of LANGUAGES."""
    return _language.get()


@contextmanager
def speaking(tag: str | None) -> Iterator[None]:
    """Speak a language for a while; English for one that is not known. Holds for the current task only."""
    known = (tag or "").split("-")[0].lower()
    token = _language.set(known if known in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _language.reset(token)


def say(text: str, /, **values: object) -> str:
    """The text in the language being spoken, with `%(name)s` filled in."""
    catalogue = _catalogues.get(_language.get())
    found = catalogue.gettext(text) if catalogue else text
    return found % values if values else found


def say_number(singular: str, plural: str, number: int, /, **values: object) -> str:
    """The form of a text that goes with a number, which is there as `%(number)s` as well."""
    catalogue = _catalogues.get(_language.get())
    found = catalogue.ngettext(singular, plural, number) if catalogue else singular if number == 1 else plural
    return found % {"number": number, **values}
