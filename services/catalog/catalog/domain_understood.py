"""What a query was understood to ask for, so that a page can show it and let the reader take it back."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec


class Part(msgspec.Struct, frozen=True):
    """Days or a city that the query names.

    `words` say so in the query, `without` is the query without them. `first` and `last` are the days that are meant,
    where it is UTC's today; `city` is the city's name as its venues have it.
    """

    kind: Literal["when", "city"]
    words: str
    without: str
    city: str | None = None
    first: date | None = None
    last: date | None = None


class Correction(msgspec.Struct, frozen=True):
    """A word that no show has, and what it was taken for; nothing where there is nothing like it."""

    word: str
    meant: list[str]


class Understood(msgspec.Struct, frozen=True):
    """How a query was read: its parts, the words that are left, and those that were taken for others."""

    parts: list[Part]
    words: list[str]
    corrected: list[Correction] = []
