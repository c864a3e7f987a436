"""The SQL of counting: one look at all shows that may count, then one count for each thing there is to choose."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

from catalog.domain import Category
from catalog.domain_facets import (
    LADDER,
    CategoryCount,
    CityShows,
    DayShows,
    Facets,
    bands_of,
    cities_counted,
    days_counted,
)
from catalog.domain_filters import Filters
from catalog.domain_search import Text
from catalog.store_search import (
    Query,
    narrow_category,
    narrow_city,
    narrow_days,
    narrow_price,
    narrow_rest,
    turn_at_venue,
)
from fairseat_common.database import Connection, Record

CATEGORY, CITY, DAYS, PRICE = 1, 2, 3, 4
"""Which one of the filters a show does not fit; 0 where it fits all of them, and null where several leave it out."""


async def facets_count(tx: Connection, filters: Filters, text: Text | None, now: datetime) -> Facets:
    """What there is to choose from among the shows that fit.

    One look at the shows that fit all filters but one at most: those that miss only the category, say, still count
    where categories are counted.
    """
    query = Query()
    narrow_rest(query, filters, text)
    rest = query.taken()
    narrow_category(query, filters)
    category = query.taken()
    narrow_city(query, filters)
    city = query.taken()
    narrow_days(query, filters, now, turn="v.turn")
    days = query.taken()
    narrow_price(query, filters)
    price = query.taken()
    ahead = f"o.starts_at > {query.value(now)}"
    begins = filters.day_from is not None or filters.moment_from is not None
    counting = f"({ahead} or {days})" if begins else ahead
    # Venues by a number, which is compared sooner than an id; `offset 0` has each column worked out once and not again
    # for each of the groups.
    rows = await tx.fetch(
        "with v as materialized (select id, city_key, city, country, timezone, row_number() over () as place,"  # noqa: S608
        f" {turn_at_venue(query, now)} as turn from venues v)"
        " select counted.*, v.city_key, v.city, v.country from (select grouping(category, place, local_date) as kind,"
        " missed, category, place, local_date, turn, currency, rung, count(*) as shows"
        " from (select o.category, v.place, o.local_date, o.currency,"
        f" case when {ahead} then v.turn end as turn,"
        f" width_bucket(o.lowest_amount, {query.value(list(LADDER))}::bigint[]) as rung,"
        f" {_missed(category, city, days, price)} as missed"
        f" from show_offers o join v on v.id = o.venue_id where {rest} and {counting} offset 0) as found"
        " where missed is not null group by grouping sets ((category, missed), (place, missed),"
        " (local_date, turn, missed), (currency, rung, missed))) as counted left join v on v.place = counted.place",
        *query.parameters,
    )
    return _facets(rows, now.astimezone(UTC).date())


def _missed(*conditions: str) -> str:
    """The number of the only condition that does not hold, from 1; 0 where all hold, null where several do not."""
    failed = " + ".join(f"(not ({condition}))::int" for condition in conditions)
    which = " + ".join(f"{number} * (not ({condition}))::int" for number, condition in enumerate(conditions, 1))
    return f"case when {failed} <= 1 then {which} end"


def _facets(rows: list[Record], utc_today: date) -> Facets:
    # What `grouping` says: a bit for each of the three columns that is not grouped by.
    kinds = {0b011: CATEGORY, 0b101: CITY, 0b110: DAYS, 0b111: PRICE}
    counted: dict[int, list[Record]] = {kind: [] for kind in kinds.values()}
    for row in rows:
        if row["missed"] in (0, kinds[row["kind"]]):
            counted[kinds[row["kind"]]].append(row)
    categories = Counter[Category]()
    for row in counted[CATEGORY]:
        categories[row["category"]] += row["shows"]
    when, months = days_counted(
        (DayShows(row["local_date"], row["turn"], row["shows"]) for row in counted[DAYS] if row["turn"] is not None),
        utc_today,
    )
    return Facets(
        total=sum(row["shows"] for row in counted[CATEGORY] if row["missed"] == 0),
        categories=[
            CategoryCount(category, shows)
            for category, shows in sorted(categories.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        cities=cities_counted(
            CityShows(row["city_key"], row["city"], row["country"], row["shows"]) for row in counted[CITY]
        ),
        when=when,
        months=months,
        prices=bands_of(
            (row["currency"], row["rung"], row["shows"]) for row in counted[PRICE] if row["rung"] is not None
        ),
    )
