"""The waiting list: an offer is a hold, nobody waits for what is free, and nobody is overtaken."""

from __future__ import annotations

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.reading import Reading

# An entry is offered exactly as long as its order is held, and each knows the other.
OFFERS_WRONG = """
select e.id, e.status, e.order_id, o.id as held_id, o.status as order_status, o.buyer_id = e.user_id as theirs
from waiting_entries e left join orders o on o.waiting_entry_id = e.id
where (e.order_id is distinct from o.id)
   or (e.status = 'offered') <> coalesce(o.status = 'held', false)
   or (e.status = 'bought') <> coalesce(o.status in ('confirmed', 'refunded'), false)
   or (o.id is not null and (o.buyer_id <> e.user_id or o.show_id <> e.show_id or o.quantity <> e.quantity))
"""
# Who holds as much as one may is left out: the seats are theirs when they have given something up. While people wait
# in the show's room, its list waits too.
FREE_AND_WANTED = """
select e.id, l.listing_id, f.free from waiting_entries e
join shows w on w.show_id = e.show_id and w.status = 'scheduled' and w.starts_at > now()
join listings l on l.show_id = e.show_id and l.status = 'active' and l.seller_id <> e.user_id
    and coalesce(l.opens_at <= now(), true)
    and (e.max_price is null or (l.currency = e.currency and l.unit_price + l.unit_fee <= e.max_price))
    and (e.sections = '{}' or l.section = any(e.sections))
    and (l.split = 'any' or (l.split = 'pairs' and e.quantity % 2 = 0)
        or (l.split = 'none' and e.quantity = l.seats_total))
cross join lateral (select count(*) as free from seats s where s.show_id = l.show_id and s.listing_id = l.listing_id
    and s.current and s.order_id is null) f
where e.status = 'waiting' and f.free >= e.quantity
    and (select count(*) filter (where o.status = 'held') < e.holds_max
        and coalesce(sum(o.quantity - o.lines_refunded) filter (where o.status in ('held', 'confirmed')), 0)
        + e.quantity <= coalesce(e.tickets_max, 2147483647)
        from orders o where o.buyer_id = e.user_id and o.show_id = e.show_id)
    and not exists (select from queues q where q.show_id = e.show_id and q.ended_at is null
        and (q.opened_at is null or q.waiting > 0 or q.paused))
"""
# Whoever came before an offer, for as many seats and at any price and place, could have had it.
OVERTAKEN = """
select g.show_id, g.number, b.number as before, b.quantity from waiting_log g
cross join unnest(g.passed_over) as passed join waiting_entries b on b.show_id = g.show_id and b.number = passed
where g.what = 'offered' and b.quantity = g.quantity and b.max_price is null and b.sections = '{}'
    and not exists (select from orders o where o.buyer_id = b.user_id and o.show_id = b.show_id
        and o.waiting_entry_id is distinct from b.id)
    and not exists (select from listings l join orders o on o.listing_id = l.listing_id
        join waiting_entries e on e.id = o.waiting_entry_id and e.show_id = g.show_id and e.number = g.number
        where l.seller_id = b.user_id)
"""


async def offers_are_holds(reading: Reading) -> Look:
    """W1, from both ends."""
    breaks = {
        str(row["id"]): f"entry {row['id']} is {row['status']} with order {row['order_id']},"
        f" and {row['held_id']} is {row['order_status']}"
        for row in await reading.rows("orders", OFFERS_WRONG)
    }
    return Look(await reading.count("orders", "waiting_entries"), breaks)


async def nobody_waits_for_what_is_free(reading: Reading) -> Look:
    """W2: what is free fits nobody who waits."""
    breaks = {
        f"{row['id']} {row['listing_id']}": f"entry {row['id']} waits while {row['free']} seats of listing"
        f" {row['listing_id']} are free and fit"
        for row in await reading.rows("orders", FREE_AND_WANTED)
    }
    return Look(await reading.count("orders", "waiting_entries", "status = 'waiting'"), breaks)


async def nobody_is_overtaken(reading: Reading) -> Look:
    """W3, by the public log."""
    breaks = {
        f"{row['show_id']} {row['number']} {row['before']}": f"number {row['number']} of show {row['show_id']} was"
        f" offered seats that number {row['before']}, before it and for as many seats, could have had"
        for row in await reading.rows("orders", OVERTAKEN)
    }
    return Look(await reading.count("orders", "waiting_log", "what = 'offered'"), breaks)


CHECKS = (
    Check("W1", "a waiting list's offer is a hold of the same group, and the other way round", offers_are_holds),
    Check("W2", "nobody waits for seats that are free and fit", nobody_waits_for_what_is_free),
    Check("W3", "nobody in a waiting list is overtaken", nobody_is_overtaken),
)
