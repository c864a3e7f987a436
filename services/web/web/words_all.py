"""The tables of words of all areas as one: which areas there are, and that none takes another's words."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from web import (
    words_choices,
    words_developers,
    words_discover,
    words_gate,
    words_offers,
    words_onsale,
    words_operator,
    words_organise,
    words_passes,
    words_people,
    words_queue,
    words_saved,
    words_selling,
    words_waiting,
)

Said = TypeVar("Said")
AREAS = (
    words_choices,
    words_developers,
    words_discover,
    words_gate,
    words_offers,
    words_onsale,
    words_operator,
    words_organise,
    words_passes,
    words_people,
    words_queue,
    words_saved,
    words_selling,
    words_waiting,
)


class SaidTwice(Exception):
    """Two areas have words for the same code, and one of them would never be read."""


def gathered(tables: Iterable[Mapping[str, Said]]) -> dict[str, Said]:
    """All tables as one. SaidTwice with the codes that stand in two of them."""
    found: dict[str, Said] = {}
    for table in tables:
        if again := found.keys() & table.keys():
            raise SaidTwice(", ".join(sorted(again)))
        found.update(table)
    return found
