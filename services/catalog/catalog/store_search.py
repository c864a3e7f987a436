"""The SQL of search: the words of a query, pages of shows, venues and performers, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from catalog import store
from catalog.domain import CategoryCount, CityCount, Performer, Show
from catalog.domain_search import RARE_MAX, Near, Search, SortKey, Text
from catalog.domain_venues import VenueLine
from fairseat_common.database import Connection

CANDIDATES_MAX = 40
CITIES_MAX = 200
EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = 111.0
NO_PRICE = 2**62  # a show without a price comes after every price


class Query:
    """Conditions and their parameters, collected one by one."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.parameters: list[Any] = []

    def value(self, value: Any) -> str:
        """The placeholder of a parameter."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def add(self, condition: str, *values: Any) -> None:
        """A condition, with `{}` for each of its values."""
        self.conditions.append(condition.format(*(self.value(value) for value in values)))

    @property
    def where(self) -> str:
        """All conditions."""
        return " and ".join(self.conditions) or "true"


async def words_unknown(tx: Connection, words: Sequence[str]) -> list[str]:
    """The words with which no word of any show begins."""
    rows = await tx.fetch(
        "select asked from unnest($1::text[]) as asked where not exists (select from search_words w"
        ' where w.word >= asked collate "C" and w.word < (asked || chr(1114111)) collate "C")',
        words,
    )
    return [row["asked"] for row in rows]


async def words_alike(tx: Connection, words: Sequence[str]) -> dict[str, list[str]]:
    """For each word those of the shows' words that look most like it."""
    rows = await tx.fetch(
        "select asked, array(select words_alike(asked, $2)) as alike from unnest($1::text[]) as asked",
        words,
        CANDIDATES_MAX,
    )
    return {row["asked"]: list(row["alike"]) for row in rows}


async def shows_matching(tx: Connection, expression: str) -> int:
    """How many shows, whatever their date, have the words of a tsquery; counted up to RARE_MAX + 1."""
    # Materialised, because the planner must not hope to come across a match soon by reading all shows.
    found = await tx.fetchval(
        "with matching as materialized (select from shows where document @@ $1::text::tsquery)"
        " select count(*) from (select from matching limit $2) as counted",
        expression,
        RARE_MAX + 1,
    )
    assert isinstance(found, int)
    return found


async def shows_search(
    tx: Connection, search: Search, text: Text | None, after: SortKey | None, rows_max: int
) -> list[tuple[Show, SortKey]]:
    """Shows in the order asked for, each with its sort key, from behind `after`."""
    query = Query()
    order = _order(query, search, text)
    _narrow(query, search, text)
    if after is not None:
        casts = ("::timestamptz", "::uuid") if len(order) == 2 else (_KEY_CASTS[search.sort], "::timestamptz", "::uuid")
        places = ", ".join(query.value(value) + cast for value, cast in zip(after, casts, strict=True))
        query.conditions.append(f"({', '.join(order)}) > ({places})")
    rows = await tx.fetch(
        f"select {store.SHOW_COLUMNS}, {order[0]} as sort_key"  # noqa: S608
        f" from {store.SHOW_TABLES} where {query.where} order by {', '.join(order)} limit {query.value(rows_max)}",
        *query.parameters,
    )
    keyed = len(order) == 3
    return [(store.show_of(row), (*([row["sort_key"]] if keyed else []), row["starts_at"], row["id"])) for row in rows]


_KEY_CASTS = {"relevance": "::float8", "price": "::bigint"}


def _order(query: Query, search: Search, text: Text | None) -> list[str]:
    if search.sort == "price":
        return [f"coalesce(o.lowest_amount, {NO_PRICE})", "s.starts_at", "s.id"]
    if search.sort == "relevance" and text is not None:
        return [f"(-ts_rank(s.document, {query.value(text.expression)}::text::tsquery))::float8", "s.starts_at", "s.id"]
    return ["s.starts_at", "s.id"]


