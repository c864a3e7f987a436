"""What is suggested while somebody types."""

from __future__ import annotations

from catalog import store_suggestions
from catalog.actions_search import spellings_of
from catalog.domain_search import fold, name_expression
from catalog.domain_suggestions import Suggestion, ranked
from fairseat_common.database import Connection

SUGGESTED_WORDS_MAX = 8


async def suggest(tx: Connection, query: str) -> list[Suggestion]:
    """The few names that fit best what was typed so far; slips are forgiven where nothing fits as it is."""
    words = fold(query).split()[:SUGGESTED_WORDS_MAX]
    if not words:
        return []
    plain = [(word,) for word in words]
    found = await store_suggestions.names_suggest(tx, plain, name_expression(plain))
    if not found:
        spellings, _ = await spellings_of(tx, words)
        # A pair of words is no beginning of one.
        forgiving = [(word, *(each for each in spellings.get(word, ()) if " " not in each)) for word in words]
        if forgiving != plain:
            found = await store_suggestions.names_suggest(tx, forgiving, name_expression(forgiving))
    return ranked(query, found)
