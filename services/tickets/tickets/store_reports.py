"""The SQL of an organiser's reports: sales and scans of one show, added up by the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fairseat_common.database import Connection, Record
from tickets.domain_reports import CSV_ROWS_MAX, QUARTERS_MAX, Places, SalesRow, ShowFacts

# A sale's seats less those that were refunded; the day is the venue's.
_SALES = """
with sales as (
    select (s.sold_at at time zone $2)::date as day, s.section, l.zone, s.is_primary as "primary",
        s.quantity - r.refunded as sold, r.refunded, s.unit_price, s.all_in - s.unit_price as unit_fee,
        s.unit_seller_fee
    from sold_prices s
    left join orders o on o.id = s.order_id
    left join listings l on l.id = o.listing_id and s.is_primary
    cross join lateral (select count(*) as refunded from refunded_seats r where r.order_id = s.order_id) r
    where s.show_id = $1
)
"""
_SUMS = (
    "sum(sold)::bigint as sold, sum(refunded)::bigint as refunded, sum(sold * unit_price)::bigint as face,"
    " sum(sold * unit_fee)::bigint as buyer_fees, sum(sold * unit_seller_fee)::bigint as seller_fees"
)


async def show_facts(tx: Connection, show_id: UUID) -> ShowFacts | None:
    """What a report says of its show, and the time by this database's clock."""
    row = await tx.fetchrow("select id, now() as at, timezone, currency from shows where id = $1", show_id)
    return None if row is None else ShowFacts(*row.values())


async def sales_sums(tx: Connection, show: ShowFacts) -> list[SalesRow]:
    """A show's sales added up by kind, by day and kind, by section and kind, and by zone of the first sale."""
    rows = await tx.fetch(
        f'{_SALES} select day, section, zone, "primary", {_SUMS} from sales'  # noqa: S608
        ' group by grouping sets (("primary"), (day, "primary"), (section, "primary"), (zone))'
        " having grouping(zone) = 1 or zone is not null order by zone, day, section",
        show.show_id,
        show.timezone,
    )
    return [SalesRow(**dict(row)) for row in rows]


async def sales_lines(tx: Connection, show: ShowFacts) -> list[SalesRow]:
    """A show's sales added up by day, section and kind, the latest days where there are too many."""
    rows = await tx.fetch(
        f'{_SALES} select day, section, null as zone, "primary", {_SUMS} from sales'  # noqa: S608
        ' group by day, section, "primary" order by day desc, section, "primary" desc limit $3',
        show.show_id,
        show.timezone,
        CSV_ROWS_MAX,
    )
    return [SalesRow(**dict(row)) for row in reversed(rows)]


async def places_count(tx: Connection, show_id: UUID) -> list[Places]:
    """Each section of the show's venue from the stage outwards, and what became of its places."""
    rows = await tx.fetch(
        "select v.name as section, v.capacity, coalesce(l.for_sale, 0) as for_sale, coalesce(l.held, 0) as held,"
        " coalesce(t.with_buyers, 0) as with_buyers from shows s join venue_sections v on v.venue_id = s.venue_id"
        " left join (select section, sum(available)::bigint as for_sale, sum(held)::bigint as held from listings"
        "  where show_id = $1 group by section) l on l.section = v.name"
        " left join (select section, count(*) as with_buyers from tickets t where t.show_id = $1"
        "  and t.order_id is not null and t.status in ('valid', 'used') and not exists (select from listing_seats x"
        "   where x.ticket_id = t.id and x.state in ('free', 'held')) group by section) t on t.section = v.name"
        " where s.id = $1 order by v.position, v.name",
        show_id,
    )
    return [Places(**dict(row)) for row in rows]


async def expected_count(tx: Connection, show_id: UUID) -> int:
    """How many tickets buyers hold, or have come in with."""
    found = await tx.fetchval(
        "select count(*) from tickets where show_id = $1 and order_id is not null and status in ('valid', 'used')",
        show_id,
    )
    assert isinstance(found, int)
    return found


async def gates_count(tx: Connection, show_id: UUID) -> list[Record]:
    """By gate: gate, admitted, refused."""
    return await tx.fetch(
        "select gate, count(*) filter (where result = 'admitted') as admitted,"
        " count(*) filter (where result <> 'admitted') as refused from scans where show_id = $1"
        " group by gate order by gate",
        show_id,
    )


async def refusals_count(tx: Connection, show_id: UUID) -> list[Record]:
    """By reason, the most frequent first: result, count."""
    return await tx.fetch(
        "select result, count(*) as count from scans where show_id = $1 and result <> 'admitted'"
        " group by result order by count(*) desc, result",
        show_id,
    )


async def quarters_count(tx: Connection, show_id: UUID) -> list[tuple[datetime, str, int]]:
    """Who was let in, by 15 minutes and gate, the earliest first; the last quarters where there are too many."""
    rows: Sequence[Record] = await tx.fetch(
        "select * from (select date_bin('15 minutes', scanned_at, timestamptz '2000-01-01 00:00Z') as since, gate,"
        "  count(*) as admitted, dense_rank() over (order by"
        "   date_bin('15 minutes', scanned_at, timestamptz '2000-01-01 00:00Z') desc) as place"
        "  from scans where show_id = $1 and result = 'admitted' group by 1, gate) as q"
        " where place <= $2 order by since, gate limit $3",
        show_id,
        QUARTERS_MAX,
        CSV_ROWS_MAX,
    )
    return [(row["since"], row["gate"], row["admitted"]) for row in rows]
