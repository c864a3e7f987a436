"""The SQL of offers: who is next for which seats, and the holds that are made for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fairseat_common.database import Connection
from orders.domain import Order
from orders.domain_waiting import Candidate, Offer
from orders.store_best import FITS, MAY_HOLD
from orders.store_waiting import log_add


async def entries_fitting(
    tx: Connection, show_id: UUID, free: Mapping[UUID, int], after: int, rows_max: int
) -> list[Candidate]:
    """Who waits and fits one of the listings, with `free` seats each, in order from number `after` on, locked.

    Who holds as much as one may hold for the show is left out, and keeps the place.
    """
    rows = await tx.fetch(
        "select e.id, e.user_id, e.number, e.quantity, e.hold_s, e.holds_max, w.listing_ids"  # noqa: S608
        " from waiting_entries e cross join lateral ("
        "  select array_agg(l.listing_id order by l.unit_price + l.unit_fee, l.listing_id) as listing_ids"
        "  from unnest($2::uuid[], $3::int[]) as f (listing_id, free) join listings l using (listing_id)"
        f"  where f.free >= e.quantity and {FITS}) w"
        " where e.show_id = $1 and e.status = 'waiting' and e.number > $4 and w.listing_ids is not null"
        f" and {MAY_HOLD}"
        " order by e.number limit $5 for update of e",
        show_id,
        list(free),
        list(free.values()),
        after,
        rows_max,
    )
    return [
        Candidate(
            entry_id=row["id"],
            user_id=row["user_id"],
            number=row["number"],
            quantity=row["quantity"],
            hold_s=row["hold_s"],
            holds_max=row["holds_max"],
            listing_ids=tuple(row["listing_ids"]),
        )
        for row in rows
    ]


async def order_offer(tx: Connection, order: Order, holds_max: int) -> bool:
    """Write the order of an offer, in a free hold slot of its buyer; False if they took the last one just now, or as
    many tickets as one may have."""
    status = await tx.execute(
        "insert into orders (id, buyer_id, seller_id, listing_id, show_id, section, row, seats, positions, quantity,"
        " unit_price, fees, total, seller_fees, fee_rule, currency, status, hold_slot, idempotency_key, expires_at,"
        ' created_at, waiting_entry_id, "primary", resale_rule, number, tickets_max)'
        " select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'held', f.slot, $17, $18, $19,"
        " $20, $22, $23, n.number_last + 1, e.tickets_max"
        " from (select slot from generate_series(1, $21::int) as slot where not exists ("
        "  select from orders o where o.buyer_id = $2 and o.show_id = $5 and o.hold_slot = slot and o.status = 'held')"
        "  order by slot limit 1) f"
        " cross join (select coalesce(max(o.number), 0) as number_last, coalesce(sum(o.quantity - o.lines_refunded)"
        "  filter (where o.status in ('held', 'confirmed')), 0) as tickets"
        "  from orders o where o.buyer_id = $2 and o.show_id = $5) n"
        " join waiting_entries e on e.id = $20 and n.tickets + $10 <= coalesce(e.tickets_max, 2147483647)"
        " on conflict do nothing",
        order.id,
        order.buyer_id,
        order.seller_id,
        order.listing_id,
        order.show_id,
        order.section,
        order.row,
        list(order.seats),
        list(order.positions),
        order.quantity,
        order.unit_price.amount,
        order.fees.amount,
        order.total.amount,
        order.seller_fees.amount,
        order.fee_rule,
        order.unit_price.currency,
        # No client can send this key: theirs are ASCII.
        f"§ {order.waiting_entry_id}",
        order.expires_at,
        order.created_at,
        order.waiting_entry_id,
        holds_max,
        order.primary,
        order.resale_rule,
    )
    return status == "INSERT 0 1"


async def offers_settle(tx: Connection, offers: Sequence[tuple[Offer, UUID]]) -> None:
    """Give the locked seats of offers to their orders, mark the entries, and note it in the log."""
    claims = [(order_id, offer.listing_id, seat.position) for offer, order_id in offers for seat in offer.seats]
    status = await tx.execute(
        "update seats s set order_id = p.order_id from unnest($1::uuid[], $2::uuid[], $3::int[])"
        " as p (order_id, listing_id, position) join listings l using (listing_id)"
        " where s.show_id = l.show_id and s.listing_id = p.listing_id and s.position = p.position"
        " and s.order_id is null and s.current",
        *(list(column) for column in zip(*claims, strict=True)),
    )
    assert status == f"UPDATE {len(claims)}", "offered seats changed under their lock"
    entry_ids = [offer.candidate.entry_id for offer, _ in offers]
    await tx.execute(
        "update waiting_entries e set status = 'offered', order_id = p.order_id"
        " from unnest($1::uuid[], $2::uuid[]) as p (entry_id, order_id) where e.id = p.entry_id",
        entry_ids,
        [order_id for _, order_id in offers],
    )
    await log_add(tx, entry_ids, "offered")
