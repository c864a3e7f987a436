"""The SQL of search: the words of a query, what narrows shows down, and pages of shows in the order asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from catalog import store
from catalog.domain import Show
from catalog.domain_filters import Filters, Near, Search, SortKey
from catalog.domain_search import RARE_MAX, Text
from catalog.domain_when import When, days_on_earth
from fairseat_common.database import Connection

CANDIDATES_MAX = 40
EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = 111.0
NO_PRICE = 2**62  # a show without a price comes after every price

NARROWED_TABLES = "show_offers o join venues v on v.id = o.venue_id"
"""What every condition of a search is about; what the words of a query need is looked up in shows."""


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

    def taken(self) -> str:
        """All conditions that were added since this was last called, as one; none are left."""
        where, self.conditions = self.where, []
        return where


async def words_unknown(tx: Connection, words: Sequence[str]) -> list[str]:
    """The words with which no word of any show begins."""
    rows = await tx.fetch(
        "select asked from unnest($1::text[]) as asked where not exists (select from search_words w"
        ' where w.word >= asked collate "C" and w.word < (asked || chr(1114111)) collate "C")',
        words,
    )
    return [row["asked"] for row in rows]


async def words_known(tx: Connection, words: Sequence[str]) -> set[str]:
    """Those that are words of shows as they are."""
    rows = await tx.fetch("select word from search_words where word = any($1::text[])", list(words))
    return {row["word"] for row in rows}


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
    tx: Connection, search: Search, text: Text | None, now: datetime, after: SortKey | None, rows_max: int
) -> list[tuple[Show, SortKey]]:
    """Shows in the order asked for, each with its sort key, from behind `after`."""
    query = Query()
    order = _order(query, search, text)
    ranked = len(order) == 3 and search.sort == "relevance"
    narrow_all(query, search, text, now)
    if after is not None:
        casts = ("::timestamptz", "::uuid") if len(order) == 2 else (_KEY_CASTS[search.sort], "::timestamptz", "::uuid")
        places = ", ".join(query.value(value) + cast for value, cast in zip(after, casts, strict=True))
        query.conditions.append(f"({', '.join(order)}) > ({places})")
    # The page is found in the narrow rows alone; only its shows are looked at in full.
    documents = " join shows s on s.id = o.show_id" if ranked else ""
    rows = await tx.fetch(
        f"select {store.SHOW_COLUMNS}, page.sort_key from (select o.show_id, {order[0]} as sort_key,"  # noqa: S608
        f" row_number() over (order by {', '.join(order)}) as place"
        f" from {NARROWED_TABLES}{documents} where {query.where}"
        f" order by {', '.join(order)} limit {query.value(rows_max)}) as page"
        f" join shows s on s.id = page.show_id join venues v on v.id = s.venue_id"
        f" join show_offers o on o.show_id = s.id order by page.place",
        *query.parameters,
    )
    keyed = len(order) == 3
    return [(store.show_of(row), (*([row["sort_key"]] if keyed else []), row["starts_at"], row["id"])) for row in rows]


_KEY_CASTS = {"relevance": "::float8", "price": "::bigint", "distance": "::float8"}


def _order(query: Query, search: Search, text: Text | None) -> list[str]:
    if search.sort == "price":
        return [f"coalesce(o.lowest_amount, {NO_PRICE})", "o.starts_at", "o.show_id"]
    if search.sort == "relevance" and text is not None:
        return [
            f"(-ts_rank(s.document, {query.value(text.expression)}::text::tsquery))::float8",
            "o.starts_at",
            "o.show_id",
        ]
    if search.sort == "distance" and search.near is not None:
        return [_distance_km(query, search.near), "o.starts_at", "o.show_id"]
    return ["o.starts_at", "o.show_id"]


def narrow_all(query: Query, filters: Filters, text: Text | None, now: datetime) -> None:
    """All that a search asks of its shows."""
    narrow_rest(query, filters, text)
    narrow_category(query, filters)
    narrow_city(query, filters)
    narrow_days(query, filters, now)
    narrow_price(query, filters)


def narrow_rest(query: Query, filters: Filters, text: Text | None) -> None:
    """Words, status, venue, performer and distance."""
    if text is not None and text.matching > RARE_MAX:
        query.add(
            "exists (select from shows t where t.id = o.show_id and t.document @@ {}::text::tsquery)", text.expression
        )
    elif text is not None:
        query.add("o.show_id = any(array(select id from shows where document @@ {}::text::tsquery))", text.expression)
    if filters.status is None:
        query.add("o.status <> 'cancelled'")
    else:
        query.add("o.status = {}", filters.status)
    if filters.venue_id is not None:
        query.add("o.venue_id = {}", filters.venue_id)
    if filters.performer_id is not None:
        query.add(
            "o.show_id = any(array(select show_id from show_performers where performer_id = {}))", filters.performer_id
        )
    if filters.near is not None:
        _narrow_near(query, filters.near)


def narrow_category(query: Query, filters: Filters) -> None:
    """The category."""
    if filters.category is not None:
        query.add("o.category = {}", filters.category)


def narrow_city(query: Query, filters: Filters) -> None:
    """City and country."""
    if filters.city_keys:
        query.add(
            "o.venue_id = any(array(select id from venues where city_key = any({}::text[])"
            " and ({}::text is null or country = {}::text)))",
            list(filters.city_keys),
            filters.country,
            filters.country,
        )
    elif filters.country is not None:
        query.add("o.venue_id = any(array(select id from venues where country = {}))", filters.country)


def narrow_price(query: Query, filters: Filters) -> None:
    """Currency and prices; a show without a price fits none."""
    if filters.currency is not None:
        query.add("o.currency = {}", filters.currency)
    if filters.price_min is not None or filters.price_max is not None:
        key = f"coalesce(o.lowest_amount, {NO_PRICE})"
        query.add(f"{key} between {{}}::bigint and {{}}::bigint", filters.price_min or 0,
                  NO_PRICE - 1 if filters.price_max is None else filters.price_max)  # fmt: skip


def narrow_days(query: Query, filters: Filters, now: datetime, turn: str | None = None) -> None:
    """Days, and shows ahead unless a beginning is given; `turn` is where `turn_at_venue` is known already."""
    if filters.day_from is not None:
        query.add("o.local_date >= {}", filters.day_from)
        # The index is by moment; no calendar is more than a day away from UTC's.
        query.add("o.starts_at >= {}::date - interval '1 day'", filters.day_from)
    elif filters.moment_from is not None:
        query.add("o.starts_at >= {}", filters.moment_from)
    else:
        query.add("o.starts_at > {}", now)
    if filters.day_to is not None:
        query.add("o.local_date <= {}", filters.day_to)
        query.add("o.starts_at < {}::date + interval '2 days'", filters.day_to)
    elif filters.moment_to is not None:
        query.add("o.starts_at <= {}", filters.moment_to)
    for when in filters.when:
        _narrow_when(query, when, now, turn or turn_at_venue(query, now))


def _narrow_when(query: Query, when: When, now: datetime, turn: str) -> None:
    """Days in words: which they are depends on what day it is at each venue."""
    ranges = days_on_earth(when, now.astimezone(UTC).date())
    firsts, lasts = [first for first, _ in ranges], [last for _, last in ranges]
    query.add("o.starts_at >= {}::date - interval '1 day'", min(firsts))
    query.add("o.starts_at < {}::date + interval '2 days'", max(lasts))
    query.add(f"o.local_date between ({{}}::date[])[{turn} + 1] and ({{}}::date[])[{turn} + 1]", firsts, lasts)


def turn_at_venue(query: Query, now: datetime) -> str:
    """0 where it is still UTC's yesterday, 1 where it is today, 2 where it is already tomorrow."""
    moment = query.value(now)
    local = f"({moment}::timestamptz at time zone v.timezone)::date"
    return f"({local} - ({moment}::timestamptz at time zone 'UTC')::date + 1)"


def _distance_km(query: Query, near: Near) -> str:
    """Haversine, in kilometres."""
    lat, lon = query.value(near.lat), query.value(near.lon)
    return (
        f"(2 * {EARTH_RADIUS_KM} * asin(least(1, sqrt(power(sind((v.lat - {lat}::float8) / 2), 2)"
        f" + cosd({lat}::float8) * cosd(v.lat) * power(sind((v.lon - {lon}::float8) / 2), 2)))))::float8"
    )


def _narrow_near(query: Query, near: Near) -> None:
    lat, radius = query.value(near.lat), query.value(near.radius_km)
    # The bounding box of latitudes lets the index leave most of the world out.
    query.conditions.append(
        "o.venue_id = any(array(select v.id from venues v"  # noqa: S608
        f" where v.lat between {lat}::float8 - {radius}::float8 / {KM_PER_DEGREE}"
        f" and {lat}::float8 + {radius}::float8 / {KM_PER_DEGREE}"
        f" and {_distance_km(query, near)} <= {radius}::float8))"
    )
