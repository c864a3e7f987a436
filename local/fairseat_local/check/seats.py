"""Seats: one owner at a time, no forgotten hold, nothing unsold that cannot be bought."""

from __future__ import annotations

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.reading import Reading

OVERDUE_GRACE_S = 5

OWNED_BUT_NOT_THEIRS = """
select s.listing_id, s.position, s.seat, s.order_id from seats s left join orders o
    on o.id = s.order_id and o.show_id = s.show_id and o.listing_id = s.listing_id and s.position = any(o.positions)
where s.order_id is not null and o.id is null
"""
CLAIMED_BUT_NOT_OWNED = """
select o.id, o.status, p.position, s.order_id as owner
from orders o cross join unnest(o.positions) as p (position) left join seats s
    on s.show_id = o.show_id and s.listing_id = o.listing_id and s.position = p.position
where o.status in ('held', 'confirmed', 'refunded') and s.order_id is distinct from o.id
"""
# A place may be sold again by its buyer, or by whoever was given it since; any other second order is a double sale. One
# that was given back since its show moved begins anew.
SOLD_TWICE = """
with claims as (
    select o.show_id, o.section, o.row, seat, o.id, o.status, o.buyer_id, o.seller_id,
        lag(o.id) over w as earlier_id, lag(o.status) over w as earlier_status, lag(o.buyer_id) over w as earlier_buyer
    from orders o cross join unnest(o.seats) as seat
    where o.status in ('held', 'confirmed') and not exists (select from refund_lines l join refunds r on
        r.id = l.refund_id where l.order_id = o.id and l.seat = seat and r.reason = 'show_moved')
    window w as (partition by o.show_id, o.section, o.row, seat order by o.created_at, o.id))
select * from claims
where earlier_id is not null and not (earlier_status = 'confirmed' and earlier_buyer = seller_id)
"""
# Who has had a ticket that was given to them, and by which order it was paid for.
RECEIVED = """
select n.order_id, n.seat, n.holder_id from tickets n join tickets o on o.replaced_by = n.id
where o.status = 'transferred'
"""
# What was refunded is sold to nobody else.
OWNED_BY_THE_ENDED = """
select s.listing_id, s.position, s.seat, o.id, o.status from seats s join orders o on o.id = s.order_id
where o.status not in ('held', 'confirmed', 'refunded')
"""
PLACES_WITH_TWO = """
select show_id, section, row, seat, count(*) as n from tickets
where status in ('valid', 'used') group by show_id, section, row, seat having count(*) > 1
"""
OVERDUE = """
select id, extract(epoch from now() - expires_at)::int as late_s from orders
where status = 'held' and expires_at < now() - make_interval(secs => $1)
"""
TOO_MANY = """
select buyer_id, show_id, count(*) as n from orders where status = 'held'
group by buyer_id, show_id having count(*) > $1
"""
# By the greatest limit that was in force when one of them was made.
TOO_MANY_TICKETS = """
select buyer_id, show_id, sum(quantity - lines_refunded) as n, max(tickets_max) as tickets_max from orders
where status in ('held', 'confirmed')
group by buyer_id, show_id having sum(quantity - lines_refunded) > max(tickets_max)
"""
OFFERED = """
select s.listing_id, s.seat from listing_seats s join listings l on l.id = s.listing_id
where l.status = 'active' and s.state = 'free'
"""
BUYABLE = """
select s.listing_id, s.seat from seats s join listings l on l.listing_id = s.listing_id
where l.status = 'active' and s.current and s.order_id is null
"""


