"""The SQL of suggestions: names whose words begin with what was typed, each with its shows ahead."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.domain_places import city_slug
from catalog.domain_suggestions import Suggestion
from fairseat_common.database import Connection, Record

NAMES_MAX = 12
"""Names of each kind that are looked at more closely."""
SHOWS_LOOKED_AT_MAX = 300

# The shortest names first: they are the ones that are mostly what was typed.
_PERFORMERS = """
select 'performer' as kind, p.id::text as id, p.name, '' as place, s.shows, null::timestamptz as starts_at,
    null as timezone
from (select id, name from performers where {performer} order by length(name_key), name_key limit {limit}) p
cross join lateral (
    select count(*) as shows from show_performers sp join show_offers o on o.show_id = sp.show_id
    where sp.performer_id = p.id and o.status <> 'cancelled' and o.starts_at > now()) s
where s.shows > 0"""
_VENUES = """
select 'venue', v.id::text, v.name, v.city, s.shows, null, null
from (select id, name, city from venues where {venue} order by length(name_key), name_key limit {limit}) v
cross join lateral (
    select count(*) as shows from show_offers o
    where o.venue_id = v.id and o.status <> 'cancelled' and o.starts_at > now()) s
where s.shows > 0"""
_CITIES = """
select 'city', c.city_key || '/' || c.country, c.city, c.country, s.shows, null, null
from (select city_key, country, min(city) as city, array_agg(id) as venues from venues where {city}
    group by city_key, country order by length(city_key), city_key limit {limit}) c
cross join lateral (
    select count(*) as shows from show_offers o
    where o.venue_id = any(c.venues) and o.status <> 'cancelled' and o.starts_at > now()) s
where s.shows > 0"""
# One line for all evenings of a title: the next one, and how many there are.
_SHOWS = """
select 'show', (array_agg(s.id::text order by s.starts_at))[1], s.title,
    (array_agg(v.name || ', ' || v.city order by s.starts_at))[1], count(*), min(s.starts_at),
    (array_agg(v.timezone order by s.starts_at))[1]
from (select id, title, starts_at, venue_id from shows
    where document @@ $2::text::tsquery and status <> 'cancelled' and starts_at > now() limit {looked_at}) s
join venues v on v.id = s.venue_id group by s.title"""


async def names_suggest(tx: Connection, words: Sequence[Sequence[str]], titles: str) -> list[Suggestion]:
    """Names that fit: for each word one of its spellings begins a word of the name.

    `words` has for each word its spellings; `titles` is a tsquery that shows must fit by their own name.
    """
    patterns = [f"% {spelling}%" for spellings in words for spelling in spellings]
    places = iter(range(3, 3 + len(patterns)))
    # One comparison for each spelling: the index knows no list of patterns.
    numbered = [[next(places) for _ in spellings] for spellings in words]

    def fits(key: str) -> str:
        return " and ".join(
            "(" + " or ".join(f"(' ' || {key}) like ${number}::text" for number in numbers) + ")"
            for numbers in numbered
        )

    parts = (_PERFORMERS, _VENUES, _CITIES, _SHOWS)
    statement = " union all ".join(
        part.format(
            performer=fits("name_key"), venue=fits("name_key"), city=fits("city_key"), limit="$1",
            looked_at=SHOWS_LOOKED_AT_MAX,
        )
        for part in parts
    )  # fmt: skip
    rows = await tx.fetch(statement, NAMES_MAX, titles, *patterns)
    return [_suggestion(row) for row in rows]


def _suggestion(row: Record) -> Suggestion:
    ref = row["id"]
    if row["kind"] == "city":
        ref = city_slug(*ref.split("/"))
    return Suggestion(row["kind"], ref, row["name"], row["place"], row["shows"], row["starts_at"], row["timezone"])
