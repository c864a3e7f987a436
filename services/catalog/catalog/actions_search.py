"""How catalog is searched."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from catalog import store_search
from catalog.domain import Facets, Performer, Show
from catalog.domain_search import Search, SortKey, Text, corrections, expression_of
from catalog.domain_venues import VenueLine
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection


async def find_shows(
    tx: Connection, search: Search, after: SortKey | None, rows_max: int
) -> list[tuple[Show, SortKey]]:
    """Shows that fit, in the order asked for; a word that no show has is taken for those it may be a slip of."""
    text = await _text(tx, search.words) if search.words else None
    if text is not None and text.matching == 0:
        return []
    return await store_search.shows_search(tx, search, text, after, rows_max)


async def _text(tx: Connection, words: tuple[str, ...]) -> Text:
    unknown = await store_search.words_unknown(tx, words)
    expression = expression_of(words, await _meant(tx, unknown))
    matching = await store_search.shows_matching(tx, expression)
    if matching == 0:
        # Each word may be known, but no show has them all: any of them may be a slip, or another spelling.
        expression = expression_of(words, await _meant(tx, words))
        matching = await store_search.shows_matching(tx, expression)
    return Text(expression, matching)


async def _meant(tx: Connection, words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    if not words:
        return {}
    alike = await store_search.words_alike(tx, words)
    return {word: corrections(word, candidates) for word, candidates in alike.items()}


async def find_venues(
    tx: Connection, words: tuple[str, ...], after: tuple[str, UUID] | None, rows_max: int
) -> list[tuple[tuple[str, UUID], VenueLine]]:
    """Venues by city and name, each with its sort key."""
    return await store_search.venues_page(tx, words, after, rows_max)


async def find_performers(
    tx: Connection, words: tuple[str, ...], after: tuple[str, UUID] | None, rows_max: int
) -> list[tuple[tuple[str, UUID], Performer]]:
    """Performers by name, each with its sort key."""
    return await store_search.performers_page(tx, words, after, rows_max)


async def read_performer(tx: Connection, performer_id: UUID) -> Performer:
    """A performer; raises NotFound."""
    performer = await store_search.performer_get(tx, performer_id)
    if performer is None:
        raise NotFound
    return performer


async def read_facets(tx: Connection) -> Facets:
    """What there is to choose from."""
    return Facets(await store_search.categories_count(tx), await store_search.cities_count(tx))