async def one_owner(reading: Reading) -> Look:
    """S1, from both ends: the owner column of seats, and the orders that say that they have them."""
    breaks = {}
    for row in await reading.rows("orders", OWNED_BUT_NOT_THEIRS):
        key = f"seat {row['listing_id']} {row['position']}"
        breaks[key] = (
            f"seat {row['seat']} of listing {row['listing_id']} is owned by {row['order_id']}, which has it not"
        )
    for row in await reading.rows("orders", CLAIMED_BUT_NOT_OWNED):
        key = f"order {row['id']} {row['position']}"
        breaks[key] = f"{row['status']} order {row['id']} has position {row['position']}, owned by {row['owner']}"
    received = {tuple(row) for row in await reading.rows("tickets", RECEIVED)}
    for row in await reading.rows("orders", SOLD_TWICE):
        if row["earlier_status"] == "confirmed" and (row["earlier_id"], row["seat"], row["seller_id"]) in received:
            continue
        place = f"{row['section']} {row['row']} {row['seat']} of show {row['show_id']}"
        breaks[f"place {place}"] = f"{place} is in order {row['earlier_id']} and in order {row['id']}"
    return Look(await reading.count("orders", "seats"), breaks)


async def one_ticket(reading: Reading) -> Look:
    """S3: nobody else is let in at a place."""
    breaks = {}
    for row in await reading.rows("tickets", PLACES_WITH_TWO):
        place = f"{row['section']} {row['row']} {row['seat']} of show {row['show_id']}"
        breaks[place] = f"{place} has {row['n']} valid tickets"
    return Look(await reading.count("tickets", "tickets", "status in ('valid', 'used')"), breaks)


async def no_overdue_hold(reading: Reading) -> Look:
    """S6, by the clock of the database that wrote the deadline."""
    rows = await reading.rows("orders", OVERDUE, OVERDUE_GRACE_S)
    breaks = {str(row["id"]): f"hold {row['id']} is {row['late_s']} s past its deadline" for row in rows}
    return Look(await reading.count("orders", "orders", "status = 'held'"), breaks)


async def unsold_can_be_bought(reading: Reading) -> Look:
    """S7: what tickets offers, orders can sell, and nothing else; no ended order keeps a seat."""
    offered = {(row["listing_id"], row["seat"]) for row in await reading.rows("tickets", OFFERED)}
    buyable = {(row["listing_id"], row["seat"]) for row in await reading.rows("orders", BUYABLE)}
    breaks = {}
    for listing_id, seat in offered - buyable:
        breaks[f"offered {listing_id} {seat}"] = f"seat {seat} of listing {listing_id} is on sale, but cannot be bought"
    for listing_id, seat in buyable - offered:
        breaks[f"buyable {listing_id} {seat}"] = (
            f"seat {seat} of listing {listing_id} can be bought, but is not on sale"
        )
    for row in await reading.rows("orders", OWNED_BY_THE_ENDED):
        key = f"ended {row['listing_id']} {row['position']}"
        breaks[key] = (
            f"seat {row['seat']} of listing {row['listing_id']} still belongs to {row['status']} order {row['id']}"
        )
    return Look(len(offered | buyable), breaks)


async def holds_are_limited(reading: Reading) -> Look:
    """S8: per buyer and show."""
    rows = await reading.rows("orders", TOO_MANY, reading.system.holds_max)
    breaks = {
        f"{row['buyer_id']} {row['show_id']}": f"buyer {row['buyer_id']} has {row['n']} holds of show {row['show_id']}"
        for row in rows
    }
    for row in await reading.rows("orders", TOO_MANY_TICKETS):
        breaks[f"tickets {row['buyer_id']} {row['show_id']}"] = (
            f"buyer {row['buyer_id']} has {row['n']} tickets of show {row['show_id']}, {row['tickets_max']} are allowed"
        )
    return Look(await reading.count("orders", "orders", "status in ('held', 'confirmed')"), breaks)


CHECKS = (
    Check("S1", "each seat has one live claim, and its owner knows of it", one_owner),
    Check("S3", "each place has one valid ticket", one_ticket),
    Check("S6", "no hold is older than its deadline + 5 s", no_overdue_hold),
    Check("S7", "each seat on sale can be bought, and no other", unsold_can_be_bought),
    Check("S8", "holds and tickets per buyer and show are limited", holds_are_limited),
)
