"""The SQL of places that were given away: their receivers may sell them on."""

from __future__ import annotations

from fairseat_common.contracts import TicketsTransferred
from fairseat_common.database import Connection

# Whoever has had the place of seat row `s` since the buyer of order `o`, by gifts alone; the buyer first.
HEIRS = (
    "(with recursive heirs (id) as (select o.buyer_id union select g.to_id from given_seats g join heirs h"
    " on h.id = g.from_id where g.show_id = s.show_id and g.section = s.section and g.row = s.row and g.seat = s.seat)"
    " select id from heirs)"
)


async def given_add(tx: Connection, event: TicketsTransferred) -> None:
    """Note who gave which places to whom; noted before, it is noted."""
    await tx.execute(
        "insert into given_seats (transfer_id, show_id, section, row, seat, from_id, to_id)"
        " select $1, $2, t.section, t.row, t.seat, $3, $4"
        " from unnest($5::text[], $6::text[], $7::text[]) as t (section, row, seat) on conflict do nothing",
        event.transfer_id,
        event.show_id,
        event.from_id,
        event.to_id,
        [ticket.section for ticket in event.tickets],
        [ticket.row for ticket in event.tickets],
        [ticket.seat for ticket in event.tickets],
    )


async def sold_give_way(tx: Connection, event: TicketsTransferred) -> list[tuple[str, str, str]]:
    """Let sold places of a transfer give way where their heir's listing was heard of first; answers which do.

    Their rows are locked before anything is decided, as by a listing that is heard of: the later of the two sees both.
    """
    places = (
        event.show_id,
        [ticket.section for ticket in event.tickets],
        [ticket.row for ticket in event.tickets],
        [ticket.seat for ticket in event.tickets],
    )
    await tx.execute(
        "select from seats s where s.show_id = $1 and s.current and (s.section, s.row, s.seat) in"
        " (select * from unnest($2::text[], $3::text[], $4::text[])) order by s.listing_id, s.position for update",
        *places,
    )
    rows = await tx.fetch(
        "update seats s set current = false from orders o where s.show_id = $1 and s.current"  # noqa: S608 - own words
        " and (s.section, s.row, s.seat) in (select * from unnest($2::text[], $3::text[], $4::text[]))"
        " and o.id = s.order_id and o.status = 'confirmed' and exists ("
        " select from seats w join listings l using (listing_id) where w.show_id = s.show_id"
        " and w.section = s.section and w.row = s.row and w.seat = s.seat and w.order_id is null"
        f" and l.status = 'active' and w.listing_id > s.listing_id and l.seller_id in {HEIRS})"
        " returning s.section, s.row, s.seat",
        *places,
    )
    return [(row["section"], row["row"], row["seat"]) for row in rows]
