"""The SQL of what seats were sold for, and of what they usually go for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fairseat_common.contracts import OrderConfirmed
from fairseat_common.database import Connection, Record
from tickets.domain_browsing import ASKED_MIN, SALES_MIN, SALES_RECENT, Reference


async def sale_keep(tx: Connection, event: OrderConfirmed) -> None:
    """Write what an order's seats were sold for; kept before, it stays as it is."""
    await tx.execute(
        "insert into sold_prices"
        " (order_id, show_id, section, row, row_position, quantity, unit_price, all_in, currency, sold_at,"
        "  unit_seller_fee, is_primary)"
        " select $1, $2, $3, $4, row_position, $5, $6, $7, $8, $9, $11, $12 from listings where id = $10"
        " on conflict do nothing",
        event.order_id,
        event.show_id,
        event.section,
        event.row,
        event.quantity,
        event.unit_price.amount,
        event.total.amount // event.quantity,
        event.total.currency,
        event.occurred_at,
        event.listing_id,
        event.seller_fees.amount // event.quantity if event.seller_fees else 0,
        event.primary,
    )


async def sales_page(
    tx: Connection, show_id: UUID, sections: Sequence[str], before: tuple[datetime, UUID] | None, limit: int
) -> list[Record]:
    """Sales of a show that were not refunded, newest first; without `sections`, of all of them."""
    moment, order_id = before or (None, None)
    return await tx.fetch(
        "select order_id, section, row, quantity, all_in, currency, sold_at from sold_prices s where show_id = $1"
        " and (cardinality($2::text[]) = 0 or section = any($2::text[]))"
        " and ($3::timestamptz is null or (sold_at, order_id) < ($3, $4::uuid))"
        " and not exists (select from refunded_seats r where r.order_id = s.order_id)"
        " order by sold_at desc, order_id desc limit $5",
        show_id,
        list(sections),
        moment,
        order_id,
        limit,
    )


async def references_of(tx: Connection, show_id: UUID, sections: Sequence[str]) -> dict[str, Reference]:
    """What seats of these sections go for; a section where nothing was sold and too little is asked is absent.

    What is asked is looked at only where too few seats were sold.
    """
    sold = await tx.fetch(
        "select u.section, s.* from unnest($2::text[]) as u (section) cross join lateral ("
        " select max(currency) as currency, count(*) as sales,"
        " percentile_disc(0.5) within group (order by value_score) as score,"
        " percentile_disc(0.5) within group (order by all_in) as price from ("
        " select currency, value_score, all_in from sold_prices p where p.show_id = $1 and p.section = u.section"
        " and not exists (select from refunded_seats r where r.order_id = p.order_id)"
        " order by sold_at desc, order_id desc limit $3) recent) s where s.sales > 0",
        show_id,
        list(sections),
        SALES_RECENT,
    )
    found = {row["section"]: Reference(row["currency"], row["score"], row["price"], row["sales"]) for row in sold}
    few = [name for name in sections if name not in found or found[name].sold_count < SALES_MIN]
    for row in await _asked(tx, show_id, few) if few else ():
        known = found.get(row["section"], Reference(row["currency"]))
        found[row["section"]] = known._replace(asked_score=row["score"], asked_count=row["listings"])
    return found


async def _asked(tx: Connection, show_id: UUID, sections: Sequence[str]) -> list[Record]:
    """The middle score of what is on sale in sections that have enough of it: section, currency, score, listings."""
    return await tx.fetch(
        "select section, (select currency from shows where id = $1) as currency, count(*) as listings,"
        " percentile_disc(0.5) within group (order by value_score) as score from listings"
        " where show_id = $1 and section = any($2::text[]) and status = 'active' and available > 0"
        " group by section having count(*) >= $3",
        show_id,
        list(sections),
        ASKED_MIN,
    )
