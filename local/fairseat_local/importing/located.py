"""JSON whose parts know their place: a document is cut into its records without reading them, and each is read alone.

So a record that is no JSON spoils no other, and each knows its line.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from fairseat_local.importing.records import RecordError

DEPTH_MAX = 64
RECORD_CHARACTERS_MAX = 512 * 1024
# A string, a bracket or a sign, or whatever stands between them. A line break in a string is left to the reader.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+|"', re.DOTALL)


class Span(NamedTuple):
    """Where a value stands: offsets of its first character and behind its last."""

    start: int
    end: int


class Located:
    """A JSON text; `first_line` is the number of its first line in its file."""

    def __init__(self, text: str, first_line: int = 1) -> None:
        self.text = text
        self._first_line = first_line
        self._breaks = [match.start() for match in re.finditer("\n", text)]

    def line(self, offset: int) -> int:
        """The number of the line on which a character stands."""
        return self._first_line + bisect_right(self._breaks, offset - 1)

    def documents(self) -> Iterator[Span]:
        """The values of the text: one of a document, one a line of JSON lines. What is left over comes last."""
        first = _TOKEN.search(self.text)
        if first is None:
            return
        end, line_end = self._end(first), self.text.find("\n", first.start())
        if end <= line_end and self.text[line_end:].strip():
            yield from self._lines(first.start())
            return
        yield Span(first.start(), end)
        left = _TOKEN.search(self.text, end)
        if left is not None:
            yield Span(left.start(), len(self.text.rstrip()))

    def _lines(self, start: int) -> Iterator[Span]:
        for line in re.finditer(r"[^\n]+", self.text[start:]):
            if line[0].strip():
                yield Span(start + line.start(), start + line.end())

    def kind(self, span: Span) -> str:
        """The first character of a value: `{` for an object, `[` for an array."""
        return self.text[span.start]

    def elements(self, span: Span) -> Iterator[Span]:
        """The elements of an array; none of any other value."""
        if self.kind(span) != "[":
            return
        at = span.start + 1
        while (token := _TOKEN.search(self.text, at, span.end)) is not None and token[0] not in "]}":
            at = token.end() if token[0] in ",:" else self._end(token)
            if token[0] not in ",:":
                yield Span(token.start(), at)

    def members(self, span: Span) -> dict[str, Span]:
        """The values of an object by their names; none of any other value."""
        found: dict[str, Span] = {}
        if self.kind(span) != "{":
            return found
        at, name = span.start + 1, ""
        while (token := _TOKEN.search(self.text, at, span.end)) is not None and token[0] not in "]}":
            at = self._end(token)
            following = _TOKEN.search(self.text, at, span.end)
            if following is not None and following[0] == ":" and token[0][0] == '"':
                name, at = token[0][1:-1], following.end()
            elif token[0] not in ",:":
                found[name] = Span(token.start(), at)
        return found

    def read(self, span: Span) -> Any:
        """A value. Raises RecordError where it is no JSON."""
        if span.end - span.start > RECORD_CHARACTERS_MAX:
            raise RecordError(f"has more than {RECORD_CHARACTERS_MAX} characters")
        try:
            return json.loads(self.text[span.start : span.end], parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            if span.end == len(self.text) and error.pos >= span.end - span.start - 1:
                raise RecordError("the file ends in the middle of it") from error
            line = self.line(span.start + error.pos)
            raise RecordError(f"is no JSON: {error.msg.lower()} on line {line}") from error
        except (ValueError, RecursionError) as error:
            raise RecordError("is no JSON: it has a number that is none, or too many brackets") from error

    def _end(self, first: re.Match[str]) -> int:
        """Behind the value that begins with this token; the end of the text where it never ends."""
        depth, token = 0, first
        while True:
            if token[0] in "[{":
                depth += 1
            elif token[0] in "]}":
                depth -= 1
            if depth <= 0:
                return token.end()
            following = _TOKEN.search(self.text, token.end())
            if following is None:
                return len(self.text)
            token = following


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
