"""The languages that Fairseat speaks, and how a text finds the one of its reader.

Texts are written in English where they are used: `_("...")` in templates, `say("...")` in code that answers somebody,
`mark("...")` where a text is only kept for later. Catalogues (`locale/<language>.po` beside the code that uses them)
have the other languages. A text that a catalogue lacks is shown in English; `make check` lets none be missing.

Images carry catalogues that were read when they were built (`python -m fairseat_common.languages <folder>` writes them
to `locale/built`): a service there starts without reading any source.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec

DEFAULT = "en"
LANGUAGES = ("en", "de", "fr", "es")
NAMES: Mapping[str, str] = MappingProxyType({"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"})
"""What each language calls itself."""
TRANSLATED = tuple(name for name in LANGUAGES if name != DEFAULT)
BUILT = "built"
"""The folder, beside what it was made from, with what a build has made ready."""
TAG_MAX = 35
"""Longest language tag that is looked at (RFC 5646, 4.4.1)."""

Texts = Mapping[str, str | tuple[str, ...]]
"""What a language says for each English text: one text, or one for each of its plural forms."""


class _Speech:
    """The language of one request or letter. It is changed in place, so that whatever works on it hears of it."""

    __slots__ = ("language",)

    def __init__(self, language: str) -> None:
        self.language = language


_speech: ContextVar[_Speech | None] = ContextVar("fairseat_speech", default=None)
_texts: dict[str, dict[str, str | tuple[str, ...]]] = {name: {} for name in TRANSLATED}


def learn(folder: Path) -> None:
    """Read the catalogues of a folder, once per process: what a build made of them, else the sources (`de.po`, ...).

    OSError if one is missing.
    """
    for name in TRANSLATED:
        _texts[name].update(_read(folder, name))


def build(folder: Path) -> None:
    """Make the catalogues of a folder ready for `learn`, which then reads no source. OSError if one is missing."""
    (folder / BUILT).mkdir(exist_ok=True)
    for name in TRANSLATED:
        (folder / BUILT / f"{name}.json").write_bytes(msgspec.json.encode(_texts_of(folder / f"{name}.po")))


@cache
def _read(folder: Path, name: str) -> Texts:
    try:
        built = (folder / BUILT / f"{name}.json").read_bytes()
    except FileNotFoundError:
        return _texts_of(folder / f"{name}.po")
    return msgspec.json.decode(built, type=dict[str, str | tuple[str, ...]])


def _texts_of(path: Path) -> Texts:
    # Only a source needs its reader, which costs a tenth of a second and megabytes to load.
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = read_po(file)
    found: dict[str, str | tuple[str, ...]] = {}
    for message in catalogue:
        key = message.id if isinstance(message.id, str) else message.id[0]
        texts = message.string or ""
        if key and not message.fuzzy and all(texts) and texts:
            found[key] = texts if isinstance(texts, str) else tuple(texts)
    return found


def mark(text: str) -> str:
    """The text itself: says that it is to be translated where it is shown."""
    return text


def known_language(tag: str | None) -> str | None:
    """One of LANGUAGES for a tag such as `de-AT`; None for one that we do not speak."""
    name = (tag or "")[:TAG_MAX].replace("_", "-").split("-")[0].lower()
    return name if name in LANGUAGES else None


def language() -> str:
    """The language that is being spoken, one of LANGUAGES."""
    speech = _speech.get()
    return speech.language if speech else DEFAULT


@contextmanager
def speaking(tag: str | None) -> Iterator[None]:
    """Speak a language for a while; English for one that is not known. Holds for this task and those it begins."""
    token = _speech.set(_Speech(known_language(tag) or DEFAULT))
    try:
        yield
    finally:
        _speech.reset(token)


def speak(tag: str | None) -> None:
    """Go on in another language until the `speaking` that is under way ends, in all tasks that take part in it."""
    speech = _speech.get()
    if speech is None:
        raise RuntimeError("nobody is being spoken to")
    speech.language = known_language(tag) or DEFAULT


def gettext(text: str) -> str:
    """The text in the language being spoken, with its placeholders as they are."""
    found = _texts.get(language(), {}).get(text, text)
    return found if isinstance(found, str) else found[0]


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form of a text that goes with a number, with its placeholders as they are."""
    spoken = language()
    found = _texts.get(spoken, {}).get(singular, (singular, plural))
    return found if isinstance(found, str) else found[_form(spoken, number)]


def forms_of(singular: str, plural: str) -> tuple[str, str]:
    """Both forms of a text, for one and for many, with their placeholders: for who counts elsewhere, as scripts do."""
    return ngettext(singular, plural, 1), ngettext(singular, plural, 2)


def _form(spoken: str, number: int) -> int:
    """Which plural form a number takes: all four languages have two, and only French counts 0 as one."""
    return int(number > 1 if spoken == "fr" else number != 1)


def say(text: str, /, **values: object) -> str:
    """The text in the language being spoken, with `%(name)s` filled in."""
    found = gettext(text)
    return found % values if values else found


def say_number(singular: str, plural: str, number: int, /, **values: object) -> str:
    """The form of a text that goes with a number, which is there as `%(number)s` as well."""
    return ngettext(singular, plural, number) % {"number": number, **values}


def main(arguments: Sequence[str]) -> None:
    """Make the catalogues of every folder in `arguments` ready."""
    for folder in arguments:
        build(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
