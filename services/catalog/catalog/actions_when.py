"""How days and places inside a query are understood."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from msgspec.structs import replace

from catalog import store_places, store_search
from catalog.domain_filters import Filters
from catalog.domain_places import NamedCity, cities_named, same_city
from catalog.domain_search import fold, title_expression, words_of
from catalog.domain_understood import Part, Understood
from catalog.domain_when import Said, days_of, said_in
from fairseat_common.database import Connection

Asked = TypeVar("Asked", bound=Filters)


async def understand(tx: Connection, asked: Asked, now: datetime) -> tuple[Asked, Understood | None]:
    """The filters with the days and the city that their query names, and what was understood; None without a query."""
    if not asked.text:
        return asked, None
    named, name = (None, "") if asked.city_keys else await _city(tx, asked.text)
    said = said_in(named.rest if named else asked.text)
    if said is not None and not said.certain and await _is_a_name(tx, asked.text, said):
        said = None
    if named is None and said is None:
        return asked, Understood([], list(asked.words))
    parts: list[Part] = []
    rest = asked.text
    if said is not None:
        rest = said.rest
        first, last = days_of(said.when, now.astimezone(UTC).date())
        whole = said_in(asked.text)
        parts.append(Part("when", said.words, whole.rest if whole else "", first=first, last=last))
    if named is not None:
        rest = said.rest if said else named.rest
        parts.append(Part("city", named.words, named.rest, city=name))
    words = words_of(rest, fillers=False)
    understood = replace(
        asked,
        words=words,
        when=asked.when + ((said.when,) if said else ()),
        city_keys=tuple(same_city(named.key)) if named else asked.city_keys,
    )
    return understood, Understood(parts, list(words))


async def _city(tx: Connection, text: str) -> tuple[NamedCity | None, str]:
    """The first city that the query names and that has a venue, with its name."""
    candidates = cities_named(text)
    if not candidates:
        return None, ""
    known = await store_places.cities_known(tx, [key for named in candidates for key in same_city(named.key)])
    for named in candidates:
        for key in same_city(named.key):
            if key in known:
                return named, known[key]
    return None, ""


async def _is_a_name(tx: Connection, text: str, said: Said) -> bool:
    """Whether the words that seem to speak of days are a part of a show's own name: `Friday Night Lights`."""
    expression = title_expression(words_of(text), fold(said.words).split())
    return await store_search.shows_matching(tx, expression) > 0
