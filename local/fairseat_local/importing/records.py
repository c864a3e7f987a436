"""What parsers find, and what they make of text that anybody may have written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

LINE_CHARACTERS_MAX = 200
ID_CHARACTERS_MAX = 500
PERFORMERS_MAX = 30
QUOTED_CHARACTERS_MAX = 60
CAPACITY_MAX = 250_000
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

Record: TypeAlias = dict[str, Any]
"""A show as `POST /api/imports` takes it."""


class FileError(Exception):
    """A file of which nothing can be read; the text completes a sentence that begins with its name."""


class RecordError(Exception):
    """What is wrong with one record; the text completes "shows.json:118: "."""


@dataclass(frozen=True)
class Found:
    """A record and the line on which it begins, counted from 1."""

    line: int
    record: Record


@dataclass(frozen=True)
class Bad:
    """A record that cannot be used: where it begins, why, and what it calls itself as far as that is known."""

    line: int
    problem: str
    external_id: str = ""
    title: str = ""


Finding: TypeAlias = Found | Bad


def quoted(value: object) -> str:
    """A value as it can be shown to people: short, on one line, and without anything that a terminal obeys."""
    text = "".join(letter if letter.isprintable() else "�" for letter in str(value)[: QUOTED_CHARACTERS_MAX + 1])
    return f"“{text[:QUOTED_CHARACTERS_MAX]}{'…' if len(text) > QUOTED_CHARACTERS_MAX else ''}”"


def line_of(value: object, what: str, characters_max: int = LINE_CHARACTERS_MAX) -> str:
    """One line of text from a value of a file: composed, its white space as single spaces. Raises RecordError."""
    if value is None:
        raise RecordError(f"has no {what}")
    if not isinstance(value, str):
        raise RecordError(f"the {what} is no text")
    kinds = {unicodedata.category(letter) for letter in value}
    if "Cs" in kinds:
        raise RecordError(f"the {what} has half of a character")
    spaced = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in value)
    line = " ".join(unicodedata.normalize("NFC", spaced).split())
    if not line:
        raise RecordError(f"the {what} is empty")
    if len(line) > characters_max:
        raise RecordError(f"the {what} has {len(line)} characters; {characters_max} are allowed")
    return line


def id_of(value: object) -> str:
    """The id under which the source knows the show. Raises RecordError."""
    return line_of(
        str(value) if isinstance(value, int) and not isinstance(value, bool) else value, "id", ID_CHARACTERS_MAX
    )


def names_of(values: Iterable[object]) -> list[str]:
    """The performers, each once; of more than 30 the first 30. Raises RecordError."""
    names = dict.fromkeys(line_of(value, "performer") for value in values if value is not None and value != "")
    return list(names)[:PERFORMERS_MAX]


def start_of(value: object) -> Record:
    """A start as ISO 8601 writes it, as `starts_at` or, without an offset, as `local_start`. Raises RecordError."""
    if value is None:
        raise RecordError("has no start")
    if not isinstance(value, str):
        raise RecordError("the start is no text")
    text = value.strip()
    if _DAY.fullmatch(text):
        raise RecordError("the start has no time")
    if not _MOMENT.fullmatch(text):
        raise RecordError(f"the start {quoted(text)} is no date and time such as 2027-05-01T20:00:00+02:00")
    try:
        moment = datetime.fromisoformat(text).replace(microsecond=0)
    except ValueError as error:
        raise RecordError(f"the start {quoted(text)} is not on any calendar") from error
    return {"local_start" if moment.tzinfo is None else "starts_at": moment.isoformat()}


def capacity_of(value: object) -> int | None:
    """How many fit in, where somebody says so in a way that can be true."""
    text = str(value).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return number if 1 <= number <= CAPACITY_MAX else None


def position_of(lat: object, lon: object) -> tuple[float, float] | None:
    """A point in degrees, if both are numbers on the globe and not the 0, 0 of those who do not know."""
    try:
        point = float(str(lat)), float(str(lon))
    except ValueError:
        return None
    on_globe = -90 <= point[0] <= 90 and -180 <= point[1] <= 180
    return point if on_globe and point != (0, 0) else None


def currency_of(value: object) -> str | None:
    """A currency code, if it looks like one."""
    return value if isinstance(value, str) and CURRENCY.fullmatch(value) else None
