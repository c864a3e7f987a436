"""How catalog is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from catalog import store, store_facets, store_places, store_search
from catalog.actions_when import understand
from catalog.domain import Performer, Show
from catalog.domain_facets import Facets
from catalog.domain_filters import Filters, Search, SortKey
from catalog.domain_places import City, city_of_slug, other_names
from catalog.domain_search import Text, asks_category, corrections, expression_of, splits
from catalog.domain_understood import Correction, Understood
from catalog.domain_venues import VenueLine
from catalog.store_places import NameKey
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection


class Found(msgspec.Struct, frozen=True):
    """Shows with their sort keys, and how the query was read; None where there was no query."""

    shows: list[tuple[Show, SortKey]]
    understood: Understood | None


async def find_shows(tx: Connection, search: Search, after: SortKey | None, rows_max: int) -> Found:
    """Shows that fit, in the order asked for; a word that no show has is taken for those it may be a slip of."""
    now = await store.clock(tx)
    read, understood = await understand(tx, search, now)
    text, corrected = await find_text(tx, read.words)
    if understood is not None and corrected:
        understood = msgspec.structs.replace(understood, corrected=corrected)
    if text is not None and text.matching == 0:
        return Found([], understood)
    return Found(await store_search.shows_search(tx, read, text, now, after, rows_max), understood)


async def count_facets(tx: Connection, filters: Filters) -> Facets:
    """What there is to choose from among the shows that fit."""
    now = await store.clock(tx)
    read, _ = await understand(tx, filters, now)
    text, _ = await find_text(tx, read.words)
    return await store_facets.facets_count(tx, read, text, now)


async def find_text(tx: Connection, words: Sequence[str]) -> tuple[Text | None, list[Correction]]:
    """The words as a tsquery with the slips in them corrected; None where there are no words."""
    if not words:
        return None, []
    spellings, unknown = await spellings_of(tx, words)
    expression = expression_of(words, spellings)
    matching = await store_search.shows_matching(tx, expression)
    corrected = [Correction(word, list(spellings.get(word, ()))) for word in unknown]
    if matching == 0:
        # Each word may be known, but no show has them all: any of them may be a slip, or another spelling.
        spellings = spellings | await _meant(tx, [word for word in words if word not in spellings])
        expression = expression_of(words, spellings)
        matching = await store_search.shows_matching(tx, expression)
        corrected = [
            Correction(word, others)
            for word in words
            if word not in other_names([word])
            and (others := [other for other in spellings.get(word, ()) if other != word])
        ]
    return Text(expression, matching), corrected


async def spellings_of(tx: Connection, words: Sequence[str]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """What else each word may be spelt like: a city's other names, and for unknown words, which are told as well,
    those that a slip of the fingers explains.
    """
    names = other_names(words)
    unknown = [
        word for word in await store_search.words_unknown(tx, words) if word not in names and not asks_category(word)
    ]
    return names | await _meant(tx, unknown), unknown


async def _meant(tx: Connection, words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    if not words:
        return {}
    alike = await store_search.words_alike(tx, words)
    meant: Mapping[str, tuple[str, ...]] = {word: corrections(word, candidates) for word, candidates in alike.items()}
    return {word: others or await _apart(tx, word) for word, others in meant.items()}


async def _apart(tx: Connection, word: str) -> tuple[str, ...]:
    """The two words that this one is when a space was forgotten in it."""
    pairs = splits(word)
    known = await store_search.words_known(tx, [part for pair in pairs for part in pair]) if pairs else set()
    return tuple(" ".join(pair) for pair in pairs if known.issuperset(pair))


async def find_venues(
    tx: Connection,
    filters: Filters,
    after: NameKey | None,
    rows_max: int,
    organisers: Sequence[UUID] | None = None,
) -> list[tuple[NameKey, VenueLine]]:
    """Venues by city and name, each with its sort key; only words, city, country and organisers narrow them down."""
    return await store_places.venues_page(tx, filters, after, rows_max, organisers)


async def find_performers(
    tx: Connection, words: tuple[str, ...], after: NameKey | None, rows_max: int
) -> list[tuple[NameKey, Performer]]:
    """Performers by name, each with its sort key."""
    return await store_places.performers_page(tx, words, after, rows_max)


async def read_performer(tx: Connection, performer_id: UUID) -> Performer:
    """A performer; raises NotFound."""
    performer = await store_places.performer_get(tx, performer_id)
    if performer is None:
        raise NotFound
    return performer


async def read_show_performers(tx: Connection, show_id: UUID) -> list[Performer]:
    """Who plays, in the order of the show; raises NotFound."""
    show = await store.show_get(tx, show_id)
    if show is None:
        raise NotFound
    return await store_places.performers_named(tx, show.performers)


async def find_cities(
    tx: Connection, words: tuple[str, ...], after: tuple[str, str] | None, rows_max: int
) -> list[tuple[tuple[str, str], City]]:
    """Cities by name, each with its sort key."""
    return await store_places.cities_page(tx, words, after, rows_max)


async def read_city(tx: Connection, slug: str) -> City:
    """A city by its slug; raises NotFound."""
    place = city_of_slug(slug)
    city = await store_places.city_get(tx, *place) if place else None
    if city is None:
        raise NotFound
    return city
