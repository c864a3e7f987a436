"""The rules of suggestions while somebody types: what is offered, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from catalog.domain_search import fold

Kind = Literal["performer", "show", "venue", "city"]

SUGGESTIONS_MAX = 8
FIRST_OF_EACH_KIND = 2
"""So many of each kind have a place before anything else has."""
_ORDER: tuple[Kind, ...] = ("performer", "show", "venue", "city")


class Suggestion(msgspec.Struct, frozen=True):
    """Something that may be meant: a performer, a venue, a city, or shows of one title.

    `id` is a performer's or venue's, a city's slug, or the next show's. `place` says where a venue or the next show
    is, and `starts_at` when that show begins by the clock of `timezone`.
    """

    kind: Kind
    id: str
    name: str
    place: str
    shows_count: int
    starts_at: datetime | None = None
    timezone: str | None = None


def ranked(query: str, found: Iterable[Suggestion]) -> list[Suggestion]:
    """The best few: names that begin with what was typed first, the fuller ones before the others.

    A show that is called like its performer is left out, since that performer's page lists it.
    """
    asked = fold(query)
    known = list(found)
    performers = {fold(each.name) for each in known if each.kind == "performer"}
    offered = [each for each in known if each.kind != "show" or fold(each.name) not in performers]
    offered.sort(key=lambda suggestion: _rank(asked, suggestion))
    firsts = [each for kind in _ORDER for each in [one for one in offered if one.kind == kind][:FIRST_OF_EACH_KIND]]
    others = [each for each in offered if each not in firsts]
    kept = (firsts + others)[:SUGGESTIONS_MAX]
    return sorted(kept, key=lambda suggestion: _rank(asked, suggestion))


def _rank(asked: str, suggestion: Suggestion) -> tuple[bool, int, int, str]:
    return (
        not fold(suggestion.name).startswith(asked),
        _ORDER.index(suggestion.kind),
        -suggestion.shows_count,
        suggestion.name,
    )
