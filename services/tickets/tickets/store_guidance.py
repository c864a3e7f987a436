"""The SQL of what a show's own figures say to its sellers."""

from __future__ import annotations

from uuid import UUID

from fairseat_common.database import Connection
from tickets.domain_guidance import Offered, Sold
from tickets.domain_listings import Place


async def offered_of_show(tx: Connection, show_id: UUID, seller_id: UUID, rows_max: int) -> list[Offered]:
    """What others sell at a show now, the cheapest first."""
    rows = await tx.fetch(
        "select section, row, row_position, unit_price, available from listings where show_id = $1"
        " and status = 'active' and available > 0 and seller_id <> $2 order by all_in, id limit $3",
        show_id,
        seller_id,
        rows_max,
    )
    return [Offered(**dict(row)) for row in rows]


async def sold_at_show(tx: Connection, show_id: UUID, rows_max: int) -> list[Sold]:
    """The latest sales of a show, without those of which something was refunded."""
    rows = await tx.fetch(
        "select section, row, row_position, unit_price, quantity, sold_at from sold_prices s where show_id = $1"
        " and not exists (select from refunded_seats r where r.order_id = s.order_id)"
        " order by sold_at desc, order_id desc limit $2",
        show_id,
        rows_max,
    )
    return [Sold(**dict(row)) for row in rows]


async def places_of_section(tx: Connection, show_id: UUID, section: str, reader_id: UUID, rows_max: int) -> list[Place]:
    """The places of a section that have a ticket, as one reader may know of them."""
    rows = await tx.fetch(
        "select t.row, t.seat, case when l.seller_id = $3 then 'listed-by-you' when l.id is not null then 'listed'"
        " when t.holder_id = $3 then 'yours' else 'taken' end as state from tickets t"
        " left join listing_seats s on s.ticket_id = t.id and s.state in ('free', 'held')"
        " left join listings l on l.id = s.listing_id"
        " where t.show_id = $1 and t.section = $2 and t.status in ('valid', 'used') order by t.row, t.seat limit $4",
        show_id,
        section,
        reader_id,
        rows_max,
    )
    return [Place(**dict(row)) for row in rows]