def _narrow(query: Query, search: Search, text: Text | None) -> None:
    if text is not None and text.matching > RARE_MAX:
        query.add("s.document @@ {}::text::tsquery", text.expression)
    elif text is not None:
        query.add("s.id = any(array(select id from shows where document @@ {}::text::tsquery))", text.expression)
    if search.status is None:
        query.add("s.status <> 'cancelled'")
    else:
        query.add("s.status = {}", search.status)
    if search.category is not None:
        query.add("s.category = {}", search.category)
    if search.currency is not None:
        query.add("s.currency = {}", search.currency)
    if search.venue_id is not None:
        query.add("s.venue_id = {}", search.venue_id)
    if search.performer_id is not None:
        query.add("s.id in (select show_id from show_performers where performer_id = {})", search.performer_id)
    if search.city is not None:
        query.add("s.venue_id in (select id from venues where city_key = {})", search.city)
    if search.near is not None:
        _narrow_near(query, search.near)
    _narrow_dates(query, search)


def _narrow_dates(query: Query, search: Search) -> None:
    if search.day_from is not None:
        query.add("s.local_date >= {}", search.day_from)
        # The index is by moment; no calendar is more than a day away from UTC's.
        query.add("s.starts_at >= {}::date - interval '1 day'", search.day_from)
    elif search.moment_from is not None:
        query.add("s.starts_at >= {}", search.moment_from)
    else:
        query.add("s.starts_at > now()")
    if search.day_to is not None:
        query.add("s.local_date <= {}", search.day_to)
        query.add("s.starts_at < {}::date + interval '2 days'", search.day_to)
    elif search.moment_to is not None:
        query.add("s.starts_at <= {}", search.moment_to)


def _narrow_near(query: Query, near: Near) -> None:
    lat, lon, radius = query.value(near.lat), query.value(near.lon), query.value(near.radius_km)
    # Haversine; the bounding box of latitudes lets the index leave most of the world out.
    query.conditions.append(
        f"s.venue_id in (select id from venues"  # noqa: S608
        f" where lat between {lat}::float8 - {radius}::float8 / {KM_PER_DEGREE}"
        f" and {lat}::float8 + {radius}::float8 / {KM_PER_DEGREE}"
        f" and 2 * {EARTH_RADIUS_KM} * asin(least(1, sqrt(power(sind((lat - {lat}::float8) / 2), 2)"
        f" + cosd({lat}::float8) * cosd(lat) * power(sind((lon - {lon}::float8) / 2), 2)))) <= {radius}::float8)"
    )


async def venues_page(
    tx: Connection, words: tuple[str, ...], after: tuple[str, UUID] | None, rows_max: int
) -> list[tuple[tuple[str, UUID], VenueLine]]:
    """Venues by city and name, all of whose `words` stand in name or city: `(key, venue)` pairs."""
    query = Query()
    for word in words:
        query.add("(name_key || ' ' || city_key) like '%' || {}::text || '%'", word)
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
    tx: Connection, words: tuple[str, ...], after: tuple[str, UUID] | None, rows_max: int
) -> list[tuple[tuple[str, UUID], Performer]]:
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


async def categories_count(tx: Connection) -> list[CategoryCount]:
    """The categories of the shows ahead, fullest first."""
    rows = await tx.fetch(
        "select category, count(*) as shows from shows where status <> 'cancelled' and starts_at > now()"
        " group by category order by count(*) desc, category"
    )
    return [CategoryCount(row["category"], row["shows"]) for row in rows]


async def cities_count(tx: Connection) -> list[CityCount]:
    """The cities of the shows ahead, fullest first."""
    rows = await tx.fetch(
        "select min(v.city) as city, v.country, sum(s.shows)::bigint as shows from venues v join ("
        " select venue_id, count(*) as shows from shows where status <> 'cancelled' and starts_at > now()"
        " group by venue_id) s on s.venue_id = v.id"
        " group by v.city_key, v.country order by sum(s.shows) desc, v.city_key limit $1",
        CITIES_MAX,
    )
    return [CityCount(row["city"], row["country"], row["shows"]) for row in rows]
