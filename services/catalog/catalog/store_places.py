"""The SQL of lists: venues, performers and cities."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from catalog.domain import Performer
from catalog.domain_filters import Filters
from catalog.domain_places import City, city_slug
from catalog.domain_venues import VenueLine
from catalog.store_search import Query
from fairseat_common.database import Connection, Record

NameKey = tuple[str, UUID]


async def venues_page(
    tx: Connection,
    filters: Filters,
    after: NameKey | None,
    rows_max: int,
    organisers: Sequence[UUID] | None = None,
) -> list[tuple[NameKey, VenueLine]]:
    """Venues by city and name, all of whose words stand in name or city: `(key, venue)` pairs.

    With `organisers`, only those that one of them has added.
    """
    query = Query()
    if organisers is not None:
        query.add("organiser_id = any({}::uuid[])", list(organisers))
    for word in filters.words:
        query.add("(name_key || ' ' || city_key) like '%' || {}::text || '%'", word)
    if filters.city_keys:
        query.add("city_key = any({}::text[])", list(filters.city_keys))
    if filters.country is not None:
        query.add("country = {}", filters.country)
    if after is not None:
        query.add("(city_key || ' ' || name_key, id) > ({}::text, {}::uuid)", *after)
    rows = await tx.fetch(
        "select id, name, city, country, timezone, city_key || ' ' || name_key as key from venues"  # noqa: S608
        f" where {query.where} order by city_key || ' ' || name_key, id limit {query.value(rows_max)}",
        *query.parameters,
    )
    return [
        (
            (row["key"], row["id"]),
            VenueLine(
                id=row["id"],
                name=row["name"],
                city=row["city"],
                country=row["country"],
                timezone=row["timezone"],
            ),
        )
        for row in rows
    ]


async def performers_page(
    tx: Connection, words: tuple[str, ...], after: NameKey | None, rows_max: int
) -> list[tuple[NameKey, Performer]]:
    """Performers by name, all of whose `words` stand in it: `(key, performer)` pairs."""
    query = Query()
    for word in words:
        query.add("name_key like '%' || {}::text || '%'", word)
    if after is not None:
        query.add("(name_key, id) > ({}::text, {}::uuid)", *after)
    rows = await tx.fetch(
        f"select id, name, name_key from performers where {query.where}"  # noqa: S608
        f" order by name_key, id limit {query.value(rows_max)}",
        *query.parameters,
    )
    return [((row["name_key"], row["id"]), Performer(row["id"], row["name"])) for row in rows]


async def performer_get(tx: Connection, performer_id: UUID) -> Performer | None:
    """A performer."""
    row = await tx.fetchrow("select id, name from performers where id = $1", performer_id)
    return None if row is None else Performer(row["id"], row["name"])


async def performers_named(tx: Connection, names: Sequence[str]) -> list[Performer]:
    """The performers of these names, in their order."""
    rows = await tx.fetch(
        "select p.id, p.name from unnest($1::text[]) with ordinality as n (name, position)"
        " join performers p on p.name = n.name order by n.position",
        list(names),
    )
    return [Performer(row["id"], row["name"]) for row in rows]


_CITY_COLUMNS = (
    "city_key, country, min(city) as city, min(timezone) as timezone, avg(lat) as lat, avg(lon) as lon,"
    " count(*) as venues_count, (select count(*) from show_offers o where o.status <> 'cancelled'"
    "  and o.starts_at > now() and o.venue_id = any(array_agg(v.id))) as shows_count"
)


async def cities_page(
    tx: Connection, words: tuple[str, ...], after: tuple[str, str] | None, rows_max: int
) -> list[tuple[tuple[str, str], City]]:
    """Cities with a venue by name, all of whose `words` stand in it: `(key, city)` pairs."""
    query = Query()
    for word in words:
        query.add("city_key like '%' || {}::text || '%'", word)
    if after is not None:
        query.add("(city_key, country) > ({}::text, {}::text)", *after)
    rows = await tx.fetch(
        f"select {_CITY_COLUMNS} from venues v where {query.where}"  # noqa: S608
        f" group by city_key, country order by city_key, country limit {query.value(rows_max)}",
        *query.parameters,
    )
    return [((row["city_key"], row["country"]), _city(row)) for row in rows]


async def city_get(tx: Connection, key: str, country: str) -> City | None:
    """A city by its folded name and country."""
    row = await tx.fetchrow(
        f"select {_CITY_COLUMNS} from venues v where city_key = $1 and country = $2"  # noqa: S608
        " group by city_key, country",
        key,
        country,
    )
    return None if row is None else _city(row)


async def cities_known(tx: Connection, keys: Sequence[str]) -> dict[str, str]:
    """The names of those cities that have a venue, by their folded names."""
    rows = await tx.fetch(
        "select city_key, min(city) as city from venues where city_key = any($1::text[]) group by city_key", list(keys)
    )
    return {row["city_key"]: row["city"] for row in rows}


def _city(row: Record) -> City:
    return City(
        slug=city_slug(row["city_key"], row["country"]),
        name=row["city"],
        country=row["country"],
        timezone=row["timezone"],
        lat=row["lat"],
        lon=row["lon"],
        venues_count=row["venues_count"],
        shows_count=row["shows_count"],
    )
