"""Looks through templates for English that nobody marked, and that every reader would therefore see in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

from fairseat_local.catalogues import PARTS, SERVICES

_ATTRIBUTES = {"aria-label", "aria-description", "placeholder", "title", "alt", "label", "content"}
_SILENT = {"script", "style", "code", "svg"}
_MARKED = re.compile(r"{%-?\s*trans\b.*?endtrans\s*-?%}|{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
_NAMED = re.compile(r"(?<=<){{.*?}}|(?<=</){{.*?}}")
_ATTRIBUTE = re.compile(r'\b[\w-]+="[^"]*"')
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"[A-Z][\w’']*,? \w|[A-Z][a-z]+[.!?…]?$")
_TRANSLATES = {"_", "gettext", "ngettext", "said", "said_forms"}
SAME_EVERYWHERE = {"Fairseat", "API", "CSV", "JSON", "OpenAPI", "AsyncAPI", "PDF", "UTC", "ms"}
"""Names that are written alike in every language."""
LEFT_OUT = {"styleguide.html"}
"""Templates that only we read."""


def unmarked() -> list[str]:
    """A line for each text that is not marked: file, line and text."""
    faults: list[str] = []
    for part in PARTS:
        for path in sorted((SERVICES / part / part).rglob("templates/*.html")):
            if path.name not in LEFT_OUT:
                faults += [f"{part}: {path.name}:{line}: not marked: {text!r}" for line, text in unmarked_in(path)]
    return faults


def unmarked_in(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of what a template says without a mark."""
    source = path.read_text()
    reader = _Reader()
    # What Jinja writes is blanked, line by line, so that only the template's own words are left; a tag keeps a name.
    blanked = _MARKED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), _NAMED.sub("x", source))
    reader.feed(blanked)
    reader.close()
    yield from reader.found
    yield from _constants(source)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        values = dict(attrs)
        for name, value in attrs:
            if name in _ATTRIBUTES and (name != "content" or values.get("name") == "description"):
                self._look(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._look(data)

    def _look(self, text: str) -> None:
        # A macro may write attributes, which stand outside of a tag here.
        words = set(_WORD.findall(_ATTRIBUTE.sub("", text))) - SAME_EVERYWHERE
        if words:
            self.found.append((self.getpos()[0], " ".join(text.split())))


def _constants(source: str) -> Iterator[tuple[int, str]]:
    """Sentences that a template hands on as an argument, outside of what translates."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(source)  # noqa: S701 (nothing is rendered)
    marked = {
        id(inner)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in _TRANSLATES
        for inner in call.find_all(nodes.Const)
    }
    marked |= {id(inner) for compared in tree.find_all(nodes.Compare) for inner in compared.find_all(nodes.Const)}
    for constant in tree.find_all(nodes.Const):
        if id(constant) not in marked and isinstance(constant.value, str) and _SENTENCE.match(constant.value):
            yield constant.lineno, constant.value
